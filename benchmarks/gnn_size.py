"""What do the models cost on as many accounts as a large provider has?

A graph drawn by chance, with nothing in it but sizes: groups of accounts, six links an account, links of four evidence
groups, features as many as there are. What is timed is all that a build does in its stage `model`: both models taught
and tried on what is held out, and the one forced scores every account. Each in a process of its own.

python benchmarks/gnn_size.py --size 1000000
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from typing import Any

import numpy as np
import polars as pl

from benchmarks._harness import MIB, machine, measure, python, table
from linkage import gnn
from linkage.gnn.features import FEATURES
from linkage.gnn_settings import GnnSettings

CHANNELS = {"payment": "money", "ip": "network", "device": "machine", "prompt": "content"}
GUILTY = 0.1


def case(size: int, group: int, seed: int) -> gnn.Case:
    """Groups of so many accounts each, a tenth of them guilty; most links inside them, features nearly noise."""
    rng = np.random.default_rng(seed)
    account = np.arange(size, dtype=np.uint32)
    community = account // group
    guilty = rng.random(int(community[-1]) + 1) < GUILTY
    figures = {name: rng.normal(size=size).astype(np.float32) for name in FEATURES}
    figures["volume"] += 2 * guilty[community]
    a = np.repeat(account, 6).astype(np.int64)
    near = a // group * group + rng.integers(0, group, len(a))
    b = np.where(rng.random(len(a)) < 0.9, np.minimum(near, size - 1), rng.integers(0, size, len(a)))
    pair = np.unique(np.minimum(a, b)[a != b] * size + np.maximum(a, b)[a != b])
    bits = {name: (rng.random(len(pair)) < 0.4) * rng.random(len(pair)) * 20 for name in CHANNELS}
    links = pl.DataFrame(
        {"account_a": pair // size, "account_b": pair % size, "probability": 0.5 + rng.random(len(pair)) / 2, **bits}
    )
    floats = pl.col("probability", *CHANNELS).cast(pl.Float32)
    codes = pl.col("account_a", "account_b").cast(pl.UInt32)
    whole = _rules(account, community, guilty, np.zeros(size))
    blind = _rules(account, community, guilty, rng.normal(size=size))
    return gnn.Case(
        pl.DataFrame({"account": account, **figures}),
        links.with_columns(codes, floats),
        CHANNELS,
        pl.DataFrame({"account": account, "community": community.astype(np.int32)}),
        whole,
        lambda _: whole,
        lambda _: blind,
        None,
        pl.DataFrame({"account": account, "account_id": account.astype(str)}),
        0.5,
    )


def _rules(account: Any, community: Any, guilty: Any, noise: Any) -> gnn.Assessed:
    """Rules that know, but for noise in the suspicion of an account."""
    suspicion = 1.0 / (1.0 + np.exp(np.where(guilty[community], -2.0, 4.0) + noise))
    names = pl.Series(np.arange(len(guilty))).cast(pl.String)
    campaign = pl.Series(np.where(guilty, np.arange(len(guilty)), -1)).replace(-1, None).cast(pl.String)
    return gnn.Assessed(
        pl.DataFrame(
            {
                "account": account,
                "community_id": names.gather(community),
                "campaign_id": campaign.gather(community),
                "suspicion": suspicion.astype(np.float32),
            }
        ),
        pl.DataFrame(
            {
                "community_id": names,
                "suspicion": np.where(guilty, 0.99, 0.01),
                "campaign_id": campaign,
                "explanation": pl.Series([None] * len(guilty), dtype=pl.String),
            }
        ),
    )


def one(size: int, group: int, seed: int, use: str) -> dict[str, Any]:
    """One model forced, in this process."""
    of = case(size, group, seed)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    start, worked = time.perf_counter(), time.process_time()
    found = gnn.opinion(of, GnnSettings(use=use), seed, "cpu")
    assert found.suspicion is not None
    return {
        "model": use,
        "accounts": found.suspicion.height,
        "links": of.links.height,
        "seconds": time.perf_counter() - start,
        "cpu_seconds": time.process_time() - worked,
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "before_bytes": before,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=1_000_000)
    parser.add_argument("--group", type=int, default=12, help="Accounts of a community.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--models", nargs="+", choices=("trees", "encoder"), default=["trees", "encoder"])
    parser.add_argument("--one", choices=("trees", "encoder"), help="Only this, in this process; prints JSON.")
    given = parser.parse_args()
    if given.one:
        print(json.dumps(one(given.size, given.group, given.seed, given.one)))
        return
    common = ("--size", given.size, "--group", given.group, "--seed", given.seed)
    found = [measure(python("gnn_size.py", *common, "--one", name)).answer for name in given.models]
    rows = [
        [
            each["model"],
            f"{each['accounts']:,}",
            f"{each['links']:,}",
            *(f"{each[name]:.0f}" for name in ("seconds", "cpu_seconds")),
            *(f"{each[name] / MIB:,.0f}" for name in ("peak_bytes", "before_bytes")),
        ]
        for each in found
    ]
    heads = ("model", "accounts", "links", "seconds", "CPU seconds", "peak MiB", "of them the tables")
    print(f"\n{table(heads, rows)}\n")
    about = machine("torch", "scikit-learn", "numba")
    print(json.dumps({"benchmark": "gnn_size", "machine": about, "models": found}))


if __name__ == "__main__":
    main()
