"""Features as the encoder reads them: kept with a model, so that a new day is read as the old one was.

An account's own features are cut at their quantiles, each piece a number from 0 to 1 (piecewise linear encoding:
Gorishniy et al. 2022, "On embeddings for numerical features in tabular deep learning"): a network then bends at a value
as easily as a tree does. Features carried along links are standard scores.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]

#: Pieces that a feature is cut into.
_PIECES = 10


class Scale(NamedTuple):
    """Of each feature where it is known."""

    mean: Matrix  # [f]
    spread: Matrix  # [f], 1 where a feature does not vary
    knots: Matrix  # [f, pieces + 1]
    far_mean: Matrix  # [c]: the same of what is carried along links
    far_spread: Matrix  # [c]
    kept: NDArray[np.int64]  # columns that vary, of own pieces and what is carried


def scale(x: Matrix) -> Scale:
    """float32[n, f], NaN where unknown -> the scale of an account's own features; what is carried follows later."""
    known = np.isfinite(x)
    at = np.linspace(0.0, 1.0, _PIECES + 1)
    knots = [np.quantile(c[k], at) if k.any() else np.zeros(len(at)) for c, k in zip(x.T, known.T, strict=True)]
    none = np.zeros(0, np.float32)
    mean, spread = _moments(x, known)
    return Scale(mean, spread, np.array(knots, np.float32).reshape(x.shape[1], -1), none, none, np.zeros(0, np.int64))


def with_far(by: Scale, own: Matrix, far: Matrix) -> Scale:
    """The scale with that of what is carried, and the columns that vary.

    Args:
        by: of the accounts' own features.
        own: float32[n, p], see `pieces`.
        far: float32[n, c].
    """
    mean, spread = _moments(far, np.ones(far.shape, np.bool_))
    varies = np.concatenate((np.ptp(own, axis=0), np.ptp(far, axis=0))) > 1e-6
    return by._replace(far_mean=mean, far_spread=spread, kept=np.flatnonzero(varies))


def _moments(x: Matrix, known: NDArray[np.bool_]) -> tuple[Matrix, Matrix]:
    """Mean and spread of each column where it is known; 0 and 1 where nothing is."""
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, x, 0.0).sum(axis=0, dtype=np.float64) / count
    spread = np.sqrt((np.where(known, x - mean, 0.0) ** 2).sum(axis=0, dtype=np.float64) / count)
    return mean.astype(np.float32), np.where(spread > 1e-6, spread, 1.0).astype(np.float32)


def scores(x: Matrix, by: Scale) -> Matrix:
    """float32[n, f] -> float32[n, f]: standard scores within five, 0 where unknown."""
    return np.where(np.isfinite(x), np.clip((x - by.mean) / by.spread, -5.0, 5.0), 0.0).astype(np.float32)


def pieces(x: Matrix, by: Scale) -> Matrix:
    """float32[n, f] -> float32[n, f (pieces + 1)]: what of each piece lies under a value, then 1 where known."""
    low, high = by.knots[:, :-1], by.knots[:, 1:]
    known = np.isfinite(x)
    part = np.clip((x[:, :, None] - low) / np.maximum(high - low, 1e-6), 0.0, 1.0)
    part = np.where(known[:, :, None], part, 0.0).reshape(len(x), low.size)
    return np.concatenate((part, known), axis=1).astype(np.float32)
