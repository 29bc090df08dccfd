"""One way of projecting uses onto pairs, in a process of its own. Run by `projection.py`.

python benchmarks/_projection.py kernel|polars|streaming USES.parquet OUT.parquet [--idle]

USES: account, value (both UInt32, sorted by value and account, distinct) and the bits of the value, a multiple of 1/64,
so that sums of them are exact in any order. `--idle` stops before the work: what imports and input alone take.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import polars as pl

PAIRS = pl.Schema([("a", pl.UInt32()), ("b", pl.UInt32()), ("weight", pl.Float32())])


def peak_bytes() -> int:
    """The most memory this process ever held."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().split("VmHWM:")[1].split()[0]) * 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def kernel(uses: pl.DataFrame, min_bits: float) -> pl.DataFrame:
    """The kernel with one channel and no cap or half-life: what the self-join computes."""
    import numpy as np

    from linkage_kernels import projection

    values, accounts = (int(uses[name].max() or 0) + 1 if uses.height else 0 for name in ("value", "account"))  # type: ignore[arg-type]
    bits = np.zeros(values, np.float32)
    bits[uses["value"].to_numpy()] = uses["bits"].to_numpy()
    always = np.full(uses.height, -np.inf, np.float32)
    index = projection.incidence(
        uses["account"].cast(pl.Int32).to_numpy(),
        uses["value"].cast(pl.Int32).to_numpy(),
        always,
        -always,
        bits,
        np.ones(values, np.float32),
        np.zeros(values, np.int32),
        np.zeros(1, np.int32),
        np.full(1, 1e9, np.float32),
        accounts,
    )
    found = projection.project(index, min_bits)
    return pl.DataFrame({"a": found.a, "b": found.b, "weight": found.weight})


def self_join(uses: pl.DataFrame, min_bits: float, engine: str) -> pl.DataFrame:
    """The same in Polars: uses joined with themselves on the value, summed by pair."""
    sides = uses.lazy()
    return (
        sides.join(sides.select("account", "value"), on="value", suffix="_b")
        .filter(pl.col("account") < pl.col("account_b"))
        .group_by(a="account", b="account_b")
        .agg(weight=pl.col("bits").sum())
        .filter(pl.col("weight") >= min_bits)
        .collect(engine="streaming" if engine == "streaming" else "in-memory")
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("method", choices=["kernel", "polars", "streaming"])
    parser.add_argument("uses", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--min-bits", type=float, default=12.0)
    parser.add_argument("--idle", action="store_true")
    given = parser.parse_args()
    tiny = pl.DataFrame(
        {"account": [0, 1], "value": [0, 0], "bits": [64.0, 64.0]},
        schema={"account": pl.UInt32, "value": pl.UInt32, "bits": pl.Float32},
    )
    uses = pl.read_parquet(given.uses)

    def project(on: pl.DataFrame) -> pl.DataFrame:
        if given.method == "kernel":
            return kernel(on, given.min_bits)
        return self_join(on, given.min_bits, given.method)

    assert project(tiny).height == 1  # imports, kernels loaded, engine started
    if given.idle:
        print(json.dumps({"seconds": 0.0, "peak_bytes": peak_bytes()}))
        return
    start = time.perf_counter()
    pairs = project(uses)
    took = {"seconds": time.perf_counter() - start, "peak_bytes": peak_bytes(), "pairs": pairs.height}
    pairs.cast(PAIRS).sort("a", "b").write_parquet(given.out)
    print(json.dumps(took))


if __name__ == "__main__":
    main()
