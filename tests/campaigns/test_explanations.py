"""Innocent explanations: all of them tested, the best fitting one named."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np
import polars as pl
import pytest

from linkage.campaigns.explanations import FITS, TESTS, explanations
from linkage.campaigns.features import births
from linkage.campaigns.judgement import judge
from linkage.campaigns.reasons import cards_rotated, weigh
from linkage.campaigns.waves import WAVE, WAVE_VARIANCE
from linkage.settings import CampaignSettings

SETTINGS = CampaignSettings()
#: A group that spreads what it has.
SPREADING = {
    "accounts": 40,
    "hours": 24.0,
    "instrument_holders": 0.9,
    "instrument_sharers": 0.8,
    "instrument_top": 0.1,
    "ip_top": 0.1,
    "ip_sharers": 0.9,
    "net_hosting": 0.4,
    "wave": 0.7,
    "dated": 40,
    "near": 5.0,
    "template_top": 0.1,
    "span_days": 40.0,
}
STRANGERS = {
    **SPREADING,
    "hours": 10.0,
    "instrument_sharers": 0.0,
    "ip_sharers": 0.0,
    "net_hosting": 0.0,
    "wave": 0.18,
    "near": 0.0,
    "by_content": 1.0,
    "template_top": 0.9,
}
#: Thirty accounts that run a benchmark, as many others do: nothing is known of cards, sign-ups and networks.
LABORATORY = {
    "accounts": 30,
    "beside": 1.0,
    "content": 0.65,
    "device_top": 1.0,
    "hours": 21.0,
    "ip_home": 0.17,
    "ip_moves": 5.9,
    "ip_open": 1.0,
    "ip_shared": 6,
    "ip_sharers": 1.0,
    "ip_top": 1.0,
    "kin": 1.0,
    "partners": 25.0,
    "prompts": 1100,
    "strangers": 0.22,
    "templates": 180,
    "volume": 8.0,
}


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("laboratory", LABORATORY),
        ("campus", {**SPREADING, "net_education": 0.7}),
        ("vendor", {**SPREADING, "net_hosting": 1.0, "one_organization": 1.0}),
        ("vendor", {**SPREADING, "net_hosting": 1.0, "ip_top": 0.9, "instrument_holders": 0.0}),
        ("firm", {**SPREADING, "one_organization": 0.9, "hours": 9.0}),
        ("firm", {**SPREADING, "instrument_top": 0.9, "ip_top": 0.9, "net_hosting": 0.0}),
        ("firm", {**STRANGERS, "ip_top": 0.95, "by_content": 0.0}),
        ("household", {**SPREADING, "accounts": 4, "instrument_top": 1.0}),
        ("reseller", {**SPREADING, "instrument_top": 0.9}),
        ("vpn_exit", {**STRANGERS, "by_content": 0.0, "net_vpn": 0.9}),
        ("viral_template", STRANGERS),
        ("viral_template", {**STRANGERS, "by_content": 0.3, "by_program": 1.0, "device_top": 0.6}),
        # Most use the public program, some another: few links rest on it.
        ("viral_template", {**STRANGERS, "by_content": 0.68, "by_program": 1.0, "device_top": 0.4}),
        ("class", {**STRANGERS, "span_days": 7.0}),
        ("class", {**STRANGERS, "span_days": 7.0, "wave": 0.9, "near": 9.0}),
        ("vendor", {**SPREADING, "net_hosting": 1.0, "ip_top": 0.9, "hours": 12.0}),
        ("firm", {**STRANGERS, "by_content": 0.3, "ip_top": 0.4, "ip_few": 0.8, "ip_moves": 1.5}),
    ],
)
def test_the_explanation_that_fits_is_first(name: str, row: dict[str, object]) -> None:
    first = explanations(row, SETTINGS)[0]
    assert (first.name, first.fit >= FITS) == (name, True)
    assert first.bits < 0


def test_all_are_tested_and_none_fits_a_group_that_spreads() -> None:
    tested = explanations(SPREADING, SETTINGS)
    assert {each.name for each in tested} == set(TESTS)
    assert all(each.fit < FITS and each.text for each in tested)


@pytest.mark.parametrize(
    ("rotated", "fits"),
    [({}, True), ({"ip_moves": 40.0}, False), ({"ip_home": 0.05, "ip_moves": 5.0}, False)],
    ids=["one address", "many addresses", "a pool of exits"],
)
def test_a_place_is_where_the_traffic_comes_from(rotated: dict[str, object], fits: bool) -> None:
    row = {**STRANGERS, "by_content": 0.0, "ip_top": 0.95, "prefix_top": 1.0, **rotated}
    assert (explanations(row, SETTINGS)[0].fit >= FITS) == fits


@pytest.mark.parametrize(
    ("row", "fits"),
    [
        ({}, True),
        ({"net_hosting": 0.5, "ip_few": 0.9}, True),
        ({"net_hosting": 0.5, "ip_few": 0.9, "instrument_values": 9, "instrument_sharers": 0.6}, False),
        ({"net_hosting": 1.0}, False),
        ({"ip_few": 0.1}, False),
        ({"ip_moves": 12.0}, False),
        ({"accounts": 3}, False),
        ({"hours": 24.0}, False),
        ({"net_vpn": 0.9}, False),
    ],
    ids=["lines", "servers too", "cards", "servers", "exits", "rotated", "few", "machines", "hidden"],
)
def test_an_office_may_have_lines_of_its_own_and_servers_besides(row: dict[str, object], fits: bool) -> None:
    office = {**STRANGERS, "by_content": 0.0, "ip_few": 0.45, "prefix_few": 0.8, "ip_moves": 3.9, "instrument_top": 0.1}
    found = explanations({**office, **row}, SETTINGS)
    assert next(each.fit >= FITS for each in found if each.name == "firm") == fits


#: A course or a contest: everybody at home, some sign up when it begins, some work day and night.
AUDIENCE = {
    **STRANGERS,
    "hours": 24.0,
    "volume": 6.0,
    "wave": 0.9,
    "near": 12.0,
    "ip_met": 0.05,
    "ip_sharers": 1.0,
    "issuer_holders": 0.8,
    "issuer_top": 0.1,
    "issuer_usual": 0.05,
}


def _fit(name: str, row: Mapping[str, object]) -> float:
    return next(each.fit for each in explanations(row, SETTINGS) if each.name == name)


@pytest.mark.parametrize(
    "row",
    [
        {"issuer_top": 0.7},
        {"ip_met": 0.8},
        {"instrument_sharers": 0.6},
        {"device_pool": 0.7},
        {"by_content": 0.3},
        {"issuer_holders": None, "ip_met": None},
    ],
    ids=["one issuer", "one pool", "one another's cards", "one another's machines", "other ties", "nothing known"],
)
def test_an_audience_pays_apart_and_meets_nowhere(row: dict[str, object]) -> None:
    assert _fit("audience", AUDIENCE) == 1.0
    assert _fit("audience", {**AUDIENCE, **row}) < FITS


def test_who_meets_in_one_place_for_two_days_is_a_class_however_hard_the_work() -> None:
    meeting = {**AUDIENCE, "span_days": 2.0, "ip_top": 1.0, "ip_home": 0.95, "issuer_top": 1.0, "days": 30.0}
    assert _fit("class", meeting) == 1.0
    assert _fit("class", {**meeting, "days": 2.2}) == 0.0  # the logs are no longer
    assert _fit("class", {**meeting, "net_hosting": 0.9}) == 0.0


def test_a_firm_may_work_at_home_under_its_own_domain() -> None:
    domain = {"email_domain_top": 0.9, "email_domain_holders": 1.0, "email_domain_users": 37}
    firm = {**SPREADING, "hours": 10.0, "volume": 1.0, "net_hosting": 0.0, **domain}
    assert _fit("firm", firm) == 1.0
    assert _fit("firm", {**firm, "email_domain_users": 4000}) == 0.0
    assert _fit("firm", {**firm, "hours": 24.0}) == 0.0


def test_a_product_has_few_addresses_and_customers_who_pay_apart() -> None:
    product = {
        **AUDIENCE,
        "wave": 0.2,
        "near": 0.0,
        "device_top": 1.0,
        "ip_open": 1.0,
        "ip_moves": 4.0,
        "by_content": 0.0,
    }
    assert _fit("product", product) == 1.0
    assert _fit("product", {**product, "ip_moves": 30.0}) == 0.0
    assert _fit("product", {**product, "issuer_top": 0.9}) == 0.0
    assert _fit("product", {**product, "wave": 0.9}) < FITS


@pytest.mark.parametrize("row", [{"device_top": 0.15}, {"by_program": 0.4}], ids=["a pool", "other ties"])
def test_strangers_have_a_program_in_common_and_nothing_else(row: dict[str, object]) -> None:
    theirs = {**STRANGERS, "by_content": 0.3, "by_program": 1.0, "device_top": 0.6, **row}
    assert next(each.fit for each in explanations(theirs, SETTINGS) if each.name == "viral_template") < FITS


def test_a_laboratory_is_let_be_and_stands_where_its_prompts_are_its_own() -> None:
    def suspect(**other: object) -> bool:
        row = {**LABORATORY, "community": 0, **other}
        return bool(judge(pl.DataFrame([row]), SETTINGS, told=False)["suspect"].item())

    assert not suspect()
    assert suspect(strangers=0.02)
    assert suspect(ip_open=0.4)
    assert suspect(ip_moves=12.0)
    assert suspect(device_top=0.5)
    assert suspect(templates=12)
    paying = {"instrument_holders": 1.0, "instrument_sharers": 0.8, "instrument_top": 0.1, "instrument_values": 9}
    assert suspect(**paying)


def test_what_asks_for_much_is_no_class() -> None:
    row = {**STRANGERS, "span_days": 7.0, "volume": 8.0}
    assert next(each.fit for each in explanations(row, SETTINGS) if each.name == "class") == 0.0


def test_of_two_that_fit_that_which_makes_more_usual_comes_first() -> None:
    row = {**STRANGERS, "by_content": 0.0, "net_vpn": 0.9, "net_education": 0.9}
    assert explanations(row, SETTINGS, {"network": 3.0})[0].name == "campus"
    off = CampaignSettings(explanations_off=("campus",))
    assert explanations(row, off, {"network": 3.0})[0].name == "vpn_exit"


def test_what_an_explanation_makes_usual_no_longer_speaks_for_a_campaign() -> None:
    def bits(network: float) -> float:
        born = {"wave": 0.95, "near": 12.0, "dated": 40, "partners": 15.0, "kin": 0.6, "accounts": 40}
        row = {
            **STRANGERS,
            **born,
            "beside": 1.0,
            "community": 0,
            "content": 0.6,
            "prompts": 900,
            "net_education": network,
        }
        return float(judge(pl.DataFrame([row]), SETTINGS)["bits"].item())

    assert bits(0.0) > 0.0
    assert bits(0.0) - bits(0.9) > 10.0  # far more than the four bits of the explanation itself


def test_cards_rotated_behind_one_address_are_not_usual_for_a_vendor() -> None:
    def vendor(row: Mapping[str, object]) -> float:
        return next(each.fit for each in explanations(row, SETTINGS) if each.name == "vendor")

    one_place = {**SPREADING, "ip_home": 1.0, "ip_top": 1.0, "net_hosting": 1.0}
    assert vendor({**one_place, "instrument_values": 18}) == 0.0
    assert vendor({**one_place, "instrument_values": 2}) == 1.0
    assert vendor({**one_place, "instrument_values": 18, "instrument_sharers": 0.0}) == 1.0
    verified = {**one_place, "instrument_values": 18, "one_organization": 1.0}
    assert vendor(verified) == 1.0
    # Even then they count.
    no_firm = CampaignSettings(explanations_off=("firm",))
    said = str(judge(pl.DataFrame([{**verified, "community": 0}]), no_firm)["reasons_for"].item())
    (text,) = [each for each in json.loads(said) if "cards are rotated" in each]
    assert float(text.rsplit("(", 1)[1].split()[0]) > 1.0


def test_one_card_for_many_is_not_rotated_while_the_others_have_their_own() -> None:
    paid = {"instrument_holders": 1.0, "instrument_values": 14, "instrument_top": 0.58}
    one, several = {**paid, "instrument_sharers": 0.58}, {**paid, "instrument_sharers": 0.95}
    assert (cards_rotated(one), round(cards_rotated(several), 2)) == (0.0, 0.39)

    def said(row: Mapping[str, object]) -> tuple[bool, str]:
        found = judge(pl.DataFrame([{**LABORATORY, "community": 0, **row}]), SETTINGS)
        return bool(found["suspect"].item()), str(found["reasons_for"].item())

    assert said(one)[0] is False
    assert "cards are rotated" not in said(one)[1]
    assert said(several)[0] is True
    assert "cards are rotated" in said(several)[1]


@pytest.mark.parametrize(
    ("row", "fits"),
    [
        ({}, True),
        ({"prefix_home": 0.1, "mail": 1.0}, True),
        ({"prefix_home": 0.1}, False),
        ({"prefix_home": 0.1, "mail": 1.0, "net_vpn": 0.9}, False),
        ({"lived": 40.0}, False),
        ({"days": 14.0}, False),
        ({"lived": None}, False),
        ({"volume": 4.0}, False),
        ({"instrument_sharers": 0.5}, False),
    ],
    ids=["one campus", "one mail domain", "nothing", "hidden", "weeks", "short logs", "unknown", "much", "cards"],
)
def test_a_class_without_prompts_came_and_went_within_days(row: dict[str, object], fits: bool) -> None:
    course = {"accounts": 23, "wave": 0.96, "dated": 23, "near": 13.0, "volume": 1.0, "prefix_home": 0.5}
    course |= {"instrument_holders": 0.2, "instrument_sharers": 0.0, "lived": 13.0, "days": 45.0}
    assert next(e.fit >= FITS for e in explanations({**course, **row}, SETTINGS) if e.name == "class") == fits


def test_nothing_known_fits_nothing() -> None:
    assert all(each.fit < FITS for each in explanations({"accounts": 30}, SETTINGS))


def test_an_explanation_can_be_switched_off() -> None:
    off = CampaignSettings(explanations_off=("viral_template", "class"))
    assert {each.name for each in explanations(STRANGERS, off)} == set(TESTS) - {"viral_template", "class"}
    assert all(each.fit < FITS for each in explanations(STRANGERS, off))


@pytest.mark.parametrize(("accounts", "fits"), [(27, True), (200, False)])
def test_a_few_that_signed_up_together_by_accident_are_strangers_still(accounts: int, fits: bool) -> None:
    row = {**STRANGERS, "accounts": accounts, "dated": accounts, "wave": 0.52}
    assert (explanations(row, SETTINGS)[0].fit >= FITS) == fits


def test_waves_are_told_from_the_chance_of_short_gaps() -> None:
    """Sign-ups drawn at random: the share in waves is as the formulas say, and spreads as they say."""
    drawn = np.sort(np.random.default_rng(1).random((4000, 40)), axis=1)
    ranks = pl.DataFrame({"account": range(drawn.size), "rank": drawn.ravel()})
    members = ranks.select("account", community=pl.col("account") // 40)
    shares = births(members, ranks).group_by("community").agg(pl.col("near").mean())["near"].to_numpy()
    assert abs(shares.mean() - WAVE) < 0.01
    assert abs(shares.var() * 40 / WAVE_VARIANCE - 1.0) < 0.1


def test_who_moves_over_exits_that_fellows_use_shares_no_home_and_has_no_place_of_his_own() -> None:
    card = {
        **SPREADING,
        "accounts": 5,
        "instrument_top": 0.9,
        "instrument_sharers": 0.8,
        "ip_moves": 2.0,
        "ip_met": 0.6,
    }
    rotated = {**card, "ip_moves": 15.0}
    assert _fit("household", card) == 1.0
    assert _fit("household", rotated) == 0.0
    assert _fit("reseller", card) == 1.0
    assert _fit("reseller", rotated) == 0.0
    # Strangers meet at a carrier's addresses without moving over one another's.
    assert _fit("reseller", {**rotated, "ip_met": 0.05}) == 1.0


def test_a_platform_runs_the_jobs_of_strangers_on_whichever_of_its_machines() -> None:
    """Jobs on a public build service: one image on a pool of servers, each customer with a card of his own bank."""
    jobs = {
        **AUDIENCE,
        "accounts": 40,
        "by_content": 0.0,
        "device_top": 1.0,
        "hours": 10.0,
        "ip_met": 0.75,
        "ip_moves": 9.0,
        "near": 0.0,
        "net_hosting": 0.9,
        "wave": 0.2,
    }
    assert _fit("product", jobs) == 1.0
    assert _fit("product", {**jobs, "ip_met": None}) == 0.0
    assert _fit("product", {**jobs, "device_top": 0.5}) == 0.0
    assert _fit("product", {**jobs, "instrument_sharers": 0.5}) == 0.0
    assert _fit("product", {**jobs, "issuer_top": 0.9}) == 0.0
    assert _fit("product", {**jobs, "near": 4.0}) == 0.0
    assert _fit("product", {**jobs, "hours": 24.0}) == 0.0
    assert _fit("product", {**jobs, "net_vpn": 0.9}) == 0.0
    # Of five who pay, two with one bank are chance.
    few = {**jobs, "accounts": 12, "issuer_holders": 0.4, "issuer_top": 0.4, "issuer_usual": 0.01}
    assert _fit("product", few) == FITS
    assert _fit("product", {**few, "net_hosting": 0.0}) == 0.0


@pytest.mark.parametrize(
    ("row", "fits"),
    [
        ({}, True),
        ({"met_mobile": 1.0, "ip_met": 0.8, "content": 0.9, "device_pool": 0.7}, False),
        ({"met_mobile": 1.0, "ip_met": 0.8, "content": 0.9, "device_pool": 0.3}, True),
        ({"met_mobile": 1.0, "ip_met": 0.8, "content": 0.0, "device_pool": 0.7}, True),
        ({"met_mobile": 0.1, "ip_met": 0.8, "content": 0.9, "device_pool": 0.7}, True),
        ({"takeovers": 14, "sooner": 0.8}, False),
        ({"takeovers": 14, "sooner": 0.1}, True),
        ({"takeovers": 14, "sooner": 0.8, "instrument_top": 1.0, "instrument_holders": 1.0}, True),
    ],
    ids=[
        "office",
        "phones of a farm",
        "drivers",
        "customers of one",
        "some phones",
        "replaced",
        "by chance",
        "one card",
    ],
)
def test_no_office_is_a_carriers_exit_or_a_place_of_accounts_that_replace_one_another(
    row: dict[str, object], fits: bool
) -> None:
    office = {"accounts": 20, "hours": 10.0, "ip_top": 1.0, "ip_home": 0.7, "ip_moves": 1.5, "prefix_top": 1.0, **row}
    firm = next(each for each in explanations(office, SETTINGS) if each.name == "firm")
    assert (firm.fit >= FITS) == fits


def test_machines_of_a_pool_only_pass_through_an_address() -> None:
    said = {
        (moves, pool): weigh(
            {"ip_shared": 6, "ip_sharers": 1.0, "ip_top": 1.0, "ip_moves": moves, "device_pool": pool}, SETTINGS
        )["network"][0].bits
        for moves in (1.0, 6.0)
        for pool in (0.0, 0.7)
    }
    assert said[1.0, 0.0] == said[1.0, 0.7] == said[6.0, 0.0] == -3.0
    assert said[6.0, 0.7] == pytest.approx(-1.0)
