"""What a community looks like from outside: how far money, network and machines are shared or spread.

Every figure is a share of members or a ratio to all accounts, so that it means the same in a world of any size.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from linkage.campaigns.view import SPREAD, Everybody
from linkage.tables import MICROSECONDS_A_DAY, NETWORKS


def spread(members: pl.DataFrame, uses: pl.DataFrame) -> pl.DataFrame:
    """How each community uses the values of each kind.

    Args:
        members: account, community.
        uses: of `scope.narrowed`, hubs and unshared values included. Placeholders say nothing about anyone.

    Returns:
        One row a community and kind: `holders` (members with any value), `values` (distinct), `shared` (values of two
        members or more), `sharers` (members with such a value), `top` (share of holders on the commonest value),
        `top_value`, `touched` (mean values a holder has).
    """
    counted = (
        uses.lazy()
        .filter(~pl.col("placeholder") & pl.col("kind").is_in(SPREAD))
        .join(members.lazy().select("account", "community"), on="account")
        .select("account", "community", "kind", "code", "value", on=pl.len().over("community", "code"))
    )
    holders = counted.group_by("community", "kind").agg(
        holders=pl.col("account").n_unique(),
        uses=pl.len(),
        sharers=pl.col("account").filter(pl.col("on") > 1).n_unique(),
    )
    values = (
        counted.group_by("community", "kind", "code")
        .agg(on=pl.len(), value=pl.col("value").first())
        .sort("on", "code", descending=[True, False])
        .group_by("community", "kind", maintain_order=True)
        .agg(
            values=pl.len(),
            shared=(pl.col("on") > 1).sum(),
            most=pl.col("on").first(),
            top_value=pl.col("value").first(),
        )
    )
    return (
        holders.join(values, on=["community", "kind"])
        .select(
            "community",
            "kind",
            "holders",
            "values",
            "shared",
            "sharers",
            "top_value",
            top=pl.col("most") / pl.col("holders"),
            touched=pl.col("uses") / pl.col("holders"),
        )
        .sort("community", "kind")
        .collect()
    )


def births(members: pl.DataFrame, born: pl.DataFrame) -> pl.DataFrame:
    """How far the sign-ups of a community come in waves.

    Sign-ups are ranked among all accounts, which takes out the daily rhythm and viral days alike. Members drawn at
    random lie about 1 / (2 m) ranks from their nearest fellow; `wave` is the share that lies within a tenth of that
    spacing, `waves.WAVE` by chance.

    Args:
        members: account, community.
        born: account, rank (0 to 1): of all accounts with a sign-up time.

    Returns:
        account, community, `near` (whether the member was born in a wave): members with a sign-up time only.
    """
    gap = pl.col("rank").diff().over("community", order_by="rank")
    return (
        members.join(born, on="account")
        .sort("community", "rank", "account")
        .with_columns(before=gap, m=pl.len().over("community"))
        .with_columns(after=pl.col("before").shift(-1).over("community"))
        .select(
            "account",
            "community",
            near=(pl.min_horizontal("before", "after") * pl.col("m") < 0.1).fill_null(False),
        )
    )


def neighbours(accounts: pl.DataFrame, everybody: Everybody, days: int) -> pl.DataFrame:
    """Whom an account would find near it at any rate.

    Returns:
        account, `crowd`: share of all other accounts that signed up within `days` of it, 0 where its time is unknown.
    """
    known = accounts.filter(pl.col("created_at").is_not_null()).select("account", "created_at")
    born, all_born = (each.cast(pl.Int64).to_numpy() for each in (known["created_at"], everybody.signed_up))
    wide = days * 86_400_000_000
    near = np.searchsorted(all_born, born + wide, "right") - np.searchsorted(all_born, born - wide, "left") - 1
    crowd = known.select("account", crowd=pl.Series(near / max(1, everybody.accounts - 1)))
    return accounts.select("account").join(crowd, on="account", how="left").with_columns(pl.col("crowd").fill_null(0.0))


def rhythm(members: pl.DataFrame, active: pl.DataFrame | None, usual: float | None) -> pl.DataFrame:
    """Medians and ratios of activity: `hours` of the day in use, `volume` over what is `usual`, `refused` share.

    `hours` counts members with 100 exchanges or more only; null where there are none.
    """
    if active is None or active.is_empty():
        return (
            members.select("community")
            .unique()
            .with_columns(
                hours=pl.lit(None, pl.Float64), volume=pl.lit(None, pl.Float64), refused=pl.lit(None, pl.Float64)
            )
        )
    return (
        members.join(active, on="account")
        .group_by("community")
        .agg(
            hours=pl.col("hours").filter(pl.col("exchanges") >= 100).median(),
            volume=pl.col("exchanges").median() / usual,
            refused=pl.col("refused").sum() / pl.col("exchanges").sum(),
        )
    )


def lives(members: pl.DataFrame, active: pl.DataFrame | None) -> pl.DataFrame:
    """community, `lived`: days between the coming of the first and the going of the last, one in twenty aside."""
    if active is None or active.is_empty():
        return pl.DataFrame(schema={"community": members.schema["community"], "lived": pl.Float64})
    last, first = pl.col("last_seen").quantile(0.95, "nearest"), pl.col("first_seen").quantile(0.05, "nearest")
    days = (last - first).dt.total_microseconds() / MICROSECONDS_A_DAY
    return members.join(active, on="account").group_by("community").agg(lived=days)


def mail(members: pl.DataFrame, uses: pl.DataFrame) -> pl.DataFrame:
    """community, `mail`: share of the members on the commonest mail domain that is no hub."""
    size = members.group_by("community").agg(size=pl.len())
    return (
        uses.filter((pl.col("kind") == "email_domain") & ~pl.col("hub"))
        .join(members, on="account")
        .group_by("community", "code")
        .agg(on=pl.col("account").n_unique())
        .group_by("community")
        .agg(pl.col("on").max())
        .join(size, on="community")
        .select("community", mail=pl.col("on") / pl.col("size"))
    )


def networks(members: pl.DataFrame, touched: pl.DataFrame | None) -> pl.DataFrame:
    """Share of a community's exchanges, among those with a known network, that came through each: `net_*`."""
    columns = [
        (pl.col("count").filter(pl.col("network") == name).sum() / pl.col("count").sum()).alias(f"net_{name}")
        for name in NETWORKS
    ]
    if touched is None or "network" not in touched.columns:
        return (
            members.select("community")
            .unique()
            .with_columns(pl.lit(None, pl.Float64).alias(f"net_{name}") for name in NETWORKS)
        )
    return (
        touched.lazy()
        .filter(pl.col("network").is_not_null())
        .select("account", "network", "count")
        .join(members.lazy(), on="account")
        .group_by("community")
        .agg(columns)
        .collect()
    )


def pivots(members: pl.DataFrame, moves: pl.DataFrame | None, usual: float) -> pl.DataFrame:
    """Who moves to a new model at once, added up over new models.

    Returns:
        community, `pivoting` (members active soon after a new model appeared), `pivoted` (share of them whose traffic
        was on it by then), `pivoted_usual` (the same share of all accounts).
    """
    counts = {"pivoting": pl.UInt32, "pivoted": pl.Float64, "pivoted_usual": pl.Float64}
    if moves is None or moves.is_empty():
        return pl.DataFrame(schema={"community": members.schema["community"], **counts})
    return (
        members.join(moves, on="account")
        .group_by("community")
        .agg(pivoting=pl.len(), pivoted=pl.col("moved").mean(), pivoted_usual=pl.lit(usual))
    )


def organizations(members: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """`verified`: share of members with a verified organization; `one_organization`: share with the commonest one."""
    known = pl.col("organization").is_not_null()
    most = pl.col("organization").drop_nulls().value_counts(sort=True).struct.field("count").first()
    return (
        members.join(accounts.select("account", "organization"), on="account")
        .group_by("community")
        .agg(verified=known.mean(), one_organization=most.fill_null(0) / pl.len())
    )
