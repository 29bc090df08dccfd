"""What the assessment makes of links: what it found of their ends' groups, beside what the evidence says."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from linkage.graph import Linked, assessed, by_group

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
    (8, 9, 0.0, 11.0, 0.0),  # strangers whom nothing explains, by prompts alone
    (8, 11, 5.0, 6.0, 0.0),  # the same, by what they pay with as well
    (4, 9, 14.0, 14.0, 0.0),  # a family and a stranger, by more than any group is told
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
        (11, "loose", None, 0.2),
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
    rows = assessed(linked(), **tables).select("account_a", "account_b", "probability").iter_rows()
    return {(a, b): probability for a, b, probability in rows}


def test_the_bits_come_to_those_of_the_evidence() -> None:
    links, told = linked().links, assessed(linked(), ACCOUNTS, COMMUNITIES, MEMBERS)
    assert told.select("account_a", "account_b").equals(links.select("account_a", "account_b"))
    assert told["evidence"].equals(links["probability"].alias("evidence"))
    assert told["bits"].min() < 0 < told["bits"].max()  # type: ignore[operator]
    weight = links["weight"].to_numpy().astype(np.float64) + told["bits"].to_numpy()
    assert told["probability"].to_numpy() == pytest.approx(1.0 / (1.0 + np.exp2(PRIOR - weight)), abs=1e-6)


def test_a_link_is_one_operators_as_far_as_its_group_is() -> None:
    said = found()
    assert said[0, 1] > 0.99
    assert said[1, 2] < 0.6  # an end that hardly belongs takes what the evidence gives
    assert said[3, 4] < 1e-3
    assert said[5, 6] > 0.99
    # Unexplained: what two groups say stands beside what is suspected of the group; one alone made the group.
    assert said[8, 11] == pytest.approx(1 / (1 + 2 ** (2.0 - 1.0)), abs=1e-3)
    assert said[8, 9] == pytest.approx(0.2, abs=1e-3)


def test_between_groups_only_who_pays_or_signs_leaves_it_open() -> None:
    said = found()
    assert said[5, 7] == pytest.approx(0.8)
    assert said[5, 8] < 0.01
    assert said[4, 9] < 0.01


def test_what_people_confirmed_and_a_second_campaign_are_not_held_against_a_link() -> None:
    said = found()
    assert said[3, 9] == pytest.approx(1 / (1 + 2**-4))
    assert said[0, 10] == pytest.approx(1 / (1 + 2**-3))
    assert found(members=MEMBERS.filter(pl.col("campaign_id") == "crew"))[0, 10] < 0.01


@pytest.mark.parametrize("group", ["content", "time", "identity"])
def test_it_abstains_where_nothing_tells_hands_apart(group: str) -> None:
    given = linked()
    texts = given._replace(links=given.links.drop("payment"), channels={"decision": "decision", "prompt": group})
    assert assessed(texts, ACCOUNTS, COMMUNITIES, MEMBERS).is_empty()


def test_no_links_are_no_trouble() -> None:
    told = assessed(linked([]), ACCOUNTS.clear(), COMMUNITIES.clear(), MEMBERS.clear())
    assert told.is_empty()
    assert by_group(told, ACCOUNTS.clear(), COMMUNITIES.clear()) == []


def test_the_manifest_says_what_became_of_links_by_group() -> None:
    rows = by_group(assessed(linked(), ACCOUNTS, COMMUNITIES, MEMBERS), ACCOUNTS, COMMUNITIES)
    assert [row["links"] for row in rows] == sorted((row["links"] for row in rows), reverse=True)
    of = {row["group"]: row for row in rows}
    assert {group: row["links"] for group, row in of.items()} == {
        "between": 5, "campaign": 2, None: 2, "class": 1, "firm": 1,
    }  # fmt: skip
    assert of["class"]["probability"] < 0.001 < 0.88 < of["class"]["evidence"]
