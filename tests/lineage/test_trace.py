"""Ids that last: who takes whose, and what is told of the rest."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping, Sequence

import polars as pl
import pytest

from linkage.lineage import Previous, Traced, renamed, trace
from linkage.lineage.match import heirs, overlaps
from linkage.settings import LineageSettings
from linkage.tables import OUTPUT, empty

SETTINGS = LineageSettings()
Groups = Mapping[str, Sequence[int]]
EVERYBODY = range(1000)


def ids(accounts: Sequence[int] = EVERYBODY) -> pl.DataFrame:
    named = [f"a{i:04d}" for i in accounts]
    return pl.DataFrame(
        {"account": range(len(named)), "account_id": named}, schema={"account": pl.UInt32, "account_id": pl.String}
    )


def listed(groups: Groups, group: str, account: str) -> pl.DataFrame:
    rows = [(name, i) for name, members in groups.items() for i in members]
    return pl.DataFrame(rows, schema={group: pl.String, account: pl.UInt32}, orient="row")


def previous(groups: Groups, lineage: pl.DataFrame | None = None) -> Previous:
    named = listed(groups, "campaign_id", "account").with_columns(
        account_id=pl.format("a{}", pl.col("account").cast(pl.String).str.zfill(4))
    )
    communities = named.select("account_id", community_id="G" + pl.col("campaign_id").str.slice(1))
    members = named.select("campaign_id", "account_id")
    return Previous(communities, members, empty(OUTPUT["lineage"]) if lineage is None else lineage)


def traced(
    before: Groups | Previous | None,
    now: Groups,
    here: Sequence[int] = EVERYBODY,
    cleared: Sequence[int] = (),
    honest: Groups | None = None,
) -> Traced:
    """Both sides name accounts by number; `here` are those still in the logs."""
    code = {number: i for i, number in enumerate(here)}
    coded = {name: [code[i] for i in members] for name, members in now.items()}
    other = {name: [code[i] for i in members] for name, members in (honest or {}).items()}
    communities = {"G" + name[1:]: members for name, members in coded.items()} | other
    if isinstance(before, Mapping):
        before = previous(before)
    return trace(
        before,
        ids(here),
        listed(communities, "community_id", "account"),
        listed(coded, "campaign_id", "account"),
        pl.Series([code[i] for i in cleared], dtype=pl.UInt32),
        SETTINGS,
    )


def events(found: Traced) -> set[tuple[str | None, str | None, str]]:
    return set(found.rows.filter(pl.col("builds_ago") == 0).select("previous_id", "campaign_id", "event").rows())


def kept(found: Traced) -> dict[str, str]:
    return {old: new for old, new in found.names.rows() if old.startswith("C")}


def test_in_a_first_build_all_are_born() -> None:
    found = traced(None, {"C-a": range(10), "C-b": range(10, 20)})
    assert events(found) == {(None, "C-a", "born"), (None, "C-b", "born")}
    assert found.names.is_empty()
    assert found.rows.schema == OUTPUT["lineage"]
    assert found.rows["accounts_now"].to_list() == [10, 10]


@pytest.mark.parametrize(
    ("now", "event"), [(range(100), "grew"), (range(20), "shrank"), (range(1, 41), "kept")], ids=str
)
def test_a_campaign_keeps_its_id_as_it_changes(now: range, event: str) -> None:
    found = traced({"C-old": range(40)}, {"C-new": now})
    assert kept(found) == {"C-new": "C-old"}
    assert events(found) == {("C-old", "C-old", event)}
    assert dict(found.names.rows())["G-new"] == "G-old"
    row = found.rows.row(0, named=True)
    assert (row["accounts_before"], row["accounts_now"]) == (40, len(now))
    assert row["common"] == len(set(now) & set(range(40)))


def test_all_tables_take_the_ids() -> None:
    found = traced({"C-old": range(9)}, {"C-new": range(12)})
    table = pl.DataFrame({"community_id": ["G-new", "G-x", None], "campaign_id": ["C-new", None, "C-y"]})
    assert renamed(table, found.names).rows() == [("G-old", "C-old"), ("G-x", None), (None, "C-y")]
    assert renamed(table.select("campaign_id"), found.names).columns == ["campaign_id"]


def test_of_a_merger_the_larger_keeps_its_id() -> None:
    found = traced({"C-large": range(60), "C-small": range(60, 100)}, {"C-new": range(100)})
    assert events(found) == {("C-large", "C-large", "grew"), ("C-small", "C-large", "merged")}


def test_of_a_split_the_larger_part_keeps_the_id() -> None:
    found = traced({"C-old": range(100)}, {"C-one": range(60), "C-two": range(60, 100)})
    assert events(found) == {("C-old", "C-old", "shrank"), ("C-old", "C-two", "split")}


def test_an_id_ends_where_nobody_holds_a_fair_part() -> None:
    quarters = {f"C-{i}": range(i * 25, i * 25 + 25) for i in range(4)}
    assert events(traced({"C-old": range(100)}, quarters)) == {("C-old", name, "split") for name in quarters}


def test_campaigns_that_change_places_keep_as_many_accounts_under_their_id_as_can_be() -> None:
    """C-one to C-x is the largest overlap (60), but then 55 and 40 accounts change their id."""
    now = {"C-x": [*range(60), *range(100, 155)], "C-y": [*range(60, 100), *range(155, 160)]}
    found = traced({"C-one": range(100), "C-two": range(100, 160)}, now)
    assert kept(found) == {"C-x": "C-two", "C-y": "C-one"}
    assert events(found) == {
        ("C-one", "C-one", "shrank"),
        ("C-one", "C-two", "merged"),
        ("C-two", "C-two", "grew"),
    }


def test_what_became_of_the_accounts_of_a_dead_campaign() -> None:
    here = [i for i in EVERYBODY if i >= 4]
    found = traced({"C-old": range(10)}, {"C-else": range(500, 520)}, here, cleared=[4, 5, 6])
    assert events(found) == {("C-old", None, "died"), (None, "C-else", "born")}
    row = found.rows.filter(pl.col("event") == "died").row(0, named=True)
    assert (row["accounts_before"], row["gone"], row["cleared"], row["left"], row["common"]) == (10, 4, 3, 3, 0)


def test_banned_accounts_do_not_count_against_the_successor() -> None:
    here = [i for i in EVERYBODY if i >= 90]
    found = traced({"C-old": range(100)}, {"C-new": range(90, 140)}, here)
    assert events(found) == {("C-old", "C-old", "shrank")}
    assert found.rows["gone"].to_list() == [90]


def test_one_account_in_common_is_no_succession() -> None:
    found = traced({"C-old": range(10)}, {"C-new": [9, *range(20, 30)]}, [i for i in EVERYBODY if i >= 9])
    assert events(found) == {("C-old", None, "died"), (None, "C-new", "born")}


def test_groups_that_did_not_change_keep_their_ids_whatever_their_size() -> None:
    same = {"C-a": range(1), "C-b": range(1, 3), "C-c": range(3, 30)}
    found = traced(same, same)
    assert found.names.is_empty()
    assert {event for _, _, event in events(found)} == {"kept"}


def test_an_id_is_never_given_twice() -> None:
    """Members give C-old again to those who were it before, while a larger part of its accounts went elsewhere."""
    found = traced({"C-old": range(100)}, {"C-new": range(30, 100), "C-old": range(30)})
    ends = kept(found)
    assert ends["C-new"] == "C-old"
    assert ends["C-old"] not in ("C-old", "C-new")
    assert len(set(dict(found.names.rows()).values())) == 4
    again = traced(previous({"C-old": range(100)}), {"C-new": range(30, 100), "C-old": range(30)})
    assert again.names.equals(found.names)


def test_what_ended_in_a_merger_never_names_another() -> None:
    first = traced({"C-large": range(60), "C-small": range(60, 100)}, {"C-new": range(100)})
    second = traced(previous({"C-large": range(100)}, first.rows), {"C-large": range(100), "C-small": range(200, 240)})
    assert second.rows.filter(pl.col("builds_ago") == 1).select("previous_id", "event").rows() == [
        ("C-small", "merged")
    ]
    assert "C-small" not in {new for _, new, _ in events(second)}


def test_a_campaign_given_up_and_found_again_has_its_id_again() -> None:
    first = traced({"C-one": range(20)}, {}, honest={"G-honest": range(22)})
    assert events(first) == {("C-one", None, "died")}
    assert dict(first.names.rows()) == {"G-honest": "G-one"}
    nobody = previous({}, first.rows)
    accounts = previous({"G-one": range(22)}).accounts.with_columns(community_id=pl.lit("G-one"))
    second = traced(nobody._replace(accounts=accounts), {"C-two": range(25)})
    assert events(second) == {(None, "C-one", "revived")}


def test_the_order_of_rows_and_names_of_now_change_nothing() -> None:
    rng = random.Random(3)
    before = {f"C-{i}": sorted(rng.sample(EVERYBODY, 60)) for i in range(8)}
    now = {f"C-{i + 50}": sorted(rng.sample(EVERYBODY, 60)) for i in range(8)}
    one = traced(before, now)
    turned = dict(reversed(list(before.items()))), {n: list(reversed(list(m))) for n, m in reversed(list(now.items()))}
    other = traced(*turned)
    assert one.rows.equals(other.rows)
    assert one.names.equals(other.names)


@pytest.mark.parametrize("seed", range(6))
def test_the_assignment_is_the_best_there_is(seed: int) -> None:
    rng = random.Random(seed)
    accounts = rng.sample(range(400), 400)
    before = pl.DataFrame({"account": range(400), "group": [f"b{rng.randrange(5)}" for _ in range(400)]})
    now = pl.DataFrame({"account": accounts, "group": [f"n{int(rng.random() ** 2 * 5)}" for _ in range(400)]})
    settings = LineageSettings(share=0.05, accounts=1)
    found = overlaps(before, now)
    common = {(b, n): c for b, n, c in found.select("before", "now", "common").rows()}
    chosen = heirs(found, settings).rows()
    assert len({b for b, _ in chosen}) == len({n for _, n in chosen}) == len(chosen)
    names = [f"n{i}" for i in range(5)]
    fair = {pair: c for pair, c in common.items() if c >= 0.05 * before.filter(pl.col("group") == pair[0]).height}
    best = max(sum(fair.get((f"b{i}", n), 0) for i, n in enumerate(order)) for order in itertools.permutations(names))
    assert sum(common[pair] for pair in chosen) == best


def test_ties_go_to_the_more_alike_then_to_the_first_id() -> None:
    alike = traced({"C-old": range(20)}, {"C-a": [*range(10), *range(50, 90)], "C-b": range(10, 20)})
    assert kept(alike) == {"C-b": "C-old"}
    equal = traced({"C-old": range(20)}, {"C-b": range(10), "C-a": range(10, 20)})
    assert kept(equal) == {"C-a": "C-old"}


def test_a_member_of_two_campaigns_counts_in_both() -> None:
    found = traced({"C-one": range(20), "C-two": range(15, 40)}, {"C-x": range(22), "C-y": range(15, 41)})
    assert kept(found) == {"C-x": "C-one", "C-y": "C-two"}
    assert ("C-one", "C-two", "merged") not in events(found)
