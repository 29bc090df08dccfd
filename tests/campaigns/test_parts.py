"""Parts of a community that an innocent explanation of their own sets free."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from linkage.campaigns import figures, parts
from linkage.campaigns.content import Content
from linkage.campaigns.parts import freed_of_prompts
from linkage.campaigns.ties import bridges, loose
from linkage.campaigns.view import View
from linkage.settings import CampaignSettings

CHANNELS = {"device": "machine", "ip": "network", "prompts": "content"}
LINKS = {"account_a": pl.UInt32, "account_b": pl.UInt32, **dict.fromkeys(CHANNELS, pl.Float32)}
PARTS = pl.DataFrame(
    {"account": range(8), "community": [0] * 8, "part": [0] * 4 + [1] * 4},
    schema={"account": pl.UInt32, "community": pl.Int32, "part": pl.Int32},
)


def tied(between: str) -> pl.DataFrame:
    """Two parts of four that share an address each; two of each are tied by a channel or two."""
    links = [(a, b, "ip") for part in (0, 4) for a in range(part, part + 4) for b in range(a + 1, part + 4)]
    links += [(0, 4, between), (1, 5, between)]
    table = pl.DataFrame(
        [(a, b, *(6.0 if name in said else 0.0 for name in CHANNELS)) for a, b, said in links],
        schema=LINKS,
        orient="row",
    )
    return bridges(PARTS, table, CHANNELS).sort("part")


def freed(
    between: str, explained: dict[int, str | None], suspect: bool = True, settled: tuple[int, ...] = ()
) -> set[int]:
    """The parts that leave."""
    quiet = pl.DataFrame(
        [(part, name, part in settled) for part, name in explained.items()],
        schema={"part": pl.Int32, "explanation": pl.String, "settled": pl.Boolean},
        orient="row",
    )
    judged = pl.DataFrame({"community": [0], "suspect": [suspect]}, schema_overrides={"community": pl.Int32})
    found = freed_of_prompts(PARTS, quiet, judged, tied(between), CampaignSettings(bridging_share=0.1))
    assert found.select("account", "part").equals(PARTS.select("account", "part"))
    return set(found.filter(pl.col("community") != 0)["part"])


def test_bridges_of_prompts_are_told_from_others() -> None:
    assert tied("prompts").rows() == [(0, 0.5, 0.0, 0.0), (1, 0.5, 0.0, 0.0)]
    assert tied("prompts, device").rows() == [(0, 0.5, 0.5, 0.0), (1, 0.5, 0.5, 0.0)]
    assert tied("ip").rows() == [(0, 0.5, 0.5, 0.5), (1, 0.5, 0.5, 0.5)]


def test_whom_prompts_and_a_program_alone_tie_is_loose() -> None:
    links = pl.DataFrame(
        [(0, 1, 0.0, 0.0, 6.0), (0, 2, 6.0, 0.0, 6.0), (3, 4, 0.0, 6.0, 0.0), (1, 3, 6.0, 0.0, 0.0)],
        schema=LINKS,
        orient="row",
    )
    assert loose(PARTS, links, CHANNELS).tolist() == [True] * 3 + [False] * 2 + [True] * 3
    elsewhere = PARTS.with_columns(community=pl.col("part"))
    assert loose(elsewhere, links, CHANNELS).tolist() == [True] * 8
    assert loose(PARTS, links, {"prompts": "content"}).all()


def test_who_writes_as_many_do_is_loose_though_one_of_them_was_met_elsewhere() -> None:
    of = pl.DataFrame(
        {"account": range(12), "community": [0] * 12, "part": [0] * 12},
        schema={"account": pl.UInt32, "community": pl.Int32, "part": pl.Int32},
    )
    met = {(0, 1), (2, 3), (2, 4)}
    pairs = [(a, b) for a in range(12) for b in range(a + 1, 12)]
    links = pl.DataFrame([(*pair, 0.0, 6.0 * (pair in met), 6.0) for pair in pairs], LINKS, orient="row")
    assert np.flatnonzero(~loose(of, links, CHANNELS)).tolist() == [2]


@pytest.mark.parametrize(("explanation", "apart"), [("viral_template", True), ("vendor", False)])
def test_strangers_in_one_part_with_others_are_a_part_of_their_own(
    monkeypatch: pytest.MonkeyPatch, explanation: str, apart: bool
) -> None:
    """One part of eight: the first five share an address, the others write what they write."""
    of = PARTS.with_columns(part=pl.lit(0, pl.Int32))
    ties = [(a, b, 0.0, 6.0, 6.0) for a in range(5) for b in range(a + 1, 5)]
    links = pl.DataFrame(
        [*ties, (0, 5, 0.0, 0.0, 6.0), (0, 6, 0.0, 0.0, 6.0), (0, 7, 6.0, 0.0, 6.0)], LINKS, orient="row"
    )
    asked: list[list[int]] = []

    def table(members: pl.DataFrame, *_: object) -> pl.DataFrame:
        asked.append(members["account"].to_list())
        return members.select("community").unique()

    def judge(figures: pl.DataFrame, *_: object, **__: object) -> pl.DataFrame:
        return figures.with_columns(bits=pl.lit(-9.0), explanation=pl.lit(explanation), settled=pl.lit(False))

    monkeypatch.setattr(figures, "table", table)
    monkeypatch.setattr(parts, "judge", judge)
    view = View(PARTS, None, None, None, PARTS, PARTS, CHANNELS, Content(PARTS, PARTS))
    found, _ = parts.detach(of, links, view, CampaignSettings(min_accounts=3))
    assert asked[0] == [5, 6, 7]
    assert (found["part"].n_unique() == 2) == apart
    few = parts.detach(of, links, view, CampaignSettings(min_accounts=4))[0]
    assert few.equals(of)


def test_only_what_changed_is_parted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of three communities of four one was freed of another; the third is as it was."""
    of = pl.DataFrame(
        {"account": range(12), "community": [5] * 4 + [2] * 4 + [9] * 4, "part": [0] * 4 + [1] * 4 + [2] * 4},
        schema=PARTS.schema,
    )
    before = of.with_columns(community=pl.col("community").replace(9, 2))
    seen: list[list[int]] = []

    def detach(members: pl.DataFrame, *_: object) -> tuple[pl.DataFrame, pl.DataFrame]:
        seen.append(members["account"].to_list())
        gone = pl.col("account") >= 10
        new = members.with_columns(
            community=pl.when(gone).then(pl.lit(5, pl.Int32)).otherwise("community"),
            part=pl.when(gone).then(pl.lit(7, pl.Int32)).otherwise("part"),
        )
        return new.sample(fraction=1.0, shuffle=True, seed=1), members

    monkeypatch.setattr(parts, "detach", detach)
    view = View(PARTS, None, None, None, PARTS, PARTS, CHANNELS)
    found = parts.detach_again(of, before, PARTS, view, CampaignSettings())
    assert seen == [list(range(4, 12))]
    assert found.schema == of.schema
    assert found["account"].to_list() == list(range(12))
    assert found["community"].to_list() == [5] * 4 + [2] * 4 + [9] * 2 + [15] * 2
    assert found["part"].to_list() == [0] * 4 + [1] * 4 + [2] * 2 + [7] * 2
    assert parts.detach_again(of, of, PARTS, view, CampaignSettings()).equals(of)
    assert len(seen) == 1


