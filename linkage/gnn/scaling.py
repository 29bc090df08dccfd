"""Features on one scale for the encoder: kept with a model, so that a new day is read as the old one was."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Scale(NamedTuple):
    """Mean and spread of each feature where it is known."""

    mean: NDArray[np.float32]  # [f]
    spread: NDArray[np.float32]  # [f], 1 where a feature does not vary


def scale(x: NDArray[np.float32]) -> Scale:
    """float32[n, f], NaN where unknown -> its scale."""
    known = np.isfinite(x)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, x, 0.0).sum(axis=0, dtype=np.float64) / count
    spread = np.sqrt((np.where(known, x - mean, 0.0) ** 2).sum(axis=0, dtype=np.float64) / count)
    return Scale(mean.astype(np.float32), np.where(spread > 1e-6, spread, 1.0).astype(np.float32))


def scaled(x: NDArray[np.float32], by: Scale) -> NDArray[np.float32]:
    """float32[n, f] -> float32[n, 2 f]: standard scores within five (0 where unknown), then 1 where known."""
    known = np.isfinite(x)
    score = np.where(known, np.clip((x - by.mean) / by.spread, -5.0, 5.0), 0.0)
    return np.concatenate((score, known), axis=1).astype(np.float32)
