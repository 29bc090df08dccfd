"""Houses that were given a program, each in a mail domain and on a machine of its own."""

from __future__ import annotations

import polars as pl
import pytest

from linkage.campaigns.explanations import FITS, explanations
from linkage.campaigns.houses import houses
from linkage.settings import CampaignSettings

Devices = list[tuple[str | None, int]]
#: Ten accounts, each with a name of its own, that call by one program and by hand.
OWN = [f"{account}.example" for account in range(10)]
BESIDES: list[Devices] = [[("sdk", 60), (f"laptop-{account}", 40)] for account in range(10)]
#: Of everybody else most share a mail domain: one in ten has its own.
USUAL = {"mail.example": 90} | {f"else-{k}.example": 1 for k in range(10)}


def found(domains: list[str], devices: list[Devices], usual: dict[str, int]) -> float | None:
    """The figure of one community, beside accounts of the `usual` domains."""
    uses = pl.DataFrame(
        [(account, "email_domain", value) for account, value in enumerate(domains)],
        schema={"account": pl.UInt32, "kind": pl.String, "value": pl.String},
        orient="row",
    )
    everybody = dict(usual)
    for domain in domains:
        everybody[domain] = everybody.get(domain, 0) + 1
    touched = pl.DataFrame(
        [(account, device, count) for account, theirs in enumerate(devices) for device, count in theirs],
        schema={"account": pl.UInt32, "device": pl.String, "count": pl.Int64},
        orient="row",
    )
    members = pl.DataFrame({"account": range(10), "community": 3}, schema_overrides={"account": pl.UInt32})
    known = pl.DataFrame(
        {"email_domain_top_value": list(everybody), "email_domain_users": list(everybody.values())},
        schema_overrides={"email_domain_users": pl.UInt32},
    )
    got = houses(members, uses, known, touched)
    return got["houses"].item() if got.height else None


@pytest.mark.parametrize(
    ("domains", "devices", "share"),
    [
        (OWN, BESIDES, 1.0),
        (["mail.example"] * 10, BESIDES, 0.0),
        (["ours.example"] * 10, BESIDES, 0.0),
        (OWN, [[("sdk", 100)]] * 10, 0.0),
        (OWN, [[(f"laptop-{account}", 100)] for account in range(10)], 0.0),
        (OWN, [[("sdk", 60), (f"phone-{account % 3}", 40)] for account in range(10)], 0.0),
        (OWN, [[("sdk", 99), (f"laptop-{account}", 1)] for account in range(10)], 0.0),
    ],
    ids=["houses", "anybody's domain", "one domain", "one program", "no program", "a pool", "hardly by hand"],
)
def test_a_house_has_a_domain_and_a_machine_beside_the_program(
    domains: list[str], devices: list[Devices], share: float
) -> None:
    assert found(domains, devices, USUAL) == pytest.approx(share)


def test_domains_of_ones_own_say_no_more_than_that_they_are_rarer_elsewhere() -> None:
    assert found(OWN, BESIDES, {f"else-{k}.example": 1 for k in range(30)}) is None
    half = {"mail.example": 20} | {f"else-{k}.example": 1 for k in range(10)}
    some = [*OWN[:6], *["mail.example"] * 4]
    # Of 34 + 6 accounts 16 are alone.
    assert found(some, BESIDES, half) == pytest.approx((0.6 - 0.4) / 0.6)


def test_without_devices_or_domains_nothing_is_said() -> None:
    assert found(OWN, [[(None, 100)]] * 10, USUAL) is None
    assert found(OWN, [], USUAL) is None


@pytest.mark.parametrize(
    ("row", "fits"),
    [
        ({}, True),
        ({"hours": 24.0, "volume": 9.0}, True),
        ({"houses": 0.3}, False),
        ({"content": 0.6}, False),
        ({"instrument_sharers": 0.6}, False),
    ],
    ids=["houses", "machines at night", "few", "one task", "cards shared"],
)
def test_houses_that_write_most_of_it_for_themselves_are_people(row: dict[str, object], fits: bool) -> None:
    firms = {"accounts": 40, "houses": 0.9, "own_life": 0.1, "content": 0.15, "hours": 10.0}
    tested = explanations({**firms, **row}, CampaignSettings())
    people = next(each for each in tested if each.name == "people")
    assert (people.fit >= FITS) == fits
    assert "90% have a mail domain" in people.text or not fits
