"""Neighbours drawn at random from a graph in rows, without replacement, the same whatever the number of threads.

Each node draws with a generator of its own, keyed by seed, hop and node (splitmix64: Steele et al. 2014, "Fast
splittable pseudorandom number generators"), by reservoir (Vitter 1985, algorithm R).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray


class Sampled(NamedTuple):
    """A graph of the seeds and what was drawn around them."""

    nodes: NDArray[np.int64]  # [k]: the seeds first, in their order, then the others by number
    start: NDArray[np.int64]  # [k + 1]
    to: NDArray[np.int64]  # [e]: positions in `nodes`; nodes of the last hop have no row
    entry: NDArray[np.int64]  # [e]: which entries of the graph these are


def sample(
    start: NDArray[np.int64], to: NDArray[np.int64], seeds: NDArray[np.int64], fan_out: tuple[int, ...], seed: int
) -> Sampled:
    """The neighbourhood of some nodes, a few neighbours of each.

    Args:
        start: int64[n + 1], rows of the graph.
        to: int64[m], neighbours.
        seeds: int64[s], distinct.
        fan_out: neighbours drawn of a seed, of each of these, and so on.
        seed: of the draws.
    """
    seen = np.zeros(len(start) - 1, np.bool_)
    seen[seeds] = True
    rows, nodes = [], [seeds.astype(np.int64)]
    frontier = nodes[0]
    for hop, fan in enumerate(fan_out):
        offsets = np.zeros(len(frontier) + 1, np.int64)
        np.cumsum(np.minimum(start[frontier + 1] - start[frontier], fan), out=offsets[1:])
        with np.errstate(over="ignore"):  # uncompiled, numpy warns where a generator wraps round
            drawn = _draw(start, frontier, offsets, np.uint64(seed), np.uint64(hop))
        rows.append((offsets, drawn))
        fresh = np.unique(to[drawn])
        frontier = fresh[~seen[fresh]]
        seen[frontier] = True
        nodes.append(frontier)
    order = np.concatenate(nodes)
    place = np.empty(len(start) - 1, np.int64)
    place[order] = np.arange(len(order))
    lengths = np.concatenate([*(np.diff(offsets) for offsets, _ in rows), np.zeros(len(nodes[-1]), np.int64)])
    entry = np.concatenate([drawn for _, drawn in rows]) if rows else np.zeros(0, np.int64)
    return Sampled(order, np.concatenate(([0], np.cumsum(lengths))), place[to[entry]], entry)


@njit(cache=True)
def _mix(state):  # type: ignore[no-untyped-def]
    """uint64 -> uint64: splitmix64's output function."""
    z = state + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@njit(cache=True, parallel=True)
def _draw(start, frontier, offsets, seed, hop):  # type: ignore[no-untyped-def]
    """int64[offsets[-1]]: entries drawn for each node of the frontier, in the order of its row."""
    out = np.empty(offsets[-1], np.int64)
    for i in prange(len(frontier)):
        node = frontier[i]
        low, degree = start[node], start[node + 1] - start[node]
        first, room = offsets[i], offsets[i + 1] - offsets[i]
        for j in range(room):
            out[first + j] = low + j
        if degree > room:
            state = _mix(_mix(seed ^ (hop << np.uint64(56))) ^ np.uint64(node))
            for j in range(room, degree):
                state = _mix(state)
                slot = np.int64(state % np.uint64(j + 1))
                if slot < room:
                    out[first + slot] = low + j
            out[first : first + room] = np.sort(out[first : first + room])
    return out
