"""One way of projecting uses onto pairs, in a process of its own. Run by `projection.py`.

python benchmarks/_projection.py kernel|polars|streaming USES.parquet OUT.parquet --min-bits B --cap BITS [--idle]

USES: account, value (UInt32; sorted by value and account, distinct), kind (UInt8), the bits of the value, its half-life
in days, and the first and last day of the use. The job is the build's: bits fall with the time between two uses, add up
by kind, are capped by kind, and pairs are kept from `--min-bits` on. `--idle` stops before the work: what imports and
input alone take.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import polars as pl

USES = pl.Schema(
    [("account", pl.UInt32()), ("value", pl.UInt32()), ("kind", pl.UInt8())]
    + [(name, pl.Float32()) for name in ("bits", "half_life", "first_day", "last_day")]
)
PAIRS = pl.Schema([("a", pl.UInt32()), ("b", pl.UInt32()), ("weight", pl.Float32())])


def peak_bytes() -> int:
    """The most memory this process ever held."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().split("VmHWM:")[1].split()[0]) * 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def kernel(uses: pl.DataFrame, min_bits: float, cap: float) -> pl.DataFrame:
    """The kernel, a channel and a group a kind."""
    import numpy as np

    from linkage_kernels import incidence, projection

    values, accounts = (int(uses[name].to_numpy().max()) + 1 if uses.height else 0 for name in ("value", "account"))
    kinds = int(uses["kind"].to_numpy().max()) + 1 if uses.height else 1
    code = uses["value"].to_numpy()
    of_value = {"bits": np.float32, "half_life": np.float32, "kind": np.int32}
    columns = {}
    for name, dtype in of_value.items():
        columns[name] = np.ones(values, dtype)
        columns[name][code] = uses[name].to_numpy()
    index = incidence.incidence(
        uses["account"].cast(pl.Int32).to_numpy(),
        uses["value"].cast(pl.Int32).to_numpy(),
        uses["first_day"].to_numpy(),
        uses["last_day"].to_numpy(),
        columns["bits"],
        columns["half_life"],
        columns["kind"],
        np.arange(kinds, dtype=np.int32),
        np.full(kinds, cap, np.float32),
        accounts,
    )
    found = projection.project(index, min_bits, by_channel=False)
    return pl.DataFrame({"a": found.a, "b": found.b, "weight": found.weight})


def self_join(uses: pl.DataFrame, min_bits: float, cap: float, engine: str) -> pl.DataFrame:
    """The same in Polars: uses joined with themselves on the value, summed by pair and kind, capped, summed by pair."""
    sides = uses.lazy()
    gap = pl.max_horizontal(pl.col("first_day_b") - pl.col("last_day"), pl.col("first_day") - pl.col("last_day_b"))
    bits = pl.col("bits") * 2.0 ** (-gap.clip(0.0) / pl.col("half_life"))
    kinds = uses["kind"].unique().sort().to_list()
    return (
        sides.join(sides.select("account", "value", "first_day", "last_day"), on="value", suffix="_b")
        .filter(pl.col("account") < pl.col("account_b"))
        .select(a="account", b="account_b", kind="kind", bits=bits.cast(pl.Float32))
        .group_by("a", "b")
        .agg(pl.col("bits").filter(pl.col("kind") == kind).sum().alias(str(kind)) for kind in kinds)
        .select("a", "b", weight=pl.sum_horizontal(pl.col(str(kind)).clip(upper_bound=cap) for kind in kinds))
        .filter(pl.col("weight") >= min_bits)
        .collect(engine="streaming" if engine == "streaming" else "in-memory")
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("method", choices=["kernel", "polars", "streaming"])
    parser.add_argument("uses", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--min-bits", type=float, default=12.0)
    parser.add_argument("--cap", type=float, default=1e9)
    parser.add_argument("--idle", action="store_true")
    given = parser.parse_args()
    tiny = pl.DataFrame([(0, 0, 0, 64.0, 1.0, 0.0, 0.0), (1, 0, 0, 64.0, 1.0, 0.0, 0.0)], schema=USES, orient="row")
    uses = pl.read_parquet(given.uses)

    def project(on: pl.DataFrame) -> pl.DataFrame:
        if given.method == "kernel":
            return kernel(on, given.min_bits, given.cap)
        return self_join(on, given.min_bits, given.cap, given.method)

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
