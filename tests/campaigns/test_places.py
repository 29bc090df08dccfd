"""One place that a group keeps to, and addresses that it moves over."""

from __future__ import annotations

import polars as pl
import pytest

from linkage.campaigns.places import numbered, places, visits
from linkage.campaigns.reasons import weigh
from linkage.settings import CampaignSettings
from linkage.tables import ADDRESSES

#: account -> addresses and exchanges through them. 0 to 2 sit in an office, 3 to 5 rotate the exits of one prefix.
SEEN = {
    0: {"10.0.0.1": 80, "10.9.0.1": 20},
    1: {"10.0.0.1": 60, "10.9.1.1": 40},
    2: {"10.0.0.1": 100},
    3: {f"10.5.0.{i}": 10 for i in range(10)},
    4: {f"10.5.0.{i}": 10 for i in range(10)},
    5: {f"10.5.0.{i}": 10 for i in range(10)} | {"10.5.0.0": 10},
}
MEMBERS = pl.DataFrame(
    {"account": list(SEEN), "community": [0, 0, 0, 1, 1, 1]}, schema={"account": pl.UInt32, "community": pl.Int32}
)
#: Addresses that too many accounts use, and how many do.
NONE: dict[str, int] = {}


def _visits(seen: dict[int, dict[str, int]], hubs: dict[str, int] = NONE) -> pl.DataFrame:
    rows = [(account, ip, count) for account, used in seen.items() for ip, count in used.items()]
    touched = pl.DataFrame(rows, schema={"account": pl.UInt32, "ip": pl.String, "count": pl.UInt32}, orient="row")
    addresses = touched.select("ip").unique().with_columns(prefix=pl.col("ip").str.replace(r"\d+$", "0/24"))
    known = addresses.with_columns(pl.lit(None, ADDRESSES[c]).alias(c) for c in ADDRESSES if c not in addresses.columns)
    columns = {"kind": pl.String, "value": pl.String, "degree": pl.UInt32}
    crowded = pl.DataFrame([("ip", ip, users) for ip, users in hubs.items()], schema=columns, orient="row")
    return visits(touched.join(numbered(known.with_columns(address="ip"), crowded), on="ip"))


def test_an_office_is_one_place_and_rotated_exits_are_none() -> None:
    office, exits = places(MEMBERS, _visits(SEEN)).sort("community").iter_rows(named=True)
    assert office["ip_home"] == pytest.approx(0.8, abs=1e-5)
    assert office["prefix_home"] == pytest.approx(0.8, abs=1e-5)
    assert office["ip_few"] == pytest.approx(1.0, abs=1e-5)
    assert exits["ip_few"] == pytest.approx(0.3, abs=1e-5)
    assert exits["prefix_few"] == pytest.approx(1.0, abs=1e-5)
    assert office["ip_moves"] == pytest.approx(1.0)
    assert exits["ip_home"] == pytest.approx(0.1, abs=1e-5)
    assert exits["prefix_home"] == pytest.approx(1.0, abs=1e-5)
    assert exits["ip_moves"] == pytest.approx(10.0)


def test_what_all_use_is_theirs_unless_others_are_there_too() -> None:
    office, exits = places(MEMBERS, _visits(SEEN)).sort("community")["ip_open"]
    assert office == pytest.approx(0.8, abs=1e-5)
    assert exits == pytest.approx(1.0, abs=1e-5)
    passing = {6: {"10.0.0.1": 1}, 7: {"10.0.0.1": 1, "10.5.0.0": 1}, 8: {"10.5.0.0": 1}}
    office, exits = places(MEMBERS, _visits(SEEN | passing)).sort("community")["ip_open"]
    assert office == 0.0
    assert exits == pytest.approx(0.9, abs=1e-5)


def test_customers_of_a_carrier_meet_by_chance() -> None:
    office, exits = places(MEMBERS, _visits(SEEN), 1000).sort("community")["ip_met"]
    assert office == pytest.approx(0.8, abs=0.01)
    assert exits == pytest.approx(1.0, abs=0.01)
    # Half of all accounts use the address: of two fellows one or the other does, at three in four.
    office, exits = places(MEMBERS, _visits(SEEN, {"10.0.0.1": 500}), 1000).sort("community")["ip_met"]
    assert office == pytest.approx(0.2, abs=0.01)
    assert exits == pytest.approx(1.0, abs=0.01)


def test_nothing_is_said_where_no_address_is_known() -> None:
    assert places(MEMBERS, None).is_empty()


def test_through_which_networks_members_meet() -> None:
    seen = _visits(SEEN).with_columns(network=pl.when(pl.col("account") < 3).then(pl.lit("mobile")))
    office, exits = places(MEMBERS, seen).sort("community").iter_rows(named=True)
    assert (office["met_mobile"], office["met_hosting"], office["met_hidden"]) == (1.0, 0.0, 0.0)
    assert exits["met_mobile"] == 0.0
    assert (office["met_unknown"], exits["met_unknown"]) == (0.0, 1.0)


@pytest.mark.parametrize(("mobile", "bits"), [(None, 2.0), (0.5, 2.0), (0.7, 1.0), (0.95, 0.0)])
def test_a_phone_does_not_choose_its_carriers_exits(mobile: float | None, bits: float) -> None:
    row = {"ip_shared": 30, "ip_sharers": 1.0, "ip_top": 0.2, "ip_moves": 9.0, "ip_met": 0.8, "met_mobile": mobile}
    assert sum(reason.bits for reason in weigh(row, CampaignSettings())["network"]) == pytest.approx(bits)


def test_whose_the_exits_are() -> None:
    office, exits = places(MEMBERS, _visits(SEEN)).sort("community")["ip_theirs"]
    assert (office, exits) == (1.0, 1.0)
    office, exits = places(MEMBERS, _visits(SEEN, {"10.0.0.1": 30}), 1000).sort("community")["ip_theirs"]
    assert office == pytest.approx(3 / 30, abs=1e-5)
    assert exits == 1.0


@pytest.mark.parametrize(("theirs", "bits"), [(None, 2.0), (0.5, 2.0), (0.375, 1.0), (0.2, 0.0)])
def test_at_a_vendors_exits_most_are_other_customers(theirs: float | None, bits: float) -> None:
    row = {"ip_shared": 30, "ip_sharers": 1.0, "ip_top": 0.2, "ip_moves": 9.0, "ip_met": 0.8, "ip_theirs": theirs}
    assert sum(reason.bits for reason in weigh(row, CampaignSettings())["network"]) == pytest.approx(bits)
