"""Communities and lone accounts tied by pairs that do not group."""

from __future__ import annotations

import polars as pl

from linkage.communities import attach
from linkage.community_settings import CommunitySettings
from linkage.tables import MEMBERSHIPS

SETTINGS = CommunitySettings()


def _members(*groups: tuple[int, ...]) -> pl.DataFrame:
    rows = [(account, at, at, 0.5) for at, group in enumerate(groups) for account in group]
    return pl.DataFrame(rows, schema=MEMBERSHIPS, orient="row").sort("account")


def _pairs(*pairs: tuple[int, int]) -> pl.DataFrame:
    return pl.DataFrame(pairs, schema={"account_a": pl.UInt32, "account_b": pl.UInt32}, orient="row")


def _groups(memberships: pl.DataFrame) -> list[list[int]]:
    return (
        memberships.sort("account")
        .group_by("community", maintain_order=True)
        .agg("account")
        .sort("community")["account"]
        .to_list()
    )


def test_lone_accounts_join_and_group_among_themselves() -> None:
    out = attach(_members((0, 1, 2)), _pairs((2, 5), (7, 8), (8, 9)), 0.6, SETTINGS, 1)
    assert out.schema == MEMBERSHIPS
    assert _groups(out) == [[0, 1, 2, 5], [7, 8, 9]]
    assert out.filter(pl.col("account") >= 5)["stability"].to_list() == [1.0] * 4
    assert out["part"].n_unique() == 3


def test_who_stands_between_two_groups_joins_one() -> None:
    out = attach(_members((0, 1, 2), (3, 4, 5)), _pairs((0, 9), (1, 9), (3, 9)), 0.6, SETTINGS, 1)
    assert _groups(out) == [[0, 1, 2, 9], [3, 4, 5]]


def test_a_group_needs_enough_accounts() -> None:
    members = _members((0, 1, 2, 3), (4, 5, 6))
    assert _groups(attach(members, _pairs((0, 4)), 0.6, SETTINGS, 1)) == [[0, 1, 2, 3], [4, 5, 6]]
    assert _groups(attach(members, _pairs((0, 4), (1, 5)), 0.6, SETTINGS, 1)) == [[0, 1, 2, 3, 4, 5, 6]]


def test_nothing_linked_and_nothing_paired() -> None:
    assert attach(_members(), _pairs(), 0.6, SETTINGS, 1).is_empty()
    assert _groups(attach(_members(), _pairs((3, 4)), 0.6, SETTINGS, 1)) == [[3, 4]]


def test_few_pairs_beside_its_own_join_a_community_to_no_large_one() -> None:
    members = _members(tuple(range(10)), tuple(range(10, 15)))
    own = [(a, b) for a in range(10, 15) for b in range(a + 1, 15)]
    few = _pairs(*own, (0, 10), (1, 11), (2, 12))
    assert len(_groups(attach(members, few, 0.6, SETTINGS, 1))) == 2
    assert len(_groups(attach(members, few, 0.6, CommunitySettings(join_flow=1e-9), 1))) == 1
    more = _pairs(*own, *((a, b) for a in (0, 1, 2) for b in (10, 11, 12)))
    assert len(_groups(attach(members, more, 0.6, SETTINGS, 1))) == 1


def test_fellows_without_links_stay_together_beside_a_large_community() -> None:
    """Each of four has a pair with every other, and one by one more pairs with the community than with any fellow."""
    members = _members(tuple(range(20)))
    own = [(a, b) for a in range(20, 24) for b in range(a + 1, 24)]
    into = [(a, b) for a in (0, 1) for b in (20, 21)]
    assert _groups(attach(members, _pairs(*own, *into), 0.6, SETTINGS, 1)) == [list(range(20)), [20, 21, 22, 23]]
    more = [(a, b) for a in (0, 1) for b in range(20, 24)]
    assert _groups(attach(members, _pairs(*own, *more), 0.6, SETTINGS, 1)) == [list(range(24))]
