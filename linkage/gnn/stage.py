"""Models against none: taught by what is sure, tested on what they never saw, listened to where they help."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.gnn import compare, labels
from linkage.gnn.features import matrix
from linkage.gnn.graph import Graph, graph, ties
from linkage.gnn.learner import Learned, Prepared, chance, learn
from linkage.gnn.trees import aggregated
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
    links: pl.DataFrame  # LINKS
    channels: Mapping[str, str]  # channel -> independence group
    community: pl.DataFrame  # account, community: what is in one fold
    whole: Assessed
    blind: Assessed | None  # the same with HIDDEN hidden; None where there is none
    decisions: pl.DataFrame | None  # account_id, decision, decided_at
    ids: pl.DataFrame  # account, account_id
    threshold: float  # suspicion from which a member is one


class Opinion(NamedTuple):
    """What came of it."""

    suspicion: pl.DataFrame | None  # account, suspicion Float32 of every linked account; None: as it was
    figures: dict[str, Any]  # for the manifest
    model: Learned | None = None  # taught on all lessons, where one was asked for


class _Seen(NamedTuple):
    """Nodes with what the rules say of them."""

    on: Prepared
    suspicion: NDArray[np.float64]
    in_campaign: NDArray[np.bool_]
    weak: NDArray[np.int8]


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
            _of_another_day(case, saved, settings, device) if not case.links.is_empty() else _none(figures, "no links")
        )
    wanted = [name for name in ("trees", "encoder") if name != "encoder" or settings.encoder]
    absent = sorted({package for name in wanted for package in _NEEDS[name] if find_spec(package) is None})
    names = [name for name in wanted if not set(_NEEDS[name]) & set(absent)]
    if absent:
        figures["missing"] = f"{', '.join(absent)}: pip install 'account-linkage[gnn]'"
    if not names or case.links.is_empty():
        return _none(figures, "no links" if names else "no model can be made: packages are missing")
    whole = _seen(case, case.whole, settings, "trees" in names)
    community = _community(case.community, whole.on.of.accounts)
    decided = labels.decided(case.decisions, case.ids, whole.on.of.accounts)
    lessons = labels.lessons(whole.weak, decided, community)
    if why := _too_little(lessons.label, community, settings):
        return _none(figures, why)
    part = labels.folds(lessons.label, community, settings.folds)
    scores, tested = _test(case, whole, decided, community, part, names, settings, seed, device)
    if not scores:
        return _none(figures, "nothing to test a model on: few decisions, and without prompts the rules are unsure")
    best = compare.winner(scores, settings)
    figures = _figures(best, scores, tested) | figures | {"used": best, "lessons": int((lessons.label >= 0).sum())}
    model = None
    if keep:
        name = best if best != "none" else min(names, key=lambda each: scores[each].log_loss)
        model = learn(name, whole.on, lessons.label, lessons.weight, settings, seed, device)
        model = model._replace(trust=scores[name].trust)
    if best == "none":
        return Opinion(None, figures, model)
    said = _crossed(best, whole.on, lessons, part, settings, seed, device)
    return Opinion(*_moved(whole, said, case.threshold, scores[best].trust, settings, figures), model)


def _of_another_day(case: Case, saved: tuple[Learned, bool], settings: GnnSettings, device: str) -> Opinion:
    """A saved model, tested where enough was decided; elsewhere as good as it was where it was made."""
    model, won = saved
    seen = _seen(case, case.whole, settings, model.name == "trees")
    said = compare.bits(chance(model, seen.on, device), model.base)
    decided = labels.decided(case.decisions, case.ids, seen.on.of.accounts)
    if _enough(decided, settings):
        asked = labels.Lessons(decided, np.ones(len(said), np.float32))
        scores = {
            "none": compare.score(seen.suspicion, *asked),
            model.name: _scored(seen, said, asked, case.threshold, settings),
        }
        best = compare.winner(scores, settings)
        trust = scores[best].trust
        figures = _figures(best, scores, "decisions") | {"used": best}
    else:
        best, trust = (model.name if won else "none"), model.trust
        told = "beat the assessment" if won else "did not beat the assessment"
        figures = {
            "used": best,
            "why": f"{model.name} of another day, which {told} there; too few decisions to test it",
        }
    if best == "none":
        return Opinion(None, figures)
    return Opinion(*_moved(seen, said, case.threshold, trust, settings, figures))


def _none(figures: dict[str, Any], why: str) -> Opinion:
    return Opinion(None, figures | {"why": why})


def _figures(best: str, scores: Mapping[str, compare.Score], tested: str) -> dict[str, Any]:
    """For the manifest: on what, how well, and who won by how much in words."""
    rounded = {name: {k: round(v, 5) for k, v in each._asdict().items()} for name, each in scores.items()}
    return {"tested_on": tested, "scores": rounded, "why": _why(best, scores)}


def _moved(
    seen: _Seen,
    said: NDArray[np.float64],
    threshold: float,
    trust: float,
    settings: GnnSettings,
    figures: dict[str, Any],
) -> tuple[pl.DataFrame, dict[str, Any]]:
    """The new suspicion, and the figures with how many accounts of campaigns changed sides."""
    new = compare.blended(seen.suspicion, said, seen.in_campaign, threshold, trust, settings.most_bits)
    changed = int(((new >= threshold) != (seen.suspicion >= threshold)).sum())
    table = pl.DataFrame({"account": seen.on.of.accounts, "suspicion": new}, schema=_SUSPICION, strict=False)
    return table, figures | {"moved": changed}


def _test(
    case: Case,
    whole: _Seen,
    decided: NDArray[np.int8],
    community: NDArray[np.int32],
    part: NDArray[np.int64],
    names: list[str],
    settings: GnnSettings,
    seed: int,
    device: str,
) -> tuple[dict[str, compare.Score], str]:
    """Scores of no model and of each named one, and on what; none where nothing can be held out."""
    if _enough(decided, settings):
        seen, asked, tested = whole, labels.lessons(np.full_like(decided, -1), decided, community), "decisions"
        taught = labels.lessons(whole.weak, decided, community)
    elif case.blind is not None:
        seen = _seen(case, case.blind, settings, "trees" in names, HIDDEN)
        taught = labels.lessons(seen.weak, decided, community)
        asked, tested = labels.lessons(whole.weak, decided, community), f"{HIDDEN} held out"
        if _too_little(taught.label, community, settings):
            return {}, "nothing"
    else:
        return {}, "nothing"
    scores = {"none": compare.score(seen.suspicion, asked.label, asked.weight)}
    for name in names:
        said = _crossed(name, seen.on, taught, part, settings, seed, device)
        scores[name] = _scored(seen, said, asked, case.threshold, settings)
    return scores, tested


def _scored(
    seen: _Seen, said: NDArray[np.float64], asked: labels.Lessons, threshold: float, settings: GnnSettings
) -> compare.Score:
    """The score at the trust that suits a model best; ties go to less trust."""
    found = []
    for trust in sorted(settings.trust):
        new = compare.blended(seen.suspicion, said, seen.in_campaign, threshold, trust, settings.most_bits)
        found.append(compare.score(new, asked.label, asked.weight)._replace(trust=trust))
    return min(found, key=lambda each: each.log_loss)


def _crossed(
    name: str,
    on: Prepared,
    lessons: labels.Lessons,
    part: NDArray[np.int64],
    settings: GnnSettings,
    seed: int,
    device: str,
) -> NDArray[np.float64]:
    """float64[n]: what models say of nodes whose communities they were not taught."""
    said = np.zeros(len(part))
    for fold in range(settings.folds):
        taught = np.where(part == fold, -1, lessons.label).astype(np.int8)
        if len(np.unique(taught[taught >= 0])) < 2:
            continue
        model = learn(name, on, taught, lessons.weight, settings, seed + fold, device)
        asked = part == fold
        said[asked] = compare.bits(chance(model, on, device)[asked], model.base)
    return said


def _seen(case: Case, rules: Assessed, settings: GnnSettings, around: bool, without: str | None = None) -> _Seen:
    of: Graph = graph(case.links, case.channels, without)
    x = np.concatenate((matrix(case.features, of.accounts, without), ties(of)), axis=1)
    judged = pl.col("campaign_id").is_not_null().any().over("community_id")
    at = pl.DataFrame({"account": of.accounts}).cast({"account": pl.UInt32})
    told = at.join(
        rules.accounts.with_columns(judged=judged), on="account", how="left", maintain_order="left"
    ).with_columns(pl.col("judged").fill_null(False), pl.col("suspicion").fill_null(0.0))
    return _Seen(
        Prepared(of, x, aggregated(x, of) if around else None),
        told["suspicion"].to_numpy().astype(np.float64),
        told["judged"].to_numpy(),
        labels.weak(rules.accounts, rules.communities, of.accounts, settings.sure_bits),
    )


def _community(table: pl.DataFrame, nodes: NDArray[np.uint32]) -> NDArray[np.int32]:
    at = pl.DataFrame({"account": nodes}).cast({"account": pl.UInt32})
    return at.join(table, on="account", how="left", maintain_order="left")["community"].to_numpy().astype(np.int32)


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


def _why(best: str, scores: Mapping[str, compare.Score]) -> str:
    """In words: who won, and by how much."""
    listed = ", ".join(f"{name} {each.log_loss:.4f}" for name, each in scores.items())
    if best == "none":
        return f"no model beats the assessment on what was held out (log loss in bits an account: {listed})"
    gain = scores["none"].log_loss - scores[best].log_loss
    return f"{best} lowers the log loss of what was held out by {gain:.4f} bits an account ({listed})"
