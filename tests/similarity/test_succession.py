"""Accounts that begin where another stops, and groups that move to a new model."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from linkage import tables
from linkage.similarity.releases import MOVES, USAGE, moves, usage
from linkage.similarity.succession import succession
from linkage.similarity.timeline import timeline
from linkage.similarity_settings import ReleaseSettings, SuccessionSettings
from tests.similarity import traffic

DAYS = 40


def daily(account: int, first: float, last: float, status: int = 200) -> pl.DataFrame:
    """Four exchanges a day from one day to another."""
    at = np.arange(first, last, 0.25) * traffic.DAY
    return traffic.exchanges(np.full(len(at), account), at, status)


def newcomers(first: int, count: int) -> list[pl.DataFrame]:
    """Accounts that begin evenly over the time and stay."""
    return [daily(first + k, 1 + k * (DAYS - 2) / count, DAYS) for k in range(count)]


def pairs(*of: tuple[int, int]) -> pl.DataFrame:
    return pl.DataFrame(of, schema={"account_a": pl.UInt32, "account_b": pl.UInt32}, orient="row")


@pytest.mark.parametrize("status", [200, 403])
def test_a_replacement_follows(status: int) -> None:
    end = daily(0, 20.0, 20.5, status)
    rows = pl.concat([daily(0, 0, 20), end, daily(1, 20.3, DAYS), daily(2, 32, DAYS), *newcomers(3, 200)])
    result = succession(timeline(rows.lazy(), 203), pairs((1, 0), (2, 3), (1, 2)), SuccessionSettings())
    assert result.pairs.select("account_a", "account_b").rows() == [(0, 1)]
    assert result.pairs.schema == tables.PAIRS
    assert 1.5 <= result.pairs["bits"][0] <= 5
    assert ("was shut out" if status == 403 else "the other stopped") in result.pairs["detail"][0]


def test_many_choices_prove_nothing() -> None:
    rows = pl.concat([daily(0, 0, 20), *newcomers(1, 200)])
    every = pairs(*[(0, k) for k in range(1, 201)])
    assert succession(timeline(rows.lazy(), 201), every, SuccessionSettings()).pairs.height == 0


def test_who_is_often_silent_has_not_stopped() -> None:
    seldom = traffic.exchanges(np.zeros(3, np.int64), np.array([1.0, 14.0, 28.0]) * traffic.DAY)
    rows = pl.concat([seldom, daily(1, 28.1, DAYS), *newcomers(2, 200)])
    assert succession(timeline(rows.lazy(), 202), pairs((0, 1)), SuccessionSettings()).tested == 0


def test_sign_up_counts_where_it_is_known() -> None:
    rows = pl.concat([daily(0, 0, 20), daily(1, 20.3, DAYS), *newcomers(2, 100)])
    born = pl.DataFrame({"account": [0, 1], "created_at": [0, int((traffic.START + 5 * traffic.DAY) * 1e6)]}).select(
        pl.col("account").cast(pl.UInt32), pl.col("created_at").cast(tables.TIME)
    )
    line = timeline(rows.lazy(), 102)
    assert succession(line, pairs((0, 1)), SuccessionSettings()).pairs.height == 1
    assert succession(line, pairs((0, 1)), SuccessionSettings(), born).pairs.height == 0


def test_no_candidates_give_no_pairs() -> None:
    result = succession(timeline(daily(0, 0, 3).lazy(), 1), pairs(), SuccessionSettings())
    assert result.pairs.equals(tables.empty(tables.PAIRS))


def moving(accounts: range, switch: float) -> pl.DataFrame:
    """Daily traffic that goes to the new model from one day on."""
    rows = pl.concat([daily(k, 0, DAYS) for k in accounts])
    at = pl.lit(int((traffic.START + switch * traffic.DAY) * 1e6)).cast(tables.TIME)
    rows = rows.with_columns(input_tokens=pl.lit(1, pl.Int32), output_tokens=pl.lit(2, pl.Int32))
    return rows.with_columns(model=pl.when(pl.col("sent_at") >= at).then(pl.lit("new")).otherwise(pl.lit("old")))


def test_a_program_moves_at_once() -> None:
    slow = [moving(range(20 + 2 * k, 22 + 2 * k), 20 + k) for k in range(18)]
    rows = pl.concat([moving(range(20), 20.0), *slow])
    used = usage(rows.lazy()).collect()
    assert used.schema == USAGE
    assert used["exchanges"].sum() == rows.height
    result = moves(used, ReleaseSettings())
    assert result.schema == MOVES
    assert set(result["model"]) == {"new"}
    assert result["appeared"].unique().item().day == 23
    assert set(result.filter("moved")["account"]) == set(range(26))
    assert result.height == 56
    mixed = usage(rows.sample(fraction=1.0, shuffle=True, seed=2).lazy()).collect()
    assert moves(mixed, ReleaseSettings()).equals(result)
    assert moves(used, ReleaseSettings(enabled=False)).equals(tables.empty(MOVES))


def test_no_new_model_no_rows() -> None:
    rows = daily(0, 0, 9).with_columns(input_tokens=pl.lit(1, pl.Int32), output_tokens=pl.lit(2, pl.Int32))
    for frame in (rows, rows.clear(), rows.with_columns(model=pl.lit(None, pl.String))):
        assert moves(usage(frame.lazy()).collect(), ReleaseSettings()).equals(tables.empty(MOVES))
