"""Several firms in one place, and a ring that rotates cards."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from linkage.campaigns.explanations import FITS, explanations
from linkage.campaigns.payers import payers
from linkage.settings import CampaignSettings

FIRMS = [("a", "A"), ("a", "A"), ("b", "B"), ("b", "B"), ("b", "B"), ("c", "C"), ("c", "C")]


def found(accounts: list[tuple[str | None, str | None]], hubs: tuple[str, ...] = ("mail",)) -> dict[str, Any] | None:
    """Figures of one community of accounts with a card and a mail domain."""
    rows = [
        (account, kind, value)
        for account, (card, domain) in enumerate(accounts)
        for kind, value in (("instrument", card), ("email_domain", domain))
        if value is not None
    ]
    uses = pl.DataFrame(
        rows, schema={"account": pl.UInt32, "kind": pl.String, "value": pl.String}, orient="row"
    ).with_columns(
        code=pl.concat_str("kind", "value").rank("dense").cast(pl.UInt32),
        hub=pl.col("value").is_in(hubs),
        placeholder=pl.lit(False),
    )
    members = pl.DataFrame({"account": range(len(accounts)), "community": 3}, schema_overrides={"account": pl.UInt32})
    found = payers(members, uses)
    return found.row(0, named=True) if found.height else None


@pytest.mark.parametrize(
    ("accounts", "firms", "share"),
    [
        (FIRMS, 3, 1.0),
        ([*FIRMS, ("d", "D"), ("e", "mail")], 3, 1.0),
        ([(card, "A") for card, _ in FIRMS], 0, 0.0),
        ([(card, "mail") for card, _ in FIRMS], 0, 0.0),
        ([(card, None) for card, _ in FIRMS], 0, 0.0),
        ([*FIRMS, ("a", "B")], 1, 2 / 8),
        ([*FIRMS, ("a", None)], 2, 5 / 8),
    ],
    ids=["firms", "others besides", "one domain", "anybody's domain", "no domain", "across", "not known"],
)
def test_firms_are_counted_where_cards_and_domains_part_accounts_alike(
    accounts: list[tuple[str | None, str | None]], firms: int, share: float
) -> None:
    assert found(accounts) == {"community": 3, "firms": firms, "firms_share": share}


def test_without_shared_cards_nothing_is_said() -> None:
    assert found([("a", "A"), ("b", "B"), (None, "B")]) is None


@pytest.mark.parametrize(
    ("row", "fits"),
    [
        ({}, True),
        ({"firms": 1}, False),
        ({"firms_share": 0.5}, False),
        ({"hours": 24.0}, False),
        ({"volume": 9.0}, False),
        ({"net_vpn": 1.0}, False),
    ],
    ids=["firms", "one", "across", "machines", "volume", "hidden"],
)
def test_several_firms_in_one_place_have_the_hours_and_volume_of_people(row: dict[str, object], fits: bool) -> None:
    firms = {"firms": 7, "firms_share": 1.0, "hours": 9.0, "volume": 1.0, "accounts": 20}
    tested = explanations({**firms, **row}, CampaignSettings())
    assert next(each.fit >= FITS for each in tested if each.name == "firms") == fits
