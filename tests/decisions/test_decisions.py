"""What people decided binds: which decision holds, who is tied, kept apart, put out, and who comes back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from linkage.decisions import apart, bind, doubtful, outcomes, resolve, returning, together
from linkage.settings import DecisionSettings
from linkage.tables import ACCOUNTS, DECIDED, INPUT, LINKS, MEMBERSHIPS, PAIRS, empty

SETTINGS = DecisionSettings()
DAY = datetime(2026, 3, 1, tzinfo=UTC)
ACCOUNT_IDS = [f"a{i:03d}" for i in range(100)]


def accounts() -> pl.DataFrame:
    table = pl.DataFrame({"account": range(100), "account_id": ACCOUNT_IDS})
    return table.select(
        [(pl.col(c) if c in table.columns else pl.lit(None)).cast(t).alias(c) for c, t in ACCOUNTS.items()]
    )


def said(*rows: tuple[int, str, str | None, int | None]) -> pl.DataFrame:
    """Rows of the decisions table; the last is the day, None for unknown."""
    listed = [
        (ACCOUNT_IDS[i], word, name, None if day is None else DAY + timedelta(days=day)) for i, word, name, day in rows
    ]
    return pl.DataFrame(listed, schema=INPUT["decisions"], orient="row")


def decided(*rows: tuple[int, str, str | None, int | None]) -> pl.DataFrame:
    return resolve(said(*rows), accounts()).decided


def links(*pairs: tuple[int, int], weight: float = 15.0) -> pl.DataFrame:
    ordered = sorted((min(p), max(p)) for p in pairs)
    return pl.DataFrame([(a, b, 0.99, weight) for a, b in ordered], schema=LINKS, orient="row")


def clique(members: Sequence[int]) -> list[tuple[int, int]]:
    return [(a, b) for a in members for b in members if a < b]


def memberships(*communities: Sequence[int]) -> pl.DataFrame:
    rows = [(a, i, i, 1.0) for i, members in enumerate(communities) for a in members]
    return pl.DataFrame(rows, schema=MEMBERSHIPS, orient="row").sort("account")


def groups(found: pl.DataFrame) -> set[frozenset[int]]:
    return {frozenset(part["account"]) for part in found.partition_by("community")}


class TestResolve:
    def test_the_latest_holds_and_an_undated_one_is_older_than_any(self) -> None:
        rows = (1, "enforced", "X", 0), (1, "cleared", None, 5), (2, "cleared", None, None), (2, "enforced", "Y", 1)
        found = resolve(said(*rows), accounts())
        assert found.decided.select("account", "decision", "campaign").rows() == [
            (1, "cleared", None),
            (2, "enforced", "Y"),
        ]
        assert (found.rows, found.overruled, found.conflicting) == (4, 2, 0)

    def test_the_same_row_twice_is_one(self) -> None:
        found = resolve(said((1, "enforced", "X", 0), (1, "enforced", "X", 0)), accounts())
        assert found.decided.height == 1
        assert (found.overruled, found.conflicting) == (0, 0)

    def test_of_contradictions_of_one_time_cleared_holds(self) -> None:
        found = resolve(said((1, "enforced", "X", 0), (1, "cleared", None, 0)), accounts())
        assert found.decided.select("decision", "campaign").rows() == [("cleared", None)]
        assert (found.overruled, found.conflicting) == (0, 1)

    def test_enforced_in_two_campaigns_at_once_is_in_neither_for_certain(self) -> None:
        found = resolve(said((1, "enforced", "X", None), (1, "enforced", "Y", None)), accounts())
        assert found.decided.select("decision", "campaign").rows() == [("enforced", None)]
        assert found.conflicting == 1

    @pytest.mark.parametrize("table", [None, empty(INPUT["decisions"])], ids=["absent", "empty"])
    def test_without_decisions_nothing_holds(self, table: pl.DataFrame | None) -> None:
        assert resolve(table, accounts()).decided.equals(empty(DECIDED))

    def test_the_order_of_rows_changes_nothing(self) -> None:
        rows = said(*((i % 7, ("enforced", "cleared")[i % 2], f"C{i % 3}", i % 4) for i in range(60)))
        one = resolve(rows, accounts())
        other = resolve(rows.sample(fraction=1.0, shuffle=True, seed=1), accounts())
        assert one.decided.equals(other.decided)
        assert one[1:] == other[1:]


class TestTies:
    @pytest.mark.parametrize("size", [2, 3, 8, 40])
    def test_accounts_of_one_campaign_are_tied_with_few_pairs(self, size: int) -> None:
        found = together(decided(*((i, "enforced", "X", 0) for i in range(size))), SETTINGS)
        assert found.schema == PAIRS
        assert (found["account_a"] < found["account_b"]).all()
        assert found.select("account_a", "account_b").is_unique().all()
        assert found.height <= size * size.bit_length()
        reached = {0}
        for _ in range(size):
            reached |= {b for a, b in found.select("account_a", "account_b").rows() if a in reached}
            reached |= {a for a, b in found.select("account_a", "account_b").rows() if b in reached}
        assert reached == set(range(size))

    def test_nobody_else_is_tied(self) -> None:
        rows = (1, "enforced", "X", 0), (2, "enforced", "Y", 0), (3, "cleared", "X", 0), (4, "enforced", None, 0)
        assert together(decided(*rows), SETTINGS).is_empty()

    def test_links_that_people_contradict_are_cut(self) -> None:
        rows = (1, "enforced", "X", 0), (2, "enforced", "Y", 0), (3, "cleared", None, 0), (4, "enforced", None, 0)
        found = apart(links((1, 2), (1, 3), (3, 4), (1, 4), (3, 9), (1, 9)), decided(*rows))
        assert found.links.select("account_a", "account_b").rows() == [(1, 4), (1, 9), (3, 9)]
        assert (found.between_campaigns, found.to_cleared) == (1, 2)

    def test_who_comes_back_is_kept_apart_from_nobody(self) -> None:
        back = decided((1, "enforced", "X", 0), (3, "cleared", None, 0)).with_columns(
            returns=pl.col("decision") == "cleared"
        )
        assert apart(links((1, 3)), back).links.height == 1


class TestBind:
    def test_without_decisions_nothing_moves(self) -> None:
        given = memberships(range(5), range(5, 9))
        assert bind(given, links(), empty(DECIDED), SETTINGS).equals(given)

    def test_a_community_of_two_campaigns_is_divided_where_the_links_are_thin(self) -> None:
        ties = links(*clique(range(10)), *clique(range(10, 20)), (9, 10), (3, 12))
        known = decided((0, "enforced", "X", 0), (1, "enforced", "X", 0), (19, "enforced", "Y", 0))
        found = bind(memberships(range(20)), ties, known, SETTINGS)
        assert groups(found) == {frozenset(range(10)), frozenset(range(10, 20))}
        assert found.group_by("part").agg(pl.col("community").n_unique())["community"].max() == 1
        assert found.schema == MEMBERSHIPS

    def test_who_leans_nowhere_goes_with_the_larger(self) -> None:
        known = decided(*((i, "enforced", "X", 0) for i in range(3)), (5, "enforced", "A", 0))
        found = bind(memberships(range(8)), links(), known, SETTINGS)
        assert groups(found) == {frozenset({0, 1, 2, 3, 4, 6, 7}), frozenset({5})}

    def test_cleared_accounts_leave_those_of_a_campaign_and_stay_with_others(self) -> None:
        known = decided((0, "enforced", None, 0), *((i, "cleared", None, 0) for i in (7, 8, 9, 15)))
        found = bind(memberships(range(10), range(10, 20)), links(), known, SETTINGS)
        assert groups(found) == {frozenset(range(7)), frozenset({7, 8, 9}), frozenset(range(10, 20))}

    def test_pieces_of_one_campaign_are_joined(self) -> None:
        known = decided(*((i, "enforced", "X", 0) for i in (0, 1, 2, 10, 11, 30)))
        found = bind(memberships(range(10), range(10, 20), range(20, 90)), links(), known, SETTINGS)
        assert groups(found) == {frozenset(range(20)), frozenset(range(20, 90))}
        assert found["part"].n_unique() == 3

    def test_a_large_group_is_not_glued_to_a_campaign_by_a_few_of_its_accounts(self) -> None:
        known = decided(*((i, "enforced", "X", 0) for i in (*range(8), 30, 31)))
        found = bind(memberships(range(10), range(20, 90)), links(), known, SETTINGS)
        assert groups(found) == {frozenset(range(10)), frozenset(range(20, 90))}

    def test_everybody_enforced(self) -> None:
        known = decided(*((i, "enforced", f"C{i // 50}", 0) for i in range(100)))
        found = bind(memberships(range(0, 100, 2), range(1, 100, 2)), links(), known, SETTINGS)
        assert groups(found) == {frozenset(range(50)), frozenset(range(50, 100))}
        assert found["community"].to_list() == [i // 50 for i in range(100)]


GROUPS = {"ip": "network", "instrument": "money", "prompt": "content", "device": "machine"}
CAPS = {"network": 8.0, "money": 16.0, "content": 14.0, "machine": 11.0}


class TestReturning:
    """Account 0 was cleared on day 10; the logs know it since day 0."""

    def back(
        self, *rows: tuple[int, str, float, int | None], at: int | None = 10, begins: int = 0
    ) -> tuple[bool, str | None]:
        """Rows: partner, kind, bits, day since when both did it."""
        evidence = pl.DataFrame(
            [(0, b, kind, bits, None if day is None else DAY + timedelta(days=day)) for b, kind, bits, day in rows],
            schema={
                "account_a": pl.UInt32,
                "account_b": pl.UInt32,
                "kind": pl.String,
                "weight": pl.Float32,
                "first_seen": DECIDED["decided_at"],
            },
            orient="row",
        )
        since = pl.DataFrame(
            {"account": [0], "first_seen": [DAY + timedelta(days=begins)]},
            schema={"account": pl.UInt32, "first_seen": DECIDED["decided_at"]},
        )
        known = decided((0, "cleared", None, at))
        found = returning(known, evidence, since, GROUPS, CAPS, 10.0, SETTINGS)
        assert found.schema == DECIDED
        row = found.row(0, named=True)
        return row["returns"], row["why"]

    def test_new_evidence_of_a_new_kind_brings_it_back_and_says_why(self) -> None:
        returns, why = self.back((1, "instrument", 12.0, 15), (2, "instrument", 11.0, 16))
        assert returns
        assert why is not None
        assert "cleared on 2026-03-11" in why
        assert "money (up to 12.0 bits)" in why
        assert "2 accounts" in why

    def test_old_evidence_does_not(self) -> None:
        assert self.back((1, "instrument", 12.0, 5), (2, "instrument", 12.0, 5)) == (False, None)

    def test_more_of_the_same_kind_does_not(self) -> None:
        old = (3, "instrument", 5.0, 2)
        assert self.back(old, (1, "instrument", 12.0, 15), (2, "instrument", 12.0, 15)) == (False, None)

    def test_one_partner_is_not_enough(self) -> None:
        assert self.back((1, "instrument", 16.0, 15)) == (False, None)

    def test_what_could_not_make_a_link_alone_is_not_enough(self) -> None:
        rows = [(b, "ip", 40.0, 15) for b in range(1, 9)]  # the network's cap is below what a link needs
        assert self.back(*rows) == (False, None)
        assert self.back(*rows, *((b, "device", 3.0, 15) for b in (1, 2)))[0]

    def test_without_a_time_it_stays_cleared(self) -> None:
        assert self.back((1, "instrument", 12.0, 15), (2, "instrument", 12.0, 15), at=None) == (False, None)

    def test_evidence_without_a_time_is_not_new(self) -> None:
        assert self.back((1, "instrument", 12.0, None), (2, "instrument", 12.0, None)) == (False, None)

    def test_where_the_logs_begin_later_nobody_can_tell(self) -> None:
        rows = (1, "instrument", 12.0, 15), (2, "instrument", 12.0, 15)
        assert self.back(*rows, begins=11) == (False, None)

    def test_only_links_of_dated_cleared_accounts_are_asked_about(self) -> None:
        known = decided((0, "cleared", None, 1), (1, "cleared", None, 1), (2, "cleared", None, None))
        given = links((0, 1), (0, 5), (1, 9), (2, 5), (5, 9))
        assert doubtful(given, known).rows() == [(0, 5), (1, 9)]


def test_what_came_of_each_decision_is_said() -> None:
    known = decided((0, "enforced", "X", 0), (1, "enforced", None, 0), (2, "cleared", None, 0), (3, "cleared", None, 0))
    known = known.with_columns(returns=pl.col("account") == 3, why=pl.when(pl.col("account") == 3).then(pl.lit("so")))
    table = pl.DataFrame({"account_id": ACCOUNT_IDS, "campaign_id": ["C-1", None, None, "C-1", *[None] * 96]})
    found = outcomes(known, table.with_columns(suspicion=pl.lit(0.5)), accounts())
    assert found["outcome"].to_list() == [
        "in a campaign again",
        "enforced, and in no campaign now",
        "kept out of campaigns",
        "so",
    ]
