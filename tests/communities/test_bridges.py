"""Communities held together by one link or account: cut where one kind of evidence carries it, told where not."""

from __future__ import annotations

import itertools

import polars as pl

from linkage.communities import Bridged, bridges
from linkage.community_settings import CommunitySettings
from linkage.tables import LINKS, MEMBERSHIPS, empty

CHANNELS = {"ip": "network", "prefix": "network", "prompt": "content"}


def tied(ties: list[tuple[int, int]], bits: dict[str, float], right: int = 8, cut: bool = True) -> Bridged:
    """Cliques 10..17 and 20..20+right, one community, and ties with these bits between them."""
    sides = (range(10, 18), range(20, 20 + right))
    inside = [pair for side in sides for pair in itertools.combinations(side, 2)]
    rows: list[tuple[float, ...]] = [(a, b, 0.9, 9.0, 9.0, 0.0, 9.0) for a, b in inside]
    rows += [(a, b, 0.9, 9.0, *(bits.get(channel, 0.0) for channel in CHANNELS)) for a, b in ties]
    links = pl.DataFrame(
        rows, schema=["account_a", "account_b", "probability", "weight", *CHANNELS], orient="row"
    ).sort("account_a", "account_b")
    accounts = [account for side in sides for account in side]
    members = pl.DataFrame(
        {"account": accounts, "community": 0, "part": 0, "stability": 1.0}, schema=MEMBERSHIPS, strict=False
    )
    settings = CommunitySettings(bridges_cut=cut)
    return bridges(members, links, CHANNELS, settings)


def communities(found: Bridged) -> list[list[int]]:
    """Their accounts."""
    return found.memberships.group_by("community", maintain_order=True).agg("account")["account"].to_list()


def test_a_link_of_one_kind_of_evidence_is_cut() -> None:
    found = tied([(17, 20)], {"ip": 5.0, "prefix": 4.0})
    assert found.bridges["cut"].any()
    assert communities(found) == [list(range(10, 18)), list(range(20, 28))]
    assert found.memberships["part"].n_unique() == 2


def test_a_link_of_two_kinds_stays_and_is_told() -> None:
    found = tied([(17, 20)], {"ip": 5.0, "prompt": 4.0})
    assert len(communities(found)) == 1
    assert not found.bridges["cut"].any()
    assert (17, 20) in found.bridges.select("account_a", "account_b").rows() or (20, 17) in found.bridges.select(
        "account_a", "account_b"
    ).rows()


def test_an_account_with_links_into_two_groups_belongs_where_it_has_more() -> None:
    found = tied([(17, 20), (17, 21), (17, 22)], {"ip": 5.0})
    assert found.bridges["account_b"].to_list() == [None]
    assert found.bridges.select("account_a", "accounts", "links", "cut").rows() == [(17, 8, 3, True)]
    assert communities(found) == [list(range(10, 18)), list(range(20, 28))]


def test_two_accounts_on_either_side_hold_a_community_together() -> None:
    found = tied([(16, 20), (17, 21)], {"ip": 5.0})
    assert found.bridges.is_empty()
    assert len(communities(found)) == 1


def test_a_few_accounts_that_hang_by_a_link_stay() -> None:
    assert tied([(17, 20)], {"ip": 5.0}, right=4).bridges.is_empty()


def test_nothing_is_cut_where_that_is_switched_off() -> None:
    found = tied([(17, 20)], {"ip": 5.0}, cut=False)
    assert found.bridges.height
    assert len(communities(found)) == 1


def test_no_links_no_bridges() -> None:
    found = bridges(empty(MEMBERSHIPS), empty(LINKS), CHANNELS, CommunitySettings())
    assert found.memberships.is_empty()
    assert found.bridges.is_empty()
