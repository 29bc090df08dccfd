"""What a model sees of an account: how much, when, from where, on what, saying what.

Every figure is a share of the account's own or a ratio to all accounts, so that it means the same on any day and in
logs of any size. Country, language and names are not among what is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.tables import NETWORKS

#: Independence groups whose values and links are counted; groups the settings do not know count as `other`.
GROUPS = ("money", "network", "machine", "identity", "content", "time", "birth", "other")
#: Types of links: all, and those of each group.
TYPES = 1 + len(GROUPS)
#: Groups of values. Content has figures of its own; time knows no values.
_VALUES = ("money", "network", "machine", "identity", "birth", "other")
#: Logarithms are rounded to this fraction of a bit, so that their sums do not depend on the order of threads.
_EXACT = 1_048_576

_ACTIVITY = ("volume", "pace", "input_size", "output_size", "output_share", "refused", "hours", "span")
_BIRTH = ("age", "burst", "idle")
_PLACES = (*(f"net_{name}" for name in NETWORKS), "net_unknown", "top_address", "top_device")
_CONTENT = ("prompts", "templated", "top_template", "variety", "crowd")

#: Every feature and the independence group it rests on; `tempo` and `openness` are groups of no value.
FEATURES: Mapping[str, str] = {
    **dict.fromkeys(_ACTIVITY, "tempo"),
    **dict.fromkeys(_BIRTH, "birth"),
    **dict.fromkeys(_PLACES[:-1], "network"),
    "top_device": "machine",
    **{f"{group}_{figure}": group for group in _VALUES for figure in ("values", "shared", "degree")},
    **dict.fromkeys(_CONTENT, "content"),
    "verified": "openness",
}


class Known(NamedTuple):
    """What is known of the accounts."""

    accounts: pl.DataFrame  # ACCOUNTS
    active: pl.DataFrame | None  # account, exchanges, input_tokens, output_tokens, refused, hours, first_, last_seen
    touched: pl.DataFrame | None  # account, ip, device, count
    addresses: pl.DataFrame | None  # ADDRESSES
    uses: pl.DataFrame  # USES, hubs and unshared values included
    ignored: pl.DataFrame  # kind, value: placeholders, which say nothing
    groups: Mapping[str, str]  # kind -> independence group
    templates: pl.DataFrame | None = None  # account, template, count
    prompts: pl.DataFrame | None = None  # account, prompts


def features(known: Known) -> pl.DataFrame:
    """account UInt32 and a Float32 column for each of `FEATURES`, sorted: one row an account. Null where unknown.

    Args:
        known: tables about the accounts; what is absent leaves its features null.
    """
    out = known.accounts.lazy().select("account")
    for part in (_activity(known), _births(known), _places(known), _values(known), _written(known)):
        if part is not None:
            out = out.join(part, on="account", how="left")
    verified = known.accounts.lazy().select("account", verified=pl.col("organization").is_not_null())
    found = out.join(verified, on="account").sort("account").collect(engine="streaming")
    return found.select(
        "account", *((pl.col(c) if c in found.columns else pl.lit(None)).cast(pl.Float32).alias(c) for c in FEATURES)
    )


def _ratio(of: pl.Expr) -> pl.Expr:
    """How many times the median, in bits."""
    return (of / of.median()).log(2).clip(-12.0, 12.0)


def _activity(known: Known) -> pl.LazyFrame | None:
    """Volume, size, rhythm. Accounts without exchanges have the least volume and nothing else."""
    if known.active is None or known.active.is_empty():
        return None
    seen = pl.col("last_seen") - pl.col("first_seen")
    days = seen.dt.total_seconds() / 86_400.0
    made = pl.col("exchanges").cast(pl.Float64)
    told = known.active.lazy().select(
        "account",
        made=made,
        pace=_ratio(made / (days + 1.0)),
        input_size=_ratio((pl.col("input_tokens") + 1) / made),
        output_size=_ratio((pl.col("output_tokens") + 1) / made),
        output_share=pl.col("output_tokens") / (pl.col("input_tokens") + pl.col("output_tokens") + 1),
        refused=pl.col("refused") / made,
        hours=pl.col("hours") / 24.0,
        span=days / ((pl.col("last_seen").max() - pl.col("first_seen").min()).dt.total_seconds() / 86_400.0 + 1e-6),
    )
    usual = float(str(known.active["exchanges"].median()))
    return (
        known.accounts.lazy()
        .select("account")
        .join(told, on="account", how="left")
        .with_columns(volume=((pl.col("made").fill_null(0.0) + 0.5) / (usual + 0.5)).log(2))
        .drop("made")
    )


def _births(known: Known) -> pl.LazyFrame | None:
    """Age by rank, how many sign up within half a day either way against evenly, days until the first exchange."""
    dated = known.accounts.filter(pl.col("created_at").is_not_null()).select("account", "created_at").sort("created_at")
    if dated.height < 2:
        return None
    at = dated["created_at"].dt.epoch("s").to_numpy()
    around = np.searchsorted(at, at + 43_200, "right") - np.searchsorted(at, at - 43_200, "left") - 1
    # The usual crowd is that of the sign-ups of the same month: services grow.
    month = np.searchsorted(at, at + 1_296_000, "right") - np.searchsorted(at, at - 1_296_000, "left")
    found = dated.with_columns(
        age=1.0 - pl.col("created_at").rank("average") / dated.height,
        burst=pl.Series(np.log2((around + 1.0) / (month / 30.0 + 1.0))),
    ).lazy()
    if known.active is None:
        return found.drop("created_at")
    first = known.active.lazy().select("account", "first_seen")
    wait = (pl.col("first_seen") - pl.col("created_at")).dt.total_seconds() / 86_400.0
    return (
        found.join(first, on="account", how="left")
        .with_columns(idle=(1.0 + wait.clip(0.0)).log(2))
        .drop("created_at", "first_seen")
    )


def _places(known: Known) -> pl.LazyFrame | None:
    """Shares of the exchanges by network, through the commonest address, from the commonest device."""
    if known.touched is None or known.touched.is_empty():
        return None
    touched = known.touched.lazy().select("account", "ip", "device", "count")
    named = touched
    if known.addresses is not None:
        named = touched.join(known.addresses.lazy().select("ip", "network"), on="ip", how="left")
    else:
        named = touched.with_columns(network=pl.lit(None, pl.String))
    whole = pl.col("count").sum()
    nets = named.group_by("account").agg(
        *((pl.col("count").filter(pl.col("network") == n).sum() / whole).alias(f"net_{n}") for n in NETWORKS),
        net_unknown=pl.col("count").filter(pl.col("network").is_null()).sum() / whole,
    )
    for column, name in (("ip", "top_address"), ("device", "top_device")):
        by = touched.filter(pl.col(column).is_not_null()).group_by("account", column).agg(pl.col("count").sum())
        top = by.group_by("account").agg((pl.col("count").max() / pl.col("count").sum()).alias(name))
        nets = nets.join(top, on="account", how="left")
    return nets


def _values(known: Known) -> pl.LazyFrame | None:
    """By group: values against the median holder's, the share of them that others use, how many others do."""
    if known.uses.is_empty():
        return None
    group = pl.col("kind").replace_strict(dict(known.groups), default="other", return_dtype=pl.String)
    used = (
        known.uses.lazy()
        .select("account", "kind", "value")
        .join(known.ignored.lazy().select("kind", "value"), on=["kind", "value"], how="anti")
        .with_columns(on=pl.len().over("kind", "value"), group=group)
        .with_columns(group=pl.when(pl.col("group").is_in(_VALUES)).then("group").otherwise(pl.lit("other")))
    )
    log = (pl.col("on").cast(pl.Float64).log(2) * _EXACT).round().cast(pl.Int64)
    each = used.group_by("account", "group").agg(
        values=pl.len().cast(pl.Float64), shared=(pl.col("on") > 1).mean(), degree=log.sum() / _EXACT / pl.len()
    )
    each = each.with_columns(values=(pl.col("values") / pl.col("values").median().over("group")).log(2))
    out = known.accounts.lazy().select("account")
    for name in _VALUES:
        of = each.filter(pl.col("group") == name).drop("group")
        out = out.join(of.rename({c: f"{name}_{c}" for c in ("values", "shared", "degree")}), on="account", how="left")
    return out


