"""Accounts that begin alike: found where planted, not where sign-ups only come in waves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from linkage.birth_settings import BirthSettings
from linkage.similarity import births
from linkage.tables import PAIRS

N = 3_000
SETTINGS = BirthSettings(places=64)


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
    found = births(accounts, paid, SETTINGS).pairs
    assert found.schema == PAIRS
    same = group[found["account_a"].to_numpy()] == group[found["account_b"].to_numpy()]
    same &= group[found["account_a"].to_numpy()] >= 0
    assert same.mean() > 0.85
    ends = np.unique(found.filter(pl.Series(same)).select("account_a", "account_b").to_numpy())
    assert len(ends) > 0.8 * 40 * 12


@pytest.mark.slow
def test_waves_of_sign_ups_alone_are_not_evidence() -> None:
    accounts, paid, _ = _logs(2, 0, waves=5)
    assert births(accounts, paid, SETTINGS).pairs.height <= 10


@pytest.mark.slow
def test_one_price_for_all_is_not_evidence() -> None:
    accounts, paid, _ = _logs(3, 0)
    priced = paid.with_columns(amount=pl.when(pl.col("account") % 3 == 0).then(20.0).otherwise("amount"))
    assert births(accounts, priced, SETTINGS).pairs.height <= 10


@pytest.mark.slow
def test_the_order_of_rows_changes_nothing() -> None:
    accounts, paid, _ = _logs(1, 40)
    mixed = births(accounts.reverse(), paid.sample(fraction=1.0, shuffle=True, seed=4), SETTINGS).pairs
    assert mixed.equals(births(accounts, paid, SETTINGS).pairs)


def test_few_accounts_say_so() -> None:
    accounts, paid, _ = _logs(1, 4)
    found = births(accounts.head(50), paid, SETTINGS)
    assert found.pairs.is_empty()
    assert "too few" in found.notes[0]
