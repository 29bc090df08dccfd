"""How large are the reports on a campaign of 12,000 accounts and 14 million exchanges, and how long do they take?

A made-up run is written, and `linkage report` draws it as HTML, PDF and STIX, the start of Python included. Then a
headless Chromium opens the HTML from the disk with the network cut, several times: how long until its script has made
the page ready and it is painted, and how long until a piece of the graph lies open.

python benchmarks/report.py
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks._campaign import ID
from benchmarks._harness import BENCH, MIB, RESULTS, command_line, keep, linkage, machine, measure, python, table

#: Format -> most bytes, most seconds.
LIMITS: Final = {"html": (5_000_000, 20.0), "pdf": (None, 20.0), "stix": (None, 30.0)}
INTERACTIVE: Final = 2.0
HEADS: Final = ("format", "MB", "s", "CPU s", "peak MiB", "at most", "met")
_PAINTED: Final = """() => new Promise(done =>
    requestAnimationFrame(() => setTimeout(() => done(performance.now()))))"""
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def opened(file: Path, times: int) -> dict[str, float] | None:
    """Seconds until the page is ready and until a piece lies open, the middle of several; none without a Chromium."""
    path = os.environ.get("LINKAGE_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        return None
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    ready, open_ = [], []
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for _ in range(times):
            context = browser.new_context(offline=True, viewport={"width": 1280, "height": 900})
            page = context.new_page()
            page.goto(file.as_uri())
            ready.append(page.evaluate(_PAINTED) / 1000)
            before = page.evaluate("performance.now()")
            page.locator(".piece").first.dispatch_event("click")
            open_.append((page.evaluate(_PAINTED) - before) / 1000)
            context.close()
        browser.close()
    return {"ready_seconds": median(ready), "open_seconds": median(open_)}


def main() -> None:
    """Make the run, draw it in each format, open the page, tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=12_000)
    parser.add_argument("--exchanges", type=int, default=14_000_000)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=BENCH / "report")
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    run = given.folder / "run"
    measure(python("_campaign.py", run, "--accounts", given.accounts, "--exchanges", given.exchanges))
    found, rows, met = {}, [], True
    for kind, (most_bytes, most_seconds) in LIMITS.items():
        out = given.folder / f"report.{kind}"
        drawn = measure(linkage("report", run, "--campaign", ID, "--format", kind, "-o", out, "--overwrite"))
        size = out.stat().st_size
        good = drawn.seconds <= most_seconds and (most_bytes is None or size <= most_bytes)
        met &= good
        found[kind] = {"bytes": size, "seconds": drawn.seconds, "cpu_seconds": drawn.cpu_seconds}
        most = f"{most_seconds:.0f} s" + ("" if most_bytes is None else f", {most_bytes / 1e6:.0f} MB")
        told = (
            f"{size / 1e6:.2f}",
            f"{drawn.seconds:.1f}",
            f"{drawn.cpu_seconds:.1f}",
            f"{drawn.peak_bytes / MIB:,.0f}",
        )
        rows.append([kind, *told, most, "yes" if good else "NO"])
    seen = opened(given.folder / "report.html", given.times)
    if seen is None:
        said = "No Chromium was found, or playwright is missing: how soon the page is ready was not measured."
    else:
        good = seen["ready_seconds"] <= INTERACTIVE
        met &= good
        said = (
            f"In Chromium the page is ready after {seen['ready_seconds']:.2f} s (at most {INTERACTIVE:.0f}: "
            f"{'yes' if good else 'NO'}); a piece of its graph lies open {seen['open_seconds']:.2f} s after the click."
        )
    text = (
        f"## Reports on a campaign of {given.accounts:,} accounts and {given.exchanges:,} exchanges\n\n"
        f"`{command_line('report.py')}`\n\n{machine('polars', 'jinja2', 'typst')}\n\n{table(HEADS, rows)}\n\n{said}"
    )
    keep("report", text, given.results)
    print(text)
    print(json.dumps({"met": met, "formats": found, "page": seen}))


if __name__ == "__main__":
    main()
