"""Evidence found pair by pair weighs like a value that only the two share."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest

from linkage.graph import evidence, link, with_pairs
from linkage.settings import GraphSettings, IdentifierSettings
from linkage.tables import CODED_USES, PAIRS, VALUES, empty

THEN = datetime(2025, 1, 1, tzinfo=UTC)


def pairs(*rows: tuple[int, int, str, float]) -> pl.DataFrame:
    return pl.DataFrame(
        [(a, b, kind, bits, 3, THEN, THEN, f"{kind} of {a} and {b}") for a, b, kind, bits in rows],
        schema=PAIRS,
        orient="row",
    )


def test_pairs_become_links_with_their_bits() -> None:
    identifiers, settings = IdentifierSettings(), GraphSettings()
    found = pairs((1, 4, "activity", 12.0), (1, 4, "prompt", 9.0), (2, 3, "activity", 12.0))
    values, uses = with_pairs(empty(VALUES), empty(CODED_USES), found)
    assert uses["code"].is_sorted()
    linked = link(values, uses, 10_000, identifiers, settings)
    assert linked.links.select("account_a", "account_b").rows() == [(1, 4), (2, 3)]
    # Each group is capped, and one alone says less than two.
    assert linked.links["activity"].to_list() == pytest.approx([linked.caps["time"]] * 2, abs=1e-3)
    assert linked.links["prompt"].to_list() == [9.0, 0.0]
    assert linked.links["probability"][0] > linked.links["probability"][1]
    shown = evidence(values, uses, linked.links, identifiers)
    assert shown["value"].to_list() == ["activity of 1 and 4", "prompt of 1 and 4", "activity of 2 and 3"]
    assert shown["weight"].to_list() == [12.0, 9.0, 12.0]


def test_no_pairs_change_nothing() -> None:
    values, uses = with_pairs(empty(VALUES), empty(CODED_USES), empty(PAIRS))
    assert values.is_empty()
    assert uses.is_empty()
