"""Each account's strongest links: what a sparse skeleton of a dense graph keeps."""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray


def strongest(
    source: NDArray[np.int64], target: NDArray[np.int64], weight: NDArray[np.float64], accounts: int, most: int
) -> NDArray[np.bool_]:
    """bool[m]: whether a link is among the `most` heaviest of one of its two accounts.

    Links of equal weight are told apart by a hash of their accounts, as good as at random, so that of a clique of
    equal links an expander stays and not the links of its first accounts; the order of the links does not matter.

    Args:
        source: [m], 0..accounts-1.
        target: [m], likewise.
        weight: [m], above 0 (of positive floats the bits are in the order of the numbers).
        accounts: n.
        most: at least 1.
    """
    source, target = np.array(source, np.int32), np.array(target, np.int32)
    bits = np.array(weight, np.float32).view(np.uint32)
    keep = np.empty(len(source), np.bool_)
    with np.errstate(over="ignore"):  # a hash wraps around; only uncompiled code would warn
        _strongest(source, target, bits, int(accounts), int(most), keep)
    return keep


@njit(cache=True, inline="always")
def _key(a, b, bits):  # type: ignore[no-untyped-def]
    """Weight, then a hash of both ends (the finalizer of MurmurHash3)."""
    x = (np.uint64(a) << np.uint64(32)) | np.uint64(b)
    x = (x ^ (x >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    x = (x ^ (x >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return (np.uint64(bits) << np.uint64(32)) | (x >> np.uint64(32))


@njit(cache=True, parallel=True)
def _strongest(source, target, bits, accounts, most, keep):  # type: ignore[no-untyped-def]
    """Each account's key of rank `most`, then every link against both."""
    start = np.zeros(accounts + 1, np.int64)
    for i in range(len(source)):
        start[source[i] + 1] += 1
        start[target[i] + 1] += 1
    start = np.cumsum(start)
    place = start[:-1].copy()
    row = np.empty(2 * len(source), np.uint64)
    for i in range(len(source)):
        key = _key(source[i], target[i], bits[i])
        row[place[source[i]]] = key
        place[source[i]] += 1
        row[place[target[i]]] = key
        place[target[i]] += 1
    least = np.zeros(accounts, np.uint64)
    for a in prange(accounts):
        if start[a + 1] - start[a] > most:
            least[a] = np.sort(row[start[a] : start[a + 1]])[-most]
    for i in prange(len(source)):
        key = _key(source[i], target[i], bits[i])
        keep[i] = key >= least[source[i]] or key >= least[target[i]]
