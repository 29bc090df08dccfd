"""Models against none: taught by what is sure, tested on what they never saw, listened to where they help."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.gnn import compare, labels
from linkage.gnn.drawn import chosen, near
from linkage.gnn.features import GROUPS, matrix
from linkage.gnn.graph import Graph, graph, ties
from linkage.gnn.learner import Learned, Prepared, chance, learn
from linkage.gnn.trees import aggregated
from linkage.gnn.trial import Seen, Tried, crossed, judged, whole_lessons
from linkage.gnn_settings import GnnSettings

#: The evidence hidden from assessment and models when nothing was decided: they are asked for what it says.
HIDDEN = "content"
_SUSPICION = {"account": pl.UInt32, "suspicion": pl.Float32}
_NEEDS = {"trees": ("sklearn",), "encoder": ("torch", "torch_geometric")}


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


class Opinion(NamedTuple):
    """What came of it."""

    suspicion: pl.DataFrame | None  # account, suspicion Float32 of every linked account; None: as it was
    figures: dict[str, Any]  # for the manifest
    model: Learned | None = None  # taught on all lessons, where one was asked for


def opinion(
    case: Case,
    settings: GnnSettings,
    seed: int,
    device: str,
    *,
    saved: tuple[Learned, bool] | None = None,
    keep: bool = False,
) -> Opinion:
    """Suspicion refined by the model that wins, or left alone.

    Without enough decisions, one evidence group is hidden from the rules; what they still are sure of teaches the
    models, and all are asked for what the whole assessment says of communities the models never saw (two views that
    teach one another: Blum & Mitchell 1998, "Combining labeled and unlabeled data with co-training").

    Args:
        case: the accounts, links and assessments.
        settings: sizes, margins and trust.
        seed: of all random choices.
        device: cpu or cuda, for the encoder.
        saved: a model of another day to use instead of teaching any, and whether it won there. Where enough was
            decided it must win again.
        keep: also teach the best model on all lessons, to be saved.
    """
    figures: dict[str, Any] = {"used": "none"}
    if saved is not None:
        return (
            _of_another_day(case, saved, settings, seed, device)
            if not case.links.is_empty()
            else _none(figures, "no links")
        )
    wanted = [name for name in ("trees", "encoder") if name != "encoder" or settings.encoder]
    absent = sorted({package for name in wanted for package in _NEEDS[name] if find_spec(package) is None})
    names = [name for name in wanted if not set(_NEEDS[name]) & set(absent)]
    if absent:
        figures["missing"] = f"{', '.join(absent)}: pip install 'account-linkage[gnn]'"
    if not names:
        return _none(figures, "no model can be made: packages are missing")
    of = graph(case.links, case.channels)
    community = _community(case.community, of.accounts)
    decided = labels.decided(case.decisions, case.ids, of.accounts)
    weak = labels.weak(case.whole.accounts, case.whole.communities, of.accounts, settings.sure_bits)
    at = chosen(labels.lessons(weak, decided, community).label, decided, community, settings.lessons, seed)
    scene = _Scene(case, of, at, *near(of, at, settings.fan_out, seed), "trees" in names)
    seen = _seen(scene, case.whole, settings)
    lessons = labels.lessons(seen.weak, decided[at], community[at])
    if why := _too_little(lessons.label, community[at], settings):
        return _none(figures, why)
    part = labels.folds(lessons.label, community[at], settings.folds)
    tried = _tried(scene, seen, decided[at], community[at], part, names, settings, seed, device)
    if tried is None:
        return _none(figures, "nothing to test a model on: few decisions, and without prompts the rules are unsure")
    used = _used(tried, names, settings)
    figures |= tried.figures | {"used": used, "lessons": int((lessons.label >= 0).sum())}
    if used != tried.best:
        figures["why"] = f"the settings say so; {figures['why']}"
    model = None
    if keep or (used != "none" and len(at) < len(of.accounts)):
        name = used if used != "none" else min(names, key=lambda each: tried.scores[each].log_loss)
        model = learn(name, seen.on, *whole_lessons(lessons, len(seen.on.x)), settings, seed, device)
        model = model._replace(trust=tried.scores[name].trust)
    kept = model if keep else None
    if used == "none":
        return Opinion(None, figures, kept)
    said = np.zeros(len(of.accounts))
    if len(at) < len(of.accounts):
        assert model is not None
        said = compare.bits(chance(model, Prepared(of, _figures(scene)), device), model.base)
    said[at] = crossed(used, seen.on, lessons, part, settings, seed, device)
    return Opinion(*_moved(case, of, said, tried.scores[used].trust, settings, figures), kept)


class _Scene(NamedTuple):
    """The graph, and what of it is learned from."""

    case: Case
    of: Graph
    at: NDArray[np.int64]  # nodes learned from and asked for
    near: Graph  # the graph around them
    nodes: NDArray[np.int64]  # which nodes of the whole its nodes are
    trees: bool


def _of_another_day(case: Case, saved: tuple[Learned, bool], settings: GnnSettings, seed: int, device: str) -> Opinion:
    """A saved model, tested where enough was decided; elsewhere as good as it was where it was made."""
    model, won = saved
    of = graph(case.links, case.channels)
    every = np.arange(len(of.accounts))
    scene = _Scene(case, of, every, of, every, False)
    seen = _seen(scene, case.whole, settings)
    said = compare.bits(chance(model, seen.on, device), model.base)
    decided = labels.decided(case.decisions, case.ids, of.accounts)
    if _enough(decided, settings):
        community = _community(case.community, of.accounts)
        asked = labels.lessons(np.full_like(decided, -1), decided, community)
        part = labels.folds(decided, community, settings.folds)
        told = _untold(scene, seen, community, settings)
        tried = judged({model.name: said}, told, asked, community, part, case.threshold, settings)
        used = _used(tried, [model.name], settings)
        trust = tried.scores[used].trust
        figures = tried.figures | {"tested_on": "decisions", "used": used}
    else:
        used, trust = (model.name if won or settings.use == model.name else "none"), model.trust
        did = "beat the assessment" if won else "did not beat the assessment"
        figures = {
            "used": used,
            "why": f"{model.name} of another day, which {did} there; too few decisions to test it",
        }
    if used == "none":
        return Opinion(None, figures)
    return Opinion(*_moved(case, of, said, trust, settings, figures))


def _none(figures: dict[str, Any], why: str) -> Opinion:
    return Opinion(None, figures | {"why": why})


def _used(tried: Tried, names: list[str], settings: GnnSettings) -> str:
    """The best, or what the settings say where it is there."""
    return settings.use if settings.use in ("none", *names) else tried.best


def _moved(
    case: Case, of: Graph, said: NDArray[np.float64], trust: float, settings: GnnSettings, figures: dict[str, Any]
) -> tuple[pl.DataFrame, dict[str, Any]]:
    """The new suspicion, and the figures with how many accounts of campaigns changed sides."""
    suspicion, in_campaign = _assessed(case.whole, of.accounts)
    new = compare.blended(suspicion, said, in_campaign, case.threshold, trust, settings.most_bits)
    changed = int(((new >= case.threshold) != (suspicion >= case.threshold)).sum())
    table = pl.DataFrame({"account": of.accounts, "suspicion": new}, schema=_SUSPICION, strict=False)
    return table, figures | {"moved": changed}


def _tried(
    scene: _Scene,
    whole: Seen,
    decided: NDArray[np.int8],
    community: NDArray[np.int32],
    part: NDArray[np.int64],
    names: list[str],
    settings: GnnSettings,
    seed: int,
    device: str,
) -> Tried | None:
    """No model and each named one on what can be held out; None where nothing can."""
    blind = scene.case.blind
    if _enough(decided, settings):
        seen, tested = _untold(scene, whole, community, settings), "decisions"
        asked = labels.lessons(np.full_like(decided, -1), decided, community)
    elif blind is not None:
        rules = blind(pl.Series("community", np.unique(community)))
        seen, tested = _seen(scene, rules, settings, HIDDEN), f"{HIDDEN} held out"
        asked = labels.lessons(whole.weak, decided, community)
    else:
        return None
    taught = labels.lessons(seen.weak, decided, community)
    if _too_little(taught.label, community, settings):
        return None
    said = {name: crossed(name, seen.on, taught, part, settings, seed, device) for name in names}
    tried = judged(said, seen, asked, community, part, scene.case.threshold, settings)
    return tried._replace(figures={"tested_on": tested, **tried.figures})


def _figures(scene: _Scene, without: str | None = None) -> NDArray[np.float32]:
    """float32[n, f]: what models see of every node."""
    of = scene.of
    return np.concatenate((matrix(scene.case.features, of.accounts, without), ties(of, without)), axis=1)


def _seen(scene: _Scene, rules: Assessed, settings: GnnSettings, without: str | None = None) -> Seen:
    """The nodes asked for, with an evidence group hidden if one is."""
    x = _figures(scene, without)
    accounts, of = scene.of.accounts[scene.at], scene.near
    if without is not None:
        typed = of.typed.copy()
        typed[:, GROUPS.index(without)] = 0.0
        of = of._replace(typed=typed)
    around = aggregated(x, scene.of, scene.at) if scene.trees else None
    weak = labels.weak(rules.accounts, rules.communities, accounts, settings.sure_bits)
    return Seen(Prepared(of, x[scene.nodes], around), *_assessed(rules, accounts), weak)


def _untold(scene: _Scene, whole: Seen, community: NDArray[np.int32], settings: GnnSettings) -> Seen:
    """The same nodes, with what rules say of them that know no decision: those who know would only repeat them."""
    rules, accounts = scene.case.untold(pl.Series("community", np.unique(community))), scene.of.accounts[scene.at]
    weak = labels.weak(rules.accounts, rules.communities, accounts, settings.sure_bits)
    return Seen(whole.on, *_assessed(rules, accounts), weak)


def _assessed(rules: Assessed, nodes: NDArray[np.uint32]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """What the rules say of accounts: suspicion, and whether their community is a campaign."""
    judged = pl.col("campaign_id").is_not_null().any().over("community_id")
    at = pl.DataFrame({"account": nodes}).cast({"account": pl.UInt32})
    told = at.join(
        rules.accounts.with_columns(judged=judged), on="account", how="left", maintain_order="left"
    ).with_columns(pl.col("judged").fill_null(False), pl.col("suspicion").fill_null(0.0))
    return told["suspicion"].to_numpy().astype(np.float64), told["judged"].to_numpy()


def _community(table: pl.DataFrame, nodes: NDArray[np.uint32]) -> NDArray[np.int32]:
    """int32[n]: a number of its own for an account that is in none."""
    at = pl.DataFrame({"account": nodes}).cast({"account": pl.UInt32})
    found = at.join(table, on="account", how="left", maintain_order="left")["community"]
    alone = pl.Series(np.arange(len(nodes), dtype=np.int32)) + 1 + int(str(table["community"].max() or 0))
    return found.fill_null(alone).to_numpy().astype(np.int32)


def _enough(decided: NDArray[np.int8], settings: GnnSettings) -> bool:
    """Whether decisions can test a model: enough of them, of both kinds."""
    return int((decided >= 0).sum()) >= settings.min_decisions and len(np.unique(decided[decided >= 0])) == 2


def _too_little(label: NDArray[np.int8], community: NDArray[np.int32], settings: GnnSettings) -> str | None:
    known, guilty = len(np.unique(community[label >= 0])), len(np.unique(community[label == 1]))
    if known < settings.min_communities or guilty < settings.min_campaigns:
        return (
            f"too little to learn from: {known} sure communities, {guilty} of them campaigns "
            f"(at least {settings.min_communities} and {settings.min_campaigns})"
        )
    return None
