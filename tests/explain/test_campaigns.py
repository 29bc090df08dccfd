"""The list of campaigns and one campaign: the figures are those of the tables."""

from __future__ import annotations

import json
from dataclasses import replace

import polars as pl
import pytest

import linkage
from linkage.errors import UnknownIdError
from linkage.explain import Order, dossier, dossier_lines, explain_account, overview, overview_lines
from linkage.explain.overview import nearest, sentences
from linkage.report.compose import compose
from linkage.tables import OUTPUT


def many() -> linkage.Run:
    tables = {name: pl.DataFrame(schema=schema) for name, schema in OUTPUT.items()}
    campaigns = pl.DataFrame(
        {
            "campaign_id": ["C-b", "C-a", "C-c"],
            "accounts": [5, 9, 7],
            "exchanges": [10, 10, 30],
            "suspicion": [0.9, 0.7, 0.8],
            "innocents_expected": [0.1, None, 2.0],
            "operator": [None, "lynx", "boar"],
        }
    )
    fits = [
        {"name": "firm", "fit": 0.2, "bits": -1.0, "text": "no"},
        {"name": "vendor", "fit": 0.4, "bits": -2.0, "text": "t"},
    ]
    communities = pl.DataFrame(
        {
            "community_id": ["G-1", "G-2"],
            "campaign_id": ["C-a", "C-b"],
            "accounts": [9, 5],
            "explanations": [json.dumps(fits), "not JSON"],
        }
    )
    tables["campaigns"] = pl.concat([tables["campaigns"], campaigns], how="diagonal_relaxed").cast(OUTPUT["campaigns"])
    tables["communities"] = pl.concat([tables["communities"], communities], how="diagonal_relaxed")
    return linkage.Run(tables=tables, manifest={})


@pytest.mark.parametrize(
    ("order", "ids"),
    [
        ("accounts", ["C-a", "C-c", "C-b"]),
        ("exchanges", ["C-c", "C-a", "C-b"]),
        ("suspicion", ["C-b", "C-c", "C-a"]),
        ("innocents", ["C-c", "C-b", "C-a"]),
        ("operator", ["C-c", "C-a", "C-b"]),
        ("id", ["C-a", "C-b", "C-c"]),
    ],
)
def test_campaigns_are_sorted(order: Order, ids: list[str]) -> None:
    assert [each.campaign_id for each in overview(many(), order)] == ids


def test_the_explanation_nearest_to_fitting_is_named() -> None:
    found = {each.campaign_id: each.nearest for each in overview(many())}
    assert found["C-a"] is not None
    assert (found["C-a"].name, found["C-a"].fit) == ("vendor", 0.4)
    assert found["C-b"] is None  # what cannot be read is left out
    assert found["C-c"] is None
    assert nearest('[{"name": "firm"}, 3]') is None
    assert sentences('["one", "two"]') == ["one", "two"]
    assert sentences("plain text") == ["plain text"]
    assert sentences("[]") == sentences(None) == []


def test_what_the_limit_leaves_out_is_said() -> None:
    lines = list(overview_lines(overview(many()), 1))
    assert len(lines) == 3
    assert "2 more" in lines[-1]
    assert len(list(overview_lines(overview(many()), None))) == 4
    assert list(overview_lines([], 1)) == ["The run has no campaign."]


def test_a_dossier_agrees_with_the_tables(crew: linkage.Run) -> None:
    row = crew.campaigns.row(0, named=True)
    found = dossier(crew, row["campaign_id"])
    assert found.accounts == row["accounts"] == len(found.members) == sum(found.tiers.values())
    assert found.links == crew.links.filter(pl.col("account_b").is_in(crew.members["account_id"].implode())).height
    kinds = {each.kind: each for each in found.evidence}
    assert kinds["wallet"].group == "money"
    top = kinds["wallet"].most_shared[0]
    assert (top.value, top.accounts, top.links) == ("W", 3, 3)
    for kind in found.evidence:
        rows = crew.evidence.filter(pl.col("kind") == kind.kind)
        assert (kind.links, kind.values) == (rows.select("account_a", "account_b").n_unique(), rows["value"].n_unique())
    # Without money only what the phone ties is left in one piece.
    without = {each.without: each.accounts for each in found.robustness}
    assert without["money"] == 2
    assert found.lineage[0]["event"] == "born"
    text = "\n".join(dossier_lines(found))
    assert f"{found.accounts:,} (" in text
    assert "money" in text


def test_few_members_and_values_where_asked(crew: linkage.Run) -> None:
    campaign = crew.campaigns["campaign_id"][0]
    found = dossier(crew, campaign, values=1, members=2)
    assert len(found.members) == len(found.least_sure) == 2
    assert all(len(kind.most_shared) == 1 for kind in found.evidence)


def test_who_is_least_sure_is_listed_where_somebody_stands_out(crew: linkage.Run) -> None:
    found = dossier(crew, crew.campaigns["campaign_id"][0])
    for suspicion, stands_out in ((0.999, False), (0.7, True)):
        lowest = replace(found.least_sure[0], suspicion=suspicion)
        lines = list(dossier_lines(replace(found, least_sure=[lowest, *found.least_sure[1:]])))
        assert ("Members least sure to belong:" in lines) == stands_out
        assert any("none stands out" in line for line in lines) != stands_out


def test_a_rival_for_whom_nothing_speaks_has_no_bits_less_than_nothing(crew: linkage.Run) -> None:
    found = dossier(crew, crew.campaigns["campaign_id"][0])
    rivals = [
        {"name": "osprey", "posterior": 0.0691, "bits": -0.0},
        {"name": "lynx", "posterior": 0.1, "bits": -0.00004},
    ]
    rung = replace(found.attribution[0], rivals=rivals)
    text = "\n".join(dossier_lines(replace(found, attribution=[rung])))
    assert "name osprey, posterior 0.069, bits 0.0" in text
    assert "-0.0" not in text


@pytest.mark.parametrize("share", [0.2, 0.9])
def test_a_campaign_has_against_it_what_its_report_has(crew: linkage.Run, share: float) -> None:
    tables = {name: crew.table(name) for name in OUTPUT}
    used = pl.lit(10, pl.Int64)
    tables["members"] = tables["members"].with_columns(share=pl.lit(share, pl.Float32), exchanges=used)
    tables["campaigns"] = tables["campaigns"].with_columns(exchanges=used * tables["members"].height)
    found = dossier(linkage.Run(tables=tables, manifest=crew.manifest), crew.campaigns["campaign_id"][0])
    told = compose(tables, crew.manifest).document.campaigns[0].innocent.against
    assert [*found.reasons_against, *found.circumstances] == list(told)
    text = "\n".join(dossier_lines(found))
    assert ("honest customers may stand behind" in text) == (share < 0.5)


def test_a_campaign_that_nobody_knows(crew: linkage.Run) -> None:
    campaign = crew.campaigns["campaign_id"][0]
    with pytest.raises(UnknownIdError, match=f"did you mean '{campaign}'"):
        dossier(crew, campaign.lower())
    with pytest.raises(UnknownIdError, match=f"did you mean '{campaign}'"):
        dossier(crew, campaign[:6])
    with pytest.raises(UnknownIdError, match="`linkage campaigns`"):
        dossier(crew, "something else")
    with pytest.raises(UnknownIdError, match="'c0': is an account; `linkage explain`"):
        dossier(crew, "c0")
    with pytest.raises(UnknownIdError, match=f"'{campaign}': is a campaign; `linkage show`"):
        explain_account(crew, campaign)