@pytest.mark.parametrize(("address", "leave"), [(False, {1, 2, 3}), (True, {3})])
def test_where_prompts_are_public_what_is_tied_otherwise_stays_together(
    monkeypatch: pytest.MonkeyPatch, address: bool, leave: set[int]
) -> None:
    """Four parts of two tied by prompts, the last of them strangers; the first is not explained."""
    of = PARTS.with_columns(part=pl.col("account").cast(pl.Int32) // 2)
    rows = [(a, b, 0.0, 6.0 if address and b < 6 else 0.0, 6.0) for a in range(8) for b in range(a + 1, 8)]

    def judge(figures: pl.DataFrame, *_: object, **__: object) -> pl.DataFrame:
        names = {1: "vendor", 2: "vendor", 3: "viral_template"}
        bits = pl.when(pl.col("community") == 0).then(2.0).otherwise(-9.0)
        said = pl.col("community").replace_strict(names, default=None, return_dtype=pl.String)
        return figures.with_columns(bits=bits, explanation=said, settled=pl.lit(True))

    monkeypatch.setattr(figures, "table", lambda members, *_: members.select("community").unique())
    monkeypatch.setattr(parts, "judge", judge)
    monkeypatch.setattr(parts, "_MANY", 0.2)
    monkeypatch.setattr(parts, "_ALL", 0.7)
    view = View(PARTS, None, None, None, PARTS, PARTS, CHANNELS)
    found, _ = parts.detach(of, pl.DataFrame(rows, LINKS, orient="row"), view, CampaignSettings())
    assert set(found.filter(pl.col("community") != 0)["part"]) == leave


def test_a_program_in_common_holds_no_strangers_and_nobody_at_a_place_of_his_own() -> None:
    both = "prompts, device"
    assert freed(both, {0: "viral_template"}) == {0}
    assert freed(both, {0: "firm", 1: "vendor"}) == set()
    assert freed(both, {0: "firm", 1: "vendor"}, settled=(0, 1)) == {0, 1}
    assert freed(both, {0: "firm", 1: None}, settled=(0, 1)) == set()
    assert freed("ip", {0: "firm", 1: "vendor"}, settled=(0, 1)) == set()


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


def test_a_pool_ties_the_parts_of_most_of_its_accounts() -> None:
    def share(*pool: int) -> list[float]:
        crowds = pl.DataFrame({"account": pool, "crowd": [7] * len(pool)}, schema_overrides={"account": pl.UInt32})
        found = bridges(PARTS, pl.DataFrame(schema=LINKS), CHANNELS, crowds).sort("part")
        assert found["bridging"].to_list() == found["bridging_otherwise"].to_list()
        return found["bridging"].to_list()

    assert share(*range(8)) == [1.0, 1.0]
    assert share(0, 1, 2, 4, 5, 6) == [0.75, 0.75]
    assert share(0, 1, 2, 3) == [0.0, 0.0]  # a pool of one part alone ties nothing
    assert share(0, 1, 4, 5) == [0.0, 0.0]  # half are not most
