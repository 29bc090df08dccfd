"""Models against none: taught by what is sure, tested on what they never saw, listened to where they help."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.gnn import compare, labels
from linkage.gnn.drawn import chosen, near
from linkage.gnn.graph import Graph, graph
from linkage.gnn.learner import Learned, Prepared, chance, learn
from linkage.gnn.scene import HIDDEN, Case, Scene, communities_of, inputs, ruled, shown, untold
from linkage.gnn.trial import Seen, Tried, crossed, judged, whole_lessons
from linkage.gnn_settings import GnnSettings

_SUSPICION = {"account": pl.UInt32, "suspicion": pl.Float32}
_NEEDS = {"trees": ("sklearn",), "encoder": ("torch", "torch_geometric")}


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
    community = communities_of(case.community, of.accounts)
    decided = labels.decided(case.decisions, case.ids, of.accounts)
    weak = labels.weak(case.whole.accounts, case.whole.communities, of.accounts, settings.sure_bits)
    at = chosen(labels.lessons(weak, decided, community).label, decided, community, settings.lessons, seed)
    scene = Scene(case, of, at, *near(of, at, settings.fan_out, seed), "trees" in names)
    seen = shown(scene, case.whole, settings)
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
        said = compare.bits(chance(model, Prepared(of, inputs(scene)), device), model.base)
    said[at] = crossed(used, seen.on, lessons, part, settings, seed, device)
    return Opinion(*_moved(case, of, said, tried.scores[used].trust, settings, figures), kept)


def untested(case: Case, settings: GnnSettings, seed: int, device: str) -> Opinion:
    """A model taught where nothing can be held out: by decisions, and by what the rules are sure of.

    Args:
        case: the accounts, links and the one assessment there is.
        settings: sizes; the encoder unless they say otherwise.
        seed: of all random choices.
        device: cpu or cuda, for the encoder.

    Returns:
        The model, trusted as little as the settings allow, and that nobody tested it.
    """
    names = [name for name in ("encoder", "trees") if all(find_spec(package) for package in _NEEDS[name])]
    if not settings.encoder and "encoder" in names:
        names.remove("encoder")
    if not names:
        return _none({"used": "none"}, "no model can be made: packages are missing")
    name = settings.use if settings.use in names else names[0]
    of = graph(case.links, case.channels)
    community = communities_of(case.community, of.accounts)
    decided = labels.decided(case.decisions, case.ids, of.accounts)
    weak = labels.weak(case.whole.accounts, case.whole.communities, of.accounts, settings.sure_bits)
    at = chosen(labels.lessons(weak, decided, community).label, decided, community, settings.lessons, seed)
    scene = Scene(case, of, at, *near(of, at, settings.fan_out, seed), name == "trees")
    seen = shown(scene, case.whole, settings)
    lessons = labels.lessons(seen.weak, decided[at], community[at])
    if why := _too_little(lessons.label, community[at], settings):
        return _none({"used": "none"}, why)
    model = learn(name, seen.on, *whole_lessons(lessons, len(seen.on.x)), settings, seed, device)
    figures = {"used": "none", "lessons": int((lessons.label >= 0).sum())}
    why = f"{name} taught on a run, which holds nothing to test it on: a build listens to it where decisions test it"
    return Opinion(None, figures | {"why": why}, model._replace(trust=min(settings.trust)))


def _of_another_day(case: Case, saved: tuple[Learned, bool], settings: GnnSettings, seed: int, device: str) -> Opinion:
    """A saved model, tested where enough was decided; elsewhere as good as it was where it was made."""
    model, won = saved
    of = graph(case.links, case.channels)
    every = np.arange(len(of.accounts))
    scene = Scene(case, of, every, of, every, False)
    seen = shown(scene, case.whole, settings)
    said = compare.bits(chance(model, seen.on, device), model.base)
    decided = labels.decided(case.decisions, case.ids, of.accounts)
    if _enough(decided, settings):
        community = communities_of(case.community, of.accounts)
        asked = labels.lessons(np.full_like(decided, -1), decided, community)
        part = labels.folds(decided, community, settings.folds)
        told = untold(scene, seen, community, settings)
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
    suspicion, in_campaign = ruled(case.whole, of.accounts)
    new = compare.blended(suspicion, said, in_campaign, case.threshold, trust, settings.most_bits)
    changed = int(((new >= case.threshold) != (suspicion >= case.threshold)).sum())
    table = pl.DataFrame({"account": of.accounts, "suspicion": new}, schema=_SUSPICION, strict=False)
    return table, figures | {"moved": changed}


def _tried(
    scene: Scene,
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
        seen, tested = untold(scene, whole, community, settings), "decisions"
        asked = labels.lessons(np.full_like(decided, -1), decided, community)
    elif blind is not None:
        rules = blind(pl.Series("community", np.unique(community)))
        seen, tested = shown(scene, rules, settings, HIDDEN), f"{HIDDEN} held out"
        asked = labels.lessons(whole.weak, decided, community)
    else:
        return None
    taught = labels.lessons(seen.weak, decided, community)
    if _too_little(taught.label, community, settings):
        return None
    said = {name: crossed(name, seen.on, taught, part, settings, seed, device) for name in names}
    tried = judged(said, seen, asked, community, part, scene.case.threshold, settings)
    return tried._replace(figures={"tested_on": tested, **tried.figures})


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
