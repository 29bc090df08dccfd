"""Is a build faster than a record linker on the same accounts and identifiers, and does it find more?

Splink 5 on DuckDB links one record an account: arrays of its addresses, devices and cards on at most 50 accounts. Its
time is that of training, prediction and clustering; making the records from the raw exchanges, which a build does too,
is stated apart and given with and without. Each step is a process of its own, measured from outside; `linkage build` is
measured whole, from raw files to report, once with an empty kernel cache and then with a warm one. Splink's F1 is that
of its best threshold, chosen in its favour with the truth in hand.

Most of Splink's time is spent on random pairs, from which it learns how often strangers agree (u). 1e6 is its default,
with a warning that it may be too few; its manual calls 1e7 adequate for testing a model and advises 1e8 or 1e9 for the
final one. 1e6 to 1e8 are run and stated: where they find the same, the shortest is the strictest comparison.

python benchmarks/speed_splink.py --accounts 100000 --scenario rotating
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from dataclasses import dataclass
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

TARGET_RATIO, TARGET_MIB = 0.4, 4096
THRESHOLDS = (0.5, 0.9, 0.95, 0.99, 0.999, 0.9999, 0.99999)


def best_threshold(edges: Path, truth: Path) -> tuple[float, dict[str, Any]]:
    """The threshold at which components of Splink's pairs score best."""
    import igraph
    import polars as pl

    from benchmarks._clusters import score
    from linkage.evaluate import read_truth

    known, pairs = read_truth(truth), pl.read_parquet(edges)
    found = []
    for threshold in THRESHOLDS:
        kept = pairs.filter(pl.col("probability") >= threshold)
        graph = igraph.Graph.TupleList(kept.select("a", "b").iter_rows())
        members = graph.connected_components().membership
        names = graph.vs["name"] if graph.vcount() else []
        clusters = pl.DataFrame(
            {"account_id": names, "cluster": members}, schema={"account_id": pl.String, "cluster": pl.Int64}
        )
        found.append((threshold, score(clusters, known)))
    return max(found, key=lambda each: each[1]["campaigns"]["b_cubed"]["f1"])


@dataclass(frozen=True, slots=True)
class Splink:
    """Splink trained on so many random pairs: its median run, and what its best threshold finds."""

    pairs: float
    took: Measured
    threshold: float
    found: dict[str, Any]

    def verdict(self, build: Measured, aggregated: Measured) -> str:
        """The ratio of the build's time to Splink's, in words."""
        ratio = build.seconds / self.took.seconds
        steps = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in self.took.answer["seconds"].items())
        return (
            f"- Build against Splink with {self.pairs:.0e} pairs: **{ratio:.2f}** of its time (at most {TARGET_RATIO}: "
            f"{yes(ratio <= TARGET_RATIO)}); {build.seconds / (self.took.seconds + aggregated.seconds):.2f} with its "
            f"records made. Splink: {steps}."
        )

    def plain(self, build: Measured) -> dict[str, Any]:
        """The figures for machines."""
        return {
            "u_pairs": self.pairs,
            "seconds": self.took.seconds,
            "peak_mib": round(self.took.peak_bytes / MIB),
            "ratio": build.seconds / self.took.seconds,
            "threshold": self.threshold,
            "b_cubed_f1": self.found["campaigns"]["b_cubed"]["f1"],
            "grouping_f1": self.found["communities"]["all"]["b_cubed"]["f1"],
        }


def link(records: Path, truth: Path, pairs: float, repeats: int) -> Splink:
    """Run Splink on the records."""
    clusters, edges = (BENCH / f"splink-{name}.parquet" for name in ("clusters", "edges"))
    command = python("_splink.py", "link", records, clusters, edges, "--u-pairs", pairs)
    took = median([measure(command) for _ in range(repeats)])
    return Splink(pairs, took, *best_threshold(edges, truth))


