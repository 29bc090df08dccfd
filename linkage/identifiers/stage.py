"""The stage: uses of values in, coded values worth projecting out, and beside them what was left out as too common."""

from __future__ import annotations

from typing import NamedTuple

import narwhals as nw
import polars as pl

from linkage.identifiers import expressions
from linkage.identifiers.placeholders import is_placeholder
from linkage.identifiers.through import through
from linkage.settings import IdentifierSettings
from linkage.tables import CODED_USES, OUTPUT, USES, VALUES, empty


class Shared(NamedTuple):
    """Values that two accounts or more share, and those that were suppressed."""

    values: pl.DataFrame  # VALUES
    uses: pl.DataFrame  # CODED_USES
    hubs: pl.DataFrame  # OUTPUT["hubs"]
    kinds: pl.DataFrame  # kind, uses, values, shared, suppressed, pairs, pairs_suppressed: one row a kind


def touches(exchanges: pl.LazyFrame) -> pl.LazyFrame:
    """A row for each account, address text and device, in no order."""
    lazy: pl.LazyFrame = nw.to_native(expressions.touches(nw.from_native(exchanges)))
    return lazy


def gather(
    accounts: pl.DataFrame,
    touched: pl.DataFrame | None,
    addresses: pl.DataFrame | None,
    payments: pl.LazyFrame | None,
    identifiers: pl.LazyFrame | None,
    beyond: pl.LazyFrame | None = None,
) -> pl.DataFrame:
    """All uses of all kinds the tables can give: USES, unsorted. Absent tables give nothing.

    `beyond`: what the identifiers table says of whoever is no account, see `through`.
    """
    parts: list[expressions.Lazy] = [expressions.domain_uses(nw.from_native(accounts.lazy()))]
    if touched is not None:
        rows = nw.from_native(touched.lazy())
        if addresses is not None:
            known = nw.from_native(addresses.lazy())
            parts += [expressions.address_uses(rows, known), expressions.prefix_uses(rows, known)]
        parts.append(expressions.device_uses(rows))
    if payments is not None:
        paid = nw.from_native(payments)
        parts += [
            expressions.payment_uses(paid, "instrument", "instrument"),
            expressions.payment_uses(paid, "issuer", "issuer"),
        ]
    if identifiers is not None:
        parts.append(expressions.table_uses(nw.from_native(identifiers)))
    frames = pl.collect_all([nw.to_native(part) for part in parts], engine="streaming")
    if identifiers is not None and beyond is not None:
        frames.append(through(identifiers, beyond, accounts))
    return pl.concat([frame.select(list(USES)).cast(USES) for frame in frames])


def strangers(uses: pl.DataFrame, beyond: pl.LazyFrame | None) -> pl.DataFrame:
    """Users of values that are no accounts -> kind, value, `others`; values that accounts use, and have others, only.

    `beyond`: holder, kind, value.
    """
    if beyond is None:
        return pl.DataFrame(schema={"kind": pl.String, "value": pl.String, "others": pl.Int64})
    return (
        beyond.filter(pl.col("holder") != pl.col("value"))
        .join(uses.lazy().select("kind", "value").unique(), on=["kind", "value"], how="semi")
        .group_by("kind", "value")
        .agg(others=pl.col("holder").n_unique().cast(pl.Int64))
        .collect(engine="streaming")
    )


