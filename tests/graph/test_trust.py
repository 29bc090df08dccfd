"""What the other groups say of a group's pairs lowers its cap, and nothing else does."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from linkage.graph import Linked, curve, decided_pairs, learn
from linkage.graph.trust import DIFFERENT, SAME, UNKNOWN
from linkage.link_settings import LearnSettings
from linkage.settings import GraphSettings
from linkage.tables import INPUT

PRIOR = 10.0
GROUPS = ("identity", "machine", "money", "network")
CAPS = {"identity": 15.0, "machine": 11.0, "money": 16.0, "network": 8.0}
SETTINGS = GraphSettings()


def links(machine: int, true: float, heard: float, others: int = 4_000, seed: int = 1) -> Linked:
    """`machine` pairs of that group, a share of them true, each of the others heard of a true pair independently.

    `others` more pairs rest on money alone.
    """
    rng = np.random.default_rng(seed)
    bits = np.zeros((machine + others, 4), np.float32)
    bits[:machine, 1] = 10.5
    bits[machine:, 2] = 13.0
    right = rng.random(machine) < true
    for group in (0, 2, 3):
        bits[:machine, group] = 6.0 * (right & (rng.random(machine) < heard))
    weight = bits.sum(axis=1)
    columns = {group: bits[:, at] for at, group in enumerate(GROUPS)}
    frame = pl.DataFrame(
        {
            "account_a": np.arange(len(bits), dtype=np.uint32),
            "account_b": np.arange(len(bits), dtype=np.uint32) + 1,
            "probability": (1 / (1 + np.exp2(PRIOR - weight))).astype(np.float32),
            "weight": weight,
            **columns,
        }
    )
    return Linked(frame, {group: group for group in GROUPS}, CAPS, PRIOR, 0)


def nothing(linked: Linked) -> np.ndarray[tuple[int], np.dtype[np.int8]]:
    return np.zeros(linked.links.height, np.int8)


def test_a_group_that_no_other_confirms_loses_what_it_had_alone() -> None:
    given = links(2_000, true=0.3, heard=0.6)
    found = learn(given, nothing(given), SETTINGS)
    seen = found.learned["machine"]
    assert seen["together"] == pytest.approx(0.3, abs=0.05)
    assert seen["alone"] < 0.15
    assert found.caps == {**CAPS, "machine": pytest.approx(8.0, abs=1e-3)}
    lone = found.links.filter((pl.col("machine") > 0) & (pl.col("weight") == pl.col("machine")))
    assert lone.is_empty()
    assert found.links.height == given.links.height - seen["pairs"] + seen["corroborated"]
    assert found.links.select(pl.sum_horizontal(GROUPS) == pl.col("weight")).to_series().all()


def test_a_group_that_is_right_keeps_its_cap() -> None:
    given = links(2_000, true=0.97, heard=0.6)
    found = learn(given, nothing(given), SETTINGS)
    assert found.caps == CAPS
    assert found.links.equals(given.links)
    assert found.learned["machine"]["together"] == pytest.approx(0.97, abs=0.04)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (links(2_000, true=0.9, heard=0.15), "silence"),
        (links(60, true=0.3, heard=0.6), "fewer than 100"),
        (links(2_000, true=0.3, heard=0.0), "too few pairs"),
        (links(400, true=0.3, heard=0.6, others=40_000), "too few of all links"),
    ],
)
def test_where_the_data_say_too_little_the_default_stays_and_the_reason_is_given(given: Linked, why: str) -> None:
    found = learn(given, nothing(given), SETTINGS)
    assert found.caps == CAPS
    assert why in found.learned["machine"]["why"]


def test_nothing_is_learned_of_groups_that_never_link_alone_or_when_switched_off() -> None:
    given = links(2_000, true=0.3, heard=0.6)
    assert "never" in learn(given, nothing(given), SETTINGS).learned["network"]["why"]
    off = SETTINGS.model_copy(update={"learn": LearnSettings(enabled=False)})
    assert learn(given, nothing(given), off).links.equals(given.links)


def test_decisions_count_where_groups_are_silent() -> None:
    given = links(2_000, true=0.9, heard=0.15)
    lone = (given.links["weight"] == given.links["machine"]).to_numpy()
    decided = np.where(lone, DIFFERENT, UNKNOWN).astype(np.int8)
    found = learn(given, decided, SETTINGS)
    assert found.caps["machine"] < CAPS["machine"]
    assert found.learned["machine"]["decided_apart"] == lone.sum()
    assert learn(given, np.where(lone, SAME, UNKNOWN).astype(np.int8), SETTINGS).caps == CAPS


def test_the_curve_counts_every_link_once_and_knows_what_was_decided() -> None:
    given = links(2_000, true=0.3, heard=0.6)
    decided = nothing(given)
    decided[2_000:2_010], decided[2_010:2_012] = SAME, DIFFERENT
    rows = curve(learn(given, nothing(given), SETTINGS), decided[: learn(given, nothing(given), SETTINGS).links.height])
    assert sum(row["links"] for row in rows) == learn(given, nothing(given), SETTINGS).links.height
    before = {row["low"]: row for row in curve(given, decided)}
    assert before[0.8]["decided"] == 12
    assert before[0.8]["same"] == pytest.approx(10 / 12, abs=1e-4)
    assert all(row["low"] <= row["probability"] <= row["high"] for row in before.values())


def test_two_enforced_in_one_campaign_are_the_same_and_a_cleared_one_is_not() -> None:
    accounts = pl.DataFrame({"account": [0, 1, 2, 3, 4], "account_id": list("abcde")})
    then = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [
        ("a", "cleared", None, None),
        ("a", "enforced", "x", then),
        ("b", "enforced", "x", then),
        ("c", "enforced", "y", then),
        ("d", "cleared", None, then),
    ]
    decisions = pl.DataFrame(rows, schema=INPUT["decisions"], orient="row")
    pairs = pl.DataFrame({"account_a": [0, 0, 0, 0, 2], "account_b": [1, 2, 3, 4, 3]})
    found = decided_pairs(pairs, decisions, accounts)
    assert found.tolist() == [SAME, UNKNOWN, DIFFERENT, UNKNOWN, DIFFERENT]
    assert decided_pairs(pairs, None, accounts).tolist() == [UNKNOWN] * 5
