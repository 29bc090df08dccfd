"""Two accounts: bits that add up, the smallest set that carries a link, paths, and why there is no link."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

import linkage
from linkage.errors import RunFolderError, UnknownIdError
from linkage.explain import explain_pair, pair_lines
from linkage.explain.carrying import carrying
from linkage.explain.model import ROUNDING, LinkModel, Reason, link_model
from linkage.explain.pair import Link, weighed
from linkage.explain.paths import Net, net, strongest
from linkage.tables import OUTPUT, empty
from tests.explain import worlds


def links_of(run: linkage.Run) -> list[Link]:
    pairs = run.links.select("account_a", "account_b").iter_rows()
    found = [explain_pair(run, a, b).link for a, b in pairs]
    return [link for link in found if link is not None]


@pytest.fixture(scope="module")
def explained(dealt: linkage.Run) -> list[Link]:
    return links_of(dealt)


def weight(reasons: tuple[Reason, ...] | list[Reason], model: LinkModel) -> float:
    """By the book: sums by group, each up to its cap."""
    groups = {reason.group for reason in reasons}
    return sum(min(sum(r.bits for r in reasons if r.group == g), model.caps[g]) for g in groups)


def test_the_bits_of_the_channels_add_up_to_the_weight(explained: list[Link], dealt: linkage.Run) -> None:
    model = link_model(dealt.manifest)
    assert len(explained) == dealt.links.height
    assert any(link.capped for link in explained)
    for link in explained:
        assert sum(part.counted for part in link.channels) == pytest.approx(link.weight, abs=4e-3)
        # Channels are kept in steps of 1/1024 bit.
        assert weight(link.reasons, model) == pytest.approx(link.weight, abs=4e-3)
        for group in {part.group for part in link.channels}:
            assert sum(p.counted for p in link.channels if p.group == group) <= model.caps[group] + 1e-3
        assert link.weight >= link.needed_bits - ROUNDING


def test_no_smaller_set_carries_a_link(explained: list[Link], dealt: linkage.Run) -> None:
    model = link_model(dealt.manifest)
    sizes = set()
    for link in explained:
        assert link.carried_by is not None
        smallest = link.carried_by.smallest
        sizes.add(len(smallest))
        assert weight(smallest, model) >= link.needed_bits - ROUNDING
        assert weight(smallest, model) == pytest.approx(link.carried_by.weight)
        for fewer in combinations(smallest, len(smallest) - 1):
            assert weight(fewer, model) < link.needed_bits
        for others in combinations(link.reasons, len(smallest) - 1):
            assert weight(others, model) < link.needed_bits
        essential = [
            r for r in link.reasons if weight([o for o in link.reasons if o is not r], model) < link.needed_bits
        ]
        assert {(r.kind, r.value) for r in essential} == {(r.kind, r.value) for r in link.carried_by.essential}
    assert len(sizes) > 1


def test_columns_may_hold_bits_after_the_cap_as_well(explained: list[Link], dealt: linkage.Run) -> None:
    model = link_model(dealt.manifest)
    for link in explained:
        row = {"probability": link.probability, "weight": link.weight, **{p.channel: p.counted for p in link.channels}}
        again = weighed(row, link.reasons, model)
        assert sum(part.counted for part in again.channels) == pytest.approx(link.weight, abs=4e-3)
        assert again.capped == link.capped
        assert again.carried_by is not None
        assert link.carried_by is not None
        assert again.carried_by.smallest == link.carried_by.smallest


def test_values_that_are_not_listed_are_told_and_never_guessed(crew: linkage.Run) -> None:
    model = link_model(crew.manifest)
    link = explain_pair(crew, "c0", "c1").link
    assert link is not None
    weakest = link.reasons[-1:]
    found = carrying(weakest, link.channels, model)
    assert found.smallest == []
    said = sum(r.bits for r in link.reasons if r.group == "money")
    assert found.unlisted["money"] == pytest.approx(min(said, model.caps["money"]), abs=4e-3)


def test_the_run_lists_no_more_than_the_settings_say() -> None:
    settings = worlds.EASY.model_copy(update={"graph": worlds.EASY.graph.model_copy(update={"reasons_per_link": 1})})
    tables = {
        "identifiers": pl.DataFrame(
            [(a, "referral", f"r{i}") for a in ("a0", "a1", "a2", "a3", "a4") for i in range(2)]
            + [(a, "device", "d") for a in ("a0", "a1", "a2", "a3", "a4")]
            + [(f"z{i}", "phone", f"p{i}") for i in range(300)],
            schema=["account_id", "kind", "value"],
            orient="row",
        )
    }
    found = explain_pair(linkage.build(tables, settings), "a0", "a1")
    assert found.link is not None
    assert found.link.carried_by is not None
    assert any("1 strongest" in note for note in found.notes)
    assert found.link.carried_by.unlisted
    outside = replace(found, link=replace(found.link, carried_by=None))
    for lines in (list(pair_lines(found)), list(pair_lines(outside))):
        assert all(one or other for one, other in pairwise(lines))


def test_a_path_is_the_strongest(crew: linkage.Run) -> None:
    found = explain_pair(crew, "x", "y")
    assert found.link is None
    assert found.path[0].start == "x"
    assert found.path[-1].end == "y"
    assert all(one.end == other.start for one, other in pairwise(found.path))
    assert all(step.reasons for step in found.path)
    assert "through" in "\n".join(pair_lines(found))


def drawn(accounts: int, links: int, seed: int) -> tuple[list[tuple[int, int]], NDArray[np.float64]]:
    """Links drawn at random, in pairs of accounts, and their probabilities: some of them equal, some certain."""
    draw = np.random.default_rng(seed)
    pairs = sorted({(int(a), int(b)) for a, b in draw.integers(0, accounts, (links, 2)) if a < b})
    return pairs, draw.choice([0.5, 0.7, 0.9, 0.95, 0.995, 1.0, *draw.uniform(0.5, 1.0, 6)], len(pairs))


def held(path: list[int], sure: dict[tuple[int, int], float]) -> float:
    """How likely all links of a path hold, none surer than 0.99."""
    return math.prod(min(0.99, sure[min(step), max(step)]) for step in pairwise(path))


def joined(pairs: list[tuple[int, int]], sure: NDArray[np.float64], n: int) -> Net:
    a, b = np.array(pairs, np.int64).reshape(-1, 2).T
    return net(a, b, sure, n)


@pytest.mark.parametrize("seed", range(4))
def test_the_strongest_path_against_all_paths(seed: int) -> None:
    networkx = pytest.importorskip("networkx")
    pairs, sure = drawn(9, 20, seed)
    links, known = joined(pairs, sure, 10), dict(zip(pairs, sure, strict=True))
    graph = networkx.Graph(pairs)
    graph.add_nodes_from(range(10))
    some = np.arange(10) % 4 != 2
    for one, other in combinations(range(10), 2):
        every = list(networkx.all_simple_paths(graph, one, other))
        through = [path for path in every if all(some[at] or at == one for at in path)]
        for found, paths in ((strongest(links, one, other), every), (strongest(links, one, other, some), through)):
            if not some[one] and paths is through:
                continue
            assert bool(found) == bool(paths)
            if found:
                assert (found[0], found[-1]) == (one, other)
                assert held(found, known) == pytest.approx(max(held(path, known) for path in paths))
        assert strongest(links, other, one) == strongest(links, one, other)[::-1]


def test_a_long_chain_of_links_is_followed() -> None:
    chain = [(at, at + 1) for at in range(300)]
    assert strongest(joined(chain, np.full(300, 0.9), 301), 300, 0) == list(range(300, -1, -1))


def test_of_equally_strong_paths_the_one_through_the_lowest_accounts_is_taken() -> None:
    pairs = [(0, 1), (0, 2), (0, 3), (1, 4), (2, 4), (3, 4)]
    assert strongest(joined(pairs, np.full(6, 0.9), 5), 0, 4) == [0, 1, 4]
    assert strongest(joined(pairs, np.array([0.9, 0.9, 0.9, 0.8, 0.9, 0.9]), 5), 4, 0) == [4, 2, 0]


def test_of_sure_links_the_shortest_path_is_taken_and_of_these_the_surest() -> None:
    links = [(0, 1), (1, 2), (2, 3), (0, 3)]
    assert strongest(joined(links, np.ones(4), 4), 3, 0) == [3, 0]
    assert strongest(joined([(0, 1), (0, 2), (1, 3), (2, 3)], np.array([0.992, 1.0, 1.0, 1.0]), 4), 0, 3) == [0, 2, 3]


def test_nothing_leads_over_links_of_no_probability_or_to_strangers() -> None:
    links = joined([(0, 1), (1, 2)], np.array([0.0, 0.9]), 4)
    assert strongest(links, 0, 2) == []
    assert strongest(links, 1, 2) == [1, 2]
    assert strongest(links, 1, 3) == []
    assert strongest(joined([], np.zeros(0), 2), 0, 1) == []


def test_accounts_of_two_groups_are_told_a_path_only_where_a_link_joins_these(crew: linkage.Run) -> None:
    ends = ("account_a", "account_b", "probability")
    groups = dict.fromkeys(("a", "b"), "G-1") | dict.fromkeys(("c", "d"), "G-2") | {"e": "G-3"}
    accounts = pl.DataFrame({"account_id": list(groups), "community_id": list(groups.values())})
    rows = [("a", "b", 0.9), ("a", "e", 1.0), ("b", "d", 0.6), ("c", "d", 0.9), ("c", "e", 1.0)]

    def asked(links: list[tuple[str, str, float]]) -> list[tuple[str, str]]:
        tables = {name: empty(schema) for name, schema in OUTPUT.items()}
        tables["accounts"] = pl.concat([tables["accounts"], accounts], how="diagonal").with_columns(
            pl.lit(0.5, pl.Float32).alias("suspicion")
        )
        frame = pl.DataFrame(links, schema=ends, orient="row").with_columns(pl.col("probability").cast(pl.Float32))
        tables["links"] = pl.concat([tables["links"], frame], how="diagonal").with_columns(weight=pl.lit(1.0))
        tables["links"] = tables["links"].cast({name: OUTPUT["links"][name] for name in OUTPUT["links"]})
        run = linkage.Run(tables=tables, manifest=crew.manifest, report="")
        return [(step.start, step.end) for step in explain_pair(run, "a", "c").path]

    assert asked(rows) == [("a", "b"), ("b", "d"), ("d", "c")]
    assert asked([row for row in rows if row[:2] != ("b", "d")]) == []


def test_why_two_accounts_are_not_linked(crew: linkage.Run) -> None:
    found = explain_pair(crew, "c2", "x")
    assert found.unlinked is not None
    assert found.unlinked.common == []
    assert any("none is common" in why for why in found.unlinked.why)
    assert any("suppressed" in why for why in found.unlinked.why)
    stranger = explain_pair(crew, "c2", "z000")
    assert stranger.path == []
    assert stranger.unlinked is not None
    assert any("has none for z000" in why for why in stranger.unlinked.why)


def test_what_is_common_but_not_enough() -> None:
    uses = [u for u in worlds.crew() if u[2] != "D"]
    crowd = [f"p{i:02}" for i in range(27)]
    uses += [(account, "device", "D") for account in ("c0", "x", "c4", *crowd)]
    found = explain_pair(
        worlds.built(
            [
                *uses,
                ("c4", "wallet", "W4"),
                ("c5", "wallet", "W4"),
                ("c4", "device", "D5"),
                ("c5", "device", "D5"),
                ("c5", "device", "D"),
            ]
        ),
        "c4",
        "x",
    )
    assert found.unlinked is not None
    assert [reason.value for reason in found.unlinked.common] == ["D"]
    assert found.unlinked.groups == ["machine"]
    assert found.unlinked.short_bits == pytest.approx(found.unlinked.needed_bits - found.unlinked.common_bits)
    assert found.unlinked.short_bits > 0
    assert any("one kind of evidence only (machine)" in why for why in found.unlinked.why)


def test_an_account_that_nobody_knows(crew: linkage.Run) -> None:
    with pytest.raises(UnknownIdError, match=r"'C1': is not in the run; did you mean 'c1'") as error:
        explain_pair(crew, "c0", "C1")
    assert error.value.exit_code == 2
    with pytest.raises(UnknownIdError, match="twice"):
        explain_pair(crew, "c0", "c0")
    with pytest.raises(UnknownIdError, match=r"1,000,000 characters"):
        explain_pair(crew, "c0", "c" * 1_000_000)
    with pytest.raises(UnknownIdError, match=r"'': is not in the run"):
        explain_pair(crew, "", "c0")


def test_a_run_that_does_not_say_how_links_were_weighed(crew: linkage.Run) -> None:
    tables = {name: crew.table(name) for name in linkage.tables.OUTPUT}
    with pytest.raises(RunFolderError, match="how links were weighed"):
        explain_pair(linkage.Run(tables=tables, manifest={}), "c0", "c1")