def share(
    uses: pl.DataFrame, accounts: int, settings: IdentifierSettings, others: pl.DataFrame | None = None
) -> Shared:
    """Keep what two accounts or more share and is rare enough; code it; list the rest.

    Suppressed, in this order: placeholders; values over their kind's degree cap; then the commonest values until the
    pairs that remain fit the budget of `pairs_per_account` * `accounts`.

    Args:
        uses: USES, one row for each account and value.
        accounts: how many accounts there are in all; rarity is relative to it.
        settings: kinds, caps and budget.
        others: of `strangers`: where more of a value's users are strangers than accounts, half of all make its rarity.
    """
    degrees: pl.LazyFrame = nw.to_native(expressions.degrees(nw.from_native(uses.lazy())))
    if others is not None and others.height:
        degrees = degrees.join(others.lazy(), on=["kind", "value"], how="left")
    else:
        degrees = degrees.with_columns(others=pl.lit(0, pl.Int64))
    users = pl.max_horizontal("degree", (pl.col("degree") + pl.col("others").fill_null(0)) / 2)
    counted: pl.DataFrame = nw.to_native(
        nw.from_native(degrees.with_columns(users=users)).with_columns(
            is_placeholder("value", settings.placeholders).alias("placeholder"),
            expressions.rarity(max(accounts, 2), "users").alias("rarity"),
        )
    ).collect()
    known = [(name, settings.kind(name)) for name in counted["kind"].unique().sort()]
    per_kind = pl.DataFrame(
        {"kind": [n for n, _ in known], "cap": [k.degree_cap for _, k in known], "scale": [k.scale for _, k in known]},
        schema={"kind": pl.String, "cap": pl.Int64, "scale": pl.Float64},
    )
    shared = (
        counted.filter((pl.col("degree") > 1) | pl.col("placeholder"))
        .join(per_kind, on="kind")
        .sort("degree", "kind", "value")
        .with_columns(
            reason=pl.when("placeholder")
            .then(pl.lit("placeholder"))
            .when(pl.col("degree") > pl.col("cap"))
            .then(pl.lit("degree"))
        )
    )
    budget = int(settings.pairs_per_account * accounts)
    affordable = pl.col("pairs").filter(pl.col("reason").is_null()).cum_sum().over(pl.lit(1)) <= budget
    kept = shared.filter(pl.col("reason").is_null()).filter(affordable)
    shared = shared.join(
        kept.select("kind", "value", kept=pl.lit(True)), on=["kind", "value"], how="left", maintain_order="left"
    ).with_columns(reason=pl.when(pl.col("kept").is_null()).then(pl.col("reason").fill_null("pair cost")))
    values = (
        shared.filter(pl.col("reason").is_null())
        .sort("kind", "value")
        .with_columns(bits=(pl.col("rarity") * pl.col("scale")).cast(pl.Float32))
        .with_row_index("code")
        .select(list(VALUES))
        .cast(VALUES)
    )
    hubs = (
        shared.filter(pl.col("reason").is_not_null())
        .sort(["pairs", "kind", "value"], descending=[True, False, False])
        .select(list(OUTPUT["hubs"]))
    )
    kinds = _by_kind(counted, values, hubs)
    return Shared(values, _coded(uses, values), hubs, kinds)


def _coded(uses: pl.DataFrame, values: pl.DataFrame) -> pl.DataFrame:
    """Uses of the kept values, by code."""
    if values.is_empty():
        return empty(CODED_USES)
    return (
        uses.lazy()
        .join(values.lazy().select("kind", "value", "code"), on=["kind", "value"])
        .select(list(CODED_USES))
        .sort("code", "account")
        .collect()
    )


def _by_kind(counted: pl.DataFrame, values: pl.DataFrame, hubs: pl.DataFrame) -> pl.DataFrame:
    """What each kind had, keeps and lost, for the manifest."""
    count = pl.len().cast(pl.Int64)
    return (
        counted.group_by("kind")
        .agg(uses=pl.col("degree").sum(), values=count)
        .join(values.group_by("kind").agg(shared=count, pairs=pl.col("pairs").sum()), on="kind", how="left")
        .join(
            hubs.group_by("kind").agg(suppressed=count, pairs_suppressed=pl.col("pairs").sum()), on="kind", how="left"
        )
        .with_columns(pl.col("shared", "pairs", "suppressed", "pairs_suppressed").fill_null(0))
        .sort("kind")
    )
