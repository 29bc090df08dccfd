"""Which campaign used which value, on how many members, since when; and how many honest accounts use it."""

from __future__ import annotations

import polars as pl

from linkage.settings import AttributionSettings

_KEY = ["kind", "value"]


def system_uses(touched: pl.DataFrame | None, addresses: pl.DataFrame | None, members: pl.Series) -> pl.DataFrame:
    """Uses (kind `asn`) of the autonomous systems that members used, by everybody.

    Args:
        touched: account, ip, device, count, first_seen, last_seen.
        addresses: ADDRESSES.
        members: accounts in campaigns.
    """
    empty = {"account": pl.UInt32, "kind": pl.String, "value": pl.String}
    times = {"first_seen": pl.Datetime("us", "UTC"), "last_seen": pl.Datetime("us", "UTC")}
    if touched is None or addresses is None or members.is_empty():
        return pl.DataFrame(schema={**empty, **times})
    known = addresses.lazy().filter(pl.col("asn").is_not_null()).select("ip", "asn")
    seen = touched.lazy().select("account", "ip", *times).join(known, on="ip")
    theirs = seen.filter(pl.col("account").is_in(members.implode())).select("asn").unique()
    return (
        seen.join(theirs, on="asn", how="semi")
        .group_by("account", "asn")
        .agg(pl.col("first_seen").min(), pl.col("last_seen").max())
        .select("account", kind=pl.lit("asn"), value=pl.col("asn").cast(pl.String), **{t: pl.col(t) for t in times})
        .collect()
    )


def without(uses: pl.DataFrame, ignored: pl.DataFrame) -> pl.DataFrame:
    """Uses of other values than these, in another order.

    Values alone are looked up first, which takes a third of the time of a join by kind and value.

    Args:
        uses: at least kind, value.
        ignored: kind, value.
    """
    there = pl.col("value").is_in(ignored["value"].unique().implode())
    some = uses.filter(there).join(ignored.select(_KEY), on=_KEY, how="anti")
    return pl.concat([uses.filter(~there), some])


def inside(uses: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """Uses by members, one row a member, campaign and value.

    Args:
        uses: at least account, kind, value, first_seen, last_seen.
        members: account, campaign (number).
    """
    return uses.join(members, on="account").select("account", "campaign", *_KEY, "first_seen", "last_seen")


def common(theirs: pl.DataFrame) -> pl.DataFrame:
    """label, kind, value: each value that two campaigns use.

    Args:
        theirs: what `inside` returns.
    """
    return (
        theirs.group_by(_KEY)
        .agg(campaigns=pl.col("campaign").n_unique())
        .filter(pl.col("campaigns") > 1)
        .sort(_KEY)
        .with_row_index("label")
        .select("label", *_KEY)
    )


def own(theirs: pl.DataFrame, uses: pl.DataFrame) -> pl.DataFrame:
    """campaign, kind, values: how many values of a kind are a campaign's own.

    Several of its members use them, and most of all who do are its members. Templates are this run's own numbers, and
    no dossier lists them.

    Args:
        theirs: what `inside` returns.
        uses: what `inside` was given.
    """
    shared = theirs.filter(pl.col("kind") != "prompt").group_by("campaign", *_KEY).agg(members=pl.len())
    shared = shared.filter(pl.col("members") > 1)
    everybody = (
        uses.lazy()
        .filter(pl.col("value").is_in(shared["value"].unique().implode()))
        .join(shared.lazy().select(_KEY).unique(), on=_KEY, how="semi")
        .group_by(_KEY)
        .agg(users=pl.col("account").n_unique())
        .collect()
    )
    return (
        shared.join(everybody, on=_KEY)
        .filter(pl.col("members") * 2 > pl.col("users"))
        .group_by("campaign", "kind")
        .agg(values=pl.len())
        .sort("campaign", "kind")
    )


def usage(
    labels: pl.DataFrame, theirs: pl.DataFrame, uses: pl.DataFrame, settings: AttributionSettings
) -> pl.DataFrame:
    """How each campaign, and everybody outside, uses each label.

    Args:
        labels: label, kind, value: several values may stand for one label.
        theirs: what `inside` returns.
        uses: what `inside` was given.
        settings: group, half-life and reuse of each kind.

    Returns:
        label, kind (of the first value), group, half_life, reuse, campaign, members, honest, of (honest accounts that
        use any value of the kind), choices (values of that
        kind that at least as many of the campaign's members use), first_seen, last_seen; one row a label and campaign
        that uses it, sorted by label and campaign.
    """
    how_many = (
        theirs.lazy()
        .group_by("campaign", *_KEY)
        .agg(members=pl.col("account").n_unique())
        .with_columns(choices=pl.col("members").rank("max", descending=True).over("campaign", "kind"))
    )
    whose = theirs.lazy().select("account").unique()
    outside = (
        uses.lazy()
        # Few rows have such a value, and it takes a third of the time to see as kind and value do to join.
        .filter(pl.col("value").is_in(labels["value"].unique().implode()))
        .join(labels.lazy(), on=_KEY)
        .join(whose, on="account", how="anti")
        .group_by("label")
        .agg(honest=pl.col("account").n_unique())
    )
    all_outside = (
        uses.lazy()
        .join(labels.lazy().select("kind").unique(), on="kind", how="semi")
        .join(whose, on="account", how="anti")
        .group_by("kind")
        .agg(of=pl.col("account").n_unique())
    )
    by_campaign = (
        theirs.lazy()
        .join(labels.lazy(), on=_KEY)
        .join(how_many.drop("members"), on=["campaign", *_KEY])
        .group_by("label", "campaign")
        .agg(
            pl.col("kind").min(),
            pl.col("choices").min(),
            members=pl.col("account").n_unique(),
            first_seen=pl.col("first_seen").min(),
            last_seen=pl.col("last_seen").max(),
        )
    )
    kinds = labels["kind"].unique().sort().to_list()
    weighed = [(name, settings.kind(name)) for name in kinds]
    per_kind = pl.LazyFrame(
        [(name, kind.group, kind.half_life_days, kind.reuse) for name, kind in weighed],
        schema={"kind": pl.String, "group": pl.String, "half_life": pl.Float64, "reuse": pl.Float64},
        orient="row",
    )
    return (
        by_campaign.join(outside, on="label", how="left")
        .join(per_kind, on="kind")
        .join(all_outside, on="kind", how="left")
        .with_columns(pl.col("honest", "of").fill_null(0))
        .sort("label", "campaign")
        .collect()
    )
