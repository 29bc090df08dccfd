"""How long does `linkage explain` take on a run of a million accounts, the start of Python included?

A made-up run folder (some five million links, three million rows of evidence; a campaign of 12,000 accounts) is asked
for an account of the largest campaign, an account of an honest group, and pairs that are linked, indirectly linked, and
not linked at all. Each question is a process of its own, asked several times in turns after one that is not counted;
the least seconds and the middle ones are told.

python benchmarks/explain.py
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from statistics import median

import polars as pl

from benchmarks._harness import BENCH, MIB, RESULTS, command_line, keep, linkage, machine, measure, python, table

TARGET = 1.0
HEADS = ("question", "least s", "middle s", "CPU s", "peak MiB")


def questions(folder: Path) -> dict[str, tuple[str, ...]]:
    """What is asked, in words -> accounts."""
    accounts = pl.scan_parquet(folder / "accounts.parquet").select("account_id", "community_id", "campaign_id")
    links = pl.scan_parquet(folder / "links.parquet").select("account_a", "account_b")

    def of(group: pl.Expr) -> list[str]:
        return accounts.filter(group).select("account_id").head(1_000).collect()["account_id"].to_list()

    largest, honest = of(pl.col("community_id") == "G-0000000000"), of(pl.col("campaign_id").is_null())
    a, b = links.filter(pl.col("account_a") == largest[0]).head(1).collect().row(0)
    return {
        "account of a campaign of 12,000": (largest[len(largest) // 2],),
        "account of an honest group": (honest[len(honest) // 2],),
        "linked pair": (a, b),
        "pair with a path": (largest[0], largest[len(largest) * 9 // 10]),
        "pair of two groups": (largest[0], honest[len(honest) // 2]),
    }


def main() -> None:
    """Make the run unless it is there, ask, tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=BENCH / "explain")
    parser.add_argument("--reuse", action="store_true", help="Take the run that is there.")
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args()
    if not (given.reuse and given.folder.exists()):
        given.folder.parent.mkdir(parents=True, exist_ok=True)
        measure(python("_synthetic.py", given.folder, "--accounts", given.accounts))
    asked = questions(given.folder)
    runs = {name: [measure(linkage("explain", given.folder, *of))] for name, of in asked.items()}
    for _ in range(given.repeats):
        for name, of in asked.items():
            runs[name].append(measure(linkage("explain", given.folder, *of)))
    found = {
        name: {
            "seconds": min(each.seconds for each in measured[1:]),
            "middle": median(each.seconds for each in measured[1:]),
            "cpu_seconds": min(each.cpu_seconds for each in measured[1:]),
            "peak_bytes": max(each.peak_bytes for each in measured),
        }
        for name, measured in runs.items()
    }
    rows = [
        [
            name,
            f"{each['seconds']:.2f}",
            f"{each['middle']:.2f}",
            f"{each['cpu_seconds']:.2f}",
            f"{each['peak_bytes'] / MIB:,.0f}",
        ]
        for name, each in found.items()
    ]
    worst = max(each["middle"] for each in found.values())
    met = "yes" if worst <= TARGET else "NO"
    text = (
        f"## Questions to a run of {given.accounts:,} accounts\n\n`{command_line('explain.py')}`\n\n"
        f"{machine('polars')}\n\n{table(HEADS, rows)}\n\nThe slowest takes {worst:.2f} s (at most {TARGET:.0f}: {met})."
    )
    keep("explain", text, given.results)
    print(text)
    print(json.dumps({"met": worst <= TARGET, "worst_seconds": worst, "questions": found}))


if __name__ == "__main__":
    main()
