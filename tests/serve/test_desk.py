"""Who may decide what, and what the next build is told."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from linkage.serve.desk import Desk, RefusedError, state_path, told, write_decisions
from linkage.tables import INPUT, OUTPUT, empty
from tests.serve import apps

RUN = "hash"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return apps.desk(tmp_path)


def rows(desk: Desk, before: pl.DataFrame | None = None) -> dict[str, tuple[str, str | None]]:
    frame = told(desk.state, empty(OUTPUT["decisions"]) if before is None else before)
    assert frame.schema == INPUT["decisions"]
    return {row["account_id"]: (row["decision"], row["campaign"]) for row in frame.to_dicts()}


def confirmed(desk: Desk, campaign: str, accounts: list[str]) -> None:
    desk.confirm("ann", campaign, accounts, "why", RUN)
    desk.approve("bob", desk.state.proposals()[-1].seq)


def test_nothing_is_enforced_before_a_second_person_approves(desk: Desk) -> None:
    desk.confirm("ann", "C", ["a", "b"], "why", RUN)
    assert rows(desk) == {}
    assert desk.state.case("C").status == "proposed"
    number = desk.state.proposals()[0].seq
    with pytest.raises(RefusedError, match="second person"):
        desk.approve("ann", number)
    assert rows(desk) == {}
    desk.approve("bob", number)
    assert rows(desk) == {"a": ("enforced", "C"), "b": ("enforced", "C")}
    held = desk.state.verdicts["a"]
    assert (held.by, held.second) == ("ann", "bob")
    with pytest.raises(RefusedError, match="does not wait"):
        desk.approve("bob", number)


def test_an_approval_of_ones_own_in_the_log_holds_nothing(desk: Desk) -> None:
    desk.confirm("ann", "C", ["a"], "why", RUN)
    desk.write("ann", "approve", {"campaign": "C", "proposal": desk.state.proposals()[0].seq})
    assert rows(desk) == {}


def test_what_is_cleared_meanwhile_stays_cleared(desk: Desk) -> None:
    desk.confirm("ann", "C", ["a", "b"], "why", RUN)
    desk.clear("ann", "C", ["a"], "a class", False, RUN)
    desk.approve("bob", desk.state.proposals()[0].seq)
    assert rows(desk) == {"a": ("cleared", None), "b": ("enforced", "C")}
    with pytest.raises(RefusedError, match="no account is left"):
        desk.confirm("ann", "C", ["a"], "why", RUN)


def test_clearing_needs_one_person_and_undoes_a_confirmation(desk: Desk) -> None:
    confirmed(desk, "C", ["a", "b"])
    desk.clear("bob", "C", ["a", "b"], "they answered", True, RUN)
    assert set(rows(desk).values()) == {("cleared", None)}
    assert desk.state.case("C").status == "cleared"


def test_a_refusal_and_a_withdrawal_reopen(desk: Desk) -> None:
    for who, action in (("bob", "refuse"), ("ann", "withdraw")):
        desk.confirm("ann", "C", ["a"], "why", RUN)
        desk.drop(who, desk.state.proposals()[0].seq, "thin")
        assert desk.log.entries()[-1].action == action
        assert desk.state.case("C").status == "open"
    assert rows(desk) == {}


def test_split_accounts_are_told_under_another_name(desk: Desk) -> None:
    assert desk.split("ann", "C", ["b", "c"], "other hours", RUN) == "C.2"
    assert desk.split("ann", "C", ["c"], "other cards", RUN) == "C.3"
    assert rows(desk) == {}
    confirmed(desk, "C", ["a", "b", "c"])
    assert rows(desk) == {"a": ("enforced", "C"), "b": ("enforced", "C.2"), "c": ("enforced", "C.3")}


def test_merged_campaigns_are_told_under_one_name(desk: Desk) -> None:
    confirmed(desk, "C", ["a"])
    confirmed(desk, "D", ["d"])
    desk.merge("ann", "D", "C", "same cards")
    assert rows(desk) == {"a": ("enforced", "C"), "d": ("enforced", "C")}
    with pytest.raises(RefusedError, match="one already"):
        desk.merge("ann", "C", "D", "again")
    desk.reopen("ann", "D", [], "not the same", True)
    assert rows(desk) == {"a": ("enforced", "C")}


def test_who_has_a_campaign_decides(desk: Desk) -> None:
    desk.take("ann", "C")
    with pytest.raises(RefusedError, match="ann has this campaign"):
        desk.clear("bob", "C", ["a"], "why", False, RUN)
    desk.take("bob", "C")
    desk.clear("bob", "C", ["a"], "why", False, RUN)
    assert desk.log.entries()[-2].detail["from"] == "ann"


def test_reasons_are_asked_for(desk: Desk) -> None:
    for words in ("", "  ", "x" * 5_000):
        with pytest.raises(RefusedError):
            desk.confirm("ann", "C", ["a"], words, RUN)
    with pytest.raises(RefusedError, match="no account"):
        desk.clear("ann", "C", [], "why", False, RUN)


def test_what_the_run_was_told_stays_for_accounts_that_nothing_was_decided_of(desk: Desk) -> None:
    before = apps.run().table("decisions")
    first, second, _ = sorted(before["account_id"])
    desk.clear("ann", "C", [first], "why", False, RUN)
    desk.reopen("ann", "C", [second], "why", False)
    found = rows(desk, before)
    assert found[first] == ("cleared", None)
    assert second not in found
    assert len(found) == 2


def test_a_new_process_reads_the_same_from_the_log(desk: Desk) -> None:
    confirmed(desk, "C", ["a", "b"])
    desk.split("ann", "C", ["b"], "why", RUN)
    desk.note("ann", "words", campaign="C")
    other = Desk(desk.log)
    assert rows(other) == rows(desk)
    assert other.state == desk.state


def test_an_entry_that_makes_no_sense_changes_nothing(desk: Desk) -> None:
    for detail in (
        {},
        {"campaign": "C"},
        {"campaign": "C", "accounts": 3, "whole": True},
        {"campaign": None, "proposal": "x"},
    ):
        for action in ("approve", "clear", "split", "merge", "reopen", "confirm", "note", "unheard of"):
            desk.write("ann", action, detail)
    assert rows(desk) == {}
    assert desk.state.proposals() == []


def test_the_table_is_written_as_the_contract_has_it(desk: Desk, tmp_path: Path) -> None:
    confirmed(desk, "C", ["a"])
    out = tmp_path / "new" / "decisions.parquet"
    write_decisions(told(desk.state, empty(OUTPUT["decisions"])), out)
    assert pl.read_parquet(out).schema == INPUT["decisions"]


def test_the_log_lies_outside_the_run(tmp_path: Path) -> None:
    one, other = (state_path(tmp_path / "case" / name) for name in ("run1", "run2"))
    assert one == other
    assert not one.is_relative_to(tmp_path)
    assert one != state_path(tmp_path / "case2" / "run1")
    assert state_path(None, tmp_path / "x.sqlite") == tmp_path / "x.sqlite"
