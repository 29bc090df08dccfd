"""Accounts that begin where a fellow stops, and those that only come and go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from linkage.campaigns.circumstances import replaced
from linkage.campaigns.reasons import weigh
from linkage.campaigns.takeovers import takeovers
from linkage.settings import CampaignSettings

START = datetime(2026, 3, 1, tzinfo=UTC)
SEED = 5
DAYS = 50.0


def found(lives: list[tuple[float, float]], others: list[float]) -> dict[str, Any] | None:
    """Figures of one community whose accounts live from one day to another, among others that sign up on theirs."""
    born = [START + timedelta(days=day) for day, _ in lives]
    who = pl.Series("account", range(len(lives)), pl.UInt32)
    accounts = pl.DataFrame({"account": who, "created_at": born})
    active = pl.DataFrame({"account": who, "last_seen": [START + timedelta(days=day) for _, day in lives]})
    members = pl.DataFrame({"account": who, "community": [4] * len(lives)}, schema_overrides={"community": pl.Int32})
    everybody = pl.Series([*born, *(START + timedelta(days=day) for day in others)]).sort()
    rows = takeovers(members, accounts, active, everybody).rows(named=True)
    return rows[0] if rows else None


def others(many: int = 400) -> list[float]:
    """Days on which strangers sign up."""
    return list(np.random.default_rng(SEED).uniform(0.0, DAYS, many))


def chain(many: int, days: float, hours: float) -> list[tuple[float, float]]:
    """Accounts one after the other, each for some days, with some hours between."""
    step = days + hours / 24
    return [(i * step, i * step + days) for i in range(many)]


def test_a_chain_is_taken_over_at_once() -> None:
    row = found(chain(12, 3.0, 2.0), others())
    assert row is not None
    assert row["takeovers"] == 11
    assert row["sooner"] > 0.8
    assert replaced({"accounts": 12.0, **row}) == 1.0


def test_strangers_come_without_regard_to_who_went() -> None:
    generator = np.random.default_rng(SEED)
    sooner = []
    for _ in range(200):
        began = generator.uniform(0.0, DAYS, 25)
        row = found([(day, day + 2.0) for day in began], others())
        assert row is not None
        sooner.append(row["sooner"] * np.sqrt(3.0 * row["takeovers"]))
    # Ranks under chance have mean 0 and variance 1, so scaled.
    assert abs(np.mean(sooner)) < 0.3
    assert np.std(sooner) < 1.3
    assert np.mean(np.array(sooner) > 3.0) < 0.02


@pytest.mark.parametrize(
    "lives",
    [
        [(0.0, 20.0)] * 15 + [(20.1 + i / 100, 40.0) for i in range(15)],
        [(float(i), DAYS) for i in range(20)],
        chain(5, 3.0, 2.0),
    ],
    ids=["one class after the other", "nobody stops", "few"],
)
def test_who_is_no_chain_says_nothing(lives: list[tuple[float, float]]) -> None:
    assert found(lives, others()) is None


def test_nobody_takes_over_from_himself() -> None:
    assert found([(float(i), float(i)) for i in range(4)] + [(4.0, 4.0)] * 10, others()) is None


def test_without_exchanges_nothing_is_said() -> None:
    members = pl.DataFrame({"account": [0], "community": [0]}, schema={"account": pl.UInt32, "community": pl.Int32})
    accounts = pl.DataFrame({"account": [0], "created_at": [START]}, schema_overrides={"account": pl.UInt32})
    assert takeovers(members, accounts, None, accounts["created_at"]).is_empty()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"takeovers": 10, "sooner": 0.8}, True),
        ({"takeovers": 10, "sooner": 0.2}, False),
        ({"takeovers": 5, "sooner": 0.9}, False),
        ({}, False),
    ],
    ids=["chain", "as soon as anybody", "a few of many", "not known"],
)
def test_a_chain_speaks_for_a_campaign(row: dict[str, object], said: bool) -> None:
    reasons = weigh({"accounts": 16, **row}, CampaignSettings())["succession"]
    assert [reason.bits > 2.5 for reason in reasons] == [True] * said
