"""Whose refused requests the communities on one pool of addresses take up: two accounts meet too seldom to tell.

What is refused to one account of an operator goes to another within seconds. In a large campaign it seldom goes to the
same one twice, so that no pair of accounts shows it; two groups of accounts do. Chance is what is answered as soon
after the same moments moved by minutes, which keeps hours of the day, volumes and surges.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.queue_settings import QueueSettings
from linkage.similarity.timeline import NOT_NOW
from linkage.tables import schema

#: Seconds by which moments are moved, either way.
_MOVES = (61, 97, 139, 191, 251, 317, 397, 487)

_Rows = NDArray[np.int64]

HANDED: Final = schema(
    {
        "pool": pl.UInt32,
        "one": pl.Int32,
        "other": pl.Int32,
        "refused": pl.Int64,
        "taken": pl.Int64,
        "expected": pl.Float64,
        "spread": pl.Float64,
    }
)


def handed(exchanges: pl.LazyFrame, of: pl.DataFrame, settings: QueueSettings) -> pl.DataFrame:
    """How often communities are answered within seconds of one another's refusals, and how often by chance.

    One pass over the exchanges of these accounts; then linear in the refusals and answers that are looked at.

    Args:
        exchanges: account, sent_at, status.
        of: account, community, pool: accounts on pools; an account is in one community.
        settings: window and limits.

    Returns:
        pool, one, other (communities, each pair in both orders and each with itself), `refused` (refusals of `one`),
        `taken` (answers to `other` after these; those of the account that was refused do not count), `expected`, and
        `spread` (variance over mean of what moved moments give, at least 1). Sorted; without pairs that never met.
    """
    status = pl.col("status")
    refused = (status.is_in(NOT_NOW) | status.is_between(500, 599)).fill_null(False)
    answered = (status < 400).fill_null(True)
    events = (
        exchanges.select("account", second=pl.col("sent_at").dt.epoch("s"), refused=refused, answered=answered)
        .join(of.lazy(), on="account")
        .filter(pl.col("refused") | pl.col("answered"))
        .collect(engine="streaming")
        .sort("pool", "second", "account", "refused")
    )
    parts = [_of_pool(pool, settings) for pool in events.partition_by("pool", maintain_order=True)]
    return pl.concat([pl.DataFrame(schema=HANDED), *(part.select(list(HANDED)).cast(HANDED) for part in parts)])


def _of_pool(events: pl.DataFrame, settings: QueueSettings) -> pl.DataFrame:
    """`handed` of one pool."""
    names, group = np.unique(events["community"].to_numpy(), return_inverse=True)
    many = len(names)
    second, account = (events[name].to_numpy().astype(np.int64) for name in ("second", "account"))
    refusal = events["refused"].to_numpy().nonzero()[0]
    # One refusal of a community in a window: when a service fails, everybody is refused and answered at one moment.
    slot = second[refusal] // settings.seconds * many + group[refusal]
    refusal = refusal[np.unique(slot, return_index=True)[1]]
    if len(refusal) > settings.refusals:
        refusal = refusal[np.arange(settings.refusals) * len(refusal) // settings.refusals]
    answer = events["answered"].to_numpy().nonzero()[0]
    given = second[refusal], account[refusal], group[refusal], second[answer], account[answer], group[answer]
    taken = _met(0, many, *given, settings)
    moved = np.stack([_met(sign * move, many, *given, settings) for move in _MOVES for sign in (1, -1)])
    expected = moved.mean(axis=0)
    spread = np.maximum(1.0, moved.var(axis=0, ddof=1) / np.maximum(expected, 1e-9))
    one, other = ((taken > 0) | (expected > 0.0)).nonzero()
    return pl.DataFrame(
        {
            "one": names[one],
            "other": names[other],
            "refused": np.bincount(group[refusal], minlength=many)[one],
            "taken": taken[one, other],
            "expected": expected[one, other],
            "spread": spread[one, other],
        }
    ).with_columns(pool=pl.lit(events["pool"][0]))


def _met(
    move: int, many: int, when: _Rows, who: _Rows, whose: _Rows, second: _Rows, account: _Rows, group: _Rows,
    settings: QueueSettings,
) -> NDArray[Any]:  # fmt: skip
    """Answers within the window after each moment, by the communities of both -> int64[many, many]."""
    first = np.searchsorted(second, when + move, "left")
    last = np.searchsorted(second, when + move + settings.seconds, "right")
    count = np.minimum(last - first, settings.answers)
    at = np.repeat(first - np.cumsum(count) + count, count) + np.arange(int(count.sum()))
    by = np.repeat(np.arange(len(when)), count)
    kept = account[at] != who[by]
    met = np.bincount(whose[by[kept]] * many + group[at[kept]], minlength=many * many)
    return met.reshape(many, many)
