"""Does it hold on worlds that were not made by `linkage simulate`?

A method tuned on the worlds of one simulator may have learnt that simulator. `benchmarks/foreign/` is another one,
which shares nothing with ours: other look-alikes, other campaigns, other vectors, other texts, in seven families;
`benchmarks/foreign/outside/` is a third, as somebody would write it who knows the tables and no more, and
`benchmarks/foreign/traffic/` a fourth, by somebody who has watched abuse and has not read our methods;
`benchmarks/foreign/custody/` a fifth, where things are lent, sold and handed on; `benchmarks/foreign/bazaar/` a sixth,
where operators and honest people buy of the same vendors. For each family and seed: a world, `linkage build` with
default settings, `linkage evaluate`.

Rules were tried on seeds 1 to 9, 12, 13 and 20 to 25 of most families, so those say only that nothing broke; 10 and 11
were looked at as well.

python benchmarks/other_worlds.py --seeds 10 11
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

from benchmarks._harness import BENCH, MIB, RESULTS, command_line, keep, linkage, machine, measure, table
from benchmarks.foreign import families, write
from benchmarks.foreign.bazaar import families as bazaar
from benchmarks.foreign.bazaar.write import write as write_bazaar
from benchmarks.foreign.custody import families as custody
from benchmarks.foreign.custody.write import write as write_custody
from benchmarks.foreign.families import FAMILIES
from benchmarks.foreign.outside.families import OUTSIDE, make
from benchmarks.foreign.outside.write import write as write_outside
from benchmarks.foreign.traffic import families as traffic
from benchmarks.foreign.traffic.write import write as write_traffic

EVERY = (*FAMILIES, *OUTSIDE, *traffic.TRAFFIC, *custody.CUSTODY, *bazaar.BAZAAR)
HEADS = ("world", "seed", "accounts", "B-cubed P", "R", "F1", "innocents", "guilty share", "AP", "seconds", "MiB")
FIGURES = ("b_cubed_precision", "b_cubed_recall", "b_cubed_f1")
LEGEND = """\
Precision, recall, F1: of campaigns. Innocents: honest accounts in campaigns. Guilty share: of accounts in campaigns,
those that belong in one. AP: average precision of suspicion. Seconds, MiB: the whole build, its peak."""


def foreign_world(folder: Path, family: str, seed: int, accounts: int) -> None:
    """Write a world of a family into a folder; what was there goes."""
    shutil.rmtree(folder, ignore_errors=True)
    if family in OUTSIDE:
        write_outside(make(OUTSIDE[family](accounts), seed, accounts), folder)
    elif family in traffic.TRAFFIC:
        write_traffic(traffic.make(traffic.TRAFFIC[family](accounts), seed, accounts), folder)
    elif family in custody.CUSTODY:
        write_custody(custody.make(custody.CUSTODY[family](accounts), seed, accounts), folder)
    elif family in bazaar.BAZAAR:
        write_bazaar(bazaar.make(bazaar.BAZAAR[family](accounts), seed), folder)
    else:
        write.write(families.make(FAMILIES[family](accounts), seed, accounts), folder)


def measured(family: str, seed: int, accounts: int) -> dict[str, Any]:
    """The figures of a build of one world, which is made for it and removed after."""
    source, run, scores = BENCH / "worlds" / f"{family}-{accounts}-{seed}", BENCH / "run", BENCH / "evaluation.json"
    foreign_world(source, family, seed, accounts)
    took = measure(linkage("build", source, "-o", run, "--overwrite", "--quiet"))
    measure(linkage("evaluate", run, "--truth", source / "truth.parquet", "-o", scores))
    shutil.rmtree(source)
    found = json.loads(scores.read_text())
    b_cubed, innocents = found["campaigns"]["b_cubed"], found["innocents"]
    return {
        "world": family,
        "seed": seed,
        "accounts": found["accounts"],
        **{f"b_cubed_{name}": b_cubed[name] for name in ("precision", "recall", "f1")},
        "innocents": innocents["in_campaigns"],
        "guilty_share": innocents["guilty_share"],
        "average_precision": found["suspicion"]["average_precision"],
        "seconds": round(took.seconds, 2),
        "peak_mib": round(took.peak_bytes / MIB),
    }


def row(each: dict[str, Any]) -> list[str]:
    """A record as cells."""
    share, ranked = each["guilty_share"], each["average_precision"]
    return [
        each["world"],
        str(each["seed"]),
        f"{each['accounts']:,}",
        *(f"{each[name]:.3f}" for name in FIGURES),
        f"{each['innocents']:,}",
        "" if share is None else f"{share:.4f}",
        "" if ranked is None else f"{ranked:.3f}",
        f"{each['seconds']:.1f}",
        f"{each['peak_mib']:,}",
    ]


def main() -> None:
    """Measure every family and seed, print the table and keep it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--families", nargs="+", choices=EVERY, default=list(FAMILIES))
    parser.add_argument("--seeds", type=int, nargs="+", default=[7])
    parser.add_argument("--accounts", type=int, default=10_000, help="about so many in each world")
    parser.add_argument("--results", type=Path, default=RESULTS, help="Markdown file whose section is replaced")
    given = parser.parse_args()
    records = []
    for family in given.families:
        for seed in given.seeds:
            records.append(measured(family, seed, given.accounts))
            print("  ".join(row(records[-1])), flush=True)
    text = table(HEADS, [row(each) for each in records])
    keep(
        "other_worlds",
        f"## Worlds of another making\n\n{__doc__.strip().splitlines()[0]} `{command_line('other_worlds.py')}`\n\n"
        f"{machine('polars', 'igraph', 'numba')}\n\n{text}\n\n{LEGEND}",
        given.results,
    )
    print(f"\n{text}\n")
    print(json.dumps({"benchmark": "other_worlds", "machine": machine("polars", "igraph"), "records": records}))


if __name__ == "__main__":
    main()
