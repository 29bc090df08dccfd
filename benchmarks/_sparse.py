"""One way of finding all pairs of accounts that share templates, in a process of its own. Run by `sparse.py`.

python benchmarks/_sparse.py uses WORLD OUT.parquet --cap N          accounts x templates of a world with texts
python benchmarks/_sparse.py METHOD USES.parquet OUT.parquet --min-bits B [--top-n N] [--idle]

USES: account, value (UInt32; sorted by value and account, distinct), bits of the value. METHOD: `linkage`, `scipy`,
`scipy-blocks`, `topn`, `topn-blocks`. Matrices and index are made from the uses within the time. `-blocks` multiplies
20,000 accounts at a time by these and all later ones, which halves the work and bounds the memory: what somebody would
do who knows the two libraries. `--idle` stops before the work: what imports and input alone take.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks._projection import PAIRS, peak_bytes

if TYPE_CHECKING:
    from linkage_kernels.incidence import Incidence

METHODS = ("linkage", "scipy", "scipy-blocks", "topn", "topn-blocks")
USES = pl.Schema([("account", pl.UInt32()), ("value", pl.UInt32()), ("bits", pl.Float32())])
BLOCK = 20_000
#: Words of a simulated prompt by which it is known which template and item it was made from.
TEMPLATE_WORDS = 22


def template_uses(world: Path, cap: int) -> pl.DataFrame:
    """Who used which template of a world whose prompts are texts: templates of two to `cap` accounts, with rarity."""
    from benchmarks._exact import scan

    template = pl.col("text").str.extract(rf"^((?:\S+ ){{{TEMPLATE_WORDS}}})").hash()
    used = scan(world, "prompts").select("account_id", value=template).unique().collect(engine="streaming")
    accounts = used["account_id"].n_unique()
    return (
        used.with_columns(account=pl.col("account_id").rank("dense") - 1, degree=pl.len().over("value"))
        .filter(pl.col("degree").is_between(2, cap))
        .select("account", value=pl.col("value").rank("dense") - 1, bits=(accounts / pl.col("degree")).log(2))
        .select(pl.col(name).cast(kind) for name, kind in USES.items())
        .sort("value", "account")
    )


class Part(NamedTuple):
    """Some of the pairs, as the method has them: a table would hold them twice while it is made."""

    a: NDArray[np.int32]
    b: NDArray[np.int32]
    weight: NDArray[np.float32]


def table(parts: list[Part]) -> pl.DataFrame:
    """All pairs."""
    return pl.concat([pl.DataFrame(part._asdict()) for part in parts]).cast(PAIRS).sort("a", "b")


def ours(uses: pl.DataFrame, min_bits: float) -> list[Part]:
    """The kernel: one channel, uses at one time."""
    from linkage_kernels import projection

    found = projection.project(index(uses), min_bits, by_channel=False)
    return [Part(found.a, found.b, found.weight)]


def index(uses: pl.DataFrame) -> Incidence:
    """Accounts and templates as the kernel takes them."""
    from linkage_kernels import incidence

    account, value = (uses[name].to_numpy().view(np.int32) for name in ("account", "value"))
    values, day = int(value[-1]) + 1, np.zeros(len(account), np.float32)
    bits = np.zeros(values, np.float32)
    bits[value] = uses["bits"].to_numpy()
    return incidence.incidence(
        *(account, value, day, day, bits),
        np.ones(values, np.float32),
        np.zeros(values, np.int32),
        np.zeros(1, np.int32),
        np.full(1, np.inf, np.float32),
        int(account.max()) + 1,
    )


def matrix(uses: pl.DataFrame, weighed: bool) -> Any:
    """Accounts x templates as float32 CSR: ones, or the bits of each template."""
    from scipy.sparse import csr_array, csr_matrix

    account, value = (uses[name].cast(pl.Int32).to_numpy() for name in ("account", "value"))
    data = uses["bits"].to_numpy() if weighed else np.ones(len(account), np.float32)
    made = csr_array((data, (account, value)), shape=(int(account.max()) + 1, int(value.max()) + 1))
    return csr_matrix(made)


def over(product: Any, first: int, min_bits: float) -> Part:
    """The pairs a < b of a product whose rows and columns begin with account `first`."""
    a = np.repeat(np.arange(product.shape[0], dtype=np.int32), np.diff(product.indptr))
    kept = (product.indices > a) & (product.data >= min_bits)
    return Part(a[kept] + np.int32(first), product.indices[kept] + np.int32(first), product.data[kept])


def multiplied(
    uses: pl.DataFrame, min_bits: float, block: int | None, multiply: Callable[[Any, Any], Any]
) -> list[Part]:
    """Accounts x templates times its transpose, whole or `block` accounts at a time."""
    left, right = matrix(uses, True), matrix(uses, False)
    if block is None:
        return [over(multiply(left, right.T.tocsr()), 0, min_bits)]
    return [
        over(multiply(left[first : first + block], right[first:].T.tocsr()), first, min_bits)
        for first in range(0, left.shape[0], block)
    ]


def topn(min_bits: float, top_n: int, threads: int) -> Callable[[Any, Any], Any]:
    """sparse_dot_topn's product, which keeps the `top_n` of a row over the threshold."""
    from sparse_dot_topn import sp_matmul_topn

    least = float(np.nextafter(np.float32(min_bits), np.float32(0)))
    return lambda left, right: sp_matmul_topn(left, right, top_n=top_n, threshold=least, n_threads=threads)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=["uses", *METHODS])
    parser.add_argument("given", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--cap", type=int, default=1000)
    parser.add_argument("--min-bits", type=float, default=12.0)
    parser.add_argument("--top-n", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--idle", action="store_true")
    given = parser.parse_args()
    if given.step == "uses":
        template_uses(given.given, given.cap).write_parquet(given.out)
        return
    multiply = topn(given.min_bits, given.top_n, given.threads) if "topn" in given.step else (lambda a, b: a @ b)
    block = BLOCK if given.step.endswith("-blocks") else None

    def pairs(uses: pl.DataFrame) -> list[Part]:
        if given.step == "linkage":
            return ours(uses, given.min_bits)
        return multiplied(uses, given.min_bits, block, multiply)

    uses = pl.read_parquet(given.given)
    tiny = pl.DataFrame([(0, 0, 64.0), (1, 0, 64.0)], schema=USES, orient="row")
    assert table(pairs(tiny)).height == 1  # imports, kernels loaded
    if given.idle:
        print(json.dumps({"peak_bytes": peak_bytes()}))
        return
    clock, busy = time.perf_counter(), time.process_time()
    found = pairs(uses)
    took = {"seconds": time.perf_counter() - clock, "cpu_seconds": time.process_time() - busy}
    took |= {"peak_bytes": peak_bytes(), "pairs": sum(len(part.a) for part in found)}
    table(found).write_parquet(given.out)
    print(json.dumps(took))


if __name__ == "__main__":
    main()
