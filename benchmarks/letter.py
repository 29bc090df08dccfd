"""How long does a build take at the letter's size, against one bare pass over the same files, and how does it grow?

The letter speaks of 25,000 accounts in campaigns with 28.8 million exchanges. Here they stand in a simulated world of
1,000,000 accounts, 60 million exchanges and 12 million 64-wide embeddings. The bare pass is Polars in streaming mode in
a process of its own: it scans, counts exchanges by account and address and sums the vectors by account; no build can
do less. `linkage build` is measured whole, from files to report, and stage by stage as its manifest says. The smaller
worlds have the same settings; the exponent of growth is that of the build's seconds in accounts, by least squares.

python benchmarks/letter.py
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._harness import BENCH, MIB, RESULTS, command_line, keep, linkage, machine, measure, python, table

TARGET_RATIO, TARGET_GIB, TARGET_GROWTH = 8.0, 12.0, 1.1
#: Settings with which a world of 1,000,000 accounts has the letter's counts.
LETTER = ("honest.exchanges=31.3", "campaigns.exchanges=1147", "content.sample=0.2")
GIB = 1024 * MIB
HEADS = (
    *("accounts", "in campaigns", "exchanges", "of campaigns", "prompts", "bare pass s", "its GiB"),
    *("build s", "CPU s", "times", "GiB", "B-cubed P", "R", "F1", "innocents"),
)


def counts(world: Path) -> dict[str, int]:
    """What is in a world."""
    import polars as pl

    from benchmarks._exact import scan

    truth = scan(world, "truth").collect()
    guilty = truth.filter(pl.col("campaign").is_not_null())
    return {
        "accounts": truth.height,
        "in_campaigns": guilty.height,
        "exchanges": int(truth["exchanges"].sum()),
        "of_campaigns": int(guilty["exchanges"].sum()),
        "prompts": int(scan(world, "prompts").select(pl.len()).collect().item()),
    }


def world(accounts: int, given: argparse.Namespace) -> Path:
    """A world of that size, simulated anew unless it may be reused."""
    folder: Path = BENCH / "worlds" / f"letter-{given.scenario}-{accounts}-{given.seed}"
    if not (given.reuse and (folder / "truth.parquet").exists()):
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        sets = [part for each in LETTER for part in ("--set", each)]
        options = ["--accounts", accounts, "--scenario", given.scenario, "--seed", given.seed]
        measure(linkage("simulate", folder, *options, *sets))
    return folder


def run(accounts: int, given: argparse.Namespace) -> dict[str, Any]:
    """The bare pass, the build and its evaluation on one world; of repeats the fastest, and the largest peak."""
    source = world(accounts, given)
    found: dict[str, Any] = counts(source)
    passes = [measure(python("_letter.py", source)) for _ in range(given.repeats)]
    fastest = min(passes, key=lambda each: each.seconds)
    found["pass"] = {"seconds": fastest.seconds, "cpu_seconds": fastest.cpu_seconds, **fastest.answer}
    found["pass"]["peak_bytes"] = max(each.peak_bytes for each in passes)
    folder, scores = BENCH / "run", BENCH / "evaluation.json"
    command = linkage("build", source, "-o", folder, "--overwrite", "--quiet", "--seed", given.seed)
    if given.warm:
        small = world(min(2_000, accounts), given)
        measure(linkage("build", small, "-o", folder, "--overwrite", "--quiet"))  # fills the kernel cache
    best = None
    peak = 0
    for _ in range(given.repeats):
        took = measure(command)
        peak = max(peak, took.peak_bytes)
        if best is None or took.seconds < best:
            best = took.seconds
            found["build"] = {"seconds": took.seconds, "cpu_seconds": took.cpu_seconds}
            found["stages"] = json.loads((folder / "manifest.json").read_text())["stages"]
    found["build"]["peak_bytes"] = peak
    measure(linkage("evaluate", folder, "--truth", source / "truth.parquet", "-o", scores))
    scored = json.loads(scores.read_text())
    found["b_cubed"], found["innocents"] = scored["campaigns"]["b_cubed"], scored["innocents"]
    found["ratio"] = found["build"]["seconds"] / found["pass"]["seconds"]
    if not given.reuse:
        shutil.rmtree(source)
    return found


def line(found: dict[str, Any]) -> list[str]:
    """One world as a row of the table."""
    return [
        *(f"{found[key]:,}" for key in ("accounts", "in_campaigns", "exchanges", "of_campaigns", "prompts")),
        f"{found['pass']['seconds']:.1f}",
        f"{found['pass']['peak_bytes'] / GIB:.2f}",
        f"{found['build']['seconds']:.1f}",
        f"{found['build']['cpu_seconds']:.1f}",
        f"{found['ratio']:.1f}",
        f"{found['build']['peak_bytes'] / GIB:.2f}",
        *(f"{found['b_cubed'][key]:.3f}" for key in ("precision", "recall", "f1")),
        f"{found['innocents']['in_campaigns']:,} ({found['innocents']['share']:.3%})",
    ]


def stages(found: list[dict[str, Any]]) -> str:
    """Seconds of every stage at each size, and at the largest one their growth and memory."""
    rows = []
    names = list(dict.fromkeys(stage["name"] for each in found for stage in each["stages"]))
    for name in names:
        took = [{stage["name"]: stage for stage in each["stages"]}.get(name) for each in found]
        last = took[-1]
        rows.append(
            [
                name,
                *("" if stage is None else f"{stage['seconds']:.2f}" for stage in took),
                f"{exponent(found, [0.0 if stage is None else stage['seconds'] for stage in took]):.2f}",
                "" if last is None else f"{last['seconds'] / found[-1]['build']['seconds']:.1%}",
                "" if last is None else f"{last['peak_bytes'] / GIB:.2f}",
                "" if last is None else f"{last['rows']:,}",
            ]
        )
    rest = [each["build"]["seconds"] - sum(stage["seconds"] for stage in each["stages"]) for each in found]
    share = f"{rest[-1] / found[-1]['build']['seconds']:.1%}"
    rows.append(["start, report, writing", *(f"{each:.2f}" for each in rest), "", share, "", ""])
    heads = ["stage, seconds", *(f"{each['accounts']:,}" for each in found), "exponent", "share", "peak GiB", "rows"]
    return table(heads, rows)


def exponent(found: list[dict[str, Any]], seconds: list[float]) -> float:
    """How seconds grow with accounts; nan where there is one size only, or no time at some."""
    if len(found) < 2 or min(seconds) <= 0:
        return float("nan")
    return float(np.polyfit(np.log([each["accounts"] for each in found]), np.log(seconds), 1)[0])


def yes(met: bool) -> str:
    """Whether a target is met."""
    return "yes" if met else "NO"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000], help="accounts, ascending"
    )
    parser.add_argument("--scenario", default="rotating")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=1, help="passes and builds of each size; the fastest counts")
    parser.add_argument("--cold", dest="warm", action="store_false", help="do not fill the kernel cache first")
    parser.add_argument("--reuse", action="store_true", help="take and leave worlds in bench/worlds")
    parser.add_argument("--results", type=Path, default=RESULTS, help="Markdown file whose section is replaced")
    given = parser.parse_args()
    BENCH.mkdir(exist_ok=True)
    found = []
    for accounts in sorted(given.sizes):
        found.append(run(accounts, given))
        print("  ".join(line(found[-1])), flush=True)
    text = f"{table(HEADS, [line(each) for each in found])}\n\n{stages(found)}"
    largest = found[-1]
    growth = exponent(found, [each["build"]["seconds"] for each in found])
    peak, bare = largest["build"]["peak_bytes"] / GIB, largest["pass"]
    verdicts = (
        f"- {largest['accounts']:,} accounts: {largest['ratio']:.1f} times the bare pass (at most {TARGET_RATIO:.0f}: "
        f"{yes(largest['ratio'] <= TARGET_RATIO)}), which took {bare['exchanges']:.1f} s on exchanges and "
        f"{bare['vectors']:.1f} s on vectors; peak {peak:.1f} GiB (at most {TARGET_GIB:.0f}: "
        f"{yes(peak <= TARGET_GIB)}).\n"
        f"- Growth of the build: exponent {growth:.2f} (at most {TARGET_GROWTH}: {yes(growth <= TARGET_GROWTH)}); of "
        f"the bare pass: {exponent(found, [each['pass']['seconds'] for each in found]):.2f}."
    )
    about = machine("polars", "numba", "igraph")
    keep(
        "letter",
        f"## The letter's size\n\n{__doc__.strip().splitlines()[0]} `{command_line('letter.py')}`\n\n{about}; worlds: "
        f"{given.scenario}, seed {given.seed}, {', '.join(LETTER)}\n\n{text}\n\n{verdicts}",
        given.results,
    )
    print(f"\n{text}\n\n{verdicts}\n")
    print(json.dumps({"benchmark": "letter", "machine": about, "growth": growth, "worlds": found}))


if __name__ == "__main__":
    main()
