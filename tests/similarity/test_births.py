"""Accounts that begin alike: found where planted, not where sign-ups only come in waves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from linkage.birth_settings import BirthSettings
from linkage.similarity import births, habits
from linkage.tables import PAIRS

N = 3_000
SETTINGS = BirthSettings(places=64)
NONE = pl.DataFrame(schema={"account": pl.UInt32})


def _logs(seed: int, groups: int, waves: int = 0) -> tuple[pl.DataFrame, pl.DataFrame, np.ndarray]:
    """Accounts, amounts, and the group (-1: none): 12 accounts each that begin within minutes and pay alike."""
    draw = np.random.default_rng(seed)
    second = draw.uniform(0, 100 * 86_400, N)
    amount = np.exp(draw.normal(5.0, 2.0, N))
    group = np.full(N, -1)
    for g in range(groups):
        rows = slice(12 * g, 12 * g + 12)
        second[rows] = draw.uniform(0, 100 * 86_400) + draw.uniform(0, 600, 12)
        amount[rows] = np.exp(draw.normal(5.0, 2.0)) * draw.uniform(0.99, 1.01, 12)
        group[rows] = g
    for w in range(waves):
        rows = slice(N - 200 * (w + 1), N - 200 * w)
        second[rows] = draw.uniform(0, 100 * 86_400) + draw.uniform(0, 600, 200)
    start = datetime(2025, 1, 1, tzinfo=UTC)
    accounts = pl.DataFrame(
        {
            "account": np.arange(N, dtype=np.uint32),
            "created_at": [start + timedelta(seconds=s) for s in second.tolist()],
        }
    )
    return accounts, pl.DataFrame({"account": np.arange(N, dtype=np.uint32), "amount": amount}), group


@pytest.mark.slow
def test_planted_groups_are_found() -> None:
    accounts, paid, group = _logs(1, 40)
    found = births(accounts, paid, NONE, SETTINGS).pairs
    assert found.schema == PAIRS
    same = group[found["account_a"].to_numpy()] == group[found["account_b"].to_numpy()]
    same &= group[found["account_a"].to_numpy()] >= 0
    assert same.mean() > 0.85
    ends = np.unique(found.filter(pl.Series(same)).select("account_a", "account_b").to_numpy())
    assert len(ends) > 0.8 * 40 * 12


@pytest.mark.slow
def test_waves_of_sign_ups_alone_are_not_evidence() -> None:
    accounts, paid, _ = _logs(2, 0, waves=5)
    assert births(accounts, paid, NONE, SETTINGS).pairs.height <= 10


@pytest.mark.slow
def test_one_price_for_all_is_not_evidence() -> None:
    accounts, paid, _ = _logs(3, 0)
    priced = paid.with_columns(amount=pl.when(pl.col("account") % 3 == 0).then(20.0).otherwise("amount"))
    assert births(accounts, priced, NONE, SETTINGS).pairs.height <= 10


@pytest.mark.slow
def test_the_order_of_rows_changes_nothing() -> None:
    accounts, paid, _ = _logs(1, 40)
    mixed = births(accounts.reverse(), paid.sample(fraction=1.0, shuffle=True, seed=4), NONE, SETTINGS).pairs
    assert mixed.equals(births(accounts, paid, NONE, SETTINGS).pairs)


@pytest.mark.slow
def test_habits_tell_fellows_whose_amounts_are_only_roughly_alike() -> None:
    accounts, paid, group = _logs(5, 40)
    draw = np.random.default_rng(6)
    middle = draw.normal(5.0, 2.0, 41)[group]
    rough = np.where(group >= 0, np.exp(middle + draw.normal(0.0, 0.7, N)), paid["amount"].to_numpy())
    rare = np.where(group >= 0, 100 + group, draw.integers(0, 100, N))
    does = pl.DataFrame({"account": np.arange(N, dtype=np.uint32), "coarse": rare % 4, "fine": rare})
    without, found = (
        births(accounts, paid.with_columns(amount=pl.Series(rough)), each, SETTINGS).pairs for each in (NONE, does)
    )
    assert without.height < 0.2 * found.height
    same = group[found["account_a"].to_numpy()] == group[found["account_b"].to_numpy()]
    assert same.mean() > 1.0 - SETTINGS.chance
    assert len(np.unique(found.select("account_a", "account_b").to_numpy())) > 0.7 * 40 * 12


@pytest.mark.slow
def test_habits_that_change_with_the_weeks_are_not_evidence() -> None:
    accounts, paid, _ = _logs(8, 0, waves=5)
    week = accounts["created_at"].rank().to_numpy() // 400
    does = np.random.default_rng(9).integers(0, 4, N) + 4 * week
    theirs = pl.DataFrame({"account": np.arange(N, dtype=np.uint32), "does": does.astype(np.int32)})
    assert births(accounts, paid, theirs, SETTINGS).pairs.height <= 10


def test_habits_are_the_common_values_an_account_uses_together() -> None:
    used = {0: "abx", 1: "bax", 2: "ab", 3: "ay", 4: "x"}
    uses = pl.DataFrame(
        [(account, "paid", value) for account, values in used.items() for value in values],
        schema={"account": pl.UInt32, "kind": pl.String, "value": pl.String},
        orient="row",
    )
    hubs = pl.DataFrame(
        [("paid", "a", 40, "degree"), ("paid", "b", 3, "pair cost"), ("paid", "y", 9, "placeholder")],
        schema={"kind": pl.String, "value": pl.String, "degree": pl.Int64, "reason": pl.String},
        orient="row",
    )
    found = habits(uses, hubs, 1_000)
    assert found["account"].to_list() == [0, 1, 2, 3]
    assert found["coarse"].n_unique() == 1
    fine = dict(found.select("account", "fine").iter_rows())
    assert fine[0] == fine[1] == fine[2] != fine[3]


def test_few_accounts_say_so() -> None:
    accounts, paid, _ = _logs(1, 4)
    found = births(accounts.head(50), paid, NONE, SETTINGS)
    assert found.pairs.is_empty()
    assert "too few" in found.notes[0]
