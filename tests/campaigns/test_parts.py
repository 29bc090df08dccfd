"""Parts of a community that an innocent explanation of their own sets free."""

from __future__ import annotations

import polars as pl
import pytest

from linkage.campaigns.parts import freed_of_prompts
from linkage.campaigns.ties import bridges
from linkage.settings import CampaignSettings

CHANNELS = {"ip": "network", "prompts": "content"}
PARTS = pl.DataFrame(
    {"account": range(8), "community": [0] * 8, "part": [0] * 4 + [1] * 4},
    schema={"account": pl.UInt32, "community": pl.Int32, "part": pl.Int32},
)


def tied(between: str) -> pl.DataFrame:
    """Two parts of four that share an address each; two of each are tied by one channel."""
    links = [(a, b, "ip") for part in (0, 4) for a in range(part, part + 4) for b in range(a + 1, part + 4)]
    links += [(0, 4, between), (1, 5, between)]
    table = pl.DataFrame(
        [(a, b, 6.0 if said == "ip" else 0.0, 6.0 if said == "prompts" else 0.0) for a, b, said in links],
        schema={"account_a": pl.UInt32, "account_b": pl.UInt32, "ip": pl.Float32, "prompts": pl.Float32},
        orient="row",
    )
    return bridges(PARTS, table, CHANNELS).sort("part")


def freed(between: str, explained: dict[int, str | None], suspect: bool = True) -> set[int]:
    """The parts that leave."""
    quiet = pl.DataFrame(
        {"part": list(explained), "explanation": list(explained.values())},
        schema={"part": pl.Int32, "explanation": pl.String},
    )
    judged = pl.DataFrame({"community": [0], "suspect": [suspect]}, schema_overrides={"community": pl.Int32})
    found = freed_of_prompts(PARTS, quiet, judged, tied(between), CampaignSettings(bridging_share=0.1))
    assert found.select("account", "part").equals(PARTS.select("account", "part"))
    return set(found.filter(pl.col("community") != 0)["part"])


def test_bridges_of_prompts_are_told_from_others() -> None:
    assert tied("prompts").rows() == [(0, 0.5, 0.0, 0.0), (1, 0.5, 0.0, 0.0)]
    assert tied("ip").rows() == [(0, 0.5, 0.5, 0.5), (1, 0.5, 0.5, 0.5)]


@pytest.mark.parametrize(
    ("explained", "leave"),
    [
        ({0: "viral_template"}, {0}),
        ({0: "vendor"}, set()),
        ({0: "firm", 1: "household"}, {0, 1}),
        ({0: "firm", 1: None}, set()),
    ],
    ids=["strangers", "one of a campaign's parts", "all are explained", "nothing explains one"],
)
def test_prompts_alone_hold_no_strangers_and_no_community_of_innocents(
    explained: dict[int, str | None], leave: set[int]
) -> None:
    assert freed("prompts", explained) == leave
    assert freed("ip", explained) == set()
    assert freed("prompts", explained, suspect=False) == set()


def test_a_program_holds_no_audience() -> None:
    by_machine = pl.DataFrame(
        {"account_a": [0], "account_b": [5], "device": [4.0], "prompts": [6.0]},
        schema={"account_a": pl.UInt32, "account_b": pl.UInt32, "device": pl.Float32, "prompts": pl.Float32},
    )
    found = bridges(PARTS, by_machine, {"device": "machine", "prompts": "content"})
    assert found["bridging_otherwise"].max() > 0.0
    assert found["bridging_beside"].max() == 0.0


def test_a_pool_ties_the_parts_of_most_of_its_accounts() -> None:
    def share(*pool: int) -> list[float]:
        crowds = pl.DataFrame({"account": pool, "crowd": [7] * len(pool)}, schema_overrides={"account": pl.UInt32})
        alone = pl.DataFrame(
            schema={"account_a": pl.UInt32, "account_b": pl.UInt32, "ip": pl.Float32, "prompts": pl.Float32}
        )
        found = bridges(PARTS, alone, CHANNELS, crowds).sort("part")
        assert found["bridging"].to_list() == found["bridging_otherwise"].to_list()
        return found["bridging"].to_list()

    assert share(*range(8)) == [1.0, 1.0]
    assert share(0, 1, 2, 4, 5, 6) == [0.75, 0.75]
    assert share(0, 1, 2, 3) == [0.0, 0.0]  # a pool of one part alone ties nothing
    assert share(0, 1, 4, 5) == [0.0, 0.0]  # half are not most
