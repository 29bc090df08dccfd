"""What the neighbours of a node are: mean and largest of each figure, in one pass over the rows of a graph."""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray


def summaries(
    start: NDArray[np.int64],
    to: NDArray[np.int64],
    weight: NDArray[np.float32],
    x: NDArray[np.float32],
    rows: NDArray[np.int64],
) -> NDArray[np.float32]:
    """Figures of neighbours that have them: their mean by weight, then the largest.

    Args:
        start: int64[n + 1], rows of the graph.
        to: int64[m], neighbours.
        weight: float32[m], over 0.
        x: float32[n, f], NaN where unknown.
        rows: int64[k]: nodes asked for.

    Returns:
        float32[k, 2 f], NaN where no neighbour has the figure. Each row is summed in its own order: the result does
        not depend on the number of threads.
    """
    out = np.full((len(rows), 2 * x.shape[1]), np.nan, np.float32)
    _summaries(start, to, weight, np.ascontiguousarray(x), rows, out)
    return out


@njit(cache=True, parallel=True)
def _summaries(start, to, weight, x, rows, out):  # type: ignore[no-untyped-def]
    """Fills out float32[k, 2 f], which holds NaN."""
    width = x.shape[1]
    for r in prange(len(rows)):
        total, mass = np.zeros(width), np.zeros(width)
        for entry in range(start[rows[r]], start[rows[r] + 1]):
            node, heavy = to[entry], np.float64(weight[entry])
            for column in range(width):
                value = x[node, column]
                if not np.isnan(value):
                    if mass[column] == 0.0 or value > out[r, width + column]:
                        out[r, width + column] = value
                    total[column] += heavy * np.float64(value)
                    mass[column] += heavy
        for column in range(width):
            if mass[column] > 0.0:
                out[r, column] = total[column] / mass[column]
