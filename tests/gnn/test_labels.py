from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import polars as pl

from linkage.gnn.labels import decided, folds, lessons, weak

NODES = np.arange(6, dtype=np.uint32)


def test_only_communities_the_rules_are_sure_of_are_lessons() -> None:
    accounts = pl.DataFrame(
        {
            "account": [0, 1, 2, 3, 4, 5],
            "community_id": ["a", "a", "b", "c", "d", "e"],
            "campaign_id": ["A", None, None, None, "D", None],
        }
    ).cast({"account": pl.UInt32})
    communities = pl.DataFrame(
        {
            "community_id": ["a", "b", "c", "d", "e"],
            "suspicion": [0.99, 0.01, 0.3, 0.6, 0.45],
            "campaign_id": ["A", None, None, "D", None],
            "explanation": [None, None, None, None, "firm"],
        }
    )
    # a: a member, and one left out; b: sure; c: unsure; d: barely a campaign; e: explained
    apart = np.arange(6, dtype=np.int32)
    assert weak(accounts, communities, NODES, apart, 3.0).tolist() == [1, -1, 0, -1, -1, 0]
    # Found among those of a campaign, sure or not: no lesson in innocence.
    found = np.array([0, 0, 0, 1, 2, 2], np.int32)
    assert weak(accounts, communities, NODES, found, 3.0).tolist() == [1, -1, -1, -1, -1, -1]


def test_the_latest_decision_counts() -> None:
    ids = pl.DataFrame({"account": NODES, "account_id": list("uvwxyz")})
    decisions = pl.DataFrame(
        {
            "account_id": ["u", "u", "v", "w", "?"],
            "decision": ["enforced", "cleared", "enforced", "watched", "enforced"],
            "decided_at": [datetime(2025, 1, day, tzinfo=UTC) for day in (1, 2, 1, 1, 1)],
        }
    )
    assert decided(decisions, ids, NODES).tolist() == [0, 1, -1, -1, -1, -1]
    assert decided(None, ids, NODES).tolist() == [-1] * 6


def test_decisions_go_over_rules_and_large_communities_weigh_less_an_account() -> None:
    rules = np.array([1, 1, 1, 1, 0, -1], np.int8)
    people = np.array([-1, -1, -1, -1, 1, -1], np.int8)
    found = lessons(rules, people, np.array([0, 0, 0, 0, 1, 1], np.int32))
    assert found.label.tolist() == [1, 1, 1, 1, 1, -1]
    assert found.weight.tolist() == [0.5, 0.5, 0.5, 0.5, 1.0, 0.0]


def test_a_community_is_in_one_fold_and_guilty_ones_are_spread() -> None:
    community = np.repeat(np.arange(20, dtype=np.int32), np.arange(20) + 1)
    label = (community % 3 == 0).astype(np.int8)
    part = folds(label, community, 3)
    assert all(len(set(part[community == c])) == 1 for c in range(20))
    assert all(len(set(community[(part == p) & (label == 1)])) >= 2 for p in range(3))
