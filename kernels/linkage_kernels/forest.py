"""Boosted trees read out: what the leaves that a row falls into add up to."""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray


def leaves(
    x: NDArray[np.float32],
    root: NDArray[np.int32],
    feature: NDArray[np.int32],
    threshold: NDArray[np.float64],
    unknown_left: NDArray[np.bool_],
    left: NDArray[np.int32],
    right: NDArray[np.int32],
    value: NDArray[np.float64],
) -> NDArray[np.float64]:
    """float64[n]: sum of the leaves' values, tree by tree.

    Args:
        x: float32[n, f], NaN where unknown.
        root: int32[trees], the node at which each begins.
        feature: int32[nodes], what a node asks for, -1 for a leaf.
        threshold: float64[nodes]: at most that goes left.
        unknown_left: bool[nodes]: where an unknown figure goes.
        left: int32[nodes].
        right: int32[nodes].
        value: float64[nodes].
    """
    return np.asarray(_leaves(np.ascontiguousarray(x), root, feature, threshold, unknown_left, left, right, value))


@njit(cache=True, parallel=True)
def _leaves(x, root, feature, threshold, unknown_left, left, right, value):  # type: ignore[no-untyped-def]
    """float64[n]."""
    out = np.zeros(len(x))
    for row in prange(len(x)):
        total = 0.0
        for tree in range(len(root)):
            at = root[tree]
            while feature[at] >= 0:
                seen = x[row, feature[at]]
                goes = unknown_left[at] if np.isnan(seen) else np.float64(seen) <= threshold[at]
                at = left[at] if goes else right[at]
            total += value[at]
        out[row] = total
    return out
