"""Whose refusals the communities on one pool take up."""

from __future__ import annotations

import numpy as np
import polars as pl

from linkage.queue_settings import QueueSettings
from linkage.similarity import handed

ORIGIN = 1_767_225_600
SETTINGS = QueueSettings(refusals=2_000)


def logs(rows: list[tuple[int, int, int]]) -> pl.LazyFrame:
    """account, second, status."""
    table = pl.DataFrame(rows, ["account", "second", "status"], orient="row")
    sent = ((pl.col("second") + ORIGIN) * 1_000_000).cast(pl.Datetime("us", "UTC"))
    return table.select(pl.col("account").cast(pl.UInt32), sent_at=sent, status=pl.col("status").cast(pl.Int16)).lazy()


def on_pools(*pools: int) -> pl.DataFrame:
    """Accounts two by two in communities of these pools."""
    rows = [(2 * i + k, i, pool) for i, pool in enumerate(pools) for k in (0, 1)]
    return pl.DataFrame(rows, {"account": pl.UInt32, "community": pl.Int32, "pool": pl.UInt32}, orient="row")


def slow(rows: list[tuple[int, int, int]], of: pl.DataFrame, move: int) -> dict[tuple[int, int, int], int]:
    """The same by comparing every refusal with every answer; one refusal of a community in a window."""
    where = {account: (pool, community) for account, community, pool in of.iter_rows()}
    events = sorted((where[a][0], second + ORIGIN, a, status) for a, second, status in rows if a in where)
    first: dict[tuple[int, int, int], tuple[int, int]] = {}
    for pool, second, account, status in events:
        if status == 429:
            slot = pool, where[account][1], second // SETTINGS.seconds
            first.setdefault(slot, (second, account))
    found: dict[tuple[int, int, int], int] = {}
    for (pool, community, _), (second, account) in first.items():
        after = [e for e in events if e[0] == pool and e[3] == 200 and 0 <= e[1] - second - move <= SETTINGS.seconds]
        for _, _, by, _ in after[: SETTINGS.answers]:
            if by != account:
                key = pool, community, where[by][1]
                found[key] = found.get(key, 0) + 1
    return found


def test_counts_are_those_of_every_refusal_with_every_answer() -> None:
    draw = np.random.default_rng(3)
    rows = [
        (int(a), int(s), 200 if ok else 429)
        for a, s, ok in zip(draw.integers(0, 9, 900), draw.integers(0, 4_000, 900), draw.random(900) < 0.8, strict=True)
    ]
    of = on_pools(5, 5, 5, 8)
    found = handed(logs(rows), of, SETTINGS)
    taken = {(p, a, b): n for p, a, b, n in found.select("pool", "one", "other", "taken").iter_rows() if n}
    assert taken == slow(rows, of, 0)
    moved = [slow(rows, of, sign * move) for move in (61, 97, 139, 191, 251, 317, 397, 487) for sign in (1, -1)]
    for pool, one, other, expected in found.select("pool", "one", "other", "expected").iter_rows():
        assert expected == np.mean([each.get((pool, one, other), 0) for each in moved])
    assert handed(logs(rows[::-1]), of, SETTINGS).equals(found)


def test_one_bad_moment_is_one_moment() -> None:
    """Everybody is refused in one second and answered in the next: a service failed, nobody shares a queue."""
    rows = [(account, 500, 429) for account in range(4) for _ in range(200)]
    rows += [(account, 501, 200) for account in range(4) for _ in range(200)]
    found = handed(logs(rows), on_pools(1, 1), SETTINGS)
    assert max(found["taken"].to_list()) <= SETTINGS.answers


def test_without_refusals_there_is_nothing() -> None:
    assert handed(logs([(0, 1, 200), (2, 3, 200)]), on_pools(1, 1), SETTINGS).is_empty()
    assert handed(logs([(0, 1, 429)]), on_pools(1, 1), SETTINGS).is_empty()
