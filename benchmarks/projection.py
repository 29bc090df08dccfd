"""Is the projection kernel worth having, against the Polars self-join that gives the same pairs?

Two inputs: the uses of addresses, devices and cards of a simulated world (values on 2 to 50 accounts), and a larger
made-up table whose values have Zipf degrees. The job is the build's own: bits fall with the time between two uses, add
up and are capped by kind, and pairs are kept from an even chance on under the default prior, log2(accounts / 20) bits.
Each method runs in a process of its own and must give the same pairs. Seconds are those of the projection alone; memory
is the peak of the process, and beside it the same less what imports and input take. The kernel is compared with both of
Polars' engines, the default one and the streaming one.

python benchmarks/projection.py
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks._exact import uses as exact_uses
from benchmarks._harness import BENCH, MIB, RESULTS, command_line, keep, linkage, machine, measure, python, table
from benchmarks._projection import USES

METHODS = ("kernel", "polars", "streaming")
TARGET_SPEED, TARGET_MEMORY, PARTNERS = 3.0, 1 / 3, 20


HALF_LIVES = {"ip": 2.0, "device": 60.0, "card": 180.0}


def weighed(uses: pl.DataFrame, accounts: int) -> pl.DataFrame:
    """The uses of shared values as `USES`, sorted, with the rarity of each value."""
    return (
        uses.with_columns(pl.len().over("value").alias("degree"))
        .filter(pl.col("degree") > 1)
        .with_columns(bits=(accounts / pl.col("degree")).log(2))
        .select(pl.col(name).cast(kind) for name, kind in USES.items())
        .sort("value", "account")
    )


def from_world(world: Path, cap: int) -> pl.DataFrame:
    """The exact identifiers of a world, with the days of their use."""
    used = exact_uses(world, cap).with_columns(
        (pl.col(name).to_physical() / 86_400_000_000).alias(f"{name}_day") for name in ("first", "last")
    )
    coded = used.select(
        "first_day",
        "last_day",
        account=pl.col("account_id").rank("dense") - 1,
        value=pl.struct("kind", "value").rank("dense") - 1,
        kind=pl.col("kind").rank("dense") - 1,
        half_life=pl.col("kind").replace_strict(HALF_LIVES, return_dtype=pl.Float32),
    )
    origin = coded["first_day"].min()
    coded = coded.with_columns(pl.col("first_day", "last_day") - origin)
    return weighed(coded, coded["account"].n_unique())


def zipf(accounts: int, values: int, cap: int, seed: int) -> pl.DataFrame:
    """Values whose degrees fall as a power, of three kinds, on accounts of which some use many, over 45 days."""
    random = np.random.default_rng(seed)
    degree = np.minimum(random.zipf(1.7, values) + 1, cap)
    uses = int(degree.sum())
    first = random.uniform(0, 45, uses)
    value = np.repeat(np.arange(values), degree)
    made = pl.DataFrame(
        {
            "account": (accounts * random.random(uses) ** 1.5).astype(np.int64),
            "value": value,
            "kind": value % 3,
            "half_life": np.array(list(HALF_LIVES.values()))[value % 3],
            "first_day": first,
            "last_day": first + random.exponential(5, uses),
        }
    )
    return weighed(made.unique(["account", "value"], keep="first", maintain_order=True), accounts)


def same_pairs(one: pl.DataFrame, other: pl.DataFrame, floor: float) -> bool:
    """Whether both hold the same pairs and weights, up to rounding: a pair at the floor itself may be in one only."""
    both = one.join(other, on=["a", "b"], how="full", coalesce=True, suffix="_other")
    lone = pl.col("weight").is_null() | pl.col("weight_other").is_null()
    weight = pl.coalesce("weight", "weight_other")
    apart = (pl.col("weight") - pl.col("weight_other")).abs() > 2e-3
    return both.filter(pl.when(lone).then((weight - floor).abs() > 2e-3).otherwise(apart)).is_empty()


def compare(name: str, uses: pl.DataFrame, accounts: int, repeats: int) -> dict[str, Any]:
    """All methods on one input; the median of the seconds, the largest peak."""
    folder = BENCH / "projection"
    folder.mkdir(parents=True, exist_ok=True)
    given = folder / "uses.parquet"
    uses.write_parquet(given)
    least = round(math.log2(accounts / PARTNERS), 3)
    floor = ("--min-bits", least, "--cap", round(least + 2, 3))
    degrees = uses.group_by("value").len()["len"].cast(pl.Int64)
    found: dict[str, Any] = {
        "input": name,
        "uses": uses.height,
        "pair_cost": int((degrees * (degrees - 1) // 2).sum()),
    }
    for method in METHODS:
        out = folder / f"{method}.parquet"
        if method == "kernel":
            measure(python("_projection.py", method, given, out, *floor))  # fills the kernel cache
        idle = measure(python("_projection.py", method, given, out, "--idle", *floor)).answer["peak_bytes"]
        runs = [measure(python("_projection.py", method, given, out, *floor)).answer for _ in range(repeats)]
        peak = max(each["peak_bytes"] for each in runs)
        found[method] = {
            "seconds": sorted(each["seconds"] for each in runs)[repeats // 2],
            "peak_mib": peak / MIB,
            "net_mib": (peak - idle) / MIB,
            "pairs": runs[0]["pairs"],
        }
    kernel = pl.read_parquet(folder / "kernel.parquet")
    same = [same_pairs(kernel, pl.read_parquet(folder / f"{method}.parquet"), least) for method in METHODS[1:]]
    found["equal"] = all(same)
    shutil.rmtree(folder)
    ours = found["kernel"]
    for engine in METHODS[1:]:
        theirs = found[engine]
        theirs["speed"] = theirs["seconds"] / ours["seconds"]
        theirs["memory"] = ours["peak_mib"] / theirs["peak_mib"]
        theirs["net_memory"] = ours["net_mib"] / theirs["net_mib"]
    return found


def verdict(found: dict[str, Any], engine: str) -> str:
    """The kernel against one engine on one input, in words."""
    than = found[engine]
    fast, small = than["speed"] >= TARGET_SPEED, than["net_memory"] <= TARGET_MEMORY
    return (
        f"- {found['input']}, against {engine}: {than['speed']:.1f} times as fast (at least {TARGET_SPEED:.0f}: "
        f"{'yes' if fast else 'NO'}); peak memory {than['memory']:.2f} of its, less idle {than['net_memory']:.2f} "
        f"(at most {TARGET_MEMORY:.2f}: {'yes' if small else 'NO'}); pairs equal: {'yes' if found['equal'] else 'NO'}"
    )


def lines(found: dict[str, Any]) -> list[list[str]]:
    """One comparison as rows of the table."""
    return [
        [
            f"{found['input']}: {method}",
            f"{found['uses']:,}",
            f"{found['pair_cost']:,}",
            f"{found[method]['pairs']:,}",
            *(f"{found[method][key]:,.{places}f}" for key, places in (("seconds", 2), ("peak_mib", 0), ("net_mib", 0))),
        ]
        for method in METHODS
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--scenario", default="rotating")
    parser.add_argument("--world", type=Path, help="a simulated world that is there, instead of a new one")
    parser.add_argument("--zipf-accounts", type=int, default=300_000)
    parser.add_argument("--zipf-values", type=int, default=400_000)
    parser.add_argument("--cap", type=int, default=50)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--results", type=Path, default=RESULTS, help="Markdown file whose section is replaced")
    given = parser.parse_args()
    world: Path = given.world or BENCH / "worlds" / f"{given.scenario}-{given.accounts}-{given.seed}"
    if given.world is None:
        shutil.rmtree(world, ignore_errors=True)
        scenario = ["--scenario", given.scenario, "--seed", given.seed]
        measure(linkage("simulate", world, "--accounts", given.accounts, *scenario))
    inputs = {
        f"{given.scenario} world": from_world(world, given.cap),
        "Zipf": zipf(given.zipf_accounts, given.zipf_values, given.cap, given.seed),
    }
    accounts = {"Zipf": given.zipf_accounts}
    found = [compare(name, uses, accounts.get(name, uses["account"].n_unique()), given.repeats)
             for name, uses in inputs.items()]  # fmt: skip
    text = table(
        ("input: method", "uses", "pair cost", "pairs kept", "seconds", "peak MiB", "less idle MiB"),
        [line for each in found for line in lines(each)],
    )
    verdicts = "\n".join(verdict(each, engine) for each in found for engine in METHODS[1:])
    about = machine("polars", "numba")
    keep(
        "projection",
        f"## Projection kernel\n\n{__doc__.strip().splitlines()[0]} `{command_line('projection.py')}`\n\n{about}\n\n"
        f"{text}\n\n{verdicts}",
        given.results,
    )
    print(f"{text}\n\n{verdicts}\n")
    print(json.dumps({"benchmark": "projection", "machine": about, "inputs": found}))


if __name__ == "__main__":
    main()
