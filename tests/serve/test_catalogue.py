"""What is indexed when the app starts says what the tables say, counted the slow way."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import polars as pl
import pytest

from linkage.io import Run
from linkage.report.compose import compose
from linkage.report.gather import PAIRWISE
from linkage.serve import ties as module
from linkage.serve.catalogue import Catalogue
from tests.report import runs
from tests.serve import apps


@pytest.fixture(scope="module")
def of() -> Catalogue:
    return Catalogue(apps.run())


def slow_uses(run: Run) -> dict[tuple[str, str], set[tuple[str, str]]]:
    """(kind, value) -> (campaign, account)."""
    where = defaultdict(set)
    for row in run.members.to_dicts():
        where[row["account_id"]].add(row["campaign_id"])
    uses: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for row in run.evidence.to_dicts():
        if row["kind"] in PAIRWISE:
            continue
        both = where[row["account_a"]] & where[row["account_b"]]
        uses[row["kind"], row["value"]] |= {(c, row[end]) for c in both for end in ("account_a", "account_b")}
    return {key: found for key, found in uses.items() if found}


def test_who_uses_which_value(of: Catalogue) -> None:
    found = {}
    for code, row in enumerate(of.ties.values.to_dicts()):
        users = of.users(code).to_dicts()
        used = {(of.campaigns["campaign_id"][u["campaign"]], of.accounts["account_id"][u["account"]]) for u in users}
        assert row["accounts"] == len({account for _, account in used})
        assert row["campaigns"] == len({campaign for campaign, _ in used})
        if used:
            found[row["kind"], row["value"]] = used
        for account in {u["account"] for u in users}:
            assert code in of.used(account)["value"].to_list()
    assert found == slow_uses(of.run)


def test_links_inside_campaigns_with_the_kinds_behind_them(of: Catalogue) -> None:
    for code, campaign in enumerate(of.campaigns["campaign_id"]):
        whose = set(of.run.members.filter(campaign_id=campaign)["account_id"])
        links = {
            (r["account_a"], r["account_b"]): r["weight"]
            for r in of.run.links.to_dicts()
            if r["account_a"] in whose and r["account_b"] in whose
        }
        kinds: dict[tuple[str, str], int] = defaultdict(int)
        for row in of.run.evidence.select("account_a", "account_b", "kind").unique().to_dicts():
            if row["account_a"] in whose and row["account_b"] in whose:
                kinds[row["account_a"], row["account_b"]] |= of.bit(row["kind"])
        ids = of.accounts["account_id"]
        found = of.links(code).to_dicts()
        assert {(ids[r["a"]], ids[r["b"]]): r["weight"] for r in found} == links
        assert all(r["kinds"] == kinds[ids[r["a"]], ids[r["b"]]] for r in found)
        assert [r["weight"] for r in found] == sorted((r["weight"] for r in found), reverse=True)


def test_a_campaign_reads_as_its_report_does(of: Catalogue) -> None:
    tables = {name: of.run.table(name) for name in ("accounts", "links", "evidence")} | dict(of.small)
    for whole in compose(tables, of.manifest).document.campaigns:
        assert whole.header.campaign_id is not None
        code = of.campaign(whole.header.campaign_id)
        assert code is not None
        mine = of.report(code)
        # Values of equal standing are in another order, and the app lists the first of a kind only.
        rest = {"indicators", "evidence", "header"}
        assert mine.model_dump(exclude=rest) == whole.model_dump(exclude=rest)
        assert mine.header.run_hash == whole.header.run_hash
        for one, other in zip(mine.evidence.channels, whole.evidence.channels, strict=True):
            assert one.model_dump(exclude={"top"}) == other.model_dump(exclude={"top"})
            assert [t.bits for t in one.top] == [t.bits for t in other.top]


def test_parts_of_the_file_make_the_same(tmp_path: Path, of: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    saved = apps.run().save(tmp_path / "run")
    monkeypatch.setattr(module, "AT_ONCE", 7)
    made, same = Catalogue(saved).ties, of.ties
    assert made.kinds == same.kinds
    for one, other in zip(made, same, strict=True):
        if isinstance(one, pl.DataFrame) and isinstance(other, pl.DataFrame):
            assert one.equals(other)
    for each, like in zip(made.ways.links, same.ways.links, strict=True):
        assert (each == like).all()


def test_ids_and_values_are_found(of: Catalogue) -> None:
    ids = of.accounts["account_id"].to_list()
    assert [of.account(each) for each in ids[:50]] == list(range(50))
    assert of.account("nobody") is None
    assert of.account("") is None
    assert of.account("~" * 100) is None
    assert of.campaign("C-nope") is None
    row = of.ties.values.row(0, named=True)
    assert of.value(row["kind"], row["value"]) == 0
    assert of.value("ip", "nothing") is None


def test_a_run_without_campaigns_opens(tmp_path: Path) -> None:
    empty = {name: frame.clear() for name, frame in runs.tables().items()}
    client = apps.login(apps.app(tmp_path, apps.run(frames=empty)))
    for path in ("/", "/hubs", "/search?q=abc", "/decisions", "/log", "/pair?one=a&other=b"):
        assert client.get(path).status_code in (200, 404), path
