"""What became of campaigns between two runs."""

from __future__ import annotations

import polars as pl

import linkage
from linkage.explain import diff, difference_lines
from linkage.tables import OUTPUT, empty
from tests.explain import worlds

MANY = [f"a{i:02}" for i in range(60)]


def changes(old: linkage.Run, new: linkage.Run) -> set[tuple[str, str | None, str | None]]:
    return {(each.event, each.old_id, each.new_id) for each in diff(old, new).changes}


def test_every_event() -> None:
    before = {
        "C-grows": MANY[:6],
        "C-one": MANY[10:16],
        "C-two": MANY[16:20],
        "C-parts": MANY[20:32],
        "C-ends": MANY[32:38],
        "C-same": MANY[38:44],
    }
    now = {
        "C-grew": MANY[:9],
        "C-merged": MANY[10:20],
        "C-part": MANY[20:27],
        "C-rest": MANY[27:32],
        "C-same": MANY[38:44],
        "C-new": MANY[50:55],
    }
    found = diff(worlds.held(before, MANY), worlds.held(now, MANY))
    assert not found.by_lineage
    assert {(each.event, each.old_id, each.new_id) for each in found.changes} == {
        ("grew", "C-grows", "C-grew"),
        ("grew", "C-one", "C-merged"),
        ("merged", "C-two", "C-merged"),
        ("shrank", "C-parts", "C-part"),
        ("split", "C-parts", "C-rest"),
        ("vanished", "C-ends", None),
        ("unchanged", "C-same", "C-same"),
        ("appeared", None, "C-new"),
    }
    assert found.events == {
        "appeared": 1,
        "grew": 2,
        "shrank": 1,
        "unchanged": 1,
        "merged": 1,
        "split": 1,
        "vanished": 1,
    }
    moved = {(each.old_id, each.new_id): each.account_ids for each in found.moves}
    assert moved == {
        (None, "C-grew"): MANY[6:9],
        ("C-two", "C-merged"): MANY[16:20],
        ("C-parts", "C-rest"): MANY[27:32],
        ("C-ends", None): MANY[32:38],
        (None, "C-new"): MANY[50:55],
    }
    assert all(each.accounts == len(each.account_ids) for each in found.moves)
    text = "\n".join(difference_lines(found))
    assert "vanished" in text
    assert "C-ends" in text


def test_an_id_that_both_runs_use_for_different_accounts() -> None:
    before = {"C-x": MANY[:10], "C-y": MANY[10:20]}
    now = {"C-y": MANY[:10], "C-x": MANY[10:20]}
    assert changes(worlds.held(before, MANY), worlds.held(now, MANY)) == {
        ("unchanged", "C-x", "C-y"),
        ("unchanged", "C-y", "C-x"),
    }


def test_accounts_that_are_gone_or_new_or_cleared() -> None:
    decided = pl.DataFrame({"account_id": ["a04"], "decision": ["cleared"], "returns": [False]})
    decisions = pl.concat([empty(OUTPUT["decisions"]), decided], how="diagonal")
    old = worlds.held({"C-x": MANY[:6]}, MANY[:20])
    new = worlds.held({"C-x": [*MANY[:4], "a30"]}, [*MANY[:5], *MANY[6:20], "a30"], decisions)
    found = diff(old, new)
    assert (found.accounts_before, found.accounts_now, found.accounts_common) == (20, 20, 19)
    (change,) = found.changes
    assert (change.event, change.common, change.gone, change.cleared, change.left) == ("shrank", 4, 1, 1, 0)
    moved = {(each.old_id, each.new_id, each.known): each.account_ids for each in found.moves}
    assert moved == {("C-x", None, True): ["a04"], ("C-x", None, False): ["a05"], (None, "C-x", False): ["a30"]}
    assert "not in the logs" in "\n".join(difference_lines(found))


def test_nothing_then_or_now() -> None:
    nothing, something = worlds.held({}, MANY), worlds.held({"C-x": MANY[:6]}, MANY)
    assert changes(nothing, something) == {("appeared", None, "C-x")}
    assert changes(something, nothing) == {("vanished", "C-x", None)}
    assert diff(nothing, nothing).changes == []
    assert "none, then or now" in "\n".join(difference_lines(diff(nothing, nothing)))


def test_runs_of_different_logs_are_called_so() -> None:
    one, other = worlds.held({"C-x": MANY[:6]}, MANY), worlds.held({"C-y": ["b1", "b2"]}, ["b1", "b2", "b3"])
    assert "no account is in both" in "\n".join(difference_lines(diff(one, other)))
    assert "no account is in both" not in "\n".join(difference_lines(diff(one, one)))


def test_a_run_built_on_the_other_says_it_itself_and_the_members_agree(crew: linkage.Run) -> None:
    grown = [*worlds.crew(), ("new", "wallet", "W"), ("new", "wallet", "W2"), ("new", "phone", "P2")]
    later = worlds.built(grown, previous=crew)
    found = diff(crew, later)
    assert found.by_lineage
    assert found.events == {"grew": 1}
    tables = {name: later.table(name) for name in OUTPUT} | {"lineage": empty(OUTPUT["lineage"])}
    compared = diff(crew, linkage.Run(tables=tables, manifest=later.manifest))
    assert not compared.by_lineage
    assert (compared.changes, compared.moves) == (found.changes, found.moves)
    # It was not built on itself.
    assert not diff(later, later).by_lineage
    assert diff(later, later).events == {"unchanged": 1}
    assert diff(later, later).moves == []
