"""Values too common for their kind whose users are nearly all of one crowd: the crowd's own, and evidence again.

A large campaign makes hubs of its own devices, cards and templates as well. Degree alone does not tell these from
popular ones; who shares them does: the users of a popular value do not use one pool of addresses.
"""

from __future__ import annotations

import polars as pl

from linkage.identifiers.stage import Shared
from linkage.settings import IdentifierSettings
from linkage.tables import CODED_USES, CROWD, VALUES


def restore(shared: Shared, uses: pl.DataFrame, accounts: int, settings: IdentifierSettings) -> Shared:
    """Take back the suppressed values of which `own_share` of the users are of one crowd, the rarest first.

    They must fit into what is left of the pair budget, and be of another independence group than crowds are.

    Args:
        shared: from `with_crowds`.
        uses: USES that it was made of.
        accounts: how many accounts there are in all.
        settings: `crowds`, kinds and budget.
    """
    asked = settings.crowds
    codes = shared.values.filter(pl.col("kind") == CROWD).select("code")
    members = shared.uses.join(codes, on="code").select("account", crowd="code")
    # What is of the crowd's own group says the same thing again.
    same = settings.kind(CROWD).group
    other = [kind for kind in shared.hubs["kind"].unique().sort() if settings.kind(kind).group != same]
    able = shared.hubs.filter(pl.col("kind").is_in(other) & (pl.col("reason") != "placeholder"))
    left = int(settings.pairs_per_account * accounts) - int(shared.values["pairs"].sum())
    inside = (
        uses.join(able, on=["kind", "value"])
        .join(members, on="account")
        .group_by("kind", "value", "crowd")
        .agg(there=pl.len())
        .group_by("kind", "value")
        .agg(pl.col("there").max())
    )
    scale = {kind: settings.kind(kind).scale for kind in able["kind"].unique().sort()}
    values = (
        able.join(inside, on=["kind", "value"])
        .filter(pl.col("there") >= asked.own_share * pl.col("degree"))
        .sort("degree", "kind", "value")
        .filter(pl.col("pairs").cum_sum() <= left)
        .sort("kind", "value")
        .with_row_index("code", offset=shared.values.height)
        .with_columns(
            bits=(accounts / pl.col("degree")).log(2.0).clip(lower_bound=0.0)
            * pl.col("kind").replace_strict(scale, default=1.0, return_dtype=pl.Float64)
        )
        .select(list(VALUES))
        .cast(VALUES)
    )
    if values.is_empty():
        return shared
    back = values.group_by("kind").agg(n=pl.len().cast(pl.Int64), p=pl.col("pairs").sum())
    moved = [
        pl.col("shared") + pl.col("n"),
        pl.col("suppressed") - pl.col("n"),
        pl.col("pairs") + pl.col("p"),
        pl.col("pairs_suppressed") - pl.col("p"),
    ]
    kinds = shared.kinds.join(back, on="kind", how="left", maintain_order="left").with_columns(
        pl.col("n", "p").fill_null(0)
    )
    used = uses.join(values.select("kind", "value", "code"), on=["kind", "value"]).select(list(CODED_USES))
    return Shared(
        pl.concat([shared.values, values]),
        pl.concat([shared.uses, used.cast(CODED_USES).sort("code", "account")]),
        shared.hubs.join(values, on=["kind", "value"], how="anti", maintain_order="left"),
        kinds.with_columns(moved).select(shared.kinds.columns),
    )
