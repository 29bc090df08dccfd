"""Which of no model, trees and encoder to listen to: the one that does best on communities it never saw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from linkage.gnn_settings import GnnSettings

#: From the simplest.
ORDER = ("none", "trees", "encoder")
_LEAST = 1e-6
#: Standard errors that a gain must be worth.
_ERRORS = 2.0


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
    members: bool = True,
) -> NDArray[np.float64]:
    """Suspicion moved by a share of a model's bits, within bounds.

    What the rules hold against an account counts as much as what a model says for it, at most: they find nothing to
    hold for an account that sits in an honest group, and are far too sure of that.

    Args:
        suspicion: float64[n], the assessment's.
        said: float64[n], see `bits`.
        in_campaign: bool[n]: whether the account's community is a campaign. Where it is none, suspicion stays under
            the threshold: a model makes no campaigns.
        threshold: suspicion from which a member is one.
        trust: share of the bits that counts.
        most_bits: bits moved at most, and bits that the rules may hold against an account.
        members: whether it may move accounts over the threshold; else it ranks those under it.
    """
    p = np.clip(suspicion, _LEAST, 1.0 - _LEAST)
    moved = np.maximum(np.log2(p / (1.0 - p)), -most_bits) + np.clip(trust * said, -most_bits, most_bits)
    new = 1.0 / (1.0 + np.exp2(-moved))
    # Scaled, not cut: who is under the threshold keeps a rank.
    under = 0.99 * threshold * new
    if not members:
        return np.asarray(np.where(suspicion >= threshold, suspicion, under))
    # What was over the threshold before stays where the assessment had it.
    other = np.where(suspicion >= threshold, np.minimum(new, suspicion), under)
    return np.asarray(np.where(in_campaign, new, other))


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
    precision, recall = caught / seen, caught / max(float(caught[-1]), 1e-300)
    return Score(float(np.sum(precision * np.diff(recall, prepend=0.0))), float(loss))


def gain(
    simpler: NDArray[np.float64],
    other: NDArray[np.float64],
    label: NDArray[np.int8],
    weight: NDArray[np.float32],
    community: NDArray[np.int32],
) -> tuple[float, float]:
    """By how many bits an account one suspicion has the lower log loss, and the standard error of that.

    Accounts of a community fall together: the error is that of a ratio over communities (Cochran 1977, "Sampling
    techniques", 6.4), infinite where there is but one.

    Args:
        simpler: float64[n], suspicion to beat.
        other: float64[n].
        label: int8[n], -1 where not known.
        weight: float32[n].
        community: int32[n].
    """
    known = label >= 0
    y, w = label[known] == 1, weight[known].astype(np.float64)
    was, now = (np.clip(each[known], _LEAST, 1.0 - _LEAST) for each in (simpler, other))
    less = w * (np.log2(np.where(y, now, 1.0 - now)) - np.log2(np.where(y, was, 1.0 - was)))
    _, group = np.unique(community[known], return_inverse=True)
    by, mass = np.bincount(group, less), np.bincount(group, w)
    mean, many = float(less.sum() / w.sum()), len(by)
    if many < 2:
        return mean, np.inf
    error = np.sqrt(many / (many - 1) * np.sum((by - mean * mass) ** 2)) / w.sum()
    return mean, float(error)


def held_out(
    suspicion: NDArray[np.float64],
    said: NDArray[np.float64],
    in_campaign: NDArray[np.bool_],
    label: NDArray[np.int8],
    weight: NDArray[np.float32],
    part: NDArray[np.int64],
    threshold: float,
    settings: GnnSettings,
    members: bool = True,
) -> tuple[NDArray[np.float64], float]:
    """Suspicion with a model's bits, trusted in each part as the other parts advise; and the trust all advise.

    Args:
        suspicion: float64[n], without the model.
        said: float64[n], what models say that were not taught the node's part.
        in_campaign: bool[n], see `blended`.
        label: int8[n], -1 where not known.
        weight: float32[n].
        part: int64[n].
        threshold: suspicion from which a member is one.
        settings: shares of trust to choose from, the most bits.
        members: see `blended`.
    """
    shares = sorted(settings.trust)
    tried = [blended(suspicion, said, in_campaign, threshold, share, settings.most_bits, members) for share in shares]

    def advised(by: NDArray[np.bool_]) -> int:
        """The best share on some nodes; ties, and nodes that know nothing, go to less trust."""
        at = by & (label >= 0)
        return int(np.argmin([score(new[at], label[at], weight[at]).log_loss for new in tried])) if at.any() else 0

    out = np.empty(len(said))
    for fold in np.unique(part):
        here = part == fold
        out[here] = tried[advised(~here)][here]
    return out, shares[advised(np.ones(len(said), np.bool_))]


def winner(
    suspicion: Mapping[str, NDArray[np.float64]],
    label: NDArray[np.int8],
    weight: NDArray[np.float32],
    community: NDArray[np.int32],
    settings: GnnSettings,
) -> str:
    """The name in `ORDER` to use: a model whose log loss is lower than none's by the margin and by two standard errors,
    and that ranks no worse; of two such the one with the lower log loss, the simpler where they are equal.

    Args:
        suspicion: by name, at least of `none`: float64[n], of nodes that the models never saw.
        label: int8[n], -1 where not known; both labels are among them.
        weight: float32[n].
        community: int32[n].
        settings: the margin.
    """
    none = ORDER[0]
    best, most = none, 0.0
    for name in ORDER[1:]:
        if name not in suspicion:
            continue
        by, error = gain(suspicion[none], suspicion[name], label, weight, community)
        ranked = [score(suspicion[each], label, weight).average_precision for each in (none, name)]
        if by >= settings.margin and by > _ERRORS * error and ranked[1] >= ranked[0] - 1e-3 and by > most:
            best, most = name, by
    return best
