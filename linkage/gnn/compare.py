"""Which of no model, trees and encoder to listen to: the one that does best on communities it never saw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from linkage.gnn_settings import GnnSettings

#: From the simplest: a later one must beat all before it.
ORDER = ("none", "trees", "encoder")
_LEAST = 1e-6


class Score(NamedTuple):
    """How well suspicion tells guilty from honest accounts."""

    average_precision: float
    log_loss: float  # bits an account
    trust: float = 0.0  # share of the model's bits that counts


def bits(chance: NDArray[np.float32], base: float) -> NDArray[np.float64]:
    """What a model says beyond how common guilt was among its lessons: float64[n], log2 of an odds ratio.

    Rounded to a sixteenth of a bit, so that devices and processors that differ in the last digits agree.
    """
    p = np.clip(chance.astype(np.float64), _LEAST, 1.0 - _LEAST)
    said = np.log2(p / (1.0 - p)) - np.log2(base / (1.0 - base))
    return np.asarray(np.round(said * 16.0) / 16.0)


def blended(
    suspicion: NDArray[np.float64],
    said: NDArray[np.float64],
    in_campaign: NDArray[np.bool_],
    threshold: float,
    trust: float,
    most_bits: float,
) -> NDArray[np.float64]:
    """Suspicion moved by a share of a model's bits, within bounds.

    Args:
        suspicion: float64[n], the assessment's.
        said: float64[n], see `bits`.
        in_campaign: bool[n]: whether the account's community is a campaign. Where it is none, suspicion stays under
            the threshold: a model makes no campaigns.
        threshold: suspicion from which a member is one.
        trust: share of the bits that counts.
        most_bits: bits moved at most.
    """
    p = np.clip(suspicion, _LEAST, 1.0 - _LEAST)
    moved = np.log2(p / (1.0 - p)) + np.clip(trust * said, -most_bits, most_bits)
    new = 1.0 / (1.0 + np.exp2(-moved))
    # What was over the threshold before stays where the assessment had it.
    return np.asarray(np.where(in_campaign, new, np.minimum(new, np.maximum(suspicion, 0.99 * threshold))))


def score(suspicion: NDArray[np.float64], label: NDArray[np.int8], weight: NDArray[np.float32]) -> Score:
    """Average precision and log loss over nodes with a label, weighed.

    Args:
        suspicion: float64[n].
        label: int8[n], -1 where not known.
        weight: float32[n].
    """
    known = label >= 0
    p, y, w = np.clip(suspicion[known], _LEAST, 1.0 - _LEAST), label[known] == 1, weight[known].astype(np.float64)
    loss = -np.sum(w * np.log2(np.where(y, p, 1.0 - p))) / np.sum(w)
    order = np.argsort(-p, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(p[order])), len(p) - 1)
    caught, seen = np.cumsum((w * y)[order])[ends], np.cumsum(w[order])[ends]
    precision, recall = caught / seen, caught / caught[-1]
    return Score(float(np.sum(precision * np.diff(recall, prepend=0.0))), float(loss))


def winner(scores: Mapping[str, Score], settings: GnnSettings) -> str:
    """The name in `ORDER` to use: ties, and gains below the margin, go to the simpler; nobody wins by ranking worse.

    Args:
        scores: at least that of `none`.
        settings: the margin.
    """
    best = ORDER[0]
    for name in ORDER[1:]:
        if name not in scores:
            continue
        gain = scores[best].log_loss - scores[name].log_loss
        ranks = scores[name].average_precision >= scores[best].average_precision - 1e-3
        if gain >= settings.margin and gain > 0 and ranks:
            best = name
    return best