def _written(known: Known) -> pl.LazyFrame | None:
    """Near-duplicates among the prompts: how many, how concentrated, and how many accounts use the same."""
    if known.prompts is None or known.templates is None or known.prompts.is_empty():
        return None
    log = (pl.col("users").cast(pl.Float64).log(2) * _EXACT).round().cast(pl.Int64) * pl.col("count")
    used = (
        known.templates.lazy()
        .with_columns(users=pl.len().over("template"))
        .group_by("account")
        .agg(near=pl.col("count").sum(), most=pl.col("count").max(), kinds=pl.len(), crowd=log.sum() / _EXACT)
    )
    whole = pl.col("prompts")
    return (
        known.prompts.lazy()
        .join(used, on="account", how="left")
        .with_columns(pl.col("near", "most", "kinds").fill_null(0))
        .select(
            "account",
            prompts=_ratio(whole.cast(pl.Float64)),
            templated=pl.col("near") / whole,
            top_template=pl.col("most") / whole,
            variety=pl.col("kinds") / whole,
            crowd=pl.col("crowd") / pl.col("near"),
        )
    )


def matrix(table: pl.DataFrame, accounts: NDArray[np.uint32], without: str | None = None) -> NDArray[np.float32]:
    """Rows of `features` for some accounts, NaN where unknown.

    Args:
        table: what `features` returned.
        accounts: uint32[n], sorted.
        without: an independence group whose features are hidden (NaN everywhere).

    Returns:
        float32[n, len(FEATURES)].
    """
    rows = table.select(list(FEATURES)).to_numpy()[accounts].astype(np.float32)
    for column, group in enumerate(FEATURES.values()):
        if group == without:
            rows[:, column] = np.nan
    return np.ascontiguousarray(rows)
