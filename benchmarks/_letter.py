"""The yardstick of `letter.py`, in a process of its own: one bare streaming pass of Polars over a world's events.

python benchmarks/_letter.py WORLD

It scans the exchanges and counts them by account and address, then scans the embeddings and sums them by account; the
two one after the other, since together they were no faster and held more. Each reads only the columns it needs. A
vector is summed as its numbers, `arr.get` of each in the aggregation: of the ways to say it this was the fastest
(columns made of them first: 1.0 to 1.1 times as long; exploded and grouped by place: 13 times).
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import polars as pl

from benchmarks._exact import scan
from benchmarks._projection import peak_bytes


def exchanges(world: Path) -> int:
    """Exchanges by account and address; how many groups there are."""
    counted = scan(world, "exchanges").group_by("account_id", "ip").agg(count=pl.len())
    return counted.collect(engine="streaming").height


def vectors(world: Path) -> int:
    """The sum of each account's embeddings; how many accounts there are."""
    rows = scan(world, "prompts")
    kind = rows.collect_schema()["embedding"]
    assert isinstance(kind, pl.Array)
    vector = pl.col("embedding")
    summed = rows.group_by("account_id").agg(vector.arr.get(i).sum().alias(f"v{i}") for i in range(kind.shape[0]))
    return summed.collect(engine="streaming").height


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("world", type=Path)
    given = parser.parse_args()
    clock = time.perf_counter()
    groups = exchanges(given.world)
    counted = time.perf_counter()
    accounts = vectors(given.world)
    done = time.perf_counter()
    print(
        json.dumps(
            {
                "exchanges": counted - clock,
                "vectors": done - counted,
                "groups": groups,
                "accounts": accounts,
                "peak_bytes": peak_bytes(),
            }
        )
    )


if __name__ == "__main__":
    main()
