"""Paths between accounts are told from memory as they are from the run's file."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import polars as pl
import pytest

import linkage
from linkage.explain import explain_pair
from linkage.serve.catalogue import Catalogue
from linkage.tables import OUTPUT, empty
from tests.explain import worlds
from tests.serve import apps


@pytest.fixture(scope="module")
def crew() -> linkage.Run:
    return worlds.built(worlds.crew())


def test_paths_from_memory_are_those_of_the_file(crew: linkage.Run) -> None:
    through = Catalogue(crew).ties.ways.through
    told = [explain_pair(crew, one, other) for one, other in combinations(("c0", "c4", "x", "y", "z000"), 2)]
    assert sum(bool(each.path) for each in told) > 1
    for each in told:
        assert explain_pair(crew, each.one.account_id, each.other.account_id, through) == each
        assert explain_pair(crew, each.one.account_id, each.other.account_id, lambda *_: []).path == []


def test_of_communities_without_campaigns_nothing_is_kept(crew: linkage.Run) -> None:
    kept = Catalogue(crew).ties.ways
    standing = explain_pair(crew, "x", "y").one
    assert kept.through(standing, standing) is not None
    assert set(crew.members["account_id"]) <= set(kept.ids)
    alone = {name: crew.table(name) for name in OUTPUT} | {
        name: empty(OUTPUT[name]) for name in ("members", "campaigns", "evidence")
    }
    none = Catalogue(linkage.Run(tables=alone, manifest=crew.manifest)).ties.ways
    assert none.ids.is_empty()
    assert none.through(standing, standing) is None


def test_accounts_left_out_of_a_campaign_of_their_community_are_led_through(crew: linkage.Run) -> None:
    tables = {name: crew.table(name) for name in OUTPUT}
    between = explain_pair(crew, "x", "y").path[0].end
    tables["members"] = crew.members.filter(pl.col("account_id") != between)
    run = linkage.Run(tables=tables, manifest=crew.manifest)
    assert explain_pair(run, "x", "y", Catalogue(run).ties.ways.through).path == explain_pair(crew, "x", "y").path


def test_the_page_of_a_pair_shows_the_path(crew: linkage.Run, tmp_path: Path) -> None:
    page = apps.login(apps.app(tmp_path, crew)).get("/pair?one=x&other=y").text
    assert "Not linked directly, but through" in page
