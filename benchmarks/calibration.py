"""Does the probability of a link mean what it says?

For each world and seed: a world, `linkage build` with default settings, and the links held against truth: the expected
calibration error (ten bins) of what the evidence alone says (`links`), and of what the assessment of groups makes of it
(`assessed_links`). "One hand" and "one circle" are the two readings of `linkage.evaluate`. The last column is the
share of links on which these differ: no one number can err by less than half of it in both.

python benchmarks/calibration.py --seeds 16 --accounts 3000
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

from benchmarks._harness import BENCH, RESULTS, command_line, keep, linkage, machine, measure, table
from benchmarks.other_worlds import EVERY, foreign_world
from linkage.evaluate import read_truth, reliability
from linkage.io import Run

OWN = ("plain", "rotating", "stealth", "relay")
HEADS = ("world", "seed", "links", "one hand: evidence", "assessed", "one circle: evidence", "assessed", "differ")


def measured(world: str, seed: int, accounts: int) -> dict[str, Any]:
    """The calibration of a build of one world, which is made for it and removed after."""
    source, run = BENCH / "worlds" / f"calibration-{world}-{seed}", BENCH / "run"
    shutil.rmtree(source, ignore_errors=True)
    if world in OWN:
        given = ("--accounts", str(accounts), "--scenario", world, "--seed", str(seed))
        measure(linkage("simulate", source, *given))
    else:
        foreign_world(source, world, seed, accounts)
    measure(linkage("build", source, "-o", run, "--overwrite", "--quiet"))
    truth = read_truth(source / "truth.parquet")
    shutil.rmtree(source)
    return {"world": world, "seed": seed, **errors(Run.open(run), truth)}


def errors(run: Run, truth: Any) -> dict[str, Any]:
    """Calibration errors of a run's links, by reading, by evidence alone and once groups are assessed."""
    said = {"evidence": reliability(run.links, truth), "assessed": reliability(run.assessed_links, truth)}
    if not said["assessed"]:
        return {"links": 0}
    hand, circle = (said["assessed"][reading] for reading in ("one hand", "one circle"))
    return {
        "links": hand.links,
        **{
            f"{reading}, {name}": found[reading].calibration_error
            for reading in ("one hand", "one circle")
            for name, found in said.items()
        },
        "differ": (circle.same - hand.same) / hand.links,
    }


def row(each: dict[str, Any]) -> list[str]:
    """A record as cells."""
    figures = [f"{value:.3f}" for name, value in each.items() if name not in ("world", "seed", "links")]
    return [each["world"], str(each["seed"]), f"{each['links']:,}", *figures, *[""] * (5 - len(figures))]


def main() -> None:
    """Measure every world and seed, print the table and keep it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [*OWN, *EVERY]
    parser.add_argument("--worlds", nargs="+", choices=names, default=names)
    parser.add_argument("--seeds", type=int, nargs="+", default=[16])
    parser.add_argument("--accounts", type=int, default=3_000, help="about so many in each world")
    parser.add_argument("--results", type=Path, default=RESULTS, help="Markdown file whose section is replaced")
    given = parser.parse_args()
    records = []
    for world in given.worlds:
        for seed in given.seeds:
            records.append(measured(world, seed, given.accounts))
            print("  ".join(row(records[-1])), flush=True)
    text = table(HEADS, [row(each) for each in records])
    keep(
        "calibration",
        f"## Probability of links\n\n{__doc__.strip().splitlines()[0]} `{command_line('calibration.py')}`\n\n"
        f"{machine('polars', 'igraph', 'numba')}\n\n{text}\n\nExpected calibration error of links, by two readings of "
        '"one operator": by the evidence alone, and once groups are assessed. Differ: the share of links that are one '
        "circle's and not one hand's; no one number can err by less than half of it in both readings.",
        given.results,
    )
    print(f"\n{text}\n")
    print(json.dumps({"benchmark": "calibration", "machine": machine("polars", "igraph"), "records": records}))


if __name__ == "__main__":
    main()
