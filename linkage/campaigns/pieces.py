"""Connected pieces of a graph."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def components(nodes: int, a: NDArray[np.uint32], b: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Edges a[m], b[m] between `nodes` nodes -> int64[nodes], the lowest node each is connected to."""
    label = np.arange(nodes)
    while True:
        low = np.minimum(label[a], label[b])
        new = label.copy()
        for end in (a, b):
            np.minimum.at(new, label[end], low)
            np.minimum.at(new, end, low)
        new = new[new]
        if np.array_equal(new, label):
            return label
        label = new
