"""Who takes up what another was refused."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import polars as pl
import pytest

from linkage import tables
from linkage.similarity.failover import failover
from linkage.similarity.significance import Found
from linkage.similarity.timeline import timeline
from linkage.similarity_settings import FailoverSettings
from tests.similarity import traffic


def found(rows: pl.DataFrame, accounts: int, **more: pl.DataFrame) -> Found:
    return failover(timeline(rows.lazy(), accounts), FailoverSettings(), **more)


def ends(result: Found) -> set[tuple[int, int]]:
    return set(result.pairs.select("account_a", "account_b").iter_rows())


def crowd(seed: int, accounts: int, days: int = 30, refused: float = 0.05) -> pl.DataFrame:
    """People with a share of their requests refused, who try again themselves."""
    rows = traffic.people(seed, 0, accounts, days=days)
    rng = np.random.default_rng(seed)
    hit = rng.random(rows.height) < refused
    again = rows.filter(hit).with_columns(pl.col("sent_at") + pl.duration(seconds=4))
    return pl.concat([rows.with_columns(status=pl.Series(np.where(hit, 429, 200).astype(np.int16))), again])


@pytest.mark.slow
def test_workers_of_a_queue_take_up_and_people_do_not() -> None:
    rows = pl.concat([crowd(1, 120), traffic.queue(2, 120, 4, refused=0.15, batches=4)])
    result = found(rows, 124)
    assert ends(result) == set(combinations(range(120, 124), 2))
    assert result.pairs.schema == tables.PAIRS
    assert "within 10 seconds of the other's refusal" in result.pairs["detail"][0]
    assert result.pairs["bits"].is_between(1, 20).all()


def test_a_small_queue_takes_up() -> None:
    rows = pl.concat([crowd(1, 6, days=20), traffic.queue(2, 6, 2, days=20, refused=0.2, batches=4)])
    result = found(rows, 8)
    assert ends(result) == {(6, 7)}
    assert result.pairs["count"][0] > 20


@pytest.mark.slow
def test_an_outage_links_nobody() -> None:
    """Twenty times everybody is refused for a minute, and everybody is answered in the seconds after it."""
    rng = np.random.default_rng(3)
    begin = np.repeat(rng.random(20) * 30 * traffic.DAY, 200)
    who = np.tile(np.arange(200), 20)
    failed = traffic.exchanges(who, begin + rng.random(len(who)) * 60, 503)
    back = traffic.exchanges(who, begin + 60 + rng.random(len(who)) * 5)
    assert not ends(found(pl.concat([crowd(4, 200), failed, back]), 200))


@pytest.mark.slow
def test_programs_refused_on_the_hour_link_nobody() -> None:
    frames = [crowd(5, 60), traffic.programs(60, 4), traffic.programs(64, 4, offset=3.0)]
    late = frames[1].with_columns(status=pl.lit(429, pl.Int16))
    assert not ends(found(pl.concat([frames[0], late, frames[2]]), 68))


def test_all_accounts_in_one_second_link_nobody() -> None:
    who = np.tile(np.arange(1_500), 2)
    rows = traffic.exchanges(who, np.full(3_000, 9.0), np.repeat([429, 200], 1_500))
    result = found(rows, 1_500)
    assert result.pairs.height == 0
    assert any("too dense" in note for note in result.notes)


def test_one_template_at_both_ends_says_more() -> None:
    """Two refusals in a busy town, each answered to another account with the very same prompt."""
    rng = np.random.default_rng(8)
    town = traffic.exchanges(rng.integers(0, 30, 20_000), rng.random(20_000) * traffic.DAY * 5)
    moments = np.array([1.3, 3.6]) * traffic.DAY
    pair = [
        traffic.exchanges(np.zeros(2, np.int64), moments, 429),
        traffic.exchanges(np.ones(2, np.int64), moments + 3),
    ]
    rows = pl.concat([town, *pair])
    of = pl.concat([pair[0], pair[1]]).select("account", "sent_at", template=pl.lit(7, pl.UInt32))
    others = town.head(500).select("account", "sent_at", template=pl.lit(9, pl.UInt32))
    assert not ends(found(rows, 30))
    result = found(rows, 30, templates=pl.concat([of, others]))
    assert ends(result) == {(0, 1)}
    assert "with the same prompt 2 times (2 and 0 by direction)" in result.pairs["detail"][0]
    assert not ends(found(rows, 30, templates=others))


def test_suspected_pairs_are_tested_among_themselves() -> None:
    rows = pl.concat([crowd(1, 6, days=15), traffic.queue(2, 6, 3, days=15, refused=0.1, batches=2)])
    suspected = pl.DataFrame({"account_a": [7, 6, 0], "account_b": [6, 8, 1]})
    alone, besides = found(rows, 9), found(rows, 9, candidates=suspected)
    assert ends(besides) >= ends(alone)
    assert (0, 1) not in ends(besides)


def test_the_order_of_rows_changes_nothing() -> None:
    rows = pl.concat([crowd(1, 5, days=10), traffic.queue(2, 5, 2, days=10, refused=0.3, batches=4)])
    mixed = rows.sample(fraction=1.0, shuffle=True, seed=3)
    assert found(rows, 7).pairs.equals(found(mixed, 7).pairs)
    assert found(rows, 7).pairs.height


def test_nothing_refused_gives_no_pairs() -> None:
    none = traffic.exchanges(np.empty(0, np.int64), np.empty(0))
    assert found(none, 3).pairs.equals(tables.empty(tables.PAIRS))
    of = pl.DataFrame(schema={"account": pl.UInt32, "sent_at": tables.TIME, "template": pl.UInt32})
    assert found(traffic.people(1, 0, 3), 3, templates=of).pairs.height == 0
