"""One way of making a k-nearest-neighbour graph, in a process of its own. Run by `knn.py`.

python benchmarks/_knn.py vectors WORLD OUT.npy --rows N [--centroids]     prompts of a world, or its accounts' means
python benchmarks/_knn.py truth VECTORS.npy OUT.npz                        the true neighbours of a sample
python benchmarks/_knn.py tune VECTORS.npy --truth TRUTH.npz               how many neighbours pynndescent must keep
python benchmarks/_knn.py linkage|pynndescent VECTORS.npy --truth TRUTH.npz

A method warms up on a few rows first (imports, compiled kernels, threads started), and then is timed on all of them:
everything from the vectors to the graph. Ours settles its effort and measures its recall within that time.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks._projection import peak_bytes
from benchmarks._prompts import vectors

Floats = NDArray[np.float32]
Ids = NDArray[Any]

#: Neighbours whose cosines differ less are a tie: methods round differently.
TIE = 1e-5
#: Rows of a warm-up: enough for every kernel of a large input to be compiled or loaded.
WARM = 8192
#: Neighbours that pynndescent keeps, tried in turn until the recall is reached.
KEPT = (16, 20, 25, 30, 35, 40, 45, 50, 60, 80, 100)


def centroids(world: Path, rows: int, least: int = 8) -> Floats:
    """Directions of the means of accounts with at least so many prompts, less that of all; the first `rows` of them."""
    import polars as pl

    from benchmarks._exact import scan

    prompts = scan(world, "prompts").select("account_id", "embedding").collect()
    account = prompts["account_id"].rank("dense").to_numpy().astype(np.int64) - 1
    order = np.argsort(account, kind="stable")
    start = np.flatnonzero(np.diff(account[order], prepend=-1))
    unit = prompts["embedding"].cast(pl.Array(pl.Float32, prompts["embedding"].dtype.shape[0])).to_numpy()  # type: ignore[attr-defined]
    size = np.diff(np.append(start, len(account)))
    mean = np.add.reduceat(unit[order], start, axis=0)[size >= least] / size[size >= least, None]
    mean -= mean.mean(axis=0)
    mean /= np.linalg.norm(mean, axis=1, keepdims=True)
    return np.ascontiguousarray(mean[:rows], dtype=np.float32)


def truth(unit: Floats, chosen: NDArray[np.int64], k: int) -> Floats:
    """Cosine of the k-th nearest other row of each chosen row, by comparing it with all."""
    worst = np.empty(len(chosen), np.float32)
    for at in range(0, len(chosen), 256):
        rows = chosen[at : at + 256]
        cosine = unit[rows] @ unit.T
        cosine[np.arange(len(rows)), rows] = -2.0
        worst[at : at + 256] = np.partition(cosine, -k, axis=1)[:, -k]
    return worst


def ours(unit: Floats, k: int, target: float, seed: int) -> tuple[Ids, float | None]:
    """The kernel, and the recall it says it has."""
    from linkage_kernels.nearest import nearest

    found = nearest(unit, k, target, seed)
    return found.ids, found.recall


def theirs(unit: Floats, k: int, kept: int, threads: int, seed: int) -> tuple[Ids, float | None]:
    """pynndescent: of `kept` neighbours (a row is one of its own) the first k others."""
    from pynndescent import NNDescent

    graph, _ = NNDescent(unit, metric="dot", n_neighbors=kept, n_jobs=threads, random_state=seed).neighbor_graph
    other = graph != np.arange(len(unit))[:, None]
    # Others first, in the order they have.
    place = np.argsort(~other, axis=1, kind="stable")[:, :k]
    ids = np.take_along_axis(graph, place, axis=1)
    return np.where(np.take_along_axis(other, place, axis=1), ids, -1), None


def recall(unit: Floats, ids: Ids, chosen: NDArray[np.int64], worst: Floats) -> float:
    """Share of the true neighbours of the chosen rows that were found; as near as the k-th is as good."""
    found = ids[chosen]
    cosine = np.einsum("ij,ikj->ik", unit[chosen], unit[np.maximum(found, 0)])
    return float(np.mean((found >= 0) & (cosine >= worst[:, None] - TIE)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=["vectors", "truth", "tune", "linkage", "pynndescent"])
    parser.add_argument("given", type=Path)
    parser.add_argument("out", type=Path, nargs="?")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--centroids", action="store_true")
    parser.add_argument("--k", type=int, default=15)
    parser.add_argument("--kept", type=int, default=16)
    parser.add_argument("--recall", type=float, default=0.95)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sample", type=int, default=2000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--truth", type=Path)
    given = parser.parse_args()
    if given.step == "vectors":
        make = centroids(given.given, given.rows) if given.centroids else vectors(given.given, given.rows, given.seed)
        np.save(given.out, make)
        print(json.dumps({"rows": len(make), "width": make.shape[1]}))
        return
    unit: Floats = np.load(given.given)
    if given.step == "truth":
        chosen = np.random.default_rng(given.seed + 2).choice(len(unit), min(len(unit), given.sample), replace=False)
        np.savez(given.out, chosen=chosen, worst=truth(unit, chosen, given.k))
        return
    known = np.load(given.truth)
    if given.step == "tune":
        tried = []
        for kept in KEPT:
            if kept <= given.k:
                continue
            ids, _ = theirs(unit, given.k, kept, given.threads, given.seed)
            tried.append({"kept": kept, "recall": recall(unit, ids, known["chosen"], known["worst"])})
            print(json.dumps(tried[-1]), flush=True)
            if tried[-1]["recall"] >= given.recall:
                break
        print(json.dumps({"kept": tried[-1]["kept"], "reached": tried[-1]["recall"] >= given.recall, "tried": tried}))
        return

    def method(rows: Floats) -> tuple[Ids, float | None]:
        if given.step == "linkage":
            return ours(rows, given.k, given.recall, given.seed)
        return theirs(rows, given.k, given.kept, given.threads, given.seed)

    clock = time.perf_counter()
    method(unit[:WARM].copy())
    warm = time.perf_counter() - clock
    clock, busy = time.perf_counter(), time.process_time()
    ids, claims = method(unit)
    took = {"seconds": time.perf_counter() - clock, "cpu_seconds": time.process_time() - busy, "warm": warm}
    took["peak_bytes"] = peak_bytes()
    found = recall(unit, ids, known["chosen"], known["worst"])
    print(json.dumps({**took, "recall": found, "claims": claims}))


if __name__ == "__main__":
    main()
