"""What the assessment says of two accounts' groups becomes bits of their link, and nothing else changes."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from linkage.graph import Linked, assessed, by_group, curve, evidence_alone
from linkage.tables import ASSESSMENT

PRIOR = 10.0
CHANNELS = {"decision": "decision", "payment": "money", "prompt": "content"}
CAPS = {"content": 14.0, "decision": 16.0, "money": 16.0}
#: a, b, bits by payment, prompt and decision.
PAIRS = [
    (0, 1, 6.0, 7.0, 0.0),  # two members of a campaign
    (1, 2, 6.0, 7.0, 0.0),  # a member, and somebody left out of it
    (3, 4, 6.0, 7.0, 0.0),  # a family
    (5, 6, 13.0, 0.0, 0.0),  # a firm
    (5, 7, 12.0, 0.0, 0.0),  # the same firm in two pieces, by who pays
    (5, 8, 0.0, 13.0, 0.0),  # a firm and a stranger, by prompts
    (8, 9, 0.0, 11.0, 0.0),  # strangers whom nothing explains
    (3, 9, 0.0, 0.0, 14.0),  # confirmed by people
    (0, 10, 6.0, 7.0, 0.0),  # both in the second's campaign
]
ACCOUNTS = pl.DataFrame(
    [
        (0, "crew", "crew", 0.99),
        (1, "crew", "crew", 0.96),
        (2, "crew", None, 0.1),
        (3, "home", None, 0.0),
        (4, "home", None, 0.0),
        (5, "firm", None, 0.0),
        (6, "firm", None, 0.0),
        (7, "piece", None, 0.0),
        (8, "loose", None, 0.2),
        (9, "loose", None, 0.2),
        (10, "other", "other", 0.9),
    ],
    schema={"account": pl.UInt32, "community_id": pl.String, "campaign_id": pl.String, "suspicion": pl.Float32},
    orient="row",
)
COMMUNITIES = pl.DataFrame(
    [
        ("crew", 0.99, "crew", None, 0.0, 0.0),
        ("other", 0.99, "other", None, 0.0, 0.0),
        ("home", 0.0, None, "class", 0.0, 1.0),
        ("firm", 0.0, None, "firm", 1.0, 1.0),
        ("piece", 0.0, None, "household", 0.0, 1.0),
        ("loose", 0.2, None, None, 0.0, 0.0),
    ],
    schema=["community_id", "suspicion", "campaign_id", "explanation", "one_hand", "explained"],
    orient="row",
)
MEMBERS = pl.DataFrame(
    {"account": [0, 0, 1, 10], "campaign_id": ["crew", "other", "crew", "other"]},
    schema_overrides={"account": pl.UInt32},
)


def linked(pairs: list[tuple[int, int, float, float, float]] = PAIRS) -> Linked:
    a, b, *bits = zip(*pairs, strict=True) if pairs else ((),) * 5
    weight = np.array(bits, np.float64).sum(axis=0)
    frame = pl.DataFrame(
        {
            "account_a": pl.Series(a, dtype=pl.UInt32),
            "account_b": pl.Series(b, dtype=pl.UInt32),
            "probability": pl.Series(1.0 / (1.0 + np.exp2(PRIOR - weight)), dtype=pl.Float32),
            "weight": pl.Series(weight, dtype=pl.Float32),
            **{
                name: pl.Series(of, dtype=pl.Float32)
                for name, of in zip(("payment", "prompt", "decision"), bits, strict=True)
            },
        }
    )
    return Linked(frame, CHANNELS, CAPS, PRIOR, 0)


def found(**change: pl.DataFrame) -> dict[tuple[int, int], float]:
    tables = {"accounts": ACCOUNTS, "communities": COMMUNITIES, "members": MEMBERS} | change
    rows = assessed(linked(), **tables).links.select("account_a", "account_b", "probability").iter_rows()
    return {(a, b): probability for a, b, probability in rows}


def test_the_columns_still_add_up_and_make_the_probability() -> None:
    links = assessed(linked(), ACCOUNTS, COMMUNITIES, MEMBERS).links
    assert links[ASSESSMENT].min() < 0 < links[ASSESSMENT].max()  # type: ignore[operator]
    summed = links.select(pl.sum_horizontal(*CHANNELS, ASSESSMENT)).to_series()
    assert (summed == links["weight"]).all()
    again = 1.0 / (1.0 + np.exp2(PRIOR - links["weight"].to_numpy().astype(np.float64)))
    assert links["probability"].to_numpy() == pytest.approx(again, abs=1e-7)
    assert links.select("account_a", "account_b", *CHANNELS).equals(
        linked().links.select("account_a", "account_b", *CHANNELS)
    )


def test_a_link_is_one_operators_as_far_as_its_group_is() -> None:
    said = found()
    assert said[0, 1] > 0.99
    assert said[1, 2] < 0.6  # an end that hardly belongs takes what the evidence gives
    assert said[3, 4] < 1e-3
    assert said[5, 6] > 0.99
    # Unexplained: the evidence stands beside what is suspected of the group.
    assert said[8, 9] == pytest.approx(1 / (1 + 2 ** (2.0 - 1.0)), abs=1e-3)


def test_between_groups_only_who_pays_or_signs_leaves_it_open() -> None:
    said = found()
    assert said[5, 7] == pytest.approx(0.8)
    assert said[5, 8] < 0.01


def test_what_people_confirmed_and_a_second_campaign_are_not_held_against_a_link() -> None:
    said = found()
    assert said[3, 9] == pytest.approx(1 / (1 + 2**-4))
    assert said[0, 10] == pytest.approx(1 / (1 + 2**-3))
    assert found(members=MEMBERS.filter(pl.col("campaign_id") == "crew"))[0, 10] < 0.01


def test_the_evidence_comes_back_out_of_a_run() -> None:
    before = linked().links
    after = evidence_alone(assessed(linked(), ACCOUNTS, COMMUNITIES, MEMBERS).links, PRIOR)
    assert after.drop("probability").equals(before.drop("probability"))
    assert after["probability"].to_numpy() == pytest.approx(before["probability"].to_numpy(), abs=1e-7)
    assert evidence_alone(before, PRIOR) is before


def test_it_abstains_where_nothing_tells_hands_apart() -> None:
    given = linked()
    texts = given._replace(links=given.links.drop("payment"), channels={"decision": "decision", "prompt": "content"})
    told = assessed(texts, ACCOUNTS, COMMUNITIES, MEMBERS).links
    assert told[ASSESSMENT].to_list() == [0.0] * len(PAIRS)
    assert told["weight"].equals(texts.links["weight"])
    assert told["probability"].to_numpy() == pytest.approx(texts.links["probability"].to_numpy(), abs=1e-7)


def test_no_links_are_no_trouble() -> None:
    told = assessed(linked([]), ACCOUNTS.clear(), COMMUNITIES.clear(), MEMBERS.clear())
    assert told.links.is_empty()
    assert ASSESSMENT in told.links.columns
    assert by_group(told, ACCOUNTS.clear(), COMMUNITIES.clear()) == []


def test_the_manifest_says_what_became_of_links_by_group() -> None:
    told = assessed(linked(), ACCOUNTS, COMMUNITIES, MEMBERS)
    rows = {row["group"]: row for row in by_group(told, ACCOUNTS, COMMUNITIES)}
    assert {group: row["links"] for group, row in rows.items()} == {
        "between": 4, "campaign": 2, "class": 1, "firm": 1, None: 1,
    }  # fmt: skip
    assert rows["class"]["probability"] < 0.001 < 0.88 < rows["class"]["evidence"]
    bins = curve(told, np.zeros(told.links.height, np.int8))
    assert sum(row["links"] for row in bins) == len(PAIRS)
    # A card alone is one group of evidence; what the assessment adds to it is no second.
    assert [row["corroborated"] for row in bins if row["low"] == 0.9] == [pytest.approx(1 / 3, abs=1e-3)]
