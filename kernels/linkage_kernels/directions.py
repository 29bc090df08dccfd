"""Wide rows seen along a few random directions, which keep the angles between them nearly as they are."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from linkage_kernels import routes

Floats = NDArray[np.float32]

#: Numbers of a row that is compared; a wider row is first seen along so many directions.
WIDTH = 64


def narrow(unit: Floats) -> Floats:
    """Rows of at most 64 numbers, a multiple of four, equal whatever the number of threads.

    A row of up to 64 numbers stays as it is. Of a wider one these are its products with orthonormal directions, brought
    to length 1 (Johnson & Lindenstrauss 1984).

    Args:
        unit: float32[n, d], C order, rows of length 1 or zero.

    Returns:
        float32[n, w]; the rows themselves where nothing is to be done.
    """
    n, width = unit.shape
    if width <= WIDTH and width % 4 == 0:
        return unit
    if width <= WIDTH:
        return np.pad(unit, ((0, 0), (0, -width % 4)))
    out = np.empty((n, WIDTH), np.float32)
    routes.project(unit, _directions(width), out)
    return out


def likely(threshold: float, width: int, deviations: float) -> float:
    """The inner product that narrowed rows of a pair reach, but for those so many standard deviations below.

    The cosine of rows seen along m random directions is spread as a correlation of m samples is (Fisher 1915).

    Args:
        threshold: of the rows themselves.
        width: of the rows themselves.
        deviations: how far a pair just at the threshold may fall.
    """
    if width <= WIDTH:
        return threshold
    return math.tanh(math.atanh(min(threshold, 0.999999)) - deviations / math.sqrt(WIDTH - 3))


@lru_cache(maxsize=8)
def _directions(width: int) -> Floats:
    """Orthonormal directions -> float32[64, width], the width a multiple of four."""
    found = np.linalg.qr(np.random.default_rng(width).standard_normal((width, WIDTH)))[0].T
    return np.pad(found, ((0, 0), (0, -width % 4))).astype(np.float32)
