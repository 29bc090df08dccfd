"""The parts that worlds are built from."""

from __future__ import annotations

import ipaddress

import numpy as np
import pytest

from linkage.simulate.draws import below, chance, group_sizes, hexes, mixed, normals
from linkage.simulate.prompts import embeddings
from linkage.simulate.space import Space, address_text, build_homes, dotted
from linkage.simulate.world import Content, Networks


@pytest.mark.parametrize("total", [0, 1, 4, 5, 37, 1_000, 20_011])
def test_group_sizes_add_up(total: int) -> None:
    for seed in range(5):
        sizes = group_sizes(np.random.default_rng(seed), total, (5, 400), 1.1)
        assert sizes.sum() == (total if total > 1 else 0)
        assert total < 5 or sizes.min() >= 5


def test_hashes_are_fixed_and_spread() -> None:
    values = np.arange(100_000)
    assert len(np.unique(mixed(values, 3))) == len(values)
    assert not (mixed(values, 3) == mixed(values, 4)).any()
    assert np.bincount(below(values, 10)).min() > 9_500
    assert abs(chance(values).mean() - 0.5) < 0.01
    assert hexes(np.array([255], dtype=np.uint64)) == ["00000000000000ff"]


def test_a_vector_depends_on_its_key_alone() -> None:
    keys = mixed(np.arange(5_000))
    every = normals(keys, 64, 1)
    assert (normals(keys[100:200], 64, 1) == every[100:200]).all()
    assert abs(float((every**2).sum(axis=1).mean()) - 1.0) < 0.02


def test_prompts_of_an_item_are_near_duplicates_and_of_a_template_are_not() -> None:
    rng = np.random.default_rng(0)
    source = np.full(600, 2 << 48)
    item = np.repeat(np.arange(2), 300)
    unit = embeddings(rng, source, item, 1, Content())
    cosine = unit @ unit.T
    assert (cosine[:300, :300] >= 0.85).mean() > 0.7
    assert (cosine[:300, 300:] >= 0.85).mean() < 0.05
    free = embeddings(rng, np.full(300, 1 << 48), np.arange(300), 1, Content())
    assert (np.triu(free @ free.T, 1) >= 0.85).sum() == 0


def test_addresses_as_text_are_addresses() -> None:
    rng = np.random.default_rng(0)
    low = rng.integers(0, 2**32, 500).astype(np.uint64)
    high = np.zeros(500, dtype=np.uint64)
    high[::3] = np.uint64(0x2A10_0001_0000_0007)
    low[::3] = mixed(low[::3])
    for text, upper, lower in zip(address_text(high, low), high.tolist(), low.tolist(), strict=True):
        assert int(ipaddress.ip_address(text)) == (upper << 64) + lower
    assert address_text(high[:0], low[:0]).to_list() == []


def test_no_two_homes_have_an_address_at_once_and_leases_end() -> None:
    space = Space()
    homes = build_homes(np.random.default_rng(1), space, 5_000, Networks())
    every = np.arange(5_000)
    days = [homes.four(every, day) for day in range(45)]
    assert all(len(np.unique(addresses)) == len(every) for addresses in days)
    kept = (days[0] == days[44]).mean()
    assert 0.2 < kept < 0.6
    later = np.isin(days[44][days[0] != days[44]], days[0]).mean()
    assert later > 0.1  # someone else's address now


def test_blocks_do_not_overlap_and_are_public() -> None:
    space = Space()
    for size in (8, 1, 300, 16, 70_000, 9):
        space.block(size, "business", space.system())
    nets = [ipaddress.ip_network(prefix) for prefix, _, _ in space.prefixes]
    assert all(net.is_global for net in nets)
    assert not any(a.overlaps(b) for i, a in enumerate(nets) for b in nets[i + 1 :])
    assert dotted(20 << 24) == "20.0.0.0"
