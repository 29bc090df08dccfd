"""Who belongs to a community, and who met it by accident."""

from __future__ import annotations

import polars as pl
import pytest

from linkage.campaigns import members
from linkage.campaigns.judgement import unnamed
from linkage.campaigns.view import View
from linkage.settings import CampaignSettings

KEPT = pl.DataFrame({"account": range(9), "community": 0, "fellow": True}, schema_overrides={"account": pl.UInt32})

VIEW = View(KEPT, None, None, None, KEPT, KEPT, {"ip": "network", "card": "money", "prompts": "content"})


@pytest.mark.parametrize(
    ("kinds", "pool", "part", "belongs"),
    [
        (1, -3.0, 8.0, False),
        (2, -3.0, 8.0, True),
        (1, 0.0, 8.0, True),
        (1, 0.0, 6.5, False),
        (2, 0.0, 6.5, True),
        (1, 5.0, 8.0, True),
    ],
    ids=["prompts alone", "something else", "no pool", "unsure prompts alone", "unsure and else", "in the pool"],
)
def test_prompts_alone_hold_nobody_who_keeps_away_from_the_pool_or_hardly_writes_so(
    monkeypatch: pytest.MonkeyPatch, kinds: int, pool: float, part: float, belongs: bool
) -> None:
    """Eight who share a pool, cards and prompts, and one who wrote the same at home."""
    one, others = (KEPT["account"] == 8).to_numpy(), 8
    figures = {"partners": 15.0, "near": 0.0, "kin": 0.9, "kin_shown": [0.65] * others + [0.1]}
    tied = KEPT.select("account", "community").with_columns(
        *(pl.Series(name, value if isinstance(value, list) else [value] * 9) for name, value in figures.items()),
        kinds=pl.Series([3] * others + [kinds]),
        sent=False,
        wrote=pl.Series([False] * others + [kinds == 1]),
    )
    monkeypatch.setattr(members, "cohesion", lambda *_: tied)
    monkeypatch.setattr(
        members, "pooled", lambda *_: KEPT.select("account", pool_bits=pl.Series([5.0] * others + [pool]))
    )
    written = KEPT.select("account", taking_part=pl.lit(part), partners_bits=pl.lit(0.0))
    found = members._belonging(KEPT, written, KEPT, VIEW, CampaignSettings()).sort("account")
    assert (found["belongs"].to_numpy()[~one] > 0.9).all()
    assert (found["belongs"].to_numpy()[one].item() >= CampaignSettings().member_threshold) == belongs


@pytest.mark.parametrize("sent", [True, False])
def test_a_pool_that_makes_the_links_does_not_speak_twice(monkeypatch: pytest.MonkeyPatch, sent: bool) -> None:
    """Eight of a ring on a VPN, and a customer of it with a browser that some of them have."""
    tied = KEPT.select("account", "community").with_columns(
        partners=pl.Series([8.0] * 8 + [2.6]),
        near=pl.lit(0.0),
        kin=pl.lit(0.9),
        kin_shown=pl.Series([0.65] * 8 + [0.4]),
        kinds=pl.Series([5] * 8 + [2]),
        sent=pl.Series([False] * 8 + [sent]),
        wrote=False,
    )
    monkeypatch.setattr(members, "cohesion", lambda *_: tied)
    monkeypatch.setattr(members, "pooled", lambda *_: KEPT.select("account", pool_bits=pl.lit(5.0)))
    written = KEPT.select("account", taking_part=pl.lit(0.0), partners_bits=pl.lit(0.0))
    found = members._belonging(KEPT, written, KEPT, VIEW, CampaignSettings()).sort("account")["belongs"]
    assert (found.head(8) > 0.9).all()
    assert (found[8] >= CampaignSettings().member_threshold) == (not sent)


@pytest.mark.parametrize(("bits", "named"), [(1.6, False), (2.6, True)])
def test_who_may_well_be_innocent_is_not_named(bits: float, named: bool) -> None:
    """Nine who surely belong to a community that is a campaign with odds of 3 or of 6 to one."""
    tied = KEPT.select("account", "community").with_columns(
        belongs=pl.lit(0.99), partners=pl.lit(8.0), own_bits=pl.lit(0.0), barred=pl.lit(False)
    )
    judged = pl.DataFrame(
        {"community": [0], "community_id": ["G-0"], "campaign_id": ["C-0"], "bits": [bits], "reasons_against": ["[]"]}
    )
    memberships = KEPT.select("account", "community", stability=pl.lit(1.0))
    scored = members.score(memberships, tied, judged, CampaignSettings())
    assert scored["campaign_id"].null_count() == (0 if named else 9)
    assert (scored["suspicion"] > CampaignSettings().member_threshold).all()
    (said,) = unnamed(judged, scored)["reasons_against"]
    assert said == ("[]" if named else '["not named: of 9 members 2.3 are expected to be innocent (+0.0 bits)"]')
