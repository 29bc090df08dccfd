"""Lives that accounts go on with beside what they share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from linkage.campaigns.explanations import FITS, explanations
from linkage.campaigns.lives import own_lives
from linkage.settings import CampaignSettings

START = datetime(2026, 1, 1, tzinfo=UTC)
Row = tuple[int, int | None, str, int, int, int]


def lives(rows: list[Row]) -> float | None:
    """Of (account, ip, device, count, first day, last day): the share of ten accounts with a life of their own."""
    touched = pl.DataFrame(
        [
            (a, ip, d, n, START + timedelta(days=first), START + timedelta(days=last))
            for a, ip, d, n, first, last in rows
        ],
        schema={
            "account": pl.UInt32,
            "ip": pl.Int64,
            "device": pl.String,
            "count": pl.Int64,
            "first_seen": pl.Datetime("us", "UTC"),
            "last_seen": pl.Datetime("us", "UTC"),
        },
        orient="row",
    )
    members = pl.DataFrame({"account": range(10), "community": 3}, schema_overrides={"account": pl.UInt32})
    found = own_lives(members, touched)
    return found["own_life"].item() if found.height else None


SHARED: list[Row] = [(a, 1, "image", 50, 10, 30) for a in range(10)]


@pytest.mark.parametrize(
    ("more", "share"),
    [
        ([], 0.0),
        ([(a, 100 + a, f"laptop-{a}", 10, 0, 30) for a in range(6)], 0.6),
        ([(a, 100 + a, f"laptop-{a}", 10, 0, 9) for a in range(6)], 0.0),
        ([(a, 100 + a, "image", 10, 0, 30) for a in range(6)], 0.0),
        ([(a, 100, f"laptop-{a}", 10, 0, 30) for a in range(6)], 0.0),
        ([(a, 100 + a, f"laptop-{a}", 2, 0, 30) for a in range(6)], 0.0),
        ([(a, None, f"laptop-{a}", 10, 0, 30) for a in range(6)], 0.0),
        ([(a, ip, f"laptop-{a}", 10, 0, 30) for a in range(6) for ip in (1, 100 + a)], 0.0),
    ],
    ids=[
        "none",
        "homes",
        "before they were sold",
        "the group's device",
        "a fellow's address",
        "hardly",
        "not known",
        "changing exits",
    ],
)
def test_a_life_is_somewhere_else_on_another_device_while_the_account_is_with_the_group(
    more: list[Row], share: float
) -> None:
    assert lives([*SHARED, *more]) == share


def test_without_addresses_nothing_is_said() -> None:
    assert lives([]) is None
    assert lives([(a, None, "image", 5, 0, 9) for a in range(10)]) is None


@pytest.mark.parametrize(
    ("row", "fits"),
    [
        ({}, True),
        ({"hours": 14.0}, True),
        ({"hours": 23.0}, False),
        ({"own_life": 0.2}, False),
        ({"instrument_sharers": 0.6}, False),
    ],
    ids=["pays apart", "by day", "around the clock", "no life", "cards shared"],
)
def test_who_has_a_life_of_his_own_and_pays_for_himself_is_somebody(row: dict[str, object], fits: bool) -> None:
    tested = explanations({"accounts": 40, "own_life": 0.6, **row}, CampaignSettings())
    assert next(each.fit >= FITS for each in tested if each.name == "people") == fits
