"""The pool that most fellows use tells members from those who met them by one of its exits."""

from __future__ import annotations

import math

import polars as pl
import pytest

from linkage.campaigns.pools import pooled

MEMBERS = pl.DataFrame(
    {
        "account": range(16),
        "community": [0] * 10 + [1] * 6,
        "fellow": [True] * 8 + [False] * 2 + [True] * 6,
    },
    schema={"account": pl.UInt32, "community": pl.Int32, "fellow": pl.Boolean},
)


def crowds(*accounts: int) -> pl.DataFrame:
    return pl.DataFrame(
        {"account": accounts, "crowd": [7] * len(accounts)}, schema={"account": pl.UInt32, "crowd": pl.UInt32}
    )


def bits(*there: int, accounts: int = 100) -> list[float]:
    return pooled(MEMBERS, crowds(*there), accounts)["pool_bits"].to_list()


def test_a_pool_of_most_fellows_speaks_for_its_users_and_against_others() -> None:
    found = bits(*range(7), 8, 15)
    share, usual = 7.5 / 9, 2.5 / 93
    assert found[:7] == pytest.approx([math.log2(share / usual)] * 7)
    assert found[8] == found[0]
    assert found[7] == found[9] == pytest.approx(math.log2((1 - share) / (1 - usual)))


def test_a_group_that_is_its_own_pool_is_held_against_the_others() -> None:
    """However large it is: of three quarters of all accounts, were they held against all, it would say nothing."""
    large = pl.DataFrame({"account": range(75), "community": 0, "fellow": True}).cast(MEMBERS.schema)
    found = pooled(large, crowds(*range(75)), 100)["pool_bits"]
    assert found.to_list() == [5.0] * 75


def test_a_pool_of_few_fellows_says_nothing() -> None:
    assert bits(0, 1, 2, 3, 15) == [0.0] * 16


def test_a_pool_that_everybody_uses_says_little() -> None:
    assert max(map(abs, bits(*range(16), accounts=16)[:10])) < 0.2


def test_without_pools_nothing_is_said() -> None:
    assert pooled(MEMBERS, None, 100)["pool_bits"].to_list() == [0.0] * 16
