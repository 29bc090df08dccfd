"""Several firms in one place: each pays with a card of its own for accounts in its own mail domain."""

from __future__ import annotations

import polars as pl


def payers(members: pl.DataFrame, uses: pl.DataFrame) -> pl.DataFrame:
    """How far cards and mail domains part a community alike.

    Whoever rotates cards over accounts in domains of his own deals one regardless of the other.

    Args:
        members: account, community.
        uses: of `scope.narrowed`. A mail domain that is a hub is nobody's, and placeholders say nothing about anyone.

    Returns:
        community, `firms` (cards that several members share, of whom all are in one domain in which nobody pays
        otherwise), `firms_share` (share of the members who share a card that share such a one). Communities with
        members who share a card only.
    """
    theirs = uses.lazy().join(members.lazy().select("account", "community"), on="account")
    domains = (
        theirs.filter((pl.col("kind") == "email_domain") & ~pl.col("hub"))
        .group_by("account")
        .agg(domain=pl.col("code").min())
    )
    inside = pl.len().over("community", "card")
    paid = (
        theirs.filter((pl.col("kind") == "instrument") & ~pl.col("placeholder"))
        .select("account", "community", card="code")
        .join(domains, on="account", how="left")
        .with_columns(
            shared=inside > 1,
            own=pl.col("domain").is_not_null().all().over("community", "card")
            & (pl.col("domain").n_unique().over("community", "card") == 1)
            & (pl.col("card").n_unique().over("community", "domain") == 1),
        )
        .filter("shared")
    )
    return (
        paid.group_by("community")
        .agg(
            firms=pl.col("card").filter("own").n_unique(),
            sharing=pl.col("account").n_unique(),
            theirs=pl.col("account").filter("own").n_unique(),
        )
        .select("community", "firms", firms_share=pl.col("theirs") / pl.col("sharing"))
        .collect()
    )
