"""Small graphs for the tests."""

from __future__ import annotations

import numpy as np
import polars as pl

from linkage.gnn.graph import Graph, graph

CHANNELS = {"payment": "money", "ip": "network", "odd": "unheard_of"}


def links(n: int, m: int, seed: int) -> pl.DataFrame:
    """m random links among n accounts, every account in one at least."""
    rng = np.random.default_rng(seed)
    ring = {(min(i, (i + 1) % n), max(i, (i + 1) % n)) for i in range(n)}
    while len(ring) < m:
        a, b = rng.choice(n, 2, replace=False).tolist()
        ring.add((min(a, b), max(a, b)))
    a, b = np.array(sorted(ring)).T
    bits = rng.random((len(a), 3)) * np.array([20.0, 5.0, 60.0]) * (rng.random((len(a), 3)) < 0.6)
    return pl.DataFrame(
        {
            "account_a": a,
            "account_b": b,
            "probability": 0.5 + rng.random(len(a)) / 2,
            "weight": bits.sum(axis=1),
            "payment": bits[:, 0],
            "ip": bits[:, 1],
            "odd": bits[:, 2],
        }
    ).select(
        pl.col("account_a", "account_b").cast(pl.UInt32),
        pl.col("probability", "weight", "payment", "ip", "odd").cast(pl.Float32),
    )


def random_graph(n: int = 40, m: int = 120, seed: int = 0) -> Graph:
    return graph(links(n, m, seed), CHANNELS)
