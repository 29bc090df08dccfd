"""How much of a simulated campaign does a build find, and whom does it accuse wrongly?

For each world: `linkage simulate`, `linkage build`, `linkage evaluate`, and beside them two first attempts on the same
logs: connected components on exact identifiers (card, address, device; a value on more than 50 accounts is left out),
and Leiden on that graph, weighed by shared values. They cannot judge: each of their clusters of five accounts or more
counts as a campaign. Since that alone sinks them, *grouping* is given too: B-cubed F1 of communities over the accounts
of true campaigns only, which asks no judgement of anybody. All are measured by `linkage.evaluate`, each in a process
of its own.

With `--decisions 0.05` each world is built once more with what people are said to have decided before: 5 % of the
accounts of campaigns enforced, as many honest ones cleared, drawn by chance. Decided accounts are left out of what is
measured there.

python benchmarks/worlds.py --sizes 20000 100000 --seeds 1 2 3
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

from benchmarks._harness import (
    BENCH,
    MIB,
    RESULTS,
    Measured,
    command_line,
    keep,
    linkage,
    machine,
    measure,
    python,
    table,
)

SCENARIOS = ("plain", "rotating", "stealth", "relay")
METHODS = ("linkage build", "components", "leiden")
#: Accounts from which worlds have a section of results of their own.
LARGE = 100_000
FIGURES = ("b_cubed_precision", "b_cubed_recall", "b_cubed_f1", "pairwise_f1", "grouping_b_cubed_f1")
LEGEND = """\
Precision, recall, F1: of campaigns. Grouping: B-cubed F1 of communities, over accounts of true campaigns only.
Innocents: honest accounts in campaigns. AP: average precision of suspicion. Seconds, MiB: the whole process, its peak.
`components` and `leiden` work on cards, addresses and devices on at most 50 accounts; they cannot judge, and every
cluster of five accounts or more counts as a campaign of theirs."""
DECIDED = ("b_cubed_f1", "innocents", "average_precision")
HEADS = (
    *("world", "seed", "method", "B-cubed P", "R", "F1", "pairwise F1", "grouping F1"),
    *("innocents", "of honest", "AP", "seconds", "MiB"),
)
MORE_HEADS = ("F1, decided", "innocents, decided", "AP, decided")


def world(folder: Path, scenario: str, size: int, seed: int, reuse: bool) -> Path:
    """A simulated world, made anew unless it may be reused."""
    if not (reuse and (folder / "truth.parquet").exists()):
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        measure(linkage("simulate", folder, "--accounts", size, "--scenario", scenario, "--seed", seed))
    return folder


def build(source: Path, seed: int, share: float = 0.0) -> tuple[Measured, dict[str, Any]]:
    """`linkage build` and `linkage evaluate` on a world, with decisions on this share of its campaigns' accounts."""
    run, scores, truth, options = BENCH / "run", BENCH / "evaluation.json", source / "truth.parquet", []
    if share:
        from benchmarks._decided import write

        settings, truth = write(source, BENCH / "decided", share, seed)
        options = ["-c", settings]
    took = measure(linkage("build", source, "-o", run, "--overwrite", "--quiet", "--seed", seed, *options))
    measure(linkage("evaluate", run, "--truth", truth, "-o", scores))
    return took, json.loads(scores.read_text())


def first_attempt(method: str, source: Path, seed: int) -> tuple[Measured, dict[str, Any]]:
    """A method of `_exact.py` on a world."""
    from benchmarks._clusters import score
    from linkage.evaluate import read_truth

    out = BENCH / f"{method}.parquet"
    took = measure(python("_exact.py", method, source, out, "--seed", seed))
    import polars as pl

    return took, score(pl.read_parquet(out), read_truth(source / "truth.parquet"))


