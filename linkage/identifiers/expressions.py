"""Who used which value, as narwhals expressions on lazy frames.

Written once and run by any engine that narwhals drives: Polars streams it here, a test runs the same functions on
DuckDB. Every function returns rows of `tables.USES`; a row with an empty count of uses cannot arise.
"""

from __future__ import annotations

from typing import Any

import narwhals as nw

#: A lazy frame of any engine.
Lazy = nw.LazyFrame[Any]

#: Columns every function returns, as in `tables.USES`.
USES = ("account", "kind", "value", "count", "first_seen", "last_seen")


def touches(exchanges: Lazy) -> Lazy:
    """Exchanges -> one row for each account, address text and device: count, first_seen, last_seen.

    The one aggregation that sees every exchange; all that follows works on its much smaller result.
    """
    return exchanges.group_by("account", "ip", "device").agg(
        nw.len().cast(nw.Int64).alias("count"),
        nw.col("sent_at").min().alias("first_seen"),
        nw.col("sent_at").max().alias("last_seen"),
    )


def _merge(rows: Lazy, kind: str, value: str) -> Lazy:
    """Sum what an account did with each `value` into one USES row of that kind."""
    return (
        rows.filter(~nw.col(value).is_null())
        .group_by("account", value)
        .agg(nw.col("count").sum(), nw.col("first_seen").min(), nw.col("last_seen").max())
        .rename({value: "value"} if value != "value" else {})
        .with_columns(nw.lit(kind).alias("kind"))
        .select(*USES)
    )


def address_uses(touched: Lazy, addresses: Lazy) -> Lazy:
    """Uses of single addresses, in canonical form. `addresses` is `tables.ADDRESSES`."""
    return _merge(touched.join(addresses.select("ip", "address"), on="ip", how="inner"), "ip", "address")


def prefix_uses(touched: Lazy, addresses: Lazy) -> Lazy:
    """Uses of networks: the /24 of an IPv4 address, the /48 of an IPv6 address."""
    return _merge(touched.join(addresses.select("ip", "prefix"), on="ip", how="inner"), "prefix", "prefix")


def device_uses(touched: Lazy) -> Lazy:
    """Uses of client or TLS fingerprints."""
    return _merge(touched, "device", "device")


def payment_uses(payments: Lazy, column: str, kind: str) -> Lazy:
    """Uses of an instrument or of an issuer (`column`): one payment is one use; `paid_at` may be null."""
    rows = payments.select(
        "account",
        column,
        nw.lit(1).cast(nw.Int64).alias("count"),
        nw.col("paid_at").alias("first_seen"),
        nw.col("paid_at").alias("last_seen"),
    )
    return _merge(rows, kind, column)


def domain_uses(accounts: Lazy) -> Lazy:
    """Uses of an e-mail domain, dated by the sign-up; the domain counts for as long as the account exists."""
    rows = accounts.select(
        "account",
        "email_domain",
        nw.lit(1).cast(nw.Int64).alias("count"),
        nw.col("created_at").alias("first_seen"),
        nw.col("created_at").alias("last_seen"),
    )
    return _merge(rows, "email_domain", "email_domain")


def table_uses(identifiers: Lazy) -> Lazy:
    """Uses from the `identifiers` table, whose kinds are its own; a missing count is one."""
    return (
        identifiers.with_columns(nw.col("count").fill_null(1))
        .group_by("account", "kind", "value")
        .agg(nw.col("count").sum(), nw.col("first_seen").min(), nw.col("last_seen").max())
        .select(*USES)
    )


def degrees(uses: Lazy) -> Lazy:
    """How many accounts used each value, and the pairs it would make.

    USES (one row for each account and value) -> kind, value, degree Int64, pairs Int64.
    """
    counted = uses.group_by("kind", "value").agg(nw.len().cast(nw.Int64).alias("degree"))
    # One factor is even: halve that one, so that no engine has to divide a large product.
    return counted.with_columns((nw.col("degree") * (nw.col("degree") - 1) // 2).alias("pairs"))


def rarity(accounts: int, users: str = "degree") -> nw.Expr:
    """Bits of surprise at sharing a value with so many `users`: log2(accounts / users), never below zero."""
    return nw.max_horizontal((nw.lit(float(accounts)) / nw.col(users)).log(base=2), nw.lit(0.0))
