"""Values that pass on lead to where accounts meet; places of their own do not."""

from __future__ import annotations

import polars as pl
import pytest

from linkage.identifiers import share, strangers
from linkage.identifiers.through import through
from linkage.io import read
from linkage.settings import IdentifierSettings, InputSettings, TableSource
from linkage.tables import USES

ACCOUNTS = pl.DataFrame(
    {"account": [0, 1, 2, 3], "account_id": ["a", "b", "c", "d"]}, schema_overrides={"account": pl.UInt32}
)


def reached(direct: str, beyond: str, kind: str = "wallet") -> set[tuple[str, str]]:
    """Edges as `a-x b-y`; the uses that are added."""
    code = dict(ACCOUNTS.select("account_id", "account").iter_rows())
    name = {number: one for one, number in code.items()}
    uses = [(code[a], kind, v) for a, v in (edge.split("-") for edge in direct.split())]
    rows = [(h, "wallet", v) for h, v in (edge.split("-") for edge in beyond.split())]
    found = through(
        pl.LazyFrame(uses, schema={"account": pl.UInt32, "kind": pl.String, "value": pl.String}, orient="row"),
        pl.LazyFrame(rows, schema={"holder": pl.String, "kind": pl.String, "value": pl.String}, orient="row"),
        ACCOUNTS,
    )
    assert found.schema == USES
    return {(name[account], value) for account, value in found.select("account", "value").iter_rows()}


@pytest.mark.parametrize(
    ("direct", "beyond", "expected"),
    [
        ("a-x b-y c-hub", "x-hub y-hub", {("a", "hub"), ("b", "hub")}),
        ("a-x b-hub", "x-a x-hub hub-x hub-b", {("a", "hub")}),  # rows of both directions are one neighbour
        ("a-x b-y c-hub", "x-w w-hub y-hub", {("a", "hub"), ("b", "hub")}),  # two values on the way
        ("a-x b-y c-y d-hub", "x-hub y-hub", {("a", "hub")}),  # y has three neighbours: a place
        ("a-x", "x-hub x-other", set()),
        ("a-x a-hub b-hub", "x-hub", set()),  # used already
        ("a-x b-x", "", set()),  # they share x
        ("a-x b-y", "x-y", {("b", "x")}),  # one way between two accounts is one value
        ("a-x a-y", "x-y", set()),  # a way that comes back
        ("a-a b-a", "", set()),  # an account that is its own value
        ("a-x", "x-b", {("b", "x")}),
    ],
)
def test_what_lies_at_the_end(direct: str, beyond: str, expected: set[tuple[str, str]]) -> None:
    assert reached(direct, beyond) == expected


def test_kinds_are_apart_and_the_longest_way_is_bounded() -> None:
    assert reached("a-x b-hub c-hub", "x-hub") == {("a", "hub")}
    assert reached("a-x b-hub c-hub", "x-hub", kind="phone") == set()
    long = " ".join(f"x{i}-x{i + 1}" for i in range(20))
    assert reached("a-x0 b-x20", long) == set()


def test_rows_of_whoever_is_no_account_are_kept_where_they_are_skipped_on_purpose() -> None:
    frames = {
        "accounts": pl.DataFrame({"account_id": ["a"]}),
        "identifiers": pl.DataFrame({"account_id": ["a", "x", "x", None], "kind": "k", "value": ["x", "y", None, "z"]}),
    }
    lenient = InputSettings(tables={"identifiers": TableSource(path="x", known_accounts_only=True)})
    beyond = read(frames, lenient).beyond
    assert beyond is not None
    assert beyond.select("holder", "kind", "value").collect().rows() == [("x", "k", "y")]
    assert read(frames, InputSettings()).beyond is None


def test_a_value_is_rarer_where_fewer_strangers_use_it() -> None:
    rows = [(account, value) for value in ("few", "many") for account in range(4)]
    uses = pl.DataFrame([(a, "wallet", v, 1, None, None) for a, v in rows], schema=USES, orient="row")
    holders = [("many", f"s{i}") for i in range(60)] + [("many", "s0"), ("many", "many")]
    holders += [("few", f"s{i}") for i in range(4)] + [("unused", "s9")]
    beyond = pl.LazyFrame([(h, "wallet", v) for v, h in holders], schema=["holder", "kind", "value"], orient="row")
    others = strangers(uses, beyond)
    assert sorted(others.rows()) == [("wallet", "few", 4), ("wallet", "many", 60)]
    bits = dict(share(uses, 1_024, IdentifierSettings(), others).values.select("value", "bits").iter_rows())
    assert bits == {"few": 8.0, "many": 5.0}
    alone = share(uses, 1_024, IdentifierSettings(), strangers(uses, None)).values
    assert alone["bits"].to_list() == [8.0, 8.0]