def median(runs: list[Measured]) -> Measured:
    """The run of median wall time."""
    return sorted(runs, key=lambda each: each.seconds)[len(runs) // 2]


def build(world: Path, warm: int) -> tuple[Measured, list[Measured]]:
    """`linkage build`, with an empty kernel cache and then `warm` times with a full one."""
    run = BENCH / "run"
    command = linkage("build", world, "-o", run, "--overwrite", "--quiet")
    with tempfile.TemporaryDirectory() as cache:
        cold, *rest = [measure(command, {"NUMBA_CACHE_DIR": cache}) for _ in range(1 + warm)]
    return cold, rest


def size_of(world: Path) -> str:
    """Accounts, exchanges and prompts of a world, in words."""
    import polars as pl

    from benchmarks._exact import scan

    rows = [scan(world, name).select(pl.len()).collect().item() for name in ("accounts", "exchanges", "prompts")]
    return "{:,} accounts, {:,} exchanges, {:,} prompts with embeddings".format(*rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--scenario", default="rotating")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=3, help="warm builds, and runs of Splink; the median counts")
    parser.add_argument("--u-pairs", type=float, nargs="+", default=[1e6, 1e7, 1e8], help="random pairs that train u")
    parser.add_argument("--world", type=Path, help="a simulated world that is there, instead of a new one")
    parser.add_argument("--results", type=Path, default=RESULTS, help="Markdown file whose section is replaced")
    given = parser.parse_args()
    BENCH.mkdir(exist_ok=True)
    world: Path = given.world or BENCH / "worlds" / f"{given.scenario}-{given.accounts}-{given.seed}"
    if given.world is None:
        shutil.rmtree(world, ignore_errors=True)
        measure(linkage("simulate", world, *options(given)))
    records = BENCH / "splink-records.parquet"
    cold, warm = build(world, given.repeats)
    aggregated = measure(python("_splink.py", "aggregate", world, records))
    splinks = [link(records, world / "truth.parquet", pairs, given.repeats) for pairs in given.u_pairs]
    scores = BENCH / "evaluation.json"
    measure(linkage("evaluate", BENCH / "run", "--truth", world / "truth.parquet", "-o", scores))
    ours = json.loads(scores.read_text())
    fast = median(warm)
    peak = max(each.peak_bytes for each in [cold, *warm]) / MIB
    rows = [figures("linkage build, warm (median)", fast, ours), figures("linkage build, first ever", cold)]
    rows += [
        figures(f"Splink (median), {each.pairs:.0e} pairs, threshold {each.threshold}", each.took, each.found)
        for each in splinks
    ]
    rows.append(figures("making Splink's records", aggregated))
    verdict = "\n".join(
        [
            *(each.verdict(fast, aggregated) for each in splinks),
            f"- Peak of the build: {peak:,.0f} MiB (at most {TARGET_MIB:,}: {yes(peak <= TARGET_MIB)}).",
        ]
    )
    text = table(("", "seconds", "CPU seconds", "peak MiB", "B-cubed F1", "grouping F1", "innocents"), rows)
    about = machine("splink", "duckdb", "polars", "numba")
    keep(
        "speed_splink",
        f"## Against Splink\n\n{__doc__.strip().splitlines()[0]} `{command_line('speed_splink.py')}`\n\n"
        f"{about}; {size_of(world)}\n\n{text}\n\n{verdict}",
        given.results,
    )
    print(f"{text}\n\n{verdict}\n")
    print(
        json.dumps(
            {
                "benchmark": "speed_splink",
                "machine": about,
                "build_seconds": fast.seconds,
                "build_cold_seconds": cold.seconds,
                "build_peak_mib": round(peak),
                "aggregate_seconds": aggregated.seconds,
                "build_b_cubed_f1": ours["campaigns"]["b_cubed"]["f1"],
                "build_grouping_f1": ours["communities"]["all"]["b_cubed"]["f1"],
                "splink": [each.plain(fast) for each in splinks],
            }
        )
    )


def options(given: argparse.Namespace) -> list[object]:
    """The world that was asked for, as options of `linkage simulate`."""
    return ["--accounts", given.accounts, "--scenario", given.scenario, "--seed", given.seed]


def figures(name: str, took: Measured, found: dict[str, Any] | None = None) -> list[str]:
    """A line of the table."""
    cells = [name, f"{took.seconds:.1f}", f"{took.cpu_seconds:.1f}", f"{took.peak_bytes / MIB:,.0f}"]
    if found is None:
        return [*cells, "", "", ""]
    f1 = (found["campaigns"]["b_cubed"]["f1"], found["communities"]["all"]["b_cubed"]["f1"])
    return [*cells, *(f"{each:.3f}" for each in f1), f"{found['innocents']['in_campaigns']:,}"]


def yes(met: bool) -> str:
    """Whether a target is met."""
    return "yes" if met else "NO"


if __name__ == "__main__":
    main()
