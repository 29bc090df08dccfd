"""What decisions on some accounts say of others that stand beside them."""

from __future__ import annotations

import polars as pl

from linkage.campaigns.known import Known, counts, lean
from linkage.settings import DecisionSettings
from linkage.tables import ACCOUNTS, DECIDED


def decided(enforced: list[int], cleared: list[int]) -> pl.DataFrame:
    """DECIDED: enforced in campaign C, or cleared."""
    rows = [(a, "enforced", "C") for a in enforced] + [(a, "cleared", None) for a in cleared]
    told = pl.DataFrame(rows, schema=["account", "decision", "campaign"], orient="row")
    blank = {"decided_at": None, "returns": False, "why": None}
    return told.with_columns(**{c: pl.lit(v) for c, v in blank.items()}).select(
        [pl.col(c).cast(t) for c, t in DECIDED.items()]
    )


def standing(communities: dict[int, list[int]]) -> pl.DataFrame:
    rows = [(a, c) for c, accounts in communities.items() for a in accounts]
    return pl.DataFrame(rows, schema={"account": pl.UInt32, "community": pl.Int32}, orient="row").sort("account")


def accounts(many: int) -> pl.DataFrame:
    named = pl.DataFrame({"account": range(many), "account_id": [f"a{k}" for k in range(many)]})
    return named.cast({c: ACCOUNTS[c] for c in named.columns})


def enforced_bits(cleared: list[int]) -> dict[str, float]:
    """The row of a community of 20, five of them enforced, in which the cleared ones stood before."""
    known = Known(
        decided([0, 1, 2, 3, 4], cleared), 1000, DecisionSettings(), standing({0: [*range(20), *cleared], 1: [40, 41]})
    )
    return counts(standing({0: list(range(20)), 1: [40, 41], 2: cleared}), accounts(1000), known).row(0, named=True)


def test_those_cleared_out_of_a_group_take_from_what_enforced_ones_say() -> None:
    none, some, most = (enforced_bits(cleared) for cleared in ([], [20, 21], [20, 21, 22, 23, 24, 25]))
    assert [each["beside"] for each in (none, some, most)] == [0, 2, 6]
    assert none["enforced_bits"] > some["enforced_bits"] > most["enforced_bits"] == 0.0
    assert most["enforced"] == 5


def test_a_cleared_partner_speaks_from_another_community() -> None:
    links = pl.DataFrame(
        {"account_a": [0, 1, 1, 2], "account_b": [5, 5, 9, 9], "probability": [0.9] * 4},
        schema={"account_a": pl.UInt32, "account_b": pl.UInt32, "probability": pl.Float32},
    )
    of = standing({0: [0, 1, 2, 5], 1: [9, 10]})
    said = lean(of, links, Known(decided([5], [9]), 100, DecisionSettings()))
    bits = dict(said.select("account", "partners_bits").iter_rows())
    assert bits[0] > 0.9
    assert bits[1] == 0.0
    assert bits[2] < -0.9
