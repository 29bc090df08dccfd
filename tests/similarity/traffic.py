"""Traffic of people, programs and queues, as frames of exchanges."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.tables import TIME

START = int(datetime(2025, 3, 3, tzinfo=UTC).timestamp())
DAY = 86_400.0


def exchanges(
    account: NDArray[np.int64], second: NDArray[np.float64], status: NDArray[np.int64] | int = 200, model: str = "base"
) -> pl.DataFrame:
    """Exchanges at seconds since the start; those before it are left out."""
    frame = pl.DataFrame(
        {
            "account": account.astype(np.uint32),
            "sent_at": ((second + START) * 1e6).astype(np.int64),
            "status": np.broadcast_to(status, len(account)).astype(np.int16),
            "model": np.full(len(account), model),
        }
    )
    return frame.filter(pl.col("sent_at") >= START * 1_000_000).with_columns(pl.col("sent_at").cast(TIME))


def people(
    seed: int, first: int, count: int, days: int = 30, hour: float = 19.0, spread: float = 1.5, depth: float = 4.0
) -> pl.DataFrame:
    """People of one time zone: on most days a session around the same hour, a minute or so between its exchanges."""
    rng = np.random.default_rng(seed)
    there = rng.random((count, days)) < 0.8
    who, day = np.nonzero(there)
    begin = day * DAY + rng.normal(hour, spread, len(who)) * 3600
    length = rng.geometric(1 / depth, len(who))
    session = np.repeat(np.arange(len(who)), length)
    place = np.arange(len(session)) - np.repeat(np.cumsum(length) - length, length)
    return exchanges(first + who[session], begin[session] + (place + rng.random(len(session))) * 70)


def queue(
    seed: int,
    first: int,
    workers: int,
    days: int = 30,
    batches: float = 3.0,
    jobs: int = 4,
    minutes: float = 10.0,
    refused: float = 0.0,
) -> pl.DataFrame:
    """Workers of one queue: batches at any hour, spread over all within minutes; refused jobs go to another."""
    rng = np.random.default_rng(seed)
    begin = rng.random(rng.poisson(batches * days)) * days * DAY
    batch = np.repeat(np.arange(len(begin)), jobs * workers)
    who = np.tile(np.repeat(np.arange(workers), jobs), len(begin))
    at = begin[batch] + rng.random(len(batch)) * minutes * 60
    status = np.where(rng.random(len(batch)) < refused, 429, 200)
    hit = np.flatnonzero(status == 429)
    heir = (who[hit] + rng.integers(1, workers, len(hit))) % workers
    later = at[hit] + rng.uniform(1, 5, len(hit))
    return pl.concat([exchanges(first + who, at, status), exchanges(first + heir, later)])


def programs(first: int, count: int, days: int = 30, every: float = 3600.0, offset: float = 0.0) -> pl.DataFrame:
    """Programs that run at the same minutes by the clock, each by itself."""
    runs = np.arange(0, days * DAY, every) + offset
    who = np.repeat(np.arange(count), len(runs))
    return exchanges(first + who, np.tile(runs, count) + (who % 5) * 0.7)
