"""Whether accounts go on with a life of their own beside what they share: other addresses, from other devices."""

from __future__ import annotations

import polars as pl

#: Share of the members from which a device is the group's: browsers that many have meet by chance.
_GROUPS = 0.2
#: Shares of an account's exchanges from which it has a life of its own, and from which it is with the group at all.
_SOME, _WITH = 0.05, 0.25
#: How far a device is with the group, as a share of how far the one is that meets it most, for it to be apart.
_APART = 0.5


def own_lives(members: pl.DataFrame, touched: pl.DataFrame | None) -> pl.DataFrame:
    """How many members are at times somewhere that no fellow is, on a device that is not the group's.

    Whoever enters a contest, runs jobs on a platform or drives for a firm has a home besides. An account that an
    operator opened has nothing outside his work. One that he bought had, but not after it was sold: what ended before
    the account was first seen with the group is not counted, nor is what is done on a device that is with the group
    about as often as the one that is most: whoever changes his exits is at times where no fellow is.

    Args:
        members: account, community.
        touched: account, ip, device, count, first_seen, last_seen.

    Returns:
        community, `own_life`: share of the members that are there in `_SOME` of their exchanges. Communities with
        exchanges only.
    """
    if touched is None or touched.is_empty() or "last_seen" not in touched.columns:
        return pl.DataFrame(schema={"community": members.schema["community"], "own_life": pl.Float64})
    users = pl.col("account").n_unique()
    size, here, on = users.over("community"), users.over("community", "ip"), users.over("community", "device")
    groups = (pl.col("device").is_not_null()) & (on > 1) & (on >= _GROUPS * size)
    began = pl.col("first_seen").filter("with_group").min().over("account", "community")
    who = ("account", "community")
    on_it = pl.col("count").sum().over(*who, "device")
    met = pl.col("count").filter("with_group").sum().over(*who, "device")
    return (
        touched.lazy()
        .filter(pl.col("ip").is_not_null())
        .join(members.lazy().select("account", "community"), on="account")
        .with_columns(with_group=(here > 1) | groups)
        .with_columns(met=met, part=met / on_it, began=began)
        .with_columns(most=pl.col("part").sort_by("met", "device").last().over(*who))
        .with_columns(
            alone=pl.col("device").is_not_null()
            & ~pl.col("with_group")
            & (pl.col("part") < _APART * pl.col("most"))
            & (pl.col("last_seen") > pl.col("began")).fill_null(False)
        )
        .group_by("community", "account")
        .agg(
            own=(pl.col("count").filter("alone").sum() > _SOME * pl.col("count").sum())
            & (pl.col("count").filter("with_group").sum() > _WITH * pl.col("count").sum())
        )
        .group_by("community")
        .agg(own_life=pl.col("own").mean())
        .collect()
    )
