"""One way of joining prompt vectors with themselves, in a process of its own. Run by `prompts.py`.

python benchmarks/_prompts.py vectors WORLD OUT.npy --rows N      vectors of a world's prompts, as float32[N, width]
python benchmarks/_prompts.py truth VECTORS.npy OUT.npz           all pairs of a sample, by comparing it with everybody
python benchmarks/_prompts.py tune VECTORS.npy                    faiss's best cells and probes for a recall
python benchmarks/_prompts.py linkage|ivf|flat VECTORS.npy OUT.npz [--truth TRUTH.npz]

A method warms up on some rows first (imports, compiled kernels, threads started), and then is timed on all of them:
everything from the vectors to the pairs, training included. `--idle` stops before the work: what imports, vectors and a
few rows alone take. Recall counts pairs, once each: faiss, which looks from both ends, has found a pair if either end
saw it.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks._projection import peak_bytes

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]

#: Cosines this near the threshold count for nobody: methods round differently.
TIE = 1e-5
#: Rows of a warm-up: few, for the memory of an idle process, and then so many that all kernels are used.
FEW, WARM = 4096, 32_768
#: Rows of a block of an exhaustive comparison.
BLOCK = 65_536


class Found(NamedTuple):
    """Pairs of rows, each once or twice, and the recall a method says it has."""

    a: NDArray[Any]
    b: NDArray[Any]
    claims: float | None = None


class Cells(NamedTuple):
    """How faiss is set: cells, cells looked at, rows a cell is trained on, rounds of training."""

    cells: int
    probes: int
    per_cell: int = 32
    rounds: int = 4


def vectors(world: Path, rows: int, seed: int) -> Floats:
    """That many prompts of a world, in the order of their time."""
    from benchmarks._exact import scan

    column = scan(world, "prompts").select("embedding").collect().to_series()
    if column.len() < rows:
        raise SystemExit(f"{world} has only {column.len():,} prompts: simulate more accounts")
    chosen = np.sort(np.random.default_rng(seed).choice(column.len(), rows, replace=False))
    return np.ascontiguousarray(column.gather(chosen).to_numpy(), dtype=np.float32)


def exhaustive(unit: Floats, chosen: Rows, threshold: float) -> tuple[Rows, Rows, Floats]:
    """All pairs of the chosen rows and any other over the threshold, with their cosines."""
    parts = []
    for first in range(0, len(unit), BLOCK):
        for at in range(0, len(chosen), 2048):
            cosine = unit[chosen[at : at + 2048]] @ unit[first : first + BLOCK].T
            place = np.flatnonzero(cosine >= threshold)
            a, b = np.divmod(place, cosine.shape[1])
            parts.append((chosen[at + a], first + b, cosine.ravel()[place]))
    a, b, cosine = (np.concatenate(each) for each in zip(*parts, strict=True))
    apart = a != b
    return a[apart], b[apart], cosine[apart]


def key(a: NDArray[Any], b: NDArray[Any], rows: int) -> Rows:
    """One number a pair, whichever way round: sorted, distinct."""
    low, high = np.minimum(a, b).astype(np.int64), np.maximum(a, b).astype(np.int64)
    low *= rows
    low += high
    low.sort()
    first = np.ones(len(low), bool)
    first[1:] = low[1:] != low[:-1]
    kept: Rows = low[first]
    return kept


def recall(found: Rows, wanted: Rows) -> float:
    """The share of the wanted pairs that were found; both sorted."""
    if not len(wanted):
        return 1.0
    place = np.minimum(np.searchsorted(found, wanted), max(len(found) - 1, 0))
    return float(np.mean(found[place] == wanted)) if len(found) else 0.0


def ours(unit: Floats, threshold: float, target: float, seed: int) -> Found:
    """The kernel."""
    from linkage_kernels import near

    pairs, plan = near.join(unit, threshold, target, seed)
    return Found(pairs.a, pairs.b, plan.recall)


def ivf(unit: Floats, threshold: float, cells: Cells, seed: int) -> Any:
    """faiss's inverted file, filled."""
    import faiss

    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(unit.shape[1]), unit.shape[1], cells.cells, faiss.METRIC_INNER_PRODUCT)
    index.cp.niter, index.cp.seed, index.cp.min_points_per_centroid = cells.rounds, seed + 1, 1
    many = min(len(unit), cells.cells * cells.per_cell)
    index.train(unit[np.random.default_rng(seed).choice(len(unit), many, replace=False)])
    index.add(unit)
    index.nprobe = cells.probes
    return index


def seen(index: Any, unit: Floats, threshold: float, first: int = 0) -> Found:
    """What a faiss index finds for rows of which the first is row `first` of the index."""
    limits, _, b = index.range_search(unit, threshold)
    return Found(np.repeat(np.arange(first, first + len(unit)), np.diff(limits.astype(np.int64))), b)


def flat(unit: Floats, threshold: float, queries: int) -> Found:
    """faiss's exhaustive search, for the first so many rows."""
    import faiss

    index = faiss.IndexFlatIP(unit.shape[1])
    index.add(unit)
    return seen(index, unit[:queries], threshold)


