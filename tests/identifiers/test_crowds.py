"""Accounts that share many common values become one value; others do not."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

from linkage.identifiers import Shared, restore, share, with_crowds
from linkage.settings import IdentifierSettings
from linkage.tables import CROWD, USES

N = 4_000
SETTINGS = IdentifierSettings()


def uses() -> pl.DataFrame:
    """300 accounts on 30 of 150 exits each, 200 others on all of 12 addresses, 100 on one, and homes behind exits."""
    rng = np.random.default_rng(4)
    rows = [(a, f"exit{e}") for a in range(300) for e in rng.choice(150, 30, replace=False)]
    rows += [(a, f"carrier{e}") for a in range(300, 500) for e in range(12)]
    rows += [(a, "cafe") for a in range(500, 600)]
    rows += [(600 + e, f"exit{e}") for e in range(150)]
    return pl.DataFrame([(a, "ip", v, 1, None, None) for a, v in rows], schema=USES, orient="row")


def crowds(table: pl.DataFrame, settings: IdentifierSettings = SETTINGS) -> tuple[Shared, dict[int, set[int]]]:
    found = with_crowds(share(table, N, settings), table, N, settings, 0)
    codes = found.values.filter(pl.col("kind") == CROWD)["code"].to_list()
    return found, {c: set(found.uses.filter(pl.col("code") == c)["account"].to_list()) for c in codes}


def test_a_pool_is_one_value_whole_and_without_the_homes_behind_its_exits() -> None:
    found, accounts = crowds(uses())
    assert list(accounts.values()) == [set(range(300))]  # a carrier's few addresses are no pool
    rows = found.values.filter(pl.col("kind") == CROWD)
    exits = found.hubs.filter(pl.col("value").str.starts_with("exit")).height
    assert rows["bits"].to_list() == pytest.approx([math.log2(N / 300)])
    assert rows["pairs"].to_list() == [0]
    assert rows["value"].to_list() == [f"pool 1 of {exits} shared addresses"]
    assert found.values["code"].to_list() == list(range(found.values.height))
    assert found.kinds.filter(pl.col("kind") == CROWD)["shared"].item() == 1


def test_the_order_of_uses_changes_nothing() -> None:
    one, other = (crowds(table)[0] for table in (uses(), uses().sample(fraction=1.0, shuffle=True, seed=3)))
    for left, right in zip(one, other, strict=True):
        assert left.equals(right)


def test_values_that_are_evidence_themselves_make_no_crowd() -> None:
    table = uses().filter(pl.col("account") % 10 == 0)
    assert not crowds(table)[1]


def test_it_can_be_switched_off() -> None:
    off = SETTINGS.model_copy(update={"crowds": SETTINGS.crowds.model_copy(update={"enabled": False})})
    assert not crowds(uses(), off)[1]


def with_devices(**degrees: tuple[int, int]) -> Shared:
    """The same with devices of a range of accounts each, over their degree cap, and what is restored of them."""
    rows = [(a, "device", name, 1, None, None) for name, (first, last) in degrees.items() for a in range(first, last)]
    table = pl.concat([uses(), pl.DataFrame(rows, schema=USES, orient="row")])
    return restore(crowds(table)[0], table, N, SETTINGS)


def test_a_common_value_of_one_crowd_is_evidence_again_and_a_popular_one_is_not() -> None:
    found = with_devices(own=(0, 250), popular=(200, 600), rare=(10, 20))
    assert dict(found.hubs.filter(pl.col("kind") == "device").select("value", "degree").rows()) == {"popular": 400}
    own = found.values.filter(pl.col("value") == "own")
    assert own["bits"].item() == pytest.approx(math.log2(N / 250) * SETTINGS.kind("device").scale)
    used = found.uses.filter(pl.col("code") == own["code"].item())
    assert used["account"].to_list() == list(range(250))
    assert found.values["code"].to_list() == list(range(found.values.height))
    device = found.kinds.filter(pl.col("kind") == "device").row(0, named=True)
    assert (device["shared"], device["suppressed"]) == (2, 1)
    assert device["pairs"] == 250 * 249 // 2 + 45
    assert device["pairs_suppressed"] == 400 * 399 // 2


def test_what_is_restored_fits_into_the_pair_budget() -> None:
    rows = [(a, "device", "own", 1, None, None) for a in range(250)]
    table = pl.concat([uses(), pl.DataFrame(rows, schema=USES, orient="row")])
    tight = SETTINGS.model_copy(update={"pairs_per_account": 5.0})
    assert restore(crowds(table, tight)[0], table, N, tight).values["value"].to_list().count("own") == 0


def test_values_of_the_same_evidence_group_are_not_restored() -> None:
    rows = [(a, "prefix", "203.0.113.0/24", 1, None, None) for a in range(250)]
    table = pl.concat([uses(), pl.DataFrame(rows, schema=USES, orient="row")])
    assert "prefix" in restore(crowds(table)[0], table, N, SETTINGS).hubs["kind"].to_list()
