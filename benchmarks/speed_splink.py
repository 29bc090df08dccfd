"""Is a build faster than a record linker on the same accounts and identifiers, and does it find more?

Splink 5 on DuckDB links one record an account: arrays of its addresses, devices and cards on at most 50 accounts. Its
time is that of training, prediction and clustering; making the records from the raw exchanges, which a build does too,
is stated apart and given with and without. Each step is a process of its own, measured from outside; `linkage build` is
measured whole, from raw files to report, once with an empty kernel cache and then with a warm one. Splink's F1 is that
of its best threshold, chosen in its favour with the truth in hand.

python benchmarks/speed_splink.py --accounts 100000 --scenario rotating
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
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
    parser.add_argument("--world", type=Path, help="a simulated world that is there, instead of a new one")
    parser.add_argument("--results", type=Path, default=RESULTS, help="Markdown file whose section is replaced")
    given = parser.parse_args()
    BENCH.mkdir(exist_ok=True)
    world: Path = given.world or BENCH / "worlds" / f"{given.scenario}-{given.accounts}-{given.seed}"
    if given.world is None:
        shutil.rmtree(world, ignore_errors=True)
        measure(linkage("simulate", world, *options(given)))
    records, clusters, edges = (BENCH / f"splink-{name}.parquet" for name in ("records", "clusters", "edges"))
    cold, warm = build(world, given.repeats)
    aggregated = measure(python("_splink.py", "aggregate", world, records))
    linked = [measure(python("_splink.py", "link", records, clusters, edges)) for _ in range(given.repeats)]
    threshold, theirs = best_threshold(edges, world / "truth.parquet")
    scores = BENCH / "evaluation.json"
    measure(linkage("evaluate", BENCH / "run", "--truth", world / "truth.parquet", "-o", scores))
    ours = json.loads(scores.read_text())
    fast, splink = (sorted(each, key=lambda one: one.seconds)[len(each) // 2] for each in (warm, linked))
    peak = max(each.peak_bytes for each in [cold, *warm]) / MIB
    ratio = fast.seconds / splink.seconds
    rows = [
        figures("linkage build, warm (median)", fast, ours),
        figures("linkage build, first ever", cold),
        figures(f"Splink (median), threshold {threshold}", splink, theirs),
        figures("making Splink's records", aggregated),
    ]
    steps = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in splink.answer["seconds"].items())
    verdict = (
        f"Ratio of build to Splink: **{ratio:.2f}** (at most {TARGET_RATIO}: {yes(ratio <= TARGET_RATIO)}); with its "
        f"records made: {fast.seconds / (splink.seconds + aggregated.seconds):.2f}. "
        f"Peak of the build: {peak:,.0f} MiB (at most {TARGET_MIB:,}: {yes(peak <= TARGET_MIB)}). Splink: {steps}."
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
                "splink_seconds": splink.seconds,
                "splink_peak_mib": round(splink.peak_bytes / MIB),
                "aggregate_seconds": aggregated.seconds,
                "ratio": ratio,
                "build_b_cubed_f1": ours["campaigns"]["b_cubed"]["f1"],
                "splink_b_cubed_f1": theirs["campaigns"]["b_cubed"]["f1"],
                "build_grouping_f1": ours["communities"]["all"]["b_cubed"]["f1"],
                "splink_grouping_f1": theirs["communities"]["all"]["b_cubed"]["f1"],
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
