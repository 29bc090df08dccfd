"""Figures that are taken over are those that would be found anew."""

from __future__ import annotations

import polars as pl
from polars.testing import assert_frame_equal

from linkage.campaigns.figures import of_members
from linkage.campaigns.scope import narrowed
from tests.campaigns.test_assess import World, firm, spreading


def test_figures_of_communities_that_are_the_same_are_taken_over() -> None:
    world = World()
    spreading(world), firm(world), spreading(world, 12)
    grouped, _, view = world.seen()
    members = grouped.select("account", "community")
    view = narrowed(view, members["account"])
    whole = of_members(members, view)
    assert members["community"].n_unique() > 1
    for changed in (*members["community"].unique().sort(), None):
        of = pl.col("community").eq_missing(pl.lit(changed, pl.Int32))
        fewer = members.filter(~of | (pl.int_range(pl.len()).over("community") > 2))
        same = members.filter(~of)["community"].unique()
        for other in (
            view,
            view._replace(uses=view.uses.filter(pl.col("kind") != "instrument")),
            view._replace(touched=None, addresses=None, visits=None),
            view._replace(active=None),
        ):
            for taken, fresh in zip(whole.of(fewer, same, other).parts, of_members(fewer, other).parts, strict=True):
                assert_frame_equal(taken, fresh, check_row_order=False, check_exact=True)
