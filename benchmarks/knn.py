"""Is the k-nearest-neighbour graph made faster than by pynndescent at the same recall?

Embeddings of simulated worlds (prompts, and accounts' means), k = 15 others. Ours is `linkage_kernels.nearest.nearest`,
told a recall: its cells, the choice of its effort and the measuring of its recall are included. Against it pynndescent
on the same vectors (inner product), which has no such setting: it keeps as many neighbours as it must for the recall,
the fewest of a list, found beforehand and not timed. Two threads each. Each run is in a process of its own, warmed up
on some rows; the two take turns, and the run of least seconds counts. Recall is measured here, on the same rows for
both, by comparing these with everybody.

python benchmarks/knn.py
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
from pathlib import Path
from typing import Any

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

METHODS = ("linkage", "pynndescent")
TARGET_TIMES, TARGET_RECALL = 3.0, 0.95
#: Accounts of a world that has this many prompts, or accounts with eight prompts, with some to spare.
PROMPTS_AN_ACCOUNT, OFTEN = 15.0, 0.36
HEADS = ("vectors: method", "seconds", "CPU s", "recall", "peak MiB")


def prepared(rows: int, width: int, means: bool, given: argparse.Namespace) -> tuple[Path, Path, dict[str, Any]]:
    """The vectors of a world and the true neighbours of some of them, as files in bench/knn; and their size."""
    folder = BENCH / "knn"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    world, source, known = folder / "world", folder / "vectors.npy", folder / "truth.npz"
    accounts = math.ceil(rows / (OFTEN if means else PROMPTS_AN_ACCOUNT))
    options = ["--scenario", given.scenario, "--seed", given.seed, "--set", f"content.width={width}"]
    measure(linkage("simulate", world, "--accounts", accounts, *options))
    kind = ["--centroids"] if means else []
    size = measure(python("_knn.py", "vectors", world, source, "--rows", rows, "--seed", given.seed, *kind)).answer
    shutil.rmtree(world)
    measure(python("_knn.py", "truth", source, known, "--k", given.k, "--seed", given.seed, "--sample", given.sample))
    return source, known, size


def compare(rows: int, width: int, means: bool, given: argparse.Namespace) -> dict[str, Any]:
    """Both methods on one set of vectors."""
    source, known, size = prepared(rows, width, means, given)
    threads = {name: str(given.threads) for name in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
    common = ["--truth", known, "--k", given.k, "--recall", given.recall, "--seed", given.seed]
    common += ["--threads", given.threads]
    runs: dict[str, list[dict[str, Any]]] = {"linkage": []}
    crashed: dict[str, Any] = {}
    tuned: dict[str, Any] = {"kept": 0, "reached": False}
    for _ in range(given.repeats):
        runs["linkage"].append(measure(python("_knn.py", "linkage", source, *common), threads).answer)
    try:
        tuned = attempt(python("_knn.py", "tune", source, *common), threads).answer
        peer = python("_knn.py", "pynndescent", source, *common, "--kept", tuned["kept"])
        runs["pynndescent"] = [attempt(peer, threads).answer for _ in range(given.repeats)]
    except CrashedError as crash:
        print(crash, flush=True)
        crashed = {"crashed": crash.code}
    shutil.rmtree(source.parent)
    best = {method: min(each, key=lambda run: float(run["seconds"])) for method, each in runs.items()}
    return {"what": "accounts" if means else "prompts", **size, "tuned": tuned, **crashed, **best}


def name(found: dict[str, Any]) -> str:
    """One set of vectors in words."""
    return f"{found['rows']:,} {found['what']} x {found['width']}"


def lines(found: dict[str, Any]) -> list[list[str]]:
    """One comparison as rows of the table."""
    out = []
    for method in METHODS:
        if method not in found:
            continue
        each = found[method]
        kept = f" ({found['tuned']['kept']} kept)" if method == "pynndescent" else ""
        out.append(
            [
                f"{name(found)}: {method}{kept}",
                f"{each['seconds']:,.2f}",
                f"{each['cpu_seconds']:,.2f}",
                f"{each['recall']:.4f}",
                f"{each['peak_bytes'] / MIB:,.0f}",
            ]
        )
    return out


def yes(met: bool) -> str:
    """Whether a target is met."""
    return "yes" if met else "NO"


def verdict(found: dict[str, Any]) -> str:
    """Ours against theirs on one set, in words."""
    if "crashed" in found:
        return f"- {name(found)}: pynndescent crashed (exit code {found['crashed']})"
    mine, peer = found["linkage"], found["pynndescent"]
    times = peer["seconds"] / mine["seconds"]
    short = "" if found["tuned"]["reached"] else " (pynndescent did not reach the recall with any number tried)"
    return (
        f"- {name(found)}: {times:.1f} times as fast (at least {TARGET_TIMES:.0f}: {yes(times >= TARGET_TIMES)}); "
        f"recall {mine['recall']:.4f} (at least {TARGET_RECALL}: {yes(mine['recall'] >= TARGET_RECALL)}; it says "
        f"{mine['claims']:.4f} of itself), theirs {peer['recall']:.4f}{short}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="*", default=[100_000, 300_000], help="prompts of width 64")
    parser.add_argument("--wide", type=int, nargs="*", default=[100_000], help="prompts of width 384")
    parser.add_argument("--accounts", type=int, nargs="*", default=[100_000], help="accounts' means of width 64")
    parser.add_argument("--k", type=int, default=15)
    parser.add_argument("--recall", type=float, default=0.95)
    parser.add_argument("--scenario", default="rotating")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sample", type=int, default=2000, help="rows compared with everybody")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--results", type=Path, default=RESULTS, help="Markdown file whose section is replaced")
    given = parser.parse_args()
    sets = [(rows, 64, False) for rows in given.rows] + [(rows, 384, False) for rows in given.wide]
    sets += [(rows, 64, True) for rows in given.accounts]
    compared = []
    for rows, width, means in sets:
        compared.append(compare(rows, width, means, given))
        print(verdict(compared[-1]), flush=True)
    text = "\n\n".join(
        [
            "## Nearest neighbours\n\nIs the k-nearest-neighbour graph made faster than by pynndescent at the same "
            f"recall? `{command_line('knn.py')}`",
            f"{machine('pynndescent', 'numba', 'numpy')}; scenario {given.scenario}, seed {given.seed}, k = {given.k}, "
            f"{given.threads} threads, best of {given.repeats}",
            table(HEADS, [line for each in compared for line in lines(each)]),
            "\n".join(verdict(each) for each in compared),
        ]
    )
    keep("knn", text, given.results)
    print(text)
    print(json.dumps({"compared": compared}))


if __name__ == "__main__":
    main()
