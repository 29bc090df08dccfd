"""Evidence becomes links: priors, caps and corroboration."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.graph import evidence, group_cap, link, prior_bits
from linkage.graph.additive import STEPS, add_up
from linkage.identifiers import Shared, share, with_crowds
from linkage.settings import GraphSettings, IdentifierSettings
from linkage.tables import CROWD, USES

START = datetime(2026, 1, 1, tzinfo=UTC)
IDENTIFIERS = IdentifierSettings()
GRAPH = GraphSettings()
N = 20_000

Use = tuple[int, str, str, float]


def shared(*uses: Use) -> Shared:
    """Uses as (account, kind, value, day)."""
    rows = [(a, k, v, 1, START + timedelta(days=d), START + timedelta(days=d)) for a, k, v, d in uses]
    return share(pl.DataFrame(rows, schema=USES, orient="row"), N, IDENTIFIERS)


def linked(*uses: Use) -> pl.DataFrame:
    found = shared(*uses)
    return link(found.values, found.uses, N, IDENTIFIERS, GRAPH).links


def test_a_rare_card_links_and_a_rare_address_alone_does_not() -> None:
    assert linked((1, "instrument", "c", 0), (2, "instrument", "c", 0)).height == 1
    assert linked((1, "ip", "10.0.0.1", 0), (2, "ip", "10.0.0.1", 0)).is_empty()


def test_many_addresses_are_one_group_and_still_no_link() -> None:
    many = [(a, "ip", f"10.0.0.{i}", 0.0) for a in (1, 2) for i in range(20)]
    assert linked(*many).is_empty()


def test_two_groups_corroborate() -> None:
    both = [(a, kind, "v", 0.0) for a in (1, 2) for kind in ("ip", "device")]
    found = linked(*both)
    assert found.height == 1
    assert found["probability"].item() > 0.9


def test_a_crowd_speaks_for_a_pair_and_makes_none() -> None:
    """A template that two share says too little; that both use one pool tells in its favour, of the third nothing."""
    rows = [(a, "ip", f"10.0.0.{i}", 0.0) for a in range(200) for i in range(40)]
    rows += [(a, "prompt", "t", 0.0) for a in (1, 2, 300)]
    table = pl.DataFrame([(a, k, v, 1, None, None) for a, k, v, _ in rows], schema=USES, orient="row")
    plain = share(table, N, IDENTIFIERS)
    found = with_crowds(plain, table, N, IDENTIFIERS, 0)
    assert link(plain.values, plain.uses, N, IDENTIFIERS, GRAPH).links.is_empty()
    links = link(found.values, found.uses, N, IDENTIFIERS, GRAPH).links
    assert links.select("account_a", "account_b").rows() == [(1, 2)]
    reasons = evidence(found.values, found.uses, links, IDENTIFIERS)
    assert reasons["kind"].to_list() == [CROWD, "prompt"]
    assert links["crowd"].item() == pytest.approx(reasons["weight"][0], abs=1 / STEPS)


def test_time_between_two_uses_weakens_an_address_more_than_a_card() -> None:
    near = linked((1, "instrument", "c", 0), (2, "instrument", "c", 0), (1, "ip", "i", 0), (2, "ip", "i", 0))
    apart = linked((1, "instrument", "c", 0), (2, "instrument", "c", 20), (1, "ip", "i", 0), (2, "ip", "i", 20))
    alone = shared((1, "ip", "i", 0), (2, "ip", "i", 0)).values["bits"].item()
    assert apart["ip"].item() == pytest.approx(alone * 2.0**-10, abs=1 / STEPS)
    assert near["ip"].item() == pytest.approx(group_cap("network", N, GRAPH), abs=1 / STEPS)
    assert apart["payment"].item() == pytest.approx(near["payment"].item() * 2.0 ** (-20 / 180), rel=1e-3)


def test_weight_is_the_channels_after_the_caps() -> None:
    found = shared(*[(a, "instrument", f"c{i}", 0.0) for a in (1, 2) for i in range(3)])
    one = link(found.values, found.uses, N, IDENTIFIERS, GRAPH)
    assert found.values["bits"].sum() > one.caps["money"]
    assert one.links["weight"].item() == pytest.approx(group_cap("money", N, GRAPH), abs=1 / STEPS)
    assert one.links["payment"].item() == one.links["weight"].item()
    odds = 2.0 ** (one.links["weight"].item() - prior_bits(N, GRAPH))
    assert one.links["probability"].item() == pytest.approx(odds / (1 + odds), rel=1e-4)


def test_evidence_lists_every_shared_value_and_adds_up_to_the_channels_before_the_caps() -> None:
    uses: list[Use] = [(a, "instrument", f"c{i}", float(a)) for a in (1, 2, 3) for i in range(2)]
    found = shared(*uses, (4, "instrument", "c0", 0.0))
    links = link(found.values, found.uses, N, IDENTIFIERS, GRAPH).links
    why = evidence(found.values, found.uses, links, IDENTIFIERS)
    sums = why.group_by("account_a", "account_b").agg(pl.col("weight").sum()).sort("account_a", "account_b")
    capped = [min(bits, group_cap("money", N, GRAPH)) for bits in sums["weight"]]
    assert capped == pytest.approx(links["payment"].to_list(), abs=2 / STEPS)
    assert capped != sums["weight"].to_list()
    first = why.row(0, named=True)
    assert (first["account_a"], first["account_b"], first["value"]) == (1, 2, "c0")
    assert first["first_seen"] == START + timedelta(days=2)


def test_no_values_no_links() -> None:
    assert linked().is_empty()
    assert linked((1, "instrument", "c", 0)).is_empty()


@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 50),
    st.lists(st.integers(0, 2), min_size=1, max_size=6),
)
def test_columns_add_up_exactly_and_keep_the_caps(seed: int, pairs: int, groups: list[int]) -> None:
    rng = np.random.default_rng(seed)
    before = rng.exponential(6.0, (pairs, len(groups))).astype(np.float32)
    before[rng.random(before.shape) < 0.3] = 0.0
    group, cap = np.array(groups, np.int32), np.array([9.0, 0.0, 4.5], np.float32)
    bits = before.copy()
    weight = add_up(bits, group, cap)
    for order in (range(len(groups)), reversed(range(len(groups)))):
        total = np.zeros(pairs, np.float32)
        for channel in order:
            total += bits[:, channel]
        assert np.array_equal(total, weight)
    for pair in range(pairs):
        expected = sum(min(float(before[pair, group == g].sum()), float(cap[g])) for g in range(3))
        assert expected - 1e-3 <= weight[pair] <= expected + len(groups) / STEPS + 1e-3
    assert ((bits == 0) == (before * (cap[group] > 0) == 0)).all()