def record(name: str, seed: int, method: str, took: Measured, found: dict[str, Any]) -> dict[str, Any]:
    """The figures of one method on one world."""
    b_cubed, innocents, suspicion = found["campaigns"]["b_cubed"], found["innocents"], found["suspicion"]
    return {
        "world": name,
        "seed": seed,
        "method": method,
        "b_cubed_precision": b_cubed["precision"],
        "b_cubed_recall": b_cubed["recall"],
        "b_cubed_f1": b_cubed["f1"],
        "pairwise_f1": found["campaigns"]["pairwise"]["f1"],
        "grouping_b_cubed_f1": found["communities"]["all"]["b_cubed"]["f1"],
        "innocents": innocents["in_campaigns"],
        "innocents_share": innocents["share"],
        "average_precision": suspicion["average_precision"] if method == METHODS[0] else None,
        "seconds": round(took.seconds, 2),
        "peak_mib": round(took.peak_bytes / MIB),
    }


def row(each: dict[str, Any]) -> list[str]:
    """A record as cells."""
    precision = each["average_precision"]
    return [
        each["world"],
        str(each["seed"]),
        each["method"],
        *(f"{each[name]:.3f}" for name in FIGURES),
        f"{each['innocents']:,}",
        f"{each['innocents_share']:.3%}",
        "" if precision is None else f"{precision:.3f}",
        f"{each['seconds']:.1f}",
        f"{each['peak_mib']:,}",
        *_decided_cells(each),
    ]


def _decided_cells(each: dict[str, Any]) -> list[str]:
    """The further columns, where builds with decisions were asked for; empty for methods that take none."""
    if "decided" not in each:
        return []
    found = each["decided"]
    return (
        ["", "", ""] if found is None else [f"{found[c]:,}" if c == "innocents" else f"{found[c]:.3f}" for c in DECIDED]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[20_000, 100_000])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--scenarios", nargs="+", choices=SCENARIOS, default=SCENARIOS)
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=METHODS)
    parser.add_argument("--decisions", type=float, default=0.0, help="share of campaign accounts decided before")
    parser.add_argument("--decided", type=int, help="seeds, of those given, with decisions; all if absent")
    parser.add_argument("--reuse", action="store_true", help="take worlds of an earlier run from bench/worlds")
    parser.add_argument("--keep-worlds", action="store_true", help="leave the worlds in bench/worlds (gigabytes)")
    parser.add_argument("--results", type=Path, default=RESULTS, help="Markdown file whose section is replaced")
    given = parser.parse_args()
    BENCH.mkdir(exist_ok=True)
    records = []
    for size in given.sizes:
        for scenario in given.scenarios:
            for seed in given.seeds:
                folder = BENCH / "worlds" / f"{scenario}-{size}-{seed}"
                source = world(folder, scenario, size, seed, given.reuse)
                for method in given.methods:
                    took, found = build(source, seed) if method == METHODS[0] else first_attempt(method, source, seed)
                    records.append(record(f"{scenario} {size:,}", seed, method, took, found))
                    if given.decisions:
                        records[-1]["decided"] = None
                    if given.decisions and method == METHODS[0] and seed in given.seeds[: given.decided]:
                        again = record("", seed, method, *build(source, seed, given.decisions))
                        records[-1]["decided"] = {name: again[name] for name in DECIDED}
                    print("  ".join(row(records[-1])), flush=True)
                if not (given.reuse or given.keep_worlds):
                    shutil.rmtree(folder)
    text = table(HEADS + (MORE_HEADS if given.decisions else ()), [row(each) for each in records])
    large = min(given.sizes) >= LARGE
    title = f"Simulated worlds of {min(given.sizes):,} accounts" if large else "Simulated worlds"
    keep(
        "worlds-100k" if large else "worlds",
        f"## {title}\n\n{__doc__.strip().splitlines()[0]} `{command_line('worlds.py')}`\n\n"
        f"{machine('polars', 'igraph', 'numba')}\n\n{text}\n\n{LEGEND}",
        given.results,
    )
    print(f"\n{text}\n")
    print(json.dumps({"benchmark": "worlds", "machine": machine("polars", "igraph"), "records": records}))


if __name__ == "__main__":
    main()
