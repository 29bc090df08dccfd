"""Signs of rows along random directions: the more of them two rows share, the smaller the angle between the rows."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from linkage_kernels import meets

Floats = NDArray[np.float32]
Words = NDArray[np.uint64]

#: Signs of rows that meet, and of rows led to their cells.
COUNT = 256
_LED = 128


def signs(unit: Floats) -> Words:
    """The signs of each row, equal whatever the number of threads.

    Args:
        unit: float32[n, d], C order.

    Returns:
        uint64[n, 2]; a zero row's are all zero.
    """
    out = np.empty((len(unit), 2), np.uint64)
    meets.sign(unit, flips(unit.shape[1], _LED), out)
    return out


@lru_cache(maxsize=8)
def flips(width: int, count: int = COUNT) -> Floats:
    """The random signs that `meets` changes in rows of this width to make so many signs -> float32[t, 2, D * 16]."""
    deep = max(64, 1 << max(0, width - 1).bit_length())
    flip = np.where(np.random.default_rng(width).random((max(1, count // deep), 2, deep)) < 0.5, -1.0, 1.0)
    return np.repeat(flip.astype(np.float32), 16, axis=2)


@lru_cache(maxsize=8)
def table(missed: float) -> NDArray[np.int64]:
    """In how many signs rows may differ, by the cosine of their angle from -1 to 1 -> int64[257].

    Args:
        missed: share of rows at just this angle that may differ in more.
    """
    return np.array([_differing(k / 128 - 1.0, missed) for k in range(257)], np.int64)


def _differing(cosine: float, missed: float) -> int:
    """The quantile of a binomial distribution."""
    chance = math.acos(max(-1.0, min(1.0, cosine))) / math.pi
    more = 1.0
    for count in range(COUNT):
        more -= math.comb(COUNT, count) * chance**count * (1.0 - chance) ** (COUNT - count)
        if more <= missed:
            return count
    return COUNT
