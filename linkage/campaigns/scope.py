"""The accounts in question, and the figures of all accounts that they are held against: taken once, asked often."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from linkage.campaigns.content import Content, candidates
from linkage.campaigns.invitations import handed
from linkage.campaigns.machines import everybodys
from linkage.campaigns.places import numbered, visits
from linkage.campaigns.view import SPREAD, Everybody, View

ISSUER = "issuer"
Only = Callable[[pl.DataFrame], pl.DataFrame]


def everybody(view: View) -> Everybody:
    """Figures of all accounts."""
    born = view.accounts.filter(pl.col("created_at").is_not_null()).select(
        "account", rank=pl.col("created_at").rank("average") / pl.col("created_at").count()
    )
    payers = view.uses.filter(pl.col("kind") == ISSUER)
    share = pl.len() / max(1, payers["account"].n_unique())
    exchanges = None if view.active is None else view.active["exchanges"].median()
    return Everybody(
        view.accounts.height,
        view.accounts["created_at"].drop_nulls().sort(),
        born,
        None if exchanges is None else float(str(exchanges)),
        0.0 if view.moves is None or view.moves.is_empty() else int(view.moves["moved"].sum()) / view.moves.height,
        payers.group_by(issuer_top_value="value").agg(issuer_usual=share),
        view.uses.filter(pl.col("kind") == "email_domain")
        .group_by(email_domain_top_value="value")
        .agg(email_domain_users=pl.len()),
        _days(view.active),
        everybodys(view.uses, view.hubs),
        () if view.weighing is None else handed(view.uses, view.weighing.kinds),
    )


def _days(active: pl.DataFrame | None) -> float | None:
    """Days from the first exchange to the last."""
    if active is None or active.is_empty():
        return None
    whole = active.select((pl.col("last_seen").max() - pl.col("first_seen").min()).dt.total_seconds())
    return float(whole.item()) / 86_400


def narrowed(view: View, accounts: pl.Series) -> View:
    """The view of some accounts alone; what they are held against stays that of all.

    Uses get `code` (of kind and value, in their order), and whether the value is a `hub` and a `placeholder`; addresses
    touched get their `network`, and numbers for the `visits`; uses of templates are those that a group could have for
    its own. Narrowed again, all this is kept.

    Args:
        view: what the stages before found out.
        accounts: UInt32, any order.
    """
    there = np.zeros(int(accounts.to_numpy().max(initial=0)) + 1, np.bool_)
    there[accounts.to_numpy()] = True

    def only(frame: pl.DataFrame) -> pl.DataFrame:
        account = frame["account"].to_numpy()
        return frame.filter(pl.Series(there[np.minimum(account, len(there) - 1)] & (account < len(there))))

    touched = None if view.touched is None else only(view.touched)
    seen = None if view.visits is None else only(view.visits)
    if touched is not None and view.addresses is not None and "network" not in touched.columns:
        theirs = view.addresses.join(touched.select("ip").unique(), on="ip", how="semi")
        touched = touched.join(numbered(theirs, view.hubs), on="ip", how="left", maintain_order="left")
        seen = visits(touched)
    return view._replace(
        everybody=view.everybody or everybody(view),
        accounts=only(view.accounts),
        active=None if view.active is None else only(view.active),
        touched=touched,
        visits=seen,
        uses=_coded(only(view.uses), view),
        moves=None if view.moves is None else only(view.moves),
        content=None if view.content is None else _content(view.content, only(view.content.uses), only),
    )


def _coded(uses: pl.DataFrame, view: View) -> pl.DataFrame:
    """USES with code, hub and placeholder."""
    if "code" in uses.columns:
        return uses
    kinds = {*uses["kind"].unique(), *SPREAD, *(view.weighing.kinds if view.weighing is not None else ())}
    hubs = view.hubs.select("kind", "value", hub=pl.lit(True), placeholder=pl.col("reason") == "placeholder")
    values = (
        uses.select("kind", "value")
        .unique()
        .sort("kind", "value")
        .with_row_index("code")
        .join(hubs, on=["kind", "value"], how="left", maintain_order="left")
        .with_columns(pl.col("hub", "placeholder").fill_null(False))
    )
    return uses.join(values, on=["kind", "value"], maintain_order="left").with_columns(
        pl.col("kind").cast(pl.Enum(sorted(kinds)))
    )


def _content(content: Content, theirs: pl.DataFrame, only: Only) -> Content:
    """Templates that a group of these accounts could have for its own, and when these were used."""
    uses = candidates(content, theirs)
    dated = content.dated
    if dated is not None:
        templates = uses["template"].unique().cast(dated.schema["template"])
        dated = only(dated).filter(pl.col("template").is_in(templates.implode()))
    return content._replace(uses=uses, prompts=only(content.prompts), dated=dated)
