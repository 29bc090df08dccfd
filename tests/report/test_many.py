"""A build with two dozen campaigns, and what other tools make of the reports on it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import networkx
import polars as pl
import pytest

import linkage
from linkage.report.compose import Report, compose
from linkage.report.formats import graphs, stix
from linkage.tables import INPUT, OUTPUT, empty
from tests.explain.worlds import EASY

GROUPS, SIZE = 24, 6
START = datetime(2026, 3, 1, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def run() -> linkage.Run:
    """Groups of six accounts with a wallet for each two of them, who move to a new model, among others."""
    named = [[f"g{group:02}-{i}" for i in range(SIZE)] for group in range(GROUPS)]
    filler = [f"z{i:03}" for i in range(400)]
    wallets = [
        (of[i], "wallet", f"{group} {min(i, j)} {max(i, j)}")
        for group, of in enumerate(named)
        for i in range(SIZE)
        for j in range(SIZE)
        if i != j
    ]
    everybody = [account for of in named for account in of]
    sent = [
        (account, START + timedelta(days=day, minutes=7 * at), "new" if day > 14 and at < len(everybody) else "old")
        for at, account in enumerate(everybody + filler)
        for day in range(0, 25, 3)
    ]

    def table(name: str, rows: list[tuple[object, ...]], *columns: str) -> pl.DataFrame:
        schema = {column: INPUT[name][column] for column in columns}
        return pl.concat([empty(INPUT[name]), pl.DataFrame(rows, schema=schema, orient="row")], how="diagonal")

    signed = [(account, START - timedelta(days=at % 9)) for at, account in enumerate(everybody + filler)]
    tables = {
        "accounts": table("accounts", list(signed), "account_id", "created_at"),
        "identifiers": table("identifiers", list(wallets), "account_id", "kind", "value"),
        "exchanges": table("exchanges", list(sent), "account_id", "sent_at", "model"),
    }
    return linkage.build(tables, EASY)


@pytest.fixture(scope="module")
def report(run: linkage.Run) -> Report:
    return compose({name: run.table(name) for name in OUTPUT}, run.manifest)


def test_hours_and_models_add_up(run: linkage.Run, report: Report) -> None:
    assert run.campaigns.height == GROUPS
    for campaign in report.document.campaigns:
        assert sum(hour.exchanges for hour in campaign.activity) == campaign.scale.exchanges == SIZE * 9
        assert sum(each.exchanges for each in campaign.models) == campaign.scale.exchanges
        assert sum(each.exchanges for each in campaign.ramp) == campaign.scale.exchanges
        kinds = [event.kind for event in campaign.timeline.events]
        assert {"sign-ups", "ramp", "peak", "release", "pivot"} <= set(kinds)
        assert campaign.timeline.begin == "sign-up"


def test_every_bundle_is_valid_to_stix2_and_the_validator(run: linkage.Run, report: Report) -> None:
    stix2 = pytest.importorskip("stix2")
    validator = pytest.importorskip("stix2validator")
    tables = {name: run.table(name) for name in OUTPUT}
    alone = [compose(tables, run.manifest, [name]).document for name in run.campaigns["campaign_id"]]
    assert len(alone) >= 20
    options = validator.ValidationOptions(version="2.1", silent=True)
    for document in (*alone, report.document):
        text = stix.render(document)
        assert len(stix2.parse(text).objects) == len(json.loads(text)["objects"])
        results = validator.validate_string(text, options)
        assert results.is_valid, results.errors
        assert not results.errors
    # What two bundles tell of one campaign has one id.
    of = [{each["id"] for each in stix.bundle(document)["objects"]} for document in alone]
    whole = {each["id"] for each in stix.bundle(report.document)["objects"]}
    assert set.union(*of) == whole


def test_networkx_and_igraph_count_the_same(run: linkage.Run, report: Report, tmp_path: Path) -> None:
    igraph = pytest.importorskip("igraph")
    (tmp_path / "graphml").write_text(graphs.graphml(report), encoding="utf-8")
    (tmp_path / "gexf").write_text(graphs.gexf(report), encoding="utf-8")
    nodes = run.members.height
    edges = sum(campaign.links.height for campaign in run.campaigns)
    assert edges == GROUPS * SIZE * (SIZE - 1) // 2
    for found in (networkx.read_graphml(tmp_path / "graphml"), networkx.read_gexf(tmp_path / "gexf")):
        assert (found.number_of_nodes(), found.number_of_edges()) == (nodes, edges)
        assert networkx.number_connected_components(found) == GROUPS
        assert sum(each["exchanges"] for _, each in found.nodes(data=True)) == run.campaigns["exchanges"].sum()
        total = sum(each["weight"] for _, _, each in found.edges(data=True))
        assert total == pytest.approx(run.links["weight"].sum(), rel=1e-6)
    read = igraph.Graph.Read_GraphML(str(tmp_path / "graphml"))
    assert (read.vcount(), read.ecount()) == (nodes, edges)
    assert len(read.components()) == GROUPS


def test_campaigns_as_graphs_hold_what_the_tables_hold(run: linkage.Run) -> None:
    for campaign in run.campaigns:
        graph = campaign.to_networkx()
        assert graph.number_of_nodes() == campaign.row["accounts"]
        assert graph.number_of_edges() == campaign.links.height
        assert sum(each["exchanges"] for _, each in graph.nodes(data=True)) == campaign.row["exchanges"]
        assert f"{campaign.row['accounts']:,}" in campaign._repr_html_()


@pytest.mark.slow
def test_campaigns_as_tensors_hold_what_the_tables_hold(run: linkage.Run) -> None:
    pytest.importorskip("torch_geometric")
    for campaign in list(run.campaigns)[:3]:
        data = campaign.to_pyg()
        assert data.num_nodes == campaign.row["accounts"]
        assert data.num_edges == 2 * campaign.links.height
        assert data.edge_attr[:, 0].sum().item() == pytest.approx(2 * campaign.links["weight"].sum(), rel=1e-5)
        data.validate()
