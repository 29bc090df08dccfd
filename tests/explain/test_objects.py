"""Campaigns as objects: frames, graphs, and what a notebook shows."""

from __future__ import annotations

import copy
import sys

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

import linkage
from linkage.errors import MissingExtraError, UnknownIdError
from linkage.io import Campaign, Campaigns
from linkage.tables import OUTPUT


@pytest.fixture
def campaign(crew: linkage.Run) -> Campaign:
    found: Campaign = crew.campaigns[0]
    return found


def test_campaigns_are_a_frame_and_a_sequence(crew: linkage.Run) -> None:
    campaigns = crew.campaigns
    assert_frame_equal(campaigns, crew.table("campaigns"))
    assert campaigns.equals(crew.table("campaigns"))
    assert [each.id for each in campaigns] == campaigns["campaign_id"].to_list()
    assert len(campaigns) == len(list(campaigns)) == 1
    assert campaigns[-1].id == campaigns[0].id == campaigns[campaigns[0].id].id
    for plain in (campaigns.head(1), campaigns.filter(pl.col("accounts") > 0), copy.deepcopy(campaigns), campaigns[:1]):
        assert type(plain) is pl.DataFrame
    assert pl.concat([campaigns, crew.table("campaigns")]).height == 2
    assert campaigns[np.argmax(campaigns["accounts"].to_numpy())].id == campaigns[0].id
    assert campaigns[0].id in campaigns
    assert "accounts" in campaigns
    assert "C-nobody" not in campaigns
    with pytest.raises(IndexError):
        campaigns[1]
    with pytest.raises(UnknownIdError, match="is not in the run"):
        campaigns["C-nobody"]


def test_frames_agree_with_the_tables(crew: linkage.Run, campaign: Campaign) -> None:
    members = crew.members.filter(pl.col("campaign_id") == campaign.id)
    assert campaign.accounts["account_id"].to_list() == members["account_id"].to_list()
    assert campaign.accounts["exchanges"].sum() == campaign.row["exchanges"]
    assert "suspicion" in campaign.accounts.columns
    inside = pl.col("account_a").is_in(members["account_id"]) & pl.col("account_b").is_in(members["account_id"])
    assert campaign.links.equals(crew.links.filter(inside))
    assert campaign.evidence.equals(crew.evidence.filter(inside))


def test_a_channel_that_adds_nothing_does_not_read_as_less(crew: linkage.Run) -> None:
    tables = {name: crew.table(name) for name in OUTPUT}
    tables["links"] = tables["links"].with_columns(nothing=pl.lit(-0.0, pl.Float32))
    campaign = linkage.Run(tables=tables, manifest={}).campaigns[0]
    assert not np.signbit(campaign.links["nothing"].to_numpy()).any()
    assert campaign.links["weight"].to_list() == crew.links["weight"].to_list()


def test_as_a_networkx_graph(campaign: Campaign) -> None:
    pytest.importorskip("networkx")
    graph = campaign.to_networkx()
    assert graph.number_of_nodes() == campaign.row["accounts"]
    assert graph.number_of_edges() == campaign.links.height
    row = campaign.links.row(0, named=True)
    assert graph[row["account_a"]][row["account_b"]]["weight"] == row["weight"]
    assert graph.nodes["x"]["suspicion"] == campaign.accounts.filter(pl.col("account_id") == "x")["suspicion"].item()


@pytest.mark.slow
def test_as_a_pyg_graph(campaign: Campaign) -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("torch_geometric")
    data = campaign.to_pyg()
    data.validate()
    assert data.num_nodes == campaign.row["accounts"]
    assert data.num_edges == 2 * campaign.links.height
    assert data.is_undirected()
    assert data.edge_attr.shape == (data.num_edges, len(data.edge_features))
    a, b = data.edge_index[:, 0].tolist()
    row = campaign.links.row(0, named=True)
    assert (data.account_id[a], data.account_id[b]) == (row["account_a"], row["account_b"])
    assert data.edge_attr[0, data.edge_features.index("weight")].item() == row["weight"]
    assert torch.isfinite(data.x).all()


@pytest.mark.parametrize(
    ("way", "module", "extra"), [("networkx", "networkx", "notebook"), ("pyg", "torch_geometric.data", "gnn")]
)
def test_what_is_not_installed_is_named(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch, way: str, module: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=rf"account-linkage\[{extra}\]"):
        getattr(campaign, f"to_{way}")()


def test_a_notebook_shows_strings_of_the_logs_inert(crew: linkage.Run) -> None:
    bad = "<script>\x1b[31m\u202e" + "x" * 1_000_000
    tables = {name: crew.table(name) for name in OUTPUT}
    tables["campaigns"] = tables["campaigns"].with_columns(
        operator=pl.lit(bad), capability=pl.lit(bad), reasons_for=pl.lit(f'["{bad[:8]}"]'), reasons_against=pl.lit(bad)
    )
    tables["members"] = tables["members"].with_columns(account_id=bad + pl.col("account_id"))
    run = linkage.Run(tables=tables, manifest={})
    for shown in (run._repr_html_(), run.campaigns._repr_html_(), run.campaigns[0]._repr_html_()):
        assert "<script" not in shown
        assert "&lt;script" in shown
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert len(shown) < 20_000
    assert isinstance(run.campaigns, Campaigns)
    assert "1 campaigns" in repr(run)
