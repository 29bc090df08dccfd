"""How parts of a community are tied to one another."""

from __future__ import annotations

import polars as pl

from linkage.campaigns.ties import bridges

CHANNELS = {"ip": "network", "prompts": "content"}


def bridging(inside: str, between: str) -> dict[int, float]:
    """Two parts of four, held together by one channel, two of each tied by another."""
    links = [(a, b, inside) for part in (0, 4) for a in range(part, part + 4) for b in range(a + 1, part + 4)]
    links += [(0, 4, between), (1, 5, between)]
    table = pl.DataFrame(
        [(a, b, 6.0 if said == "ip" else 0.0, 6.0 if said == "prompts" else 0.0) for a, b, said in links],
        schema={"account_a": pl.UInt32, "account_b": pl.UInt32, "ip": pl.Float32, "prompts": pl.Float32},
        orient="row",
    )
    parts = pl.DataFrame(
        {"account": range(8), "community": [0] * 8, "part": [0] * 4 + [1] * 4},
        schema={"account": pl.UInt32, "community": pl.Int32, "part": pl.Int32},
    )
    return dict(bridges(parts, table, CHANNELS).sort("part").iter_rows())


def test_prompts_alone_are_no_bridge_between_groups_that_share_an_address() -> None:
    assert bridging("ip", "prompts") == {0: 0.0, 1: 0.0}


def test_prompts_bridge_groups_that_prompts_hold_together_and_an_address_bridges_any() -> None:
    assert bridging("prompts", "prompts") == {0: 0.5, 1: 0.5}
    assert bridging("ip", "ip") == {0: 0.5, 1: 0.5}
