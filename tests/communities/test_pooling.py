"""Pieces of one source are joined, two sources that links tie are not, and evidence of another kind is asked for."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from linkage.communities import Profiles, pool
from linkage.pooling_settings import PoolingSettings
from linkage.tables import MEMBERSHIPS

CHANNELS = {"alike": "content", "payment": "money"}
SIZES = (24, 16, 12, 12)


def world(same: bool, money: float, seed: int = 0) -> tuple[pl.DataFrame, pl.DataFrame, Profiles]:
    """Four communities in twelve dimensions, the first two of one source or of two; half of the second tied to it."""
    rng = np.random.default_rng(seed)
    community = np.repeat(np.arange(len(SIZES)), SIZES)
    centre = np.eye(12, dtype=np.float32)[:4]
    if same:
        centre[1] = centre[0]
    mean = centre[community] * 0.3 + rng.normal(0, 0.02, (len(community), 12)).astype(np.float32)
    if same:
        # Cut where it was thin: the pieces differ a little in what they write.
        mean[: SIZES[0], 5] += 0.01
    account = np.arange(len(community), dtype=np.uint32)
    memberships = pl.DataFrame(
        {"account": account, "community": community, "part": community, "stability": 1.0}, schema=MEMBERSHIPS
    )
    links = pl.DataFrame(
        {
            "account_a": account[:8],
            "account_b": account[SIZES[0] : SIZES[0] + 8],
            "probability": 0.9,
            "weight": 12.0,
            "alike": 12.0,
            "payment": [money] + [0.0] * 7,
        }
    ).cast({"account_a": pl.UInt32, "account_b": pl.UInt32})
    return memberships, links, Profiles(account, mean.astype(np.float32), np.full(len(account), 40))


@pytest.mark.parametrize(
    ("same", "money", "joined"),
    [(True, 5.0, True), (False, 5.0, False), (True, 0.0, True)],
    ids=["one source", "two sources", "no other evidence anywhere"],
)
def test_pieces_of_one_source_are_joined(same: bool, money: float, joined: bool) -> None:
    memberships, links, profiles = world(same, money)
    found = pool(memberships, links, CHANNELS, profiles, PoolingSettings())
    assert found.compared["joined"].to_list() == [joined]
    assert found.memberships["community"].n_unique() == (3 if joined else 4)
    if joined:
        assert found.memberships.filter(pl.col("community") == 0)["account"].to_list() == list(range(40))


def test_content_alone_joins_nothing_where_the_logs_say_more() -> None:
    memberships, links, profiles = world(True, 0.0)
    elsewhere = links.head(1).with_columns(
        account_a=pl.lit(40, pl.UInt32), account_b=pl.lit(41, pl.UInt32), payment=pl.lit(5.0)
    )
    found = pool(memberships, pl.concat([links, elsewhere]), CHANNELS, profiles, PoolingSettings())
    assert found.compared["corroborated"].to_list() == [False]
    assert found.memberships.equals(memberships)


def test_few_ties_are_not_looked_at_and_it_can_be_switched_off() -> None:
    memberships, links, profiles = world(True, 5.0)
    assert pool(memberships, links.head(2), CHANNELS, profiles, PoolingSettings()).compared.is_empty()
    assert pool(memberships, links, CHANNELS, profiles, PoolingSettings(enabled=False)).compared.is_empty()
    assert pool(memberships, links, CHANNELS, None, PoolingSettings()).memberships.equals(memberships)


@pytest.mark.parametrize(("broad", "joined"), [(0.01, False), (0.3, True)], ids=["of everything", "of one thing"])
def test_groups_that_write_of_everything_are_not_one(broad: float, joined: bool) -> None:
    """The first two lie as near one another as before, but also near the middle of what everybody writes."""
    memberships, links, profiles = world(True, 5.0)
    mean = profiles.mean.copy()
    first = SIZES[0] + SIZES[1]
    everybody = mean[first:].mean(axis=0)
    mean[:first] += everybody - mean[:first].mean(axis=0)
    mean[:first, 9] += np.float32(broad)
    mean[: SIZES[0], 5] += 0.02
    found = pool(memberships, links, CHANNELS, Profiles(profiles.account, mean, profiles.prompts), PoolingSettings())
    assert found.compared["joined"].to_list() == [joined]
