"""Who is named, who is not: rare corroborated indicators name, common or lone ones never do."""

from __future__ import annotations

import json

import polars as pl
import pytest

from linkage.attribution import UNKNOWN
from tests.attribution.worlds import Town, others

RARE = {"ip": "45.1.1.1", "instrument": "card-of-lynx", "device": "kit-of-lynx"}
KINDS = {"ip": "ip", "instrument": "payment", "device": "device"}


def documented(town: Town, operator: str = "lynx", only: tuple[str, ...] = tuple(RARE)) -> None:
    for kind in only:
        town.dossier(operator, KINDS[kind], RARE[kind])


def row(table: pl.DataFrame, campaign: str, rung: str = "operator") -> dict[str, object]:
    return table.filter((pl.col("campaign_id") == campaign) & (pl.col("rung") == rung)).row(0, named=True)


def test_indicators_of_several_groups_name_an_operator_and_say_what_they_rest_on() -> None:
    town = Town()
    others(town)
    town.campaign("C-lynx", 20, RARE, on=6)
    documented(town)
    found = town.attribute()
    assert found.operators.rows() == [("C-lynx", "lynx", pytest.approx(0.99, abs=0.05))]
    said = row(found.table, "C-lynx")
    reasons = json.loads(str(said["rests_on"]))
    assert {(r["kind"], r["value"], r["members"]) for r in reasons} == {(k, v, 6) for k, v in RARE.items()}
    assert all(r["bits"] > 1 and r["source"] == "case" for r in reasons)
    assert found.table.height == 3 * 7
    assert row(found.table, "C-other-1")["abstained"]


@pytest.mark.parametrize("only", [("ip",), ("instrument",)])
def test_one_group_alone_never_names(only: tuple[str, ...]) -> None:
    town = Town()
    others(town)
    town.campaign("C-lynx", 20, RARE)
    documented(town, only=only)
    assert town.names() == {}


def test_one_member_of_many_is_a_bystander() -> None:
    town = Town()
    others(town)
    town.campaign("C-big", 200, RARE, on=1)
    documented(town)
    found = town.attribute()
    assert found.operators.is_empty()
    rivals = json.loads(str(row(found.table, "C-big")["rivals"]))
    assert rivals[0]["name"] == "lynx"
    assert rivals[0]["posterior"] < 0.7


