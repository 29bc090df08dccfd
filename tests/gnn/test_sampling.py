from __future__ import annotations

import os
from collections.abc import Iterator

import numba
import numpy as np
import pytest

from linkage_kernels.sampling import sample
from tests.gnn.graphs import random_graph

MASK = (1 << 64) - 1


def mix(state: int) -> int:
    z = (state + 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def reservoir(entries: range, room: int, key: int) -> list[int]:
    """Obvious, not fast: the first `room`, then each further one takes a random place or none."""
    kept = list(entries)[:room]
    for j, entry in enumerate(list(entries)[room:], start=room):
        key = mix(key)
        if key % (j + 1) < room:
            kept[key % (j + 1)] = entry
    return sorted(kept)


def oracle(
    start: list[int], to: list[int], seeds: list[int], fan_out: tuple[int, ...], seed: int
) -> dict[int, list[int]]:
    drawn: dict[int, list[int]] = {}
    frontier = seeds
    seen = set(seeds)
    for hop, fan in enumerate(fan_out):
        for node in frontier:
            key = mix(mix(seed ^ (hop << 56)) ^ node)
            drawn[node] = reservoir(range(start[node], start[node + 1]), fan, key)
        frontier = sorted({to[e] for node in frontier for e in drawn[node]} - seen)
        seen |= set(frontier)
    return drawn


@pytest.fixture(params=[1, 2])
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    before = numba.get_num_threads()
    count = min(request.param, os.cpu_count() or 1)
    numba.set_num_threads(count)
    yield count
    numba.set_num_threads(before)


@pytest.mark.parametrize("fan_out", [(2, 3), (100, 1), (1,)])
def test_draws_are_those_of_the_oracle(fan_out: tuple[int, ...], threads: int) -> None:
    of = random_graph(60, 240, 5)
    seeds = np.array([7, 3, 40])
    found = sample(of.start, of.to, seeds, fan_out, 11)
    wanted = oracle(of.start.tolist(), of.to.tolist(), seeds.tolist(), fan_out, 11)
    assert found.nodes[:3].tolist() == [7, 3, 40]
    assert len(np.unique(found.nodes)) == len(found.nodes)
    for place, node in enumerate(found.nodes.tolist()):
        entries = found.entry[found.start[place] : found.start[place + 1]]
        assert entries.tolist() == wanted.get(node, [])
        assert found.nodes[found.to[found.start[place] : found.start[place + 1]]].tolist() == of.to[entries].tolist()


def test_each_neighbour_is_drawn_about_as_often() -> None:
    of = random_graph(30, 200, 6)
    node = int(np.argmax(np.diff(of.start)))
    counts = np.zeros(len(of.to))
    for seed in range(600):
        counts[sample(of.start, of.to, np.array([node]), (4,), seed).entry] += 1
    degree = of.start[node + 1] - of.start[node]
    share = counts[of.start[node] : of.start[node + 1]] / 600
    assert np.abs(share - 4 / degree).max() < 0.08


def test_no_seeds_no_nodes() -> None:
    of = random_graph()
    found = sample(of.start, of.to, np.zeros(0, np.int64), (3, 2), 0)
    assert not len(found.nodes)
    assert found.start.tolist() == [0]
