"""Which values are kept, which are suppressed and why."""

from __future__ import annotations

import math

import polars as pl
import pytest

from linkage.identifiers import share
from linkage.settings import IdentifierSettings, KindSettings
from linkage.tables import TIME, USES


def uses(degrees: dict[tuple[str, str], int]) -> pl.DataFrame:
    """Each value on accounts 0, 1, ... as often as asked."""
    rows = [(a, kind, value, 1, None, None) for (kind, value), d in degrees.items() for a in range(d)]
    return pl.DataFrame(rows, schema=USES, orient="row")


def test_rarity_is_the_log_of_accounts_over_degree() -> None:
    kept = share(uses({("phone", "p"): 4}), 1024, IdentifierSettings()).values
    assert kept["bits"].item() == pytest.approx(math.log2(1024 / 4))
    assert kept["pairs"].item() == 6


def test_each_suppression_has_its_reason() -> None:
    settings = IdentifierSettings(pairs_per_account=0.1)
    degrees = {
        ("instrument", ""): 9,
        ("instrument", "card"): 61,
        ("phone", "a"): 5,
        ("phone", "b"): 3,
        ("phone", "c"): 1,
    }
    found = share(uses(degrees), 100, settings)
    reasons = dict(found.hubs.select(pl.concat_str("kind", "value", separator=":"), "reason").rows())
    assert reasons == {"instrument:": "placeholder", "instrument:card": "degree", "phone:a": "pair cost"}
    assert dict(found.hubs.select("value", "pairs").rows())["card"] == 61 * 60 // 2
    assert found.values["value"].to_list() == ["b"]


def test_unknown_kinds_take_the_defaults_and_known_ones_can_be_set() -> None:
    settings = IdentifierSettings(unknown_degree_cap=3, kinds={"phone": KindSettings(degree_cap=2)})
    found = share(uses({("serial", "s"): 3, ("serial", "t"): 4, ("phone", "p"): 3}), 100, settings)
    assert found.values["value"].to_list() == ["s"]
    assert settings.kind("phone").group == "identity"
    assert settings.kind("serial").group == "other"


def test_the_order_of_uses_changes_nothing() -> None:
    table = uses({("phone", str(i)): 2 + i % 5 for i in range(50)}).with_columns(
        first_seen=pl.lit(0, pl.Int64).cast(TIME), last_seen=pl.lit(0, pl.Int64).cast(TIME)
    )
    one = share(table, 50, IdentifierSettings())
    other = share(table.sample(fraction=1.0, shuffle=True, seed=3), 50, IdentifierSettings())
    for left, right in zip(one, other, strict=True):
        assert left.equals(right)


def test_nothing_in_nothing_out() -> None:
    found = share(uses({}), 0, IdentifierSettings())
    assert found.values.is_empty()
    assert found.uses.is_empty()
    assert found.hubs.is_empty()
