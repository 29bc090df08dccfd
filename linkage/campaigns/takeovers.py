"""Communities whose accounts begin where others of them stop: used up or shut out, and replaced."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

#: Fewer takeovers are chance.
_FEWEST = 5


def takeovers(
    members: pl.DataFrame, accounts: pl.DataFrame, active: pl.DataFrame | None, born: pl.Series
) -> pl.DataFrame:
    """How soon after a fellow has stopped the members of communities sign up, held against when everybody does.

    Of those that sign up between two stops only the first takes over: a class that follows another is no chain. Its
    wait is ranked among the waits of everybody that signed up between the first stop and the last takeover, which are
    even under chance.

    Args:
        members: account, community.
        accounts: ACCOUNTS.
        active: ACTIVITY.
        born: all sign-ups, sorted.

    Returns:
        community, `takeovers` (how many) and `sooner` (how much sooner than chance: 0 as by chance, 1 at once), of
        communities with at least `_FEWEST`.
    """
    schema = {"community": members.schema["community"], "takeovers": pl.Int64(), "sooner": pl.Float64()}
    if active is None or active.is_empty():
        return pl.DataFrame(schema=schema)
    lives = (
        members.select("account", "community")
        .join(accounts.select("account", "created_at"), on="account")
        .join(active.select("account", "last_seen"), on="account")
        .filter(pl.col("created_at").is_not_null())
        .filter(pl.len().over("community") > _FEWEST)
        .with_columns(pl.col("created_at", "last_seen").cast(pl.Int64))
        # Nobody takes over from himself.
        .with_columns(last_seen=pl.max_horizontal("last_seen", "created_at"))
        .sort("community", "account")
    )
    everybody = born.cast(pl.Int64).to_numpy()
    rows = []
    for (community,), of in lives.group_by("community", maintain_order=True):
        said = _of_one(of["created_at"].to_numpy(), np.sort(of["last_seen"].to_numpy()), everybody)
        if said is not None:
            rows.append((community, *said))
    return pl.DataFrame(rows, schema=schema, orient="row")


def _of_one(
    began: NDArray[np.int64], stopped: NDArray[np.int64], everybody: NDArray[np.int64]
) -> tuple[int, float] | None:
    """`takeovers` and `sooner` of one community; times in microseconds, `stopped` and `everybody` sorted."""
    began = np.sort(began[began > stopped[0]])
    last = np.searchsorted(stopped, began, "left") - 1
    first = np.flatnonzero(np.diff(last, prepend=-1) > 0)
    if len(first) < _FEWEST:
        return None
    wait = began[first] - stopped[last[first]]
    since, until = np.searchsorted(everybody, (stopped[0], began[first[-1]]), "right")
    there = everybody[since:until]
    waits = np.sort(there - stopped[np.searchsorted(stopped, there, "left") - 1])
    rank = (np.searchsorted(waits, wait, "left") + np.searchsorted(waits, wait, "right")) / (2 * len(waits))
    # The first of several is sooner than one would be.
    several = np.diff(first, append=len(began))
    rank = 1.0 - (1.0 - rank) ** several
    return len(first), float(1.0 - 2.0 * rank.mean())
