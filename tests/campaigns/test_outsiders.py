"""Who is put out of a community, and whom other evidence holds there."""

from __future__ import annotations

import polars as pl
import pytest

from linkage.campaigns.content import Content
from linkage.campaigns.outsiders import outsiders
from linkage.campaigns.view import View, Weighing
from linkage.tables import ACCOUNTS, MEMBERSHIPS, USES, empty

CHANNELS = {"device": "machine", "ip": "network", "prompt": "content"}
CORE = range(5)


def memberships(*parts: int) -> pl.DataFrame:
    accounts = len(parts)
    columns = {"account": range(accounts), "community": [0] * accounts, "part": parts, "stability": [1.0] * accounts}
    return pl.DataFrame(columns, schema=MEMBERSHIPS)


def seen(accounts: int, core: int = 5, prior: float = 8.0) -> View:
    """The first accounts write templates of their own, the others what nobody else writes."""
    used = [(account, f"t{k}", 5) for account in range(core) for k in range(6)]
    wrote = Content(
        pl.DataFrame(used, schema={"account": pl.UInt32, "template": pl.String, "count": pl.Int64}, orient="row"),
        pl.DataFrame(
            {"account": range(accounts), "prompts": [50] * accounts},
            schema={"account": pl.UInt32, "prompts": pl.Int64},
        ),
    )
    weighing = Weighing(prior, {}, 0.5, {})
    nothing = pl.DataFrame()
    return View(empty(ACCOUNTS), None, None, None, empty(USES), nothing, CHANNELS, wrote, weighing=weighing)


def links(pairs: list[tuple[int, int]], device: float = 5.0, ip: float = 4.0, prompt: float = 0.0) -> pl.DataFrame:
    rows = [(*sorted(pair), device, ip, prompt) for pair in pairs]
    named = dict.fromkeys(["account_a", "account_b"], pl.UInt32) | dict.fromkeys(CHANNELS, pl.Float32)
    return pl.DataFrame(rows, schema=named, orient="row")


def clique(*accounts: int) -> list[tuple[int, int]]:
    return [(a, b) for a in accounts for b in accounts if a < b]


def test_outsiders_are_put_out_part_by_part() -> None:
    found = outsiders(memberships(1, 1, 1, 1, 1, 1, 2, 2), seen(8), least=5)
    groups = found["community"].to_list()
    assert groups[:5] == [0] * 5
    assert groups[5] not in (0, groups[6])
    assert groups[6] == groups[7] != 0


def test_nobody_is_put_out_of_a_group_without_a_core() -> None:
    assert outsiders(memberships(1, 1, 1, 1, 1, 1), seen(6, core=3), least=5)["community"].to_list() == [0] * 6


def test_whom_a_pool_holds_is_not_put_out() -> None:
    said = pl.DataFrame({"account": [5, 6, 7], "pool_bits": [3.0, 1.0, -3.0]}, schema_overrides={"account": pl.UInt32})
    found = outsiders(memberships(1, 1, 1, 1, 1, 1, 2, 2), seen(8), 5, said)["community"].to_list()
    assert found[:6] == [0] * 6
    assert found[6] == found[7] != 0


def test_whom_links_hold_as_they_hold_the_others_is_not_put_out() -> None:
    # The sixth is tied to those who take part, the seventh to the sixth as well, the eighth to too few.
    tied = links([*clique(*CORE), (5, 0), (5, 1), (5, 2), (6, 1), (6, 2), (6, 5), (7, 3), (7, 4)])
    found = outsiders(memberships(*[1] * 6, 2, 3), seen(8), 5, None, tied)["community"].to_list()
    assert found[:7] == [0] * 7
    assert found[7] != 0


def test_who_has_half_as_many_links_as_the_others_is_held() -> None:
    core = range(12)
    for few, held in ((5, False), (6, True)):
        tied = links([*clique(*core), *((12, other) for other in range(few))])
        found = outsiders(memberships(*[1] * 13), seen(13, core=12), 5, None, tied)
        assert (found["community"][12] == 0) == held


def test_another_group_is_not_held_by_those_of_its_own_who_seem_to_take_part() -> None:
    first, seeming, rest = range(12), range(12, 18), range(18, 48)
    towards = [(a, b) for a in seeming for b in rest]
    core = [*clique(*first), *clique(*seeming), *towards]
    parts = memberships(*[1] * 12, *[2] * 36)
    for within, held in (([], True), (clique(*rest), False)):
        found = outsiders(parts, seen(48, core=18), 5, None, links([*core, *within]))["community"].to_list()
        assert found[:18] == [0] * 18
        assert all((community == 0) == held for community in found[18:])


@pytest.mark.parametrize(
    ("device", "ip", "prompt"),
    [(9.0, 0.0, 0.0), (0.5, 9.0, 9.0), (4.0, 3.0, 5.0)],
    ids=["one kind", "hardly a second", "no links without prompts"],
)
def test_links_hold_nobody(device: float, ip: float, prompt: float) -> None:
    tied = links(clique(*range(6)), device, ip, prompt)
    found = outsiders(memberships(*[1] * 6), seen(6), 5, None, tied)["community"].to_list()
    assert found[:5] == [0] * 5
    assert found[5] != 0


def test_parts_that_links_tie_stay_together_outside() -> None:
    first, second, apart = range(5, 9), range(9, 12), range(12, 15)
    between = [(a, b) for a in list(first)[:3] for b in list(second)[:2]]
    within = [*clique(*CORE), *clique(*first), *clique(*second), *clique(*apart), (12, 5), (13, 6)]
    parts = memberships(*[1] * 5, *[2] * 4, *[3] * 3, *[4] * 3)
    groups = outsiders(parts, seen(15), 5, None, links(between + within))["community"].to_list()
    assert groups[:5] == [0] * 5
    assert len(set(groups[5:12])) == 1
    assert len(set(groups[12:])) == 1
    assert len({groups[0], groups[5], groups[12]}) == 3
