"""What models are given: the accounts, links and assessments, and which of them are learned from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.gnn import labels
from linkage.gnn.features import GROUPS, matrix
from linkage.gnn.graph import Graph, ties
from linkage.gnn.learner import Prepared
from linkage.gnn.trees import aggregated
from linkage.gnn.trial import Seen
from linkage.gnn_settings import GnnSettings

#: The evidence hidden from assessment and models when nothing was decided: they are asked for what it says.
HIDDEN = "content"


class Assessed(NamedTuple):
    """What the rules say of the linked accounts."""

    accounts: pl.DataFrame  # account, community_id, campaign_id, suspicion: every linked account
    communities: pl.DataFrame  # community_id, suspicion, campaign_id, explanation


class Case(NamedTuple):
    """All that a model may look at."""

    features: pl.DataFrame  # see `features`
    links: pl.DataFrame  # LINKS, without what decisions tie or cut
    channels: Mapping[str, str]  # channel -> independence group
    community: pl.DataFrame  # account, community: what is in one fold, found without decisions
    whole: Assessed  # knows all decisions
    untold: Callable[[pl.Series], Assessed]  # the communities of `community` asked for, by rules that know no decision
    # The same, HIDDEN hidden as well; None where there is none of it.
    blind: Callable[[pl.Series], Assessed] | None
    decisions: pl.DataFrame | None  # account_id, decision, decided_at
    ids: pl.DataFrame  # account, account_id
    threshold: float  # suspicion from which a member is one


class Scene(NamedTuple):
    """The graph, and what of it is learned from."""

    case: Case
    of: Graph
    at: NDArray[np.int64]  # nodes learned from and asked for
    near: Graph  # the graph around them
    nodes: NDArray[np.int64]  # which nodes of the whole its nodes are


def inputs(scene: Scene, without: str | None = None) -> NDArray[np.float32]:
    """float32[n, f]: what models see of every node."""
    of = scene.of
    return np.concatenate((matrix(scene.case.features, of.accounts, without), ties(of, without)), axis=1)


def shown(
    scene: Scene, rules: Assessed, community: NDArray[np.int32], settings: GnnSettings, without: str | None = None
) -> Seen:
    """The nodes asked for, found in these communities, with an evidence group hidden if one is."""
    x = inputs(scene, without)
    accounts, of = scene.of.accounts[scene.at], scene.near
    if without is not None:
        typed = of.typed.copy()
        typed[:, GROUPS.index(without)] = 0.0
        of = of._replace(typed=typed)
    around = aggregated(x, scene.of, scene.at)
    weak = labels.weak(rules.accounts, rules.communities, accounts, community, settings.sure_bits)
    return Seen(Prepared(of, x[scene.nodes], around), *ruled(rules, accounts), weak)


def untold(scene: Scene, whole: Seen, community: NDArray[np.int32], settings: GnnSettings) -> Seen:
    """The same nodes, with what rules say of them that know no decision: those who know would only repeat them."""
    rules, accounts = scene.case.untold(pl.Series("community", np.unique(community))), scene.of.accounts[scene.at]
    weak = labels.weak(rules.accounts, rules.communities, accounts, community, settings.sure_bits)
    return Seen(whole.on, *ruled(rules, accounts), weak)


def ruled(rules: Assessed, nodes: NDArray[np.uint32]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """What the rules say of accounts: suspicion, and whether their community is a campaign."""
    judged = pl.col("campaign_id").is_not_null().any().over("community_id")
    at = pl.DataFrame({"account": nodes}).cast({"account": pl.UInt32})
    told = at.join(
        rules.accounts.with_columns(judged=judged), on="account", how="left", maintain_order="left"
    ).with_columns(pl.col("judged").fill_null(False), pl.col("suspicion").fill_null(0.0))
    return told["suspicion"].to_numpy().astype(np.float64), told["judged"].to_numpy()


def communities_of(table: pl.DataFrame, nodes: NDArray[np.uint32]) -> NDArray[np.int32]:
    """int32[n]: a number of its own for an account that is in none."""
    at = pl.DataFrame({"account": nodes}).cast({"account": pl.UInt32})
    found = at.join(table, on="account", how="left", maintain_order="left")["community"]
    alone = pl.Series(np.arange(len(nodes), dtype=np.int32)) + 1 + int(str(table["community"].max() or 0))
    return found.fill_null(alone).to_numpy().astype(np.int32)
