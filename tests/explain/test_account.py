"""One account: what ties it, and what a build without one of its values finds."""

from __future__ import annotations

import polars as pl
import pytest

import linkage
from linkage.explain import account_lines, explain_account, explain_pair
from linkage.explain.without import Without
from tests.explain import worlds


def alone(run: linkage.Run, account: str) -> dict[tuple[str, str | None], Without]:
    membership = explain_account(run, account).memberships[0]
    return {(one.kind, one.value): one for one in [*membership.without_values, *membership.without_groups]}


def links(run: linkage.Run, account: str, fellows: set[str]) -> int:
    either = (pl.col("account_a") == account) | (pl.col("account_b") == account)
    found = run.links.filter(either).select("account_a", "account_b").rows()
    return sum((a if b == account else b) in fellows for a, b in found)


def test_without_its_wallet_it_leaves_and_a_build_agrees(crew: linkage.Run) -> None:
    fellows = set(crew.members["account_id"])
    assert "x" in fellows
    found = alone(crew, "x")
    assert found["wallet", "W"] == Without("wallet", "W", 2, 2, 0, True)
    assert ("device", "D") not in found  # the wallet alone carries the links
    assert found["money", None].leaves
    assert not found["machine", None].lost
    rebuilt = worlds.built([use for use in worlds.crew() if use != ("x", "wallet", "W")])
    assert "x" not in set(rebuilt.members["account_id"])
    assert links(rebuilt, "x", fellows) == 0
    assert "without wallet W it leaves the campaign" in "\n".join(account_lines(explain_account(crew, "x")))


def test_without_one_of_two_it_stays(crew: linkage.Run) -> None:
    assert alone(crew, "y")["wallet", "W2"] == Without("wallet", "W2", 1, 1, 1, False)
    rebuilt = worlds.built([use for use in worlds.crew() if use != ("y", "wallet", "W2")])
    assert links(rebuilt, "y", set(crew.members["account_id"])) == 1
    assert "y" in set(rebuilt.members["account_id"])


@pytest.mark.parametrize("account", ["a03", "b05"])
def test_links_left_are_those_of_a_build_without_the_value(dealt: linkage.Run, account: str) -> None:
    membership = explain_account(dealt, account).memberships[0]
    fellows = set(dealt.members["account_id"]) - {account}
    costly = {(one.kind, one.value): one for one in membership.without_values}
    assert costly
    own = [(kind, value) for who, kind, value in worlds.dealt() if who == account]
    for kind, value in own[:4]:
        rebuilt = worlds.built([use for use in worlds.dealt() if use != (account, kind, value)])
        expected = costly.get((kind, value))
        left = membership.links if expected is None else expected.left
        # The value is rarer for the others now, and for nobody else of the account's.
        assert links(rebuilt, account, fellows) == left, (kind, value)


def test_links_are_counted_where_they_go(dealt: linkage.Run) -> None:
    found = explain_account(dealt, "a03")
    assert found.links == sum(found.links_by_place.values()) == len(found.partners)
    assert found.links_by_place["campaign"] == found.memberships[0].links
    weights = [partner.weight for partner in found.partners]
    assert weights == sorted(weights, reverse=True)
    for partner in found.partners:
        assert sum(part.counted for part in partner.channels) == pytest.approx(partner.weight, abs=1e-3)


def test_an_account_that_is_linked_to_nobody(crew: linkage.Run) -> None:
    found = explain_account(crew, "z000")
    assert found.group is None
    assert found.memberships == []
    assert found.links == 0
    assert "linked to nobody" in "\n".join(account_lines(found))


def test_what_people_decided_is_told(crew: linkage.Run) -> None:
    rows = {"account_id": ["x"], "decision": ["cleared"], "returns": [False], "outcome": ["kept out of campaigns"]}
    decided = pl.concat([crew.decisions, pl.DataFrame(rows)], how="diagonal")
    tables = {name: crew.table(name) for name in linkage.tables.OUTPUT} | {"decisions": decided}
    run = linkage.Run(tables=tables, manifest=crew.manifest)
    assert explain_account(run, "x").decisions[0]["decision"] == "cleared"
    assert "kept out of campaigns" in "\n".join(account_lines(explain_account(run, "x")))
    found = explain_pair(run, "x", "c5").unlinked
    assert found is not None
    assert "people cleared x" in found.why[0]
