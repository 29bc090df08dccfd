"""What a first attempt does: exact identifiers under a hub cap, components or Leiden. Run by `worlds.py`.

python benchmarks/_exact.py components|leiden WORLD OUT.parquet [--cap 50] [--seed 0]
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

import igraph
import numpy as np
import polars as pl


def scan(world: Path, table: str) -> pl.LazyFrame:
    """A table of a simulated world: one Parquet file or a folder of parts."""
    folder = world / table
    return pl.scan_parquet(folder / "*.parquet" if folder.is_dir() else world / f"{table}.parquet")


def uses(world: Path, cap: int) -> pl.DataFrame:
    """account_id, kind, value, count, first, last: cards, addresses and devices on two to `cap` accounts."""
    exchanges, payments = scan(world, "exchanges"), scan(world, "payments")
    parts = [
        frame.filter(pl.col(column).is_not_null())
        .group_by("account_id", pl.lit(kind).alias("kind"), pl.col(column).alias("value"))
        .agg(count=pl.len(), first=pl.col(time).min(), last=pl.col(time).max())
        for frame, column, kind, time in [
            (exchanges, "ip", "ip", "sent_at"),
            (exchanges, "device", "device", "sent_at"),
            (payments, "instrument", "card", "paid_at"),
        ]
    ]
    everything = pl.concat(pl.collect_all(parts, engine="streaming"))
    return everything.filter(pl.len().over("kind", "value").is_between(1, cap)).sort("kind", "value", "account_id")


def shared_pairs(used: pl.DataFrame) -> pl.DataFrame:
    """a, b, shared: how many values each pair of accounts shares."""
    coded = used.lazy().select("account", "code")
    return (
        coded.join(coded, on="code", suffix="_b")
        .filter(pl.col("account") < pl.col("account_b"))
        .group_by("account", "account_b")
        .agg(shared=pl.len())
        .sort("account", "account_b")
        .collect(engine="streaming")
    )


def cluster(method: str, world: Path, cap: int, seed: int) -> pl.DataFrame:
    """account_id, cluster of all accounts that share a value."""
    used = uses(world, cap).filter(pl.len().over("kind", "value") > 1)
    ids = used["account_id"].unique().sort()
    used = used.select(
        account=pl.col("account_id").rank("dense").cast(pl.UInt32) - 1,
        code=pl.struct("kind", "value").rank("dense").cast(pl.UInt32) - 1,
    )
    if method == "components":  # on the graph of accounts and values, which has no more edges than uses
        values = used["code"].n_unique()
        edges = np.column_stack([used["account"].to_numpy(), used["code"].to_numpy() + np.uint32(ids.len())])
        membership = igraph.Graph(ids.len() + values, edges).connected_components().membership[: ids.len()]
    else:
        pairs = shared_pairs(used)
        graph = igraph.Graph(ids.len(), pairs.select("account", "account_b").to_numpy())
        random.seed(seed)
        igraph.set_random_number_generator(random)
        membership = graph.community_leiden("modularity", weights=pairs["shared"].to_list(), n_iterations=10).membership
    return pl.DataFrame({"account_id": ids, "cluster": membership})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("method", choices=["components", "leiden"])
    parser.add_argument("world", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--cap", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    cluster(given.method, given.world, given.cap, given.seed).write_parquet(given.out)


if __name__ == "__main__":
    main()
