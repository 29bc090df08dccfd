"""Who may be innocent is named with why, and what is to be done follows from the campaign's own figures."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import pytest

from linkage.report import words
from linkage.report.compose import compose
from linkage.report.model import Campaign
from linkage.serve.site import likely
from tests.report import runs


def report(**changed: pl.DataFrame) -> dict[str, Campaign]:
    document = compose({**runs.tables(), **changed}, runs.manifest()).document
    return {str(each.header.campaign_id): each for each in document.campaigns}


def members(campaign: str, **columns: Any) -> pl.DataFrame:
    """The members, those of a campaign with these columns."""
    frame = runs.tables()["members"]
    return frame.with_columns(
        pl.when(pl.col("campaign_id") == campaign).then(pl.lit(value, frame.schema[name])).otherwise(name).alias(name)
        for name, value in columns.items()
    )


def test_a_member_of_two_campaigns_is_in_doubt_where_little_of_it_belongs() -> None:
    frame = runs.tables()["members"]
    both = frame.filter(pl.col("campaign_id") == "C-big").head(1)
    both = both.with_columns(campaign_id=pl.lit("C-small"), share=pl.lit(0.0, pl.Float32))
    found = report(members=pl.concat([frame, both]))
    told = {each.account_id: each.reasons for each in found["C-small"].innocent.doubts}
    assert next(iter(told)) == both["account_id"][0]
    assert {"it stands in C-big too", "no link ties it to another member"} < set(told[both["account_id"][0]])
    assert "it stands in C-small too" in {r for each in found["C-big"].innocent.doubts for r in each.reasons}


def test_a_member_that_was_cleared_is_in_doubt() -> None:
    small = report()["C-small"]
    cleared = runs.tables()["decisions"].filter(pl.col("decision") == "cleared")["account_id"].to_list()
    assert [each.account_id for each in small.innocent.doubts if "it was cleared before" in each.reasons] == cleared


def test_what_can_be_done_differs_where_nobody_is_of_the_core() -> None:
    as_it_is = {each.tier: each for each in report()["C-small"].actions}
    weak = report(members=members("C-small", tier="periphery", share=0.2))["C-small"]
    told = {each.tier: each for each in weak.actions}
    assert "decides whether to enforce" in as_it_is["core"].text
    assert "against none" in told["core"].text
    assert "Honest customers may be served" in told["core"].text
    assert "None of its accounts is tied firmly enough to be of the core." in weak.innocent.against
    assert weak.scale.own_exchanges == round(0.2 * weak.scale.exchanges)
    assert any(f"about {weak.scale.own_exchanges:,} are the campaign's own" in each for each in weak.narrative.what)


def test_the_nearest_explanation_and_what_it_rests_on_are_to_be_settled_first() -> None:
    big = report()["C-big"]
    core = big.actions[0].text
    assert "Settle first whether it is a vendor (card-1)." in core
    assert "Verify the evidence of network by hand" in core
    assert [each.name for each in big.innocent.explanations] == ["vendor", "campus"]


def test_an_operator_without_a_name_is_not_said_to_be_known() -> None:
    campaigns = runs.tables()["campaigns"].with_columns(
        operator=pl.lit("unknown operator U-1"), operator_confidence=pl.lit(0.99, pl.Float32)
    )
    judgement = report(campaigns=campaigns)["C-big"].judgements[1]
    assert judgement.text == (
        "It is almost certain that one operator runs it and C-small; who that is, is not known (unknown operator U-1)."
    )


def test_robustness_says_when_it_was_not_tested_with_all_accounts() -> None:
    tests = runs.tables()["robustness"].with_columns(
        accounts=pl.lit(11, pl.Int64), share=pl.lit(1.0, pl.Float32), stands=pl.lit(True)
    )
    assert report(robustness=tests)["C-small"].robustness.verdict.endswith(
        "It was tested with the 11 of its 12 accounts that belong to it first."
    )


def test_a_campaign_found_first_has_no_history() -> None:
    texts = [event.text for event in report()["C-small"].timeline.events if event.kind == "lineage: born"]
    assert texts == ["Found for the first time in this build: 12 accounts."]


@pytest.mark.parametrize(
    ("value", "said"), [(1.0, ">0.999"), (0.99951, ">0.999"), (0.5, "0.500"), (0.0, "<0.001"), (None, None)]
)
def test_an_estimate_is_never_certain(value: float | None, said: str | None) -> None:
    assert words.likely(value) == said


def test_an_expected_number_that_is_not_nought_never_reads_as_nought() -> None:
    assert [words.few(value) for value in (0.0, 0.04, 0.05, 3.14, None)] == ["<0.1", "<0.1", "0.1", "3.1", None]
    assert [words.few(value, 2) for value in (0.004, 0.26)] == ["<0.01", "0.26"]
    assert (likely(1.0), likely(0.0), likely(0.5)) == (">0.99", "<0.01", "0.50")


def test_a_channel_that_was_not_needed_is_not_said_to_have_no_data() -> None:
    channels = {"born": {"present": False, "why": "not needed: 6 evidence groups say more"}}
    document = compose(runs.tables(), {**runs.manifest(), "channels": channels}).document
    assert "Channel born was not used: not needed: 6 evidence groups say more." in document.overview.limits
    assert json.loads(document.model_dump_json())["version"] == 3
