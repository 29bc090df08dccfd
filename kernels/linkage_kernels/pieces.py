"""Connected pieces of a graph."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray


def components(nodes: int, a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.int64]:
    """Edges a[m], b[m] between `nodes` nodes -> int64[nodes], the lowest node each is connected to."""
    label = np.arange(nodes)
    _join(np.require(a, np.int64, ["C", "W"]), np.require(b, np.int64, ["C", "W"]), label)
    return label


@njit(cache=True)
def _join(a, b, label):  # type: ignore[no-untyped-def]
    """Union-find: a root is the lowest node of its piece. label int64[n], 0..n-1 at first."""
    for edge in range(len(a)):
        one, other = a[edge], b[edge]
        while label[one] != one:
            label[one] = label[label[one]]
            one = label[one]
        while label[other] != other:
            label[other] = label[label[other]]
            other = label[other]
        if one < other:
            label[other] = one
        else:
            label[one] = other
    for node in range(len(label)):
        label[node] = label[label[node]]
