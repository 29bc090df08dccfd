"""Exchanges in a few bytes."""

from __future__ import annotations

import numpy as np
import polars as pl

from linkage import campaigns
from linkage.similarity.timeline import hours, sent, timeline
from linkage.tables import TIME
from tests.similarity import traffic


def rows(*of: tuple[int, str, int | None]) -> pl.LazyFrame:
    frame = pl.DataFrame(of, schema={"account": pl.UInt32, "sent_at": pl.String, "status": pl.Int16}, orient="row")
    return frame.with_columns(pl.col("sent_at").str.to_datetime(time_unit="us", time_zone="UTC").cast(TIME)).lazy()


def test_exchanges_stand_in_time_order_and_by_account() -> None:
    made = timeline(
        rows(
            (1, "2025-03-03 10:00:05.9Z", 429),
            (0, "2025-03-03 10:00:01.2Z", 200),
            (1, "2025-03-03 10:00:02Z", None),
            (1, "2025-03-03 10:00:05Z", 200),
            (1, "2025-03-03 10:00:09Z", 403),
            (0, "2025-03-03 10:00:09Z", 529),
        ),
        3,
    )
    assert made.start.tolist() == [0, 2, 6, 6]
    assert made.second.tolist() == [0, 8, 1, 4, 4, 8]
    assert made.outcome.tolist() == [0, 1, 0, 0, 1, 2]
    assert np.all(np.diff(made.key.astype(np.int64)) >= 0)
    assert made.times(np.array([4])).dt.strftime("%H:%M:%S").to_list() == ["10:00:05"]


def test_times_far_away_are_cut() -> None:
    made = timeline(rows((0, "1931-01-01 00:00:00Z", 200), (0, "2190-01-01 00:00:00Z", 200)), 1)
    assert made.second.tolist() == [0, 2147480000]


def test_no_exchanges_make_an_empty_timeline() -> None:
    made = timeline(rows(), 2)
    assert (made.start.tolist(), len(made.key), made.origin) == ([0, 0, 0], 0, 0)


def test_hours_are_those_of_the_exchanges() -> None:
    rng = np.random.default_rng(4)
    who, second = np.repeat(np.arange(6), 300), rng.integers(0, 6 * int(traffic.DAY), 1800)
    rows = traffic.exchanges(who, np.where(who % 2, second, second % 43_200))
    when = sent(timeline(rows.lazy(), 8))
    assert when is not None
    found = hours(when)
    assert found.equals(campaigns.hours(rows.lazy()).collect().sort("account"))
    assert set(found["hours"]) == {12, 24}


def test_exchanges_of_some_accounts_are_told_to_the_second() -> None:
    rng = np.random.default_rng(5)
    rows = traffic.exchanges(rng.integers(0, 9, 500), rng.random(500) * 9e6)
    when = sent(timeline(rows.lazy(), 12))
    assert when is not None
    for some in ([], [11], [8, 2, 11, 0]):
        found = when.by(pl.Series(some, dtype=pl.UInt32))
        wanted = rows.select("account", pl.col("sent_at").dt.truncate("1s")).filter(pl.col("account").is_in(some))
        assert found.sort("account", "sent_at").equals(wanted.sort("account", "sent_at"))


def test_cut_times_are_not_told() -> None:
    rows = traffic.exchanges(np.zeros(2, np.int64), np.array([0.0, 80 * 366 * traffic.DAY]))
    assert sent(timeline(rows.lazy(), 1)) is None
