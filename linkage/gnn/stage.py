"""Models against none: taught by what is sure, tested on what they never saw, listened to where they help."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.gnn import compare, labels
from linkage.gnn.graph import Graph, graph
from linkage.gnn.learner import Learned, Prepared, chance
from linkage.gnn.room import Room, room_for, taught, too_little
from linkage.gnn.scene import HIDDEN, Case, Scene, communities_of, inputs, ruled, shown, untold
from linkage.gnn.trial import Tried, crossed, judged
from linkage.gnn_settings import GnnSettings

_SUSPICION = {"account": pl.UInt32, "suspicion": pl.Float32}
_UNTESTED = "nothing to test a model on: few decisions, and without prompts the rules are unsure"
#: From the simplest.
MODELS = ("trees", "encoder")
_NEEDS = {"trees": ("sklearn",), "encoder": ("sklearn", "torch", "torch_geometric")}


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
    wanted = [name for name in MODELS if name != "encoder" or settings.encoder]
    absent = sorted({package for name in wanted for package in _NEEDS[name] if find_spec(package) is None})
    names = [name for name in wanted if not set(_NEEDS[name]) & set(absent)]
    if absent:
        figures["missing"] = f"{', '.join(absent)}: pip install 'account-linkage[gnn]'"
    if not names:
        return _none(figures, "no model can be made: packages are missing")
    room = room_for(case, settings, seed)
    if isinstance(room, str):
        return _none(figures, room)
    tried = _tried(room, names, settings, seed, device)
    if tried is None:
        return _none(figures, _UNTESTED)
    used = _used(tried, names, settings)
    model = None
    if keep or (used != "none" and len(room.scene.at) < len(room.scene.of.accounts)):
        name = used if used != "none" else min(names, key=lambda each: tried.scores[each].log_loss)
        model = taught(room, name, settings, seed, device)._replace(trust=tried.scores[name].trust)
    kept = model if keep else None
    figures |= _told(tried, used, room)
    if used == "none":
        return Opinion(None, figures, kept)
    said = crossed([used], room.seen.on, room.lessons, room.part, settings, seed, device)[used]
    return Opinion(*_heard(room, said, model, tried, used, settings, device, figures), kept)


def opinions(
    case: Case, settings: GnnSettings, seed: int, device: str, names: Sequence[str] = MODELS
) -> dict[str, Opinion]:
    """What each model would come to if it were forced, and the best (`best`) as `opinion` has it: for comparing them.

    Args:
        case: the accounts, links and assessments.
        settings: sizes, margins and trust; `use` does not matter.
        seed: of all random choices.
        device: cpu or cuda, for the encoder.
        names: the models to compare, the simpler first.

    Returns:
        Opinions by name; only `best`, which says why, where nothing can be taught or tested.
    """
    room = room_for(case, settings, seed)
    tried = None if isinstance(room, str) else _tried(room, names, settings, seed, device)
    if isinstance(room, str) or tried is None:
        return {"best": _none({"used": "none"}, room if isinstance(room, str) else _UNTESTED)}
    said = crossed(names, room.seen.on, room.lessons, room.part, settings, seed, device)
    out = {}
    for name in names:
        model = None
        if len(room.scene.at) < len(room.scene.of.accounts):
            model = taught(room, name, settings, seed, device)
        for key, members in ((name, True), *((("best", tried.members),) if name == tried.best else ())):
            figures = _told(tried, name, room)
            found = _heard(room, said[name], model, tried._replace(members=members), name, settings, device, figures)
            out[key] = Opinion(*found)
    return {"best": Opinion(None, _told(tried, "none", room))} | out


def _told(tried: Tried, used: str, room: Room) -> dict[str, Any]:
    """For the manifest."""
    figures = tried.figures | {"used": used, "lessons": int((room.lessons.label >= 0).sum())}
    return figures if used == tried.best else figures | {"why": f"the settings say so; {figures['why']}"}


def _heard(
    room: Room,
    crossly: NDArray[np.float64],
    model: Learned | None,
    tried: Tried,
    used: str,
    settings: GnnSettings,
    device: str,
    figures: dict[str, Any],
) -> tuple[pl.DataFrame, dict[str, Any]]:
    """The new suspicion, of accounts beyond those learned from by the model taught on all."""
    scene = room.scene
    said = np.zeros(len(scene.of.accounts))
    if len(scene.at) < len(said):
        assert model is not None
        said = compare.bits(chance(model, Prepared(scene.of, inputs(scene)), device), model.base)
    said[scene.at] = crossly
    members = tried.members or used != tried.best
    return _moved(scene.case, scene.of, said, tried.scores[used].trust, members, settings, figures)


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
    room = room_for(case, settings, seed)
    if isinstance(room, str):
        return _none({"used": "none"}, room)
    model = taught(room, name, settings, seed, device)
    figures = {"used": "none", "lessons": int((room.lessons.label >= 0).sum())}
    why = f"{name} taught on a run, which holds nothing to test it on: a build listens to it where decisions test it"
    return Opinion(None, figures | {"why": why}, model._replace(trust=min(settings.trust)))


def _of_another_day(case: Case, saved: tuple[Learned, bool], settings: GnnSettings, seed: int, device: str) -> Opinion:
    """A saved model, tested where enough was decided; elsewhere as good as it was where it was made."""
    model, won = saved
    of = graph(case.links, case.channels)
    every = np.arange(len(of.accounts))
    scene = Scene(case, of, every, of, every)
    community = communities_of(case.community, of.accounts)
    seen = shown(scene, case.whole, community, settings)
    said = compare.bits(chance(model, seen.on, device), model.base)
    decided = labels.decided(case.decisions, case.ids, of.accounts)
    if _enough(decided, settings):
        asked = labels.lessons(np.full_like(decided, -1), decided, community)
        part = labels.folds(decided, community, settings.folds)
        told = untold(scene, seen, community, settings)
        tried = judged({model.name: said}, told, asked, community, part, case.threshold, settings)
        used = _used(tried, [model.name], settings)
        trust, members = tried.scores[used].trust, tried.members or used != tried.best
        figures = tried.figures | {"tested_on": "decisions", "used": used}
    else:
        members = settings.use == model.name  # untested here, it ranks and puts nobody out
        used, trust = (model.name if won or settings.use == model.name else "none"), model.trust
        did = "beat the assessment" if won else "did not beat the assessment"
        figures = {
            "used": used,
            "why": f"{model.name} of another day, which {did} there; too few decisions to test it",
        }
    if used == "none":
        return Opinion(None, figures)
    return Opinion(*_moved(case, of, said, trust, members, settings, figures))


def _none(figures: dict[str, Any], why: str) -> Opinion:
    return Opinion(None, figures | {"why": why})


def _used(tried: Tried, names: Sequence[str], settings: GnnSettings) -> str:
    """The best, or what the settings say where it is there."""
    return settings.use if settings.use in ("none", *names) else tried.best


def _moved(
    case: Case,
    of: Graph,
    said: NDArray[np.float64],
    trust: float,
    members: bool,
    settings: GnnSettings,
    figures: dict[str, Any],
) -> tuple[pl.DataFrame, dict[str, Any]]:
    """The new suspicion, and the figures with how many accounts of campaigns changed sides."""
    suspicion, in_campaign = ruled(case.whole, of.accounts)
    new = compare.blended(suspicion, said, in_campaign, case.threshold, trust, settings.most_bits, members)
    changed = int(((new >= case.threshold) != (suspicion >= case.threshold)).sum())
    table = pl.DataFrame({"account": of.accounts, "suspicion": new}, schema=_SUSPICION, strict=False)
    return table, figures | {"moved": changed}


def _tried(room: Room, names: Sequence[str], settings: GnnSettings, seed: int, device: str) -> Tried | None:
    """No model and each named one on what can be held out; None where nothing can."""
    scene, decided, community = room.scene, room.decided, room.community
    blind = scene.case.blind
    if _enough(decided, settings):
        seen, tested = untold(scene, room.seen, community, settings), "decisions"
        asked = labels.lessons(np.full_like(decided, -1), decided, community)
    elif blind is not None:
        rules = blind(pl.Series("community", np.unique(community)))
        seen, tested = shown(scene, rules, community, settings, HIDDEN), f"{HIDDEN} held out"
        asked = labels.lessons(room.seen.weak, decided, community)
    else:
        return None
    lessons = labels.lessons(seen.weak, decided, community)
    if too_little(lessons.label, community, settings):
        return None
    said = crossed(names, seen.on, lessons, room.part, settings, seed, device)
    tried = judged(said, seen, asked, community, room.part, scene.case.threshold, settings)
    return tried._replace(figures={"tested_on": tested, **tried.figures})


def _enough(decided: NDArray[np.int8], settings: GnnSettings) -> bool:
    """Whether decisions can test a model: enough of them, of both kinds."""
    return int((decided >= 0).sum()) >= settings.min_decisions and len(np.unique(decided[decided >= 0])) == 2
