"""Who runs an honest group: one hand that pays or signs for all, or everybody for himself."""

from __future__ import annotations

import pytest

from linkage.campaigns.explanations import Innocent, explanations
from linkage.campaigns.facts import facts
from linkage.campaigns.hands import Hands, hands
from linkage.settings import CampaignSettings

SETTINGS = CampaignSettings()
#: Thirty people behind one address by day, who each pay with a card of their own.
OFFICE: dict[str, object] = {
    "accounts": 30,
    "hours": 9.0,
    "instrument_holders": 0.8,
    "instrument_sharers": 0.0,
    "instrument_top": 0.04,
    "instrument_values": 24,
    "ip_home": 0.9,
    "ip_moves": 1.0,
    "ip_top": 1.0,
    "net_business": 1.0,
    "volume": 1.0,
}


def whose(**change: object) -> Hands:
    row = OFFICE | change
    return hands(facts(row, SETTINGS), explanations(row, SETTINGS))


def test_one_place_alone_says_nothing_of_who_runs_it() -> None:
    assert whose() == Hands(0.0, 1.0)


@pytest.mark.parametrize(
    "change",
    [
        {"one_organization": 1.0},
        {"email_domain_top": 1.0, "email_domain_holders": 1.0, "email_domain_users": 30},
        {"instrument_top": 1.0, "instrument_values": 1, "instrument_sharers": 1.0},
    ],
)
def test_who_pays_or_signs_for_all_is_one_hand(change: dict[str, object]) -> None:
    assert whose(**change) == Hands(1.0, 1.0)


def test_of_whom_no_payer_is_known_it_is_as_likely_as_not() -> None:
    assert whose(instrument_holders=0.0).one_hand == 0.5


def test_a_university_signs_for_its_students_and_does_not_run_them() -> None:
    assert whose(one_organization=1.0, net_business=0.0, net_education=1.0).one_hand == 0.0


def test_a_handful_may_be_a_family_or_one_person() -> None:
    few = {"accounts": 3, "instrument_top": 1.0, "instrument_values": 1, "instrument_sharers": 1.0, "net_business": 0.0}
    assert whose(**few).one_hand == 0.5
    assert whose(**few, one_organization=1.0).one_hand == 1.0


def fitting(row: dict[str, object], **fits: float) -> float:
    tested = [Innocent(name, fit, 0.0, "") for name, fit in fits.items()]
    return hands(facts(OFFICE | row, SETTINGS), tested).one_hand


@pytest.mark.parametrize(("name", "chance"), [("class", 0.5), ("people", 0.5), ("reseller", 0.5), ("campus", 0.0)])
def test_a_handful_at_home_is_no_class_and_nobodys_customers(name: str, chance: float) -> None:
    assert fitting({}, household=1.0, **{name: 1.0}) == chance


def test_keys_that_one_program_uses_are_not_a_resellers_customers() -> None:
    one = {"instrument_top": 1.0, "instrument_values": 1, "instrument_sharers": 1.0}
    assert fitting({**one, "device_top": 1.0}, vendor=1.0, reseller=0.9) == 1.0
    assert fitting({**one, "device_top": 0.2}, vendor=1.0, reseller=0.9) == pytest.approx(0.1)
    assert fitting({**one, "device_top": 1.0}, firm=1.0, reseller=0.9) == pytest.approx(0.1)


def test_customers_of_a_product_are_no_one_organization() -> None:
    assert fitting({"one_organization": 1.0}, vendor=1.0, product=1.0) == 1.0
    assert fitting({"instrument_top": 1.0, "instrument_values": 1}, vendor=1.0, product=1.0) == 0.0
