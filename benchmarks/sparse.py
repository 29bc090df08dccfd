"""Is projecting accounts x templates faster and smaller than sparse matrix products that give the same pairs?

Templates are identifiers like any other: here those of simulated worlds, told apart by the words that the simulator
gives every prompt of one template and item, on 2 to 1,000 accounts. The job: all pairs of accounts whose shared
templates' rarity, log2(accounts / degree), sums to an even chance under the default prior, log2(accounts / 20) bits.
Ours is `linkage_kernels`' incidence and projection; against it scipy's product of the matrix with its transpose,
filtered, and sparse_dot_topn's with a threshold and the fewest pairs a row that lose none. Both also in blocks of
20,000 accounts by these and all later ones, which their manuals leave to the user. Two threads where a library has
them. Each method runs in a process of its own, makes its matrix or index within the time and must give the same pairs.
Memory is the peak of the process, and beside it the same less what imports and input take.

python benchmarks/sparse.py
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
from pathlib import Path
from typing import Any

import polars as pl

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
from benchmarks._sparse import METHODS
from benchmarks.projection import PARTNERS, same_pairs

TARGET_SPEED, TARGET_MEMORY = 2.0, 0.5
HEADS = ("uses: method", "pair cost", "pairs", "seconds", "CPU s", "peak MiB", "less idle MiB")


def prepared(accounts: int, given: argparse.Namespace) -> Path:
    """The uses of a world, in bench/sparse; simulated anew unless they may be reused."""
    folder = BENCH / "sparse"
    folder.mkdir(parents=True, exist_ok=True)
    out = folder / f"{given.scenario}-{accounts}-{given.seed}.parquet"
    if not (given.reuse and out.exists()):
        world = folder / "world"
        shutil.rmtree(world, ignore_errors=True)
        options = ["--scenario", given.scenario, "--seed", given.seed]
        options += ["--set", "prompts=text", "--set", f"content.sample={given.sample}"]
        measure(linkage("simulate", world, "--accounts", accounts, *options))
        measure(python("_sparse.py", "uses", world, out, "--cap", given.cap))
        shutil.rmtree(world)
    return out


def compare(accounts: int, given: argparse.Namespace) -> dict[str, Any]:
    """All methods on one world: the run of median seconds, the largest peak."""
    source = prepared(accounts, given)
    uses = pl.read_parquet(source)
    least = round(math.log2(accounts / PARTNERS), 3)
    degrees = uses.group_by("value").len()["len"].cast(pl.Int64)
    found: dict[str, Any] = {
        "accounts": accounts,
        "uses": uses.height,
        "templates": len(degrees),
        "pair_cost": int((degrees * (degrees - 1) // 2).sum()),
    }
    outs = {method: source.with_suffix(f".{method}.parquet") for method in METHODS}
    threads = {name: str(given.threads) for name in ("NUMBA_NUM_THREADS", "POLARS_MAX_THREADS", "OMP_NUM_THREADS")}
    options = ["--min-bits", least, "--threads", given.threads]
    for method in [each for each in METHODS if each in given.methods]:
        command = python("_sparse.py", method, source, outs[method], *options)
        run = measure if method == "linkage" else attempt
        try:
            run([*command, "--idle"], threads)  # fills the kernel cache
            idle = run([*command, "--idle"], threads).answer["peak_bytes"]
            runs = [run(command, threads).answer for _ in range(given.repeats)]
        except CrashedError as crash:
            print(crash, flush=True)
            found[method] = {"crashed": crash.code}
            outs[method].unlink(missing_ok=True)
            continue
        middle = sorted(runs, key=lambda each: float(each["seconds"]))[given.repeats // 2]
        peak = max(each["peak_bytes"] for each in runs)
        found[method] = {**middle, "peak_mib": peak / MIB, "net_mib": (peak - idle) / MIB}
        if method == "linkage":
            options += ["--top-n", most_partners(outs[method])]
        else:
            ours = pl.read_parquet(outs["linkage"])
            found[method]["equal"] = same_pairs(ours, pl.read_parquet(outs[method]), least)
            outs[method].unlink()
    outs["linkage"].unlink()
    if not given.reuse:
        source.unlink()
    return found


def most_partners(pairs: Path) -> int:
    """The most partners of an account, itself included: what a product must keep of a row to lose no pair."""
    ends = pl.concat([pl.scan_parquet(pairs).select(account=end) for end in ("a", "b")])
    most = ends.group_by("account").len().select(pl.col("len").max()).collect(engine="streaming").item()
    return int(most or 0) + 1


def lines(found: dict[str, Any]) -> list[list[str]]:
    """One comparison as rows of the table."""
    return [
        [f"{found['uses']:,}: {method}", f"{found['pair_cost']:,}", *figures(found[method])]
        for method in METHODS
        if method in found
    ]


def figures(each: dict[str, Any]) -> list[str]:
    """One method's cells of the table."""
    if "crashed" in each:
        return [f"crashed ({each['crashed']})", *[""] * 4]
    return [
        f"{each['pairs']:,}",
        *(f"{each[key]:,.2f}" for key in ("seconds", "cpu_seconds")),
        *(f"{each[key]:,.0f}" for key in ("peak_mib", "net_mib")),
    ]


def verdict(found: dict[str, Any], method: str) -> str:
    """Ours against one method on one input, in words."""
    ours, theirs = found["linkage"], found[method]
    if "crashed" in theirs:
        return f"- {found['uses']:,} uses: {method} crashed (exit code {theirs['crashed']})"
    speed = theirs["seconds"] / ours["seconds"]
    memory, net = ours["peak_mib"] / theirs["peak_mib"], ours["net_mib"] / theirs["net_mib"]
    return (
        f"- {found['uses']:,} uses, against {method}: {speed:.1f} times as fast (at least {TARGET_SPEED:.0f}: "
        f"{'yes' if speed >= TARGET_SPEED else 'NO'}); peak memory {memory:.2f} of its, less idle {net:.2f} "
        f"(at most {TARGET_MEMORY}: {'yes' if net <= TARGET_MEMORY else 'NO'}); "
        f"pairs equal: {'yes' if theirs['equal'] else 'NO'}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=[112_000, 1_120_000], help="accounts; about nine uses each"
    )
    parser.add_argument("--methods", nargs="+", choices=METHODS[1:], default=METHODS[1:], help="beside ours")
    parser.add_argument("--scenario", default="rotating")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sample", type=float, default=1.0, help="share of exchanges whose prompt is known")
    parser.add_argument("--cap", type=int, default=1000, help="templates on more accounts are left out")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--reuse", action="store_true", help="take and leave uses in bench/sparse")
    parser.add_argument("--results", type=Path, default=RESULTS, help="Markdown file whose section is replaced")
    given = parser.parse_args()
    given.methods = ["linkage", *given.methods]
    compared = []
    for accounts in given.sizes:
        compared.append(compare(accounts, given))
        print("\n".join("  ".join(line) for line in lines(compared[-1])), flush=True)
    text = table(HEADS, [line for each in compared for line in lines(each)])
    verdicts = "\n".join(verdict(each, method) for each in compared for method in given.methods[1:])
    about = machine("scipy", "sparse_dot_topn", "numba", "polars")
    keep(
        "sparse",
        f"## Templates as identifiers, against sparse products\n\n{__doc__.strip().splitlines()[0]} "
        f"`{command_line('sparse.py')}`\n\n{about}\n\n{text}\n\n{verdicts}",
        given.results,
    )
    print(f"\n{text}\n\n{verdicts}\n")
    print(json.dumps({"benchmark": "sparse", "machine": about, "inputs": compared}))


if __name__ == "__main__":
    main()