@pytest.mark.parametrize(("size", "named"), [(20, True), (300, False)])
def test_one_member_corroborates_in_a_small_campaign_only(size: int, named: bool) -> None:
    town = Town()
    others(town)
    town.campaign("C-lynx", size, {"instrument": RARE["instrument"]}, on=size // 2)
    town.campaign("C-lynx", 1, {"ip": RARE["ip"]})
    documented(town, only=("instrument", "ip"))
    assert ("C-lynx" in town.names()) == named


def test_what_all_campaigns_use_names_none_of_them() -> None:
    town = Town()
    market = {"ip": "45.9.9.9", "instrument": "stolen-card", "device": "market-kit"}
    for i in range(8):
        town.campaign(f"C-{i}", 20, market, on=6)
    for kind, value in market.items():
        town.dossier("lynx", KINDS[kind], value)
    assert "lynx" not in town.names().values()


def test_what_honest_accounts_use_names_nobody() -> None:
    town = Town()
    others(town)
    town.campaign("C-plain", 20, {})
    for kind, value in (("issuer", "bank-1"), ("issuer", "bank-2"), ("email_domain", "mail-3.example")):
        town.dossier("lynx", kind, value)
    assert town.names() == {}


def test_an_old_or_doubted_indicator_says_less() -> None:
    bits = {}
    for name, age, confidence in (("fresh", 5.0, 0.9), ("old", 400.0, 0.9), ("doubted", 5.0, 0.05)):
        town = Town()
        others(town)
        town.campaign("C-lynx", 20, RARE, on=6)
        for kind, value in RARE.items():
            town.dossier("lynx", KINDS[kind], value, age, confidence)
        found = town.attribute().candidates.filter(pl.col("campaign_id") == "C-lynx")
        bits[name] = found["bits"][0]
    assert bits["fresh"] > bits["old"] + 3
    assert bits["fresh"] > bits["doubted"] + 3


def test_two_operators_with_the_same_indicators_are_rivals_and_neither_is_named() -> None:
    town = Town()
    others(town)
    town.campaign("C-lynx", 20, RARE, on=6)
    documented(town, "lynx")
    documented(town, "pike")
    found = town.attribute()
    assert found.operators.is_empty()
    rivals = json.loads(str(row(found.table, "C-lynx")["rivals"]))
    assert {r["name"] for r in rivals} == {"lynx", "pike"}


ONE_OPERATOR = {"email_domain": "theirs.example", "asn": "4200001234"}


def test_campaigns_that_share_what_strangers_do_not_are_one_unknown_operator() -> None:
    town = Town()
    others(town)
    town.campaign("C-a", 20, ONE_OPERATOR)
    town.campaign("C-b", 30, ONE_OPERATOR)
    found = town.attribute()
    named = found.operators
    assert named["campaign_id"].to_list() == ["C-a", "C-b"]
    assert named["operator"].n_unique() == 1
    assert named["operator"][0].startswith(f"{UNKNOWN} U-")
    assert row(found.table, "C-a")["rationale"] == f"{UNKNOWN}, same as campaign C-b"
    reasons = json.loads(str(row(found.table, "C-a")["rests_on"]))
    assert {r["kind"] for r in reasons} == set(ONE_OPERATOR)
    assert reasons[0]["source"] == "also in C-b"


def test_a_single_campaign_is_no_unknown_operator() -> None:
    town = Town()
    others(town)
    town.campaign("C-a", 20, ONE_OPERATOR)
    assert town.names() == {}


def test_one_account_in_two_campaigns_joins_nothing() -> None:
    town = Town()
    others(town)
    first = town.campaign("C-a", 20, {}, on=0)
    town.campaign("C-b", 20, {})
    town.members.append(("C-b", first[0]))
    assert town.names() == {}


def test_a_name_goes_no_further_than_what_is_really_shared() -> None:
    # C-lynx is documented; C-b, whose operator is not, bought at the same market and shares a bank with it.
    town = Town()
    market = {"ip": "45.9.9.9"}
    for i in range(6):
        town.campaign(f"C-other-{i}", 20, market | {"issuer": f"bank-{i}"}, on=8)
    town.campaign("C-lynx", 20, RARE | {"issuer": "bank-1"}, on=8)
    town.campaign("C-b", 20, market | {"issuer": "bank-1"}, on=8)
    documented(town)
    assert town.names() == {"C-lynx": "lynx"}


def test_a_campaign_that_shares_much_with_a_named_one_is_a_lead_and_is_not_named() -> None:
    town = Town()
    others(town, 12)
    town.campaign("C-lynx", 40, RARE | ONE_OPERATOR, on=30)
    more = {"phone": "rented-1", "device": "kit-of-both", "wallet": "w-1"}
    town.campaign("C-a", 40, more | ONE_OPERATOR)
    town.campaign("C-lynx", 10, more | ONE_OPERATOR)
    documented(town)
    found = town.attribute()
    assert found.operators["campaign_id"].to_list() == ["C-lynx"]
    lead = row(found.table, "C-a")
    assert lead["abstained"]
    assert (lead["name"], lead["confidence"]) == (None, None)
    assert "shares with C-lynx what strangers do not" in str(lead["rationale"])
    assert {one["source"] for one in json.loads(str(lead["rests_on"]))} == {"also in C-lynx"}


def test_a_dossier_may_speak_of_who_carries_and_who_benefits() -> None:
    town = Town()
    others(town)
    town.campaign("C-lynx", 20, RARE, on=6)
    for role in ("relay", "beneficiary"):
        for kind, value in RARE.items():
            town.dossier(f"{role} inc", f"{role}:{KINDS[kind]}", value)
    found = town.attribute()
    assert found.operators.is_empty()
    assert row(found.table, "C-lynx", "relay")["name"] == "relay inc"
    assert row(found.table, "C-lynx", "beneficiary")["name"] == "beneficiary inc"


def test_accounts_that_work_for_several_campaigns_are_a_relay() -> None:
    town = Town()
    others(town)
    first = town.campaign("C-a", 20, {})
    town.campaign("C-b", 20, {})
    town.members += [("C-b", account) for account in first[:12]]
    found = town.attribute()
    assert row(found.table, "C-a", "relay")["name"] == "unnamed relay"
    assert row(found.table, "C-other-1", "relay")["abstained"]


def test_without_campaigns_dossiers_or_leave_nobody_is_named() -> None:
    town = Town()
    assert town.attribute().table.is_empty()
    town.campaign("C-lynx", 20, RARE)
    assert town.names() == {}
    documented(town)
    assert town.attribute(enabled=False).table.is_empty()
