"""Is the join of near-duplicate prompts faster than faiss at the same recall, and does it grow as the prompts do?

Embeddings of simulated worlds, pairs of a cosine over a threshold. Ours is `linkage_kernels.near.join`, its centroids
and the choice of its probes included; against it faiss-cpu's inverted file (`IndexIVFFlat`, inner product, range
search), whose number of cells and of probes is the fastest of a search for the recall asked for, training and filling
included, and its exhaustive `IndexFlatIP`, searched for some of the rows and scaled to all. Two threads each. Each
method runs in a process of its own, warmed up on 32,768 rows (compiled kernels come from the cache; what compiling
takes is stated). Recall is that of the pairs of 20,000 rows, found by comparing these with everybody; a pair that faiss
sees from either end counts as found. Memory is the peak of the process less that of one that only imported its
packages, so that it holds the vectors themselves; it is stated as a multiple of them.

python benchmarks/prompts.py
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._harness import (
    BENCH,
    MIB,
    RESULTS,
    CrashedError,
    attempt,
    command_line,
    keep,
    linkage,
    machine,
    measure,
    python,
    table,
)

METHODS = ("linkage", "ivf", "flat")
TARGET_IVF, TARGET_FLAT, TARGET_RECALL, TARGET_GROWTH, TARGET_MEMORY = 5.0, 50.0, 0.99, 1.15, 2.0
#: Accounts of a world that has this many prompts, with some to spare.
PROMPTS_AN_ACCOUNT = 15.0
HEADS = ("prompts: method", "seconds", "CPU s", "pairs", "recall", "pairs right", "memory MiB", "of vectors")


def prepared(rows: int, width: int, given: argparse.Namespace) -> Path:
    """The vectors of a world, as an .npy file in bench/prompts; simulated anew unless they may be reused."""
    folder = BENCH / "prompts"
    folder.mkdir(parents=True, exist_ok=True)
    out = folder / f"{given.scenario}-{rows}-{width}-{given.seed}.npy"
    if not (given.reuse and out.exists()):
        world = folder / "world"
        shutil.rmtree(world, ignore_errors=True)
        options = ["--scenario", given.scenario, "--seed", given.seed, "--set", f"content.width={width}"]
        measure(linkage("simulate", world, "--accounts", math.ceil(rows / PROMPTS_AN_ACCOUNT), *options))
        measure(python("_prompts.py", "vectors", world, out, "--rows", rows, "--seed", given.seed))
        shutil.rmtree(world)
    return out


def compare(rows: int, width: int, methods: list[str], given: argparse.Namespace) -> dict[str, Any]:
    """Some methods on the vectors of one world: the run of least seconds counts, and the largest peak."""
    source = prepared(rows, width, given)
    vectors = source.stat().st_size
    threads = {name: str(given.threads) for name in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
    common = ["--threshold", given.threshold, "--recall", given.recall, "--seed", given.seed]
    common += ["--threads", given.threads]
    truth = source.with_suffix(".truth.npz")
    sample = max(1000, min(given.sample, int(given.sample * 3_000_000 / rows)))
    sampled = measure(python("_prompts.py", "truth", source, truth, *common, "--sample", sample), threads).answer
    found: dict[str, Any] = {"rows": rows, "width": width, "vectors_mib": vectors / MIB, "sample": sampled}

    def run(method: str) -> None:
        options = [*common, "--truth", truth, "--sample", given.flat_queries]
        if method == "ivf":
            tuned = attempt(python("_prompts.py", "tune", source, *common, "--sample", sample), threads).answer
            found["tuned"] = tuned
            if tuned["best"] is None:
                return
            options += ["--cells", tuned["best"]["cells"], "--probes", tuned["best"]["probes"]]
        if method == "flat":
            options = [*common, "--sample", given.flat_queries]
        if method == "linkage" and rows == min(given.rows):
            with tempfile.TemporaryDirectory() as cache:
                cold = {**threads, "NUMBA_CACHE_DIR": cache}
                found["cold"] = attempt(python("_prompts.py", method, source, "--idle", *options), cold).answer["warm"]
        # The first one compiles what is not in the cache, which takes memory too.
        idle = min(
            attempt(python("_prompts.py", method, source, "--idle", *options), threads).answer["peak_bytes"]
            for _ in range(2)
        )
        runs = [
            attempt(python("_prompts.py", method, source, *options), threads).answer
            for _ in range(1 if method == "flat" else given.repeats)
        ]
        best = min(runs, key=lambda each: float(each["seconds"]))
        memory = max(each["peak_bytes"] for each in runs) - idle + vectors
        scale = rows / min(rows, given.flat_queries) if method == "flat" else 1.0
        found[method] = {
            **best,
            "seconds": best["seconds"] * scale,
            "cpu_seconds": best["cpu_seconds"] * scale,
            "pairs": best["pairs"] if scale == 1.0 else None,
            "memory_mib": memory / MIB,
            "of_vectors": memory / vectors,
        }

    for method in methods:
        try:
            run(method)
        except CrashedError as crash:
            if method == "linkage":
                raise SystemExit(str(crash)) from crash
            print(crash, flush=True)
            found.setdefault("crashed", {})[method] = crash.code
    if not given.keep:
        source.unlink()
        truth.unlink()
    return found


def lines(found: dict[str, Any]) -> list[list[str]]:
    """One comparison as rows of the table."""
    out = []
    for method in METHODS:
        each = found.get(method)
        if each is None:
            continue
        name = f"{found['rows']:,} x {found['width']}: {method}"
        if method == "ivf":
            name += " ({cells} cells, {probes} probes)".format(**found["tuned"]["best"])
        out.append(
            [
                name,
                f"{each['seconds']:,.2f}",
                f"{each['cpu_seconds']:,.2f}",
                "" if each["pairs"] is None else f"{each['pairs']:,}",
                "" if "recall" not in each else f"{each['recall']:.4f}",
                "yes" if each["right"] else "NO",
                f"{each['memory_mib']:,.0f}",
                f"{each['of_vectors']:.2f}",
            ]
        )
    return out


def yes(met: bool) -> str:
    """Whether a target is met."""
    return "yes" if met else "NO"


def verdict(found: dict[str, Any]) -> str:
    """Ours against the others on one input, in words."""
    mine = found["linkage"]
    parts = [
        f"recall {mine['recall']:.4f} on {found['sample']['pairs']:,} pairs of {found['sample']['rows']:,} rows (at "
        f"least {TARGET_RECALL}: {yes(mine['recall'] >= TARGET_RECALL)}; it says {mine['claims']:.4f} of itself)"
    ]
    for method, target in (("ivf", TARGET_IVF), ("flat", TARGET_FLAT)):
        if method in found:
            times = found[method]["seconds"] / mine["seconds"]
            parts.append(f"{times:,.1f} times as fast as {method} (at least {target:.0f}: {yes(times >= target)})")
        elif method in found.get("crashed", {}):
            parts.append(f"{method} crashed (exit code {found['crashed'][method]})")
    memory = mine["of_vectors"]
    parts.append(f"memory {memory:.2f} of the vectors (at most {TARGET_MEMORY:.0f}: {yes(memory <= TARGET_MEMORY)})")
    return f"- {found['rows']:,} x {found['width']}: {'; '.join(parts)}"


def growth(compared: list[dict[str, Any]]) -> float | None:
    """The exponent of seconds in prompts, by least squares over the sizes of one width."""
    logs = np.log([(each["rows"], each["linkage"]["seconds"]) for each in compared])
    return float(np.polyfit(logs[:, 0], logs[:, 1], 1)[0]) if len(compared) > 1 else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="*", default=[300_000, 3_000_000], help="prompts, all methods")
    parser.add_argument("--alone", type=int, nargs="*", default=[12_000_000], help="further sizes, ours alone")
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--wide", type=int, nargs="*", default=[300_000], help="prompts of width 384, all methods")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=METHODS)
    parser.add_argument("--scenario", default="rotating")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threshold", type=float, default=0.85)
    parser.add_argument("--recall", type=float, default=0.99)
    parser.add_argument("--sample", type=int, default=20_000, help="rows compared with everybody; fewer over 3 million")
    parser.add_argument("--flat-queries", type=int, default=20_000, help="rows that flat is searched for")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--reuse", action="store_true", help="take vectors of an earlier run from bench/prompts")
    parser.add_argument("--keep", action="store_true", help="leave the vectors there")
    parser.add_argument("--results", type=Path, default=RESULTS, help="Markdown file whose section is replaced")
    given = parser.parse_args()
    given.keep = given.keep or given.reuse
    sets = [(rows, given.width, list(given.methods)) for rows in given.rows]
    sets += [(rows, given.width, ["linkage"]) for rows in given.alone]
    sets += [(rows, 384, list(given.methods)) for rows in given.wide]
    compared = []
    for rows, width, methods in sets:
        compared.append(compare(rows, width, methods, given))
        print(verdict(compared[-1]), flush=True)
    text = table(HEADS, [line for each in compared for line in lines(each)])
    verdicts = [verdict(each) for each in compared]
    exponent = growth([each for each in compared if each["width"] == given.width])
    if exponent is not None:
        verdicts.append(
            f"- Growth of ours over width {given.width}: exponent {exponent:.2f} (at most {TARGET_GROWTH}: "
            f"{yes(exponent <= TARGET_GROWTH)})"
        )
    cold = [each["cold"] for each in compared if "cold" in each]
    if cold:
        verdicts.append(f"- The first run ever compiles the kernels: {cold[0]:.1f} s more.")
    about = machine("faiss-cpu", "numba", "numpy")
    scaled = f"`flat`: seconds of {given.flat_queries:,} rows, scaled to all."
    keep(
        "prompts",
        f"## Near-duplicate prompts\n\n{__doc__.strip().splitlines()[0]} `{command_line('prompts.py')}`\n\n{about}\n\n"
        f"{text}\n\n{scaled}\n\n" + "\n".join(verdicts),
        given.results,
    )
    print(f"\n{text}\n\n" + "\n".join(verdicts) + "\n")
    print(json.dumps({"benchmark": "prompts", "machine": about, "growth": exponent, "compared": compared}))


if __name__ == "__main__":
    main()
