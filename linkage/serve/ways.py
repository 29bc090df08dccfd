"""Links among the accounts of the campaigns' communities, kept so that paths are found without the file."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.explain.pair import Standing
from linkage.explain.paths import Net, net, strongest


class Ways(NamedTuple):
    """All links between accounts of some communities."""

    ids: pl.Series  # account_id, sorted
    group: NDArray[np.integer]  # [n]: community of each, as a place in `groups`
    groups: dict[str | None, int]
    links: Net

    def through(self, one: Standing, other: Standing) -> list[str] | None:
        """As an explanation finds a path in the run's file; None for communities whose links are not kept."""
        if one.community_id not in self.groups or other.community_id not in self.groups:
            return None
        kept = [self.groups[one.community_id], self.groups[other.community_id]]
        start, end = (int(self.ids.search_sorted(each.account_id)) for each in (one, other))
        return self.ids.gather(strongest(self.links, start, end, np.isin(self.group, kept))).to_list()


def near_campaigns(accounts: pl.DataFrame, members: pl.Series) -> pl.DataFrame:
    """account_id, community_id of members and of all accounts of communities in which a member stands.

    Args:
        accounts: account_id, community_id, sorted by account_id.
        members: account_id of the members of campaigns.
    """
    member = pl.col("account_id").is_in(members.implode())
    groups = accounts.filter(member)["community_id"].drop_nulls().unique()
    return accounts.select("account_id", "community_id").filter(
        member | pl.col("community_id").is_in(groups.implode()).fill_null(False)
    )


def ways(near: pl.DataFrame, links: pl.DataFrame) -> Ways:
    """The links, by account.

    Args:
        near: account_id (sorted), community_id.
        links: account_a, account_b, probability of all links between two of these.
    """
    code = pl.Enum(near["account_id"])
    a, b = (links[end].cast(code).to_physical().to_numpy() for end in ("account_a", "account_b"))
    names = near["community_id"].drop_nulls().unique().sort()
    group = near["community_id"].cast(pl.Enum(names)).to_physical().cast(pl.Int64).fill_null(-1)
    of = net(a, b, links["probability"].to_numpy(), near.height)
    return Ways(near["account_id"], group.to_numpy(), {name: at for at, name in enumerate(names)}, of)
