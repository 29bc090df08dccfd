"""Dossiers read as the logs write, chances that bound the true ones, families that do not chain."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

from linkage.attribution.chance import at_least
from linkage.attribution.indicators import read
from linkage.attribution.pooled import by_group
from linkage.attribution.shared import families
from linkage.tables import INPUT


def dossier(kind: str, value: str) -> pl.DataFrame:
    return pl.DataFrame([{"operator": "lynx", "kind": kind, "value": value}], schema=INPUT["dossiers"])


@pytest.mark.parametrize(
    ("kind", "value", "found"),
    [
        ("payment", "card_1", [("instrument", "card_1")]),
        ("asn", "AS64500", [("asn", "64500")]),
        ("email_domain", "@theirs.example", [("email_domain", "theirs.example")]),
        ("ip", "2001:DB8:0::1", [("ip", "2001:db8::1")]),
        ("ip", "::ffff:203.0.113.9", [("ip", "203.0.113.9")]),
        ("ip", "203.0.113.0/24", [("prefix", "203.0.113.0/24")]),
        ("ip", "203.0.113.4/31", [("ip", "203.0.113.4"), ("ip", "203.0.113.5")]),
        ("ip", "203.0.112.0/23", [("prefix", "203.0.112.0/24"), ("prefix", "203.0.113.0/24")]),
        ("Serial", "x1", [("serial", "x1")]),
    ],
)
def test_indicators_take_the_form_of_identifiers(kind: str, value: str, found: list[tuple[str, str]]) -> None:
    assert read(dossier(kind, value)).aliases.select("kind", "value").rows() == found


def test_a_prefix_too_wide_is_left_out_and_said() -> None:
    got = read(dossier("ip", "10.0.0.0/8"))
    assert got.aliases.is_empty()
    assert got.notes == ("dossiers: 1 prefixes too wide to compare",)


def test_an_indicator_from_two_sources_counts_once() -> None:
    twice = pl.concat([dossier("device", "d").with_columns(confidence=pl.lit(c, pl.Float32)) for c in (0.3, 0.8)])
    assert read(twice).rows["confidence"].to_list() == [pytest.approx(0.8)]


@pytest.mark.parametrize("mean", [0.01, 0.3, 2.0, 40.0])
def test_the_tail_is_an_upper_bound(mean: float) -> None:
    for count in (1, 2, 5, 60):
        below = math.fsum(math.exp(-mean + k * math.log(mean) - math.lgamma(k + 1)) for k in range(count))
        got = float(at_least(np.array([float(count)]), np.array([mean]))[0])
        assert max(1.0 - below, 0.0) - 1e-9 <= got <= 1.0
    assert float(at_least(np.array([1.0]), np.array([mean]))[0]) == pytest.approx(-math.expm1(-mean))


def test_many_weak_values_of_a_group_are_no_strong_evidence() -> None:
    weak = pl.DataFrame({"of": [1] * 100, "group": ["network"] * 100, "label": range(100), "bits": [1.0] * 100})
    assert 1.9 < by_group(weak, ["of"], 7.0)["bits"][0] <= 2.0


def test_a_campaign_between_two_does_not_make_one_of_them() -> None:
    same = np.eye(3)
    same[0, 1] = same[1, 0] = 0.99
    same[1, 2] = same[2, 1] = 0.98
    assert families(same, 0.95) == [[0, 1]]
    same[0, 2] = same[2, 0] = 0.9
    assert families(same, 0.95) == [[0, 1, 2]]
