"""Builds that follow one another on a growing world: ids last, and what people decided binds."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import linkage
from linkage.errors import LinkageError, RunFolderError
from linkage.tables import INPUT, OUTPUT

WORLD = Path(__file__).parent.parent / "fixtures" / "world"
Tables = dict[str, pl.DataFrame]

# Two dozen builds.
pytestmark = pytest.mark.slow


def whole() -> Tables:
    names = ("exchanges", "accounts", "payments", "prompts", "identifiers", "networks")
    files = {
        name: WORLD / name / "*.parquet" if (WORLD / name).is_dir() else WORLD / f"{name}.parquet" for name in names
    }
    return {name: pl.read_parquet(file) for name, file in files.items()}


def until(tables: Tables, end: datetime) -> Tables:
    """What the logs held at that time."""
    times = {"exchanges": "sent_at", "prompts": "sent_at", "payments": "paid_at", "accounts": "created_at"}
    cut = {name: table.filter(pl.col(times[name]) < end) if name in times else table for name, table in tables.items()}
    known = cut["accounts"]["account_id"].implode()
    return {
        name: t.filter(pl.col("account_id").is_in(known)) if "account_id" in t.columns else t for name, t in cut.items()
    }


def with_decisions(rows: Sequence[tuple[str, str, str | None, datetime | None]]) -> Tables:
    return {**whole(), "decisions": pl.DataFrame(rows, schema=INPUT["decisions"], orient="row")}


@pytest.fixture(scope="module")
def early() -> linkage.Run:
    tables = whole()
    first: Any = tables["exchanges"]["sent_at"].min()
    return linkage.build(until(tables, first + timedelta(days=10)))


@pytest.fixture(scope="module")
def run() -> linkage.Run:
    return linkage.build(WORLD)


@pytest.fixture(scope="module")
def late(early: linkage.Run) -> linkage.Run:
    return linkage.build(WORLD, previous=early)


@pytest.fixture(scope="module")
def largest(run: linkage.Run) -> list[str]:
    """Members of the largest campaign."""
    campaign = run.campaigns.sort("accounts", "campaign_id", descending=[True, False])["campaign_id"][0]
    return run.members.filter(pl.col("campaign_id") == campaign)["account_id"].to_list()


class TestLineage:
    def test_in_a_first_build_all_are_born(self, run: linkage.Run) -> None:
        assert run.lineage["campaign_id"].sort().to_list() == run.campaigns["campaign_id"].sort().to_list()
        assert run.lineage["event"].unique().to_list() == ["born"]
        assert run.manifest["lineage"] == {"born": run.campaigns.height}

    def test_campaigns_keep_their_ids_as_the_world_grows(
        self, early: linkage.Run, late: linkage.Run, run: linkage.Run
    ) -> None:
        assert early.campaigns.height > 0
        assert set(early.campaigns["campaign_id"]) <= set(late.campaigns["campaign_id"])
        assert not set(early.campaigns["campaign_id"]) & set(run.campaigns["campaign_id"])
        said = late.lineage.filter(pl.col("event") == "grew")
        assert set(said["campaign_id"]) == set(early.campaigns["campaign_id"])

    def test_but_for_the_ids_the_run_is_the_same(self, late: linkage.Run, run: linkage.Run) -> None:
        def groups(table: pl.DataFrame, column: str) -> set[frozenset[str]]:
            return {frozenset(part["account_id"]) for part in table.drop_nulls(column).partition_by(column)}

        assert groups(late.members, "campaign_id") == groups(run.members, "campaign_id")
        assert groups(late.accounts, "community_id") == groups(run.accounts, "community_id")
        assert late.links.equals(run.links)
        assert late.evidence.equals(run.evidence)

    def test_all_tables_agree_on_the_ids(self, late: linkage.Run) -> None:
        ids = set(late.campaigns["campaign_id"])
        assert set(late.members["campaign_id"]) == ids
        assert set(late.accounts["campaign_id"].drop_nulls()) == ids
        assert set(late.communities["campaign_id"].drop_nulls()) == ids
        assert set(late.lineage["campaign_id"].drop_nulls()) == ids
        assert late.communities["community_id"].is_unique().all()
        assert set(late.accounts["community_id"].drop_nulls()) == set(late.communities["community_id"])
        assert all(campaign in late.html for campaign in ids)

    def test_a_run_after_itself_keeps_every_id(self, late: linkage.Run, tmp_path: Path) -> None:
        folder = late.save(tmp_path / "run").path
        again = linkage.build(WORLD, previous=folder)
        for name in ("accounts", "members", "communities", "campaigns"):
            assert again.table(name).equals(late.table(name)), name
        assert set(again.lineage.filter(pl.col("builds_ago") == 0)["event"]) == {"kept"}

    def test_a_previous_run_about_others(self, run: linkage.Run) -> None:
        strangers = {name: run.table(name) for name in ("accounts", "members")}
        for name, table in strangers.items():
            strangers[name] = table.with_columns(account_id="x" + pl.col("account_id"))
        tables = {name: run.table(name) for name in OUTPUT} | strangers
        found = linkage.build(WORLD, previous=linkage.Run(tables=tables, manifest=run.manifest))
        events = found.lineage.filter(pl.col("builds_ago") == 0)
        assert set(events["event"]) == {"died", "born"}
        died = events.filter(pl.col("event") == "died")
        assert (died["gone"] == died["accounts_before"]).all()
        assert not set(found.campaigns["campaign_id"]) & set(run.campaigns["campaign_id"])

    def test_a_previous_run_with_no_campaign(self, run: linkage.Run) -> None:
        nothing = linkage.build({"prompts": whole()["prompts"].head(0)})
        found = linkage.build(WORLD, previous=nothing)
        assert found.campaigns.equals(run.campaigns)
        assert found.lineage.equals(run.lineage)

    @pytest.mark.parametrize(
        ("harm", "said"),
        [
            (lambda folder: shutil.rmtree(folder), "no such folder"),
            (lambda folder: (folder / "lineage.parquet").unlink(), "lacks lineage.parquet"),
            (lambda folder: (folder / "members.parquet").write_bytes(b"PAR1"), "damaged"),
            (lambda folder: (folder / "manifest.json").write_text(json.dumps({"format": 9})), "format 9"),
            (lambda folder: pl.DataFrame({"account_id": [1]}).write_parquet(folder / "accounts.parquet"), "account_id"),
        ],
        ids=["gone", "file missing", "damaged", "other version", "other columns"],
    )
    def test_a_previous_run_that_cannot_be_used(
        self, run: linkage.Run, tmp_path: Path, harm: Callable[[Path], object], said: str
    ) -> None:
        folder = tmp_path / "run"
        run.save(folder)
        harm(folder)
        with pytest.raises(RunFolderError, match=said) as caught:
            linkage.build(WORLD, previous=folder)
        assert isinstance(caught.value, LinkageError)
        assert "build" in str(caught.value)


class TestDecisions:
    def test_cleared_accounts_are_members_of_nothing(self, run: linkage.Run, largest: list[str]) -> None:
        some = largest[:3]
        found = linkage.build(with_decisions([(account, "cleared", None, None) for account in some]))
        assert not set(some) & set(found.members["account_id"])
        both = run.accounts.join(found.accounts, on="account_id").filter(pl.col("account_id").is_in(some))
        assert (both["suspicion_right"] < both["suspicion"]).all()
        assert found.decisions["outcome"].to_list() == ["kept out of campaigns"] * 3
        told: Any = found.manifest["decisions"]
        assert (told["cleared"], told["cleared_in_campaigns_now"]) == (3, 0)

    def test_a_campaign_whose_members_were_all_cleared_is_none(self, largest: list[str]) -> None:
        found = linkage.build(with_decisions([(account, "cleared", None, None) for account in largest]))
        assert not set(largest) & set(found.members["account_id"])

    def test_accounts_of_different_campaigns_are_kept_apart(self, largest: list[str]) -> None:
        half = len(largest) // 2
        rows = [(account, "enforced", "XY"[i >= half], None) for i, account in enumerate(largest)]
        found = linkage.build(with_decisions(rows))
        named = found.accounts.join(found.decisions.select("account_id", "campaign"), on="account_id")
        sides = [set(named.filter(pl.col("campaign") == name)["community_id"].drop_nulls()) for name in "XY"]
        assert not sides[0] & sides[1]
        told: Any = found.manifest["decisions"]
        assert told["links_cut_between_campaigns"] > 0

    def test_enforced_accounts_are_a_reason_and_named(self, largest: list[str]) -> None:
        found = linkage.build(with_decisions([(account, "enforced", "Old <b>", None) for account in largest[:4]]))
        inside = found.campaigns.filter(pl.col("reasons_for").str.contains("enforced before, most of them in Old <b>"))
        assert inside.height == 1
        assert "Old <b>" not in found.html
        kinds = found.evidence.filter(pl.col("kind") == "decision")
        assert set(kinds["value"]) == {"both enforced in Old <b>"}
        channels: Any = found.manifest["channels"]
        assert channels["decision"]["links"] >= kinds.height

    def test_unknown_accounts_and_conflicts_are_counted(self, largest: list[str]) -> None:
        now = datetime(2026, 1, 1, tzinfo=UTC)
        one, two = largest[:2]
        rows = [
            ("nobody", "enforced", "X", None),
            (one, "enforced", "X", now),
            (one, "cleared", None, now),
            (two, "enforced", "X", None),
            (two, "enforced", "X", None),
        ]
        found = linkage.build(with_decisions(rows))
        told: Any = found.manifest["decisions"]
        assert told["rows"] == 5
        assert told["of_accounts_not_in_the_logs"] == 1
        assert (told["accounts"], told["conflicting"], told["overruled_by_later_ones"]) == (2, 1, 0)
        notes: Any = found.manifest["notes"]
        assert any("logs do not know" in note for note in notes)
        assert one not in set(found.members["account_id"])

    def test_everybody_enforced_accuses_nobody_new(self, run: linkage.Run) -> None:
        everybody = run.accounts["account_id"]
        found = linkage.build(with_decisions([(account, "enforced", None, None) for account in everybody]))
        assert found.campaigns.height <= run.campaigns.height + 2
        assert (found.decisions["decision"] == "enforced").all()

    def test_the_order_of_decisions_changes_nothing(self, largest: list[str]) -> None:
        rows = [(account, ("enforced", "cleared")[i % 2], f"C{i % 3}", None) for i, account in enumerate(largest)]
        one, other = linkage.build(with_decisions(rows)), linkage.build(with_decisions(rows[::-1]))
        for name in ("accounts", "members", "communities", "campaigns", "links", "decisions"):
            assert one.table(name).equals(other.table(name)), name


@pytest.fixture(scope="module")
def paying(run: linkage.Run, largest: list[str]) -> tuple[Tables, str]:
    """An honest account was cleared in the middle of the time; later it does what a campaign does, with its cards."""
    tables = whole()
    start: Any = run.accounts["first_seen"].min()
    middle = start + timedelta(days=7)
    honest = run.accounts.filter(
        pl.col("community_id").is_null() & (pl.col("first_seen") < middle) & (pl.col("exchanges") > 0)
    )["account_id"][0]
    some = pl.col("account_id").is_in(largest)
    cards = tables["payments"].filter(some).unique("instrument").sort("instrument")
    taken = {
        "payments": cards.with_columns(paid_at=pl.lit(middle + timedelta(days=2))),
        "prompts": tables["prompts"].filter(some & (pl.col("sent_at") > middle)).head(60),
        "exchanges": tables["exchanges"].filter(some & (pl.col("sent_at") > middle)).head(200),
    }
    for name, rows in taken.items():
        ours = rows.with_columns(account_id=pl.lit(honest)).cast(tables[name].schema)
        tables[name] = pl.concat([tables[name], ours])
    decision = with_decisions([(honest, "cleared", None, middle)])["decisions"]
    return {**tables, "decisions": decision}, honest


class TestReturning:
    def test_it_comes_back_and_the_reason_is_listed(self, paying: tuple[Tables, str]) -> None:
        tables, honest = paying
        found = linkage.build(tables)
        row = found.decisions.row(0, named=True)
        assert row["returns"]
        assert "money" in row["outcome"]
        assert row["campaign_id"] is not None
        assert honest in set(found.members["account_id"])
        campaign = found.campaigns.filter(pl.col("campaign_id") == row["campaign_id"])
        assert f"{honest} cleared on" in campaign["reasons_against"][0]
        told: Any = found.manifest["decisions"]
        assert (told["cleared_that_come_back"], told["cleared_in_campaigns_now"]) == (1, 1)

    def test_it_stays_out_if_the_decision_came_after(self, paying: tuple[Tables, str]) -> None:
        tables, honest = paying
        later = tables["decisions"].with_columns(pl.col("decided_at") + timedelta(days=5))
        found = linkage.build({**tables, "decisions": later})
        assert found.decisions["returns"].to_list() == [False]
        assert honest not in set(found.members["account_id"])
