"""Who is in step, and above all who is not."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import polars as pl
import pytest

from linkage import tables
from linkage.similarity.activity import activity
from linkage.similarity.significance import Found, evidence_bits, tail_nats
from linkage.similarity.timeline import timeline
from linkage.similarity_settings import ActivitySettings
from tests.similarity import traffic

# One width of window keeps the runs without compiled kernels short.
QUICK = ActivitySettings(windows=(60,))


def found(
    frames: list[pl.DataFrame], settings: ActivitySettings = QUICK, candidates: pl.DataFrame | None = None
) -> Found:
    rows = pl.concat(frames)
    accounts = int(rows["account"].max() or 0) + 1 if rows.height else 4  # type: ignore[arg-type]
    return activity(timeline(rows.lazy(), accounts), settings, 0, candidates)


def ends(result: Found) -> set[tuple[int, int]]:
    return set(result.pairs.select("account_a", "account_b").iter_rows())


@pytest.mark.slow
def test_accounts_of_one_queue_are_in_step_and_people_of_one_zone_are_not() -> None:
    result = found([traffic.people(1, 0, 150), traffic.queue(2, 150, 6), traffic.queue(3, 156, 6)], ActivitySettings())
    assert ends(result) == {*combinations(range(150, 156), 2), *combinations(range(156, 162), 2)}
    assert result.pairs.schema == tables.PAIRS
    assert result.tested == 162 * 161 // 2
    assert result.pairs["kind"].unique().to_list() == ["activity"]
    assert result.pairs["bits"].is_between(1, 20).all()
    assert (result.pairs["last_seen"] > result.pairs["first_seen"]).all()
    assert "active in the same" in result.pairs["detail"][0]


def test_a_queue_shows_in_a_small_world() -> None:
    result = found([traffic.people(1, 0, 12, days=20), traffic.queue(2, 12, 3, days=20)])
    assert ends(result) == {(12, 13), (12, 14), (13, 14)}


@pytest.mark.slow
@pytest.mark.parametrize("spread", [0.2, 0.6])
def test_people_of_one_hour_are_not_in_step(spread: float) -> None:
    assert not ends(found([traffic.people(4, 0, 120, days=45, spread=spread, depth=8.0)], ActivitySettings()))


@pytest.mark.slow
@pytest.mark.parametrize(("every", "offset"), [(3600.0, 0.0), (86_400.0, 3 * 3600.0), (600.0, 5.0), (420.0, 33.0)])
def test_programs_on_the_clock_are_not_in_step(every: float, offset: float) -> None:
    frames = [traffic.people(5, 0, 80, days=20), traffic.programs(80, 8, days=20, every=every, offset=offset)]
    assert not ends(found(frames, ActivitySettings()))


@pytest.mark.slow
def test_crowds_are_not_in_step() -> None:
    """Forty moments at which everybody is there: the traffic of all explains them."""
    rng = np.random.default_rng(6)
    moments = np.sort(rng.random(40)) * 30 * traffic.DAY
    crowd = traffic.exchanges(np.tile(np.arange(300), 40), np.repeat(moments, 300))
    assert not ends(found([traffic.people(7, 0, 300), crowd], ActivitySettings()))


def test_all_accounts_in_one_second_are_not_in_step() -> None:
    result = found([traffic.exchanges(np.arange(2_000), np.full(2_000, 5.0))], ActivitySettings())
    assert result.pairs.equals(tables.empty(tables.PAIRS))
    assert result.tested == 2_000 * 1_999 // 2


@pytest.mark.slow
def test_times_cut_to_minutes_bring_nobody_into_step() -> None:
    rows = pl.concat([traffic.people(8, 0, 150), traffic.queue(9, 150, 5)])
    result = found([rows.with_columns(pl.col("sent_at").dt.truncate("1m"))], ActivitySettings())
    assert ends(result) == set(combinations(range(150, 155), 2))


@pytest.mark.slow
def test_suspected_pairs_need_less() -> None:
    frames = [traffic.people(1, 0, 100), traffic.queue(2, 100, 2, batches=0.7, jobs=2)]
    suspected = pl.DataFrame({"account_a": [101, 1, 2, 3], "account_b": [100, 2, 3, 5]})
    alone, besides = found(frames), found(frames, candidates=suspected)
    assert ends(besides) >= ends(alone)
    assert ends(besides) == {(100, 101)}
    said = [result.pairs["bits"].sum() for result in (alone, besides)]
    assert said[1] > said[0]


def test_the_order_of_rows_changes_nothing() -> None:
    rows = pl.concat([traffic.people(1, 0, 10, days=15), traffic.queue(2, 10, 3, days=15)])
    mixed = rows.sample(fraction=1.0, shuffle=True, seed=1)
    assert found([rows]).pairs.equals(found([mixed]).pairs)
    assert found([rows]).pairs.height


def test_no_exchanges_give_no_pairs() -> None:
    none = traffic.exchanges(np.empty(0, np.int64), np.empty(0))
    nobody = pl.DataFrame(schema={"account_a": pl.UInt32, "account_b": pl.UInt32})
    assert found([none], candidates=nobody).pairs.equals(tables.empty(tables.PAIRS))


def test_bits_are_what_is_left_after_all_tests() -> None:
    nats = np.log(np.array([1e12, 1e8, 10.0, 1e-3 + 1]))
    bits = evidence_bits(nats, 1_000, 0.01, 20.0)
    assert bits[0] == 20.0
    assert bits[1] == pytest.approx(np.log2(0.01 / (1_000 * 1e-8 / 2)))
    assert bits[2] == bits[3] == 0.0
    assert len(evidence_bits(np.empty(0), 0, 0.01, 20.0)) == 0


def test_the_tail_bounds_the_binomial() -> None:
    from math import comb

    for n, k, p in ((10, 6, 0.2), (40, 5, 0.02), (7, 7, 0.5)):
        exact = sum(comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k, n + 1))
        assert exact <= np.exp(-tail_nats(np.array([n]), np.array([k]), np.array([n * p]))[0])
