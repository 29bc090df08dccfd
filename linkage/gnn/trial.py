"""The models tried on communities that they never saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from linkage.gnn import compare
from linkage.gnn.labels import Lessons
from linkage.gnn.learner import Prepared, chance, learn, prepared
from linkage.gnn_settings import GnnSettings


class Seen(NamedTuple):
    """Nodes that are asked for, the first of a graph's, with what the rules say of them."""

    on: Prepared
    suspicion: NDArray[np.float64]  # [s]
    in_campaign: NDArray[np.bool_]  # [s]
    weak: NDArray[np.int8]  # [s]


class Tried(NamedTuple):
    """What came of it."""

    best: str
    members: bool  # whether the best may put members out; else it ranks those who are none
    scores: Mapping[str, compare.Score]
    figures: dict[str, Any]  # for the manifest


def crossed(
    names: Sequence[str],
    on: Prepared,
    lessons: Lessons,
    part: NDArray[np.int64],
    settings: GnnSettings,
    seed: int,
    device: str,
) -> dict[str, NDArray[np.float64]]:
    """float64[s] by name: what models say of nodes whose communities they were not taught."""
    said = {name: np.zeros(len(part)) for name in names}
    if "encoder" in names:
        on = on._replace(given=prepared(on, len(part), settings, seed, device))
    label, weight = (_padded(each, len(on.x)) for each in (lessons.label, lessons.weight))
    for fold in range(settings.folds):
        taught = label.copy()
        taught[: len(part)][part == fold] = -1
        if len(np.unique(taught[taught >= 0])) < 2:
            continue
        asked, forest = np.flatnonzero(part == fold), None
        for name in names:
            model = learn(name, on, taught, weight, settings, seed + fold, device, forest)
            said[name][asked] = compare.bits(chance(model, on, device)[asked], model.base)
            forest = model.forest
    return said


def _padded(of: NDArray[Any], n: int) -> NDArray[Any]:
    """Nothing is known of nodes that are there only as neighbours."""
    fill = np.full(n - len(of), -1 if of.dtype == np.int8 else 0, of.dtype)
    return np.concatenate((of, fill))


def whole_lessons(lessons: Lessons, n: int) -> Lessons:
    """Lessons about the first nodes of a graph of n."""
    return Lessons(_padded(lessons.label, n), _padded(lessons.weight, n))


def judged(
    said: Mapping[str, NDArray[np.float64]],
    seen: Seen,
    asked: Lessons,
    community: NDArray[np.int32],
    part: NDArray[np.int64],
    threshold: float,
    settings: GnnSettings,
) -> Tried:
    """No model against each that said something of nodes it never saw.

    To put members out a model must beat the rules as they are. To rank who is no member, which accuses nobody, it must
    beat them with no more held against anybody than a model may say for him: rules that are sure of all they are asked
    leave it nothing to win, and are not asked about the others.

    Args:
        said: float64[s] by name of the model.
        seen: the nodes.
        asked: what is true of them, as far as known; both labels are there.
        community: int32[s].
        part: int64[s].
        threshold: suspicion from which a member is one.
        settings: margins, trust.
    """
    for members in (True, False):
        plain = seen.suspicion
        if not members:
            none = np.zeros(len(plain))
            plain = compare.blended(plain, none, seen.in_campaign, threshold, 0.0, settings.most_bits, members)
        held, trust = {"none": plain}, {"none": 0.0}
        for name, each in said.items():
            held[name], trust[name] = compare.held_out(
                seen.suspicion, each, seen.in_campaign, asked.label, asked.weight, part, threshold, settings, members
            )
        best = compare.winner(held, asked.label, asked.weight, community, settings)
        if best != "none":
            break
    scores = {
        name: compare.score(each, asked.label, asked.weight)._replace(trust=trust[name]) for name, each in held.items()
    }
    rounded = {name: {k: round(v, 5) for k, v in each._asdict().items()} for name, each in scores.items()}
    gains = {
        name: dict(zip(("bits", "error"), (round(v, 5) for v in of), strict=True))
        for name in said
        if np.isfinite(of := compare.gain(held["none"], held[name], asked.label, asked.weight, community)).all()
    }
    figures = {"best": best, "members": members, "scores": rounded, "gains": gains}
    return Tried(best, members, scores, figures | {"why": _why(best, members, scores, gains)})


def _why(
    best: str, members: bool, scores: Mapping[str, compare.Score], gains: Mapping[str, Mapping[str, float]]
) -> str:
    """In words: who won, by how much, and what for."""
    listed = ", ".join(f"{name} {each.log_loss:.4f}" for name, each in scores.items())
    if best == "none":
        return f"no model beats the assessment on what was held out (log loss in bits an account: {listed})"
    by = gains[best]
    why = (
        f"{best} lowers the log loss of what was held out by {by['bits']:.4f} bits an account, "
        f"standard error {by['error']:.4f} ({listed})"
    )
    return (
        why
        if members
        else f"{why}, if the rules hold less against them: it ranks those who are no members and puts nobody out"
    )
