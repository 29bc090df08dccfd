"""Accounts in no campaign that a pool or prompts point at."""

from __future__ import annotations

import polars as pl
import pytest

from linkage.campaigns import Content, Known, View, leads
from linkage.settings import CampaignSettings, DecisionSettings

SETTINGS = CampaignSettings(member_threshold=0.5)
ALL = 1_000
#: Ten members.
ACCOUNTS = pl.DataFrame(
    {"account": range(12), "campaign_id": ["c"] * 10 + [None] * 2, "suspicion": [1.0] * 10 + [0.2] * 2},
    schema={"account": pl.UInt32, "campaign_id": pl.String, "suspicion": pl.Float32},
)


def view(pool: list[int] | None = None, wrote: list[tuple[int, str]] | None = None) -> View:
    crowds = pl.DataFrame({"account": pool or [], "crowd": [3] * len(pool or [])}).cast(pl.UInt32)
    uses = pl.DataFrame(wrote or [], {"account": pl.UInt32, "template": pl.String}, orient="row")
    content = Content(uses.with_columns(count=pl.lit(1)), pl.DataFrame())
    everybody = pl.DataFrame({"account": range(ALL)}, schema={"account": pl.UInt32})
    empty = pl.DataFrame()
    return View(everybody, None, None, None, empty, empty, {}, content=content, crowds=crowds)


def found(seen: View) -> dict[int, float]:
    return dict(leads(ACCOUNTS, seen, SETTINGS).select("account", "suspicion").iter_rows())


def test_nobody_is_a_lead_where_nothing_points_at_him() -> None:
    assert found(view()) == {}
    assert found(view(pool=[50, 51])) == {}


def test_a_pool_points_at_its_users_by_how_many_are_members() -> None:
    mostly = found(view(pool=[*range(10), 50]))
    assert mostly == pytest.approx({50: 0.5 * 10 / 11.5})
    seldom = found(view(pool=[0, *range(100, 300)]))
    assert len(seldom) == 200
    assert max(seldom.values()) < 0.01


def test_prompts_that_only_members_write_point_at_whoever_writes_them_too() -> None:
    alone = [(account, f"t{account}") for account in range(6)]
    several = found(view(wrote=[*alone, *((50, f"t{k}") for k in range(6)), (60, "t0")]))
    assert several[50] > 0.05
    assert several[60] < 0.2 * several[50]


def test_prompts_that_strangers_write_as_well_point_at_nobody() -> None:
    popular = [(account, f"p{k}") for account in (0, *range(100, 300)) for k in range(6)]
    assert max(found(view(wrote=popular)).values()) < 0.01


def test_members_and_whom_people_decided_about_are_no_leads() -> None:
    decided = pl.DataFrame({"account": [50]}, schema={"account": pl.UInt32})
    seen = view(pool=[*range(10), 50, 51])._replace(known=Known(decided, ALL, DecisionSettings()))
    assert set(found(seen)) == {51}


def test_a_lead_never_reaches_what_makes_a_member() -> None:
    everything = view(pool=[*range(10), 50], wrote=[(a, f"t{k}") for a in (*range(10), 50) for k in range(40)])
    assert 0.4 < found(everything)[50] <= 0.5
