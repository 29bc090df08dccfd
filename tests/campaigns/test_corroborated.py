"""What people may be given makes no campaign, whoever they are; what nobody is given does."""

from __future__ import annotations

import json

import polars as pl
import pytest

from linkage.campaigns.corroborated import corroborated, doubt
from linkage.campaigns.judgement import judge
from linkage.campaigns.reasons import weigh
from linkage.campaigns.ties import beside
from linkage.settings import CampaignSettings

SETTINGS = CampaignSettings()
CHANNELS = {"ip": "network", "device": "machine", "prompts": "content", "payment": "money", "failover": "time"}
#: Forty accounts that signed up on one day and write the same by the hundred.
GIVEN: dict[str, object] = {
    "accounts": 40,
    "community": 0,
    "partners": 30.0,
    "kin": 1.0,
    "by_content": 0.0,
    "near": 20.0,
    "wave": 0.95,
    "dated": 40,
    "content": 0.7,
    "prompts": 2000,
    "volume": 4.0,
}
CARDS = {
    "instrument_holders": 1.0,
    "instrument_values": 8,
    "instrument_sharers": 1.0,
    "instrument_top": 0.15,
}
POOL = {"device_shared": 8, "device_sharers": 1.0, "device_top": 0.3}
UNBORN: dict[str, object] = {"wave": None, "dated": None, "near": 0.0}

ROTATED = {"ip_shared": 9, "ip_sharers": 0.9, "ip_top": 0.3, "ip_moves": 12.0, "ip_met": 0.9}


def suspect(**other: object) -> bool:
    return bool(judge(pl.DataFrame([{**GIVEN, **other}]), SETTINGS, told=False)["suspect"].item())


@pytest.mark.parametrize(
    ("shown", "enough"),
    [
        ({}, False),
        ({"content": None}, True),  # who writes nothing was given nothing to write
        ({"beside": 0.1}, False),
        ({"beside": 0.6}, True),
        (CARDS, True),
        ({**CARDS, **UNBORN}, False),  # a firm has several cards too
        ({"issuer_holders": 1.0, "issuer_top": 1.0, "issuer_usual": 0.01, "instrument_values": 40}, False),
        ({**POOL, "device_pool": 0.8}, True),
        ({**CARDS, **POOL, "device_pool": 0.8, **UNBORN}, True),
        ({**POOL, "device_pool": 0.3}, False),  # browsers that many have
        ({**ROTATED, **UNBORN}, True),
        # At home, at work and on the way: hardly rotated.
        ({"ip_shared": 9, "ip_sharers": 0.9, "ip_top": 0.3, "ip_moves": 2.5, "ip_met": 0.9, **UNBORN}, False),
        # A phone does not choose its carrier's exit.
        ({"beside": 1.0, "beside_place": 0.1, "met_mobile": 1.0}, False),
        ({"beside": 1.0, "beside_place": 0.1, "met_mobile": 0.8}, True),  # they meet in one building as well
        ({"beside": 1.0, "beside_place": 0.6, "met_mobile": 1.0}, True),
        # Nobody says whose exits they are.
        ({"beside": 1.0, "beside_place": 0.1, "net_mobile": None}, False),
        ({"beside": 1.0, "beside_place": 0.6, "net_mobile": None}, True),
        ({"beside": 1.0, "beside_place": 0.1, "net_mobile": 0.2}, True),
        ({"beside": 1.0, "beside_place": 0.1, "net_mobile": 0.2, "met_unknown": 1.0}, False),
        ({"beside": 1.0, "beside_place": 0.1, "met_mobile": 0.6, "met_unknown": 0.4}, False),
        (
            {"beside": 1.0, "beside_place": 0.1, "met_unknown": 1.0, "ip_open": 0.9},
            True,
        ),  # a carrier has more customers
        ({"beside": 1.0, "beside_place": 0.6, "net_mobile": 0.2, "met_unknown": 1.0}, True),
        ({"beside": 1.0, "beside_place": 0.1, "net_mobile": 0.2, "met_unknown": 0.8}, True),  # and in one building
        ({**ROTATED, "beside": 1.0, "beside_place": 0.1, "met_unknown": 1.0}, True),  # phones do not rotate so
        ({**ROTATED, "ip_moves": 5.0, **UNBORN}, True),
        ({**ROTATED, "ip_moves": 5.0, **UNBORN, "met_unknown": 1.0}, False),  # but over a few exits they do
        ({**ROTATED, "ip_moves": 5.0, **UNBORN, "met_unknown": 1.0, "net_mobile": None}, True),
        ({**POOL, "device_pool": 0.8, "beside": 1.0, "beside_place": 0.0, "met_mobile": 1.0}, True),
        ({"enforced": 9, "enforced_bits": 8.0}, True),
    ],
)
def test_a_campaign_shows_what_nobody_is_given(shown: dict[str, object], enough: bool) -> None:
    row = {**GIVEN, **shown}
    assert corroborated(row, weigh(row, SETTINGS)) is enough


def test_what_people_may_be_given_ranks_and_makes_no_campaign() -> None:
    assert suspect(beside=1.0)
    assert not suspect()
    told = judge(pl.DataFrame([GIVEN]), SETTINGS).row(0, named=True)
    assert -1.0 < told["bits"] < 0.0
    assert any("could not be given" in each for each in json.loads(told["reasons_against"]))
    ranks = [total + doubt(total).bits for total in (-40.0, -5.0, 0.0, 3.0, 9.0)]
    assert ranks == sorted(ranks)
    assert ranks[0] == pytest.approx(-40.0)
    assert ranks[-1] < 0.0


def test_who_is_tied_by_what_nobody_is_given() -> None:
    bits = {"ip": (0, 1), "prompts": (0, 2), "device": (2, 3), "payment": (1, 3), "failover": (3, 4)}
    rows = [(a, b, *(5.0 if name == each else 0.0 for each in CHANNELS)) for name, (a, b) in bits.items()]
    schema = {"account_a": pl.UInt32, "account_b": pl.UInt32, **dict.fromkeys(CHANNELS, pl.Float32)}
    links = pl.DataFrame(rows, schema=schema, orient="row")
    of = {"account": range(6), "community": [7, 7, 7, 7, 8, 8]}
    members = pl.DataFrame(of, schema={"account": pl.UInt32, "community": pl.Int32})
    assert sorted(beside(members, links, CHANNELS).rows()) == [(7, 0.5, 0.0), (8, 0.0, 0.0)]
    none = beside(members, links, {"prompts": "content"})
    assert sorted(none.rows()) == [(7, 0.0, 0.0), (8, 0.0, 0.0)]
    apart = members.with_columns(community=pl.Series([7, 7, 7, 8, 8, 8], dtype=pl.Int32))
    assert sorted(beside(apart, links, CHANNELS).rows()) == [(7, 2 / 3, 0.0), (8, 2 / 3, 2 / 3)]