def tune(unit: Floats, threshold: float, target: float, seed: int, timed: int) -> dict[str, Any]:
    """The cells and probes with which faiss would have joined all rows soonest at the recall, and all that were tried.

    Recall is that of the pairs of a sample, looked for from both ends; time is that of training and filling, and of
    searching for some rows times all of them.
    """
    random = np.random.default_rng(seed)
    chosen = np.sort(random.choice(len(unit), min(len(unit), 1000), replace=False))
    a, b, _ = exhaustive(unit, chosen, threshold + TIE)
    wanted = key(a, b, len(unit))
    ends = np.unique(np.concatenate((a, b)))
    queries = unit[random.choice(len(unit), min(len(unit), timed), replace=False)]
    tried = []
    for factor in (1.0, 1.5, 2.0, 3.0, 4.0, 6.0):
        clock = time.perf_counter()
        cells = Cells(round(factor * math.sqrt(len(unit))), 1)
        index = ivf(unit, threshold, cells, seed)
        fixed = time.perf_counter() - clock
        for probes in (1, 2, 3, 4, 6, 8, 12, 16, 24, 32):
            index.nprobe = probes
            limits, _, other = index.range_search(unit[ends], threshold)
            one = np.repeat(ends, np.diff(limits.astype(np.int64)))
            found = recall(key(one, other, len(unit)), wanted)
            clock = time.perf_counter()
            index.range_search(queries, threshold)
            search = (time.perf_counter() - clock) * len(unit) / len(queries)
            tried.append({"cells": cells.cells, "probes": probes, "recall": found, "seconds": fixed + search})
            print(json.dumps(tried[-1]), flush=True)
            if found >= target:
                break
    good = [each for each in tried if each["recall"] >= target]
    return {"best": min(good, key=lambda each: each["seconds"]) if good else None, "tried": tried}


def scored(found: Found, unit: Floats, truth: Path | None, threshold: float) -> dict[str, Any]:
    """How many distinct pairs there are, whether all of them are right, and the recall on the sample."""
    rows = len(unit)
    right = True
    for at in range(0, len(found.a), 1 << 20):
        a, b = found.a[at : at + (1 << 20)], found.b[at : at + (1 << 20)]
        cosine = np.einsum("ij,ij->i", unit[a], unit[b])
        right &= bool(np.all((cosine >= threshold - TIE) | (a == b)))
    apart = found.a != found.b
    pairs = key(found.a[apart], found.b[apart], rows)
    about: dict[str, Any] = {"pairs": len(pairs), "right": right, "claims": found.claims}
    if truth is not None:
        about["recall"] = recall(pairs, np.load(truth)["key"])
    return about


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=["vectors", "truth", "tune", "linkage", "ivf", "flat"])
    parser.add_argument("given", type=Path)
    parser.add_argument("out", type=Path, nargs="?")
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--threshold", type=float, default=0.85)
    parser.add_argument("--recall", type=float, default=0.99)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sample", type=int, default=20_000, help="rows of the exhaustive search, or of flat's")
    parser.add_argument("--cells", type=int, default=1024)
    parser.add_argument("--probes", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--truth", type=Path)
    parser.add_argument("--idle", action="store_true")
    given = parser.parse_args()
    if given.step == "vectors":
        np.save(given.out, vectors(given.given, given.rows, given.seed))
        return
    unit: Floats = np.load(given.given)
    if given.step == "truth":
        random = np.random.default_rng(given.seed + 2)
        chosen = np.sort(random.choice(len(unit), min(len(unit), given.sample), replace=False))
        a, b, _ = exhaustive(unit, chosen, given.threshold + TIE)
        np.savez(given.out, key=key(a, b, len(unit)))
        print(json.dumps({"rows": len(chosen), "pairs": len(np.load(given.out)["key"])}))
        return
    if given.step != "linkage":
        import faiss

        faiss.omp_set_num_threads(given.threads)
    if given.step == "tune":
        print(json.dumps(tune(unit, given.threshold, given.recall, given.seed, given.sample)))
        return
    cells = Cells(given.cells, given.probes)
    methods: dict[str, Callable[[Floats], Found]] = {
        "linkage": lambda on: ours(on, given.threshold, given.recall, given.seed),
        "ivf": lambda on: seen(ivf(on, given.threshold, cells._replace(cells=min(cells.cells, len(on))), given.seed),
                               on, given.threshold),
        "flat": lambda on: flat(on, given.threshold, given.sample),
    }  # fmt: skip
    method = methods[given.step]
    clock = time.perf_counter()
    method(unit[:FEW].copy())
    idle = peak_bytes()
    method(unit[:WARM].copy())
    warm = time.perf_counter() - clock
    if given.idle:
        print(json.dumps({"warm": warm, "peak_bytes": idle}))
        return
    clock, busy = time.perf_counter(), time.process_time()
    found = method(unit)
    took = {"seconds": time.perf_counter() - clock, "cpu_seconds": time.process_time() - busy, "warm": warm}
    took["peak_bytes"] = peak_bytes()
    print(json.dumps({**took, **scored(found, unit, given.truth, given.threshold)}))


if __name__ == "__main__":
    main()
