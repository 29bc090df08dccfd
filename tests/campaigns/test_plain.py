"""Communities whose prompts begin plainly rank higher, and nobody is named for it."""

from __future__ import annotations

import json

import polars as pl
import pytest

from linkage.campaigns.plain import asked, plain_leads, plain_said, prompts_alone
from linkage.campaigns.view import View
from linkage.settings import CampaignSettings
from linkage.tables import ACCOUNTS, OUTPUT, USES

SETTINGS = CampaignSettings()
ACCOUNTS_HERE = pl.DataFrame(
    {
        "account": pl.Series(range(13), dtype=pl.UInt32),
        "community_id": ["low"] * 5 + ["other"] * 5 + ["pair"] * 2 + [None],
        "campaign_id": ["C-1", *[None] * 12],
    },
    schema_overrides={"campaign_id": pl.String},
)
COMMUNITIES = pl.DataFrame(
    {
        "community_id": ["low", "other", "pair"],
        "campaign_id": [None, None, None],
        "suspicion": pl.Series([0.05, 0.2, 0.1], dtype=pl.Float32),
        "reasons_for": ["[]", '["seen before"]', None],
    },
    schema_overrides={"campaign_id": pl.String},
)


def view(*groups: str) -> View:
    channels = {f"channel {group}": group for group in groups}
    nothing = pl.DataFrame(schema=USES)
    return View(pl.DataFrame(schema=ACCOUNTS), None, None, None, nothing, pl.DataFrame(schema=OUTPUT["hubs"]), channels)


def bits(low: float, other: float) -> pl.DataFrame:
    return pl.DataFrame({"community": pl.Series([1, 2], dtype=pl.Int32), "bits": [low, other]})


def test_only_logs_of_nothing_but_prompts_are_asked() -> None:
    assert prompts_alone(view("content"))
    assert not prompts_alone(view("content", "network"))
    assert not prompts_alone(view())


def test_communities_as_large_as_a_campaign_are_asked() -> None:
    members = asked(ACCOUNTS_HERE, SETTINGS)
    assert members["account"].to_list() == list(range(10))
    assert members["community"].n_unique() == 2


@pytest.mark.parametrize(("said", "suspicion"), [(3.0, 8 / 27), (8.0, 0.45)])
def test_bits_are_added_to_what_is_known_of_the_community_and_stay_under_a_member(
    said: float, suspicion: float
) -> None:
    members = asked(ACCOUNTS_HERE, SETTINGS)
    found = plain_leads(ACCOUNTS_HERE, COMMUNITIES, members, bits(said, 0.0), view("content"), SETTINGS)
    # Account 0 is a member of a campaign; the other community does not lie low.
    assert found["account"].to_list() == [1, 2, 3, 4]
    assert found["suspicion"].to_list() == pytest.approx([suspicion] * 4, abs=1e-6)
    assert found["suspicion"].max() < SETTINGS.member_threshold  # type: ignore[operator]


def test_what_was_found_stands_among_the_reasons() -> None:
    told = plain_said(COMMUNITIES, asked(ACCOUNTS_HERE, SETTINGS), bits(3.0, 0.0))
    low, other, pair = told["reasons_for"].to_list()
    assert json.loads(low) == [
        "their prompts begin less surprisingly than others' do: ranks its accounts by 3.0 bits, names nobody"
    ]
    assert json.loads(other) == ["seen before"]
    assert pair is None


def test_a_campaign_needs_no_such_reason() -> None:
    campaign = COMMUNITIES.with_columns(campaign_id=pl.lit("C-1"))
    assert plain_said(campaign, asked(ACCOUNTS_HERE, SETTINGS), bits(3.0, 3.0)).equals(campaign)
