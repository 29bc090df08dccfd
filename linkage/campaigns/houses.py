"""Whether accounts belong to houses of their own: each in a mail domain and on a machine that no other account has."""

from __future__ import annotations

import polars as pl

#: Least share of an account's exchanges on a machine of its own, and on what fellows use too.
_OWN, _GIVEN = 0.1, 0.1


def houses(
    members: pl.DataFrame, uses: pl.DataFrame, domains: pl.DataFrame, touched: pl.DataFrame | None
) -> pl.DataFrame:
    """How many members are houses of their own that were given a program.

    Whoever opens accounts by the dozen has them in a few mail domains. One may be bought, or borrowed, for each; but
    nobody then works by hand on each of them as well, on a machine of its own, beside what one program does on all.

    Args:
        members: account, community.
        uses: of `scope.narrowed`.
        domains: email_domain_top_value, email_domain_users: how many accounts have each mail domain.
        touched: account, device, count.

    Returns:
        community, `houses`: share of the members that alone of all accounts have their mail domain and call from a
        device that no fellow uses besides one that fellows use, less what would be if domains were as anybody's.
        Communities with mail domains and devices only.
    """
    count = domains["email_domain_users"]
    usual = int((count == 1).sum()) / max(1, int(count.sum()))
    if touched is None or touched.is_empty() or domains.is_empty() or usual == 1.0:
        return pl.DataFrame(schema={"community": members.schema["community"], "houses": pl.Float64})
    named = (
        uses.lazy()
        .filter(pl.col("kind") == "email_domain")
        .join(domains.lazy(), left_on="value", right_on="email_domain_top_value")
        .group_by("account")
        .agg(alone=(pl.col("email_domain_users") == 1).all())
    )
    users = pl.col("account").n_unique().over("community", "device")
    each = (
        touched.lazy()
        .filter(pl.col("device").is_not_null())
        .join(members.lazy().select("account", "community"), on="account")
        .with_columns(users=users)
        .group_by("community", "account")
        .agg(
            calls=pl.col("count").sum(),
            own=pl.col("count").filter(pl.col("users") == 1).sum(),
            given=pl.col("count").filter(pl.col("users") > 1).sum(),
        )
        .select(
            "community",
            "account",
            by_hand=(pl.col("own") >= _OWN * pl.col("calls")) & (pl.col("given") >= _GIVEN * pl.col("calls")),
        )
    )
    return (
        members.lazy()
        .select("account", "community")
        .join(each, on=["community", "account"], how="left")
        .join(named, on="account", how="left")
        .group_by("community")
        .agg(
            houses=(pl.col("alone") & pl.col("by_hand")).fill_null(False).mean(),
            known=pl.col("by_hand").is_not_null().any(),
        )
        .filter("known")
        .select("community", houses=((pl.col("houses") - usual) / (1.0 - usual)).clip(0.0))
        .collect()
    )
