"""What would be left of an account's links to its campaign without one value, or without one kind of evidence."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from linkage.explain.model import ROUNDING, LinkModel, by_group


@dataclass(frozen=True, slots=True)
class Without:
    """The links of an account to fellows of its campaign, were one value (or one group: `value` is None) not there."""

    kind: str
    value: str | None
    links: int  # that rest on it
    lost: int
    left: int  # of all its links to fellows
    leaves: bool  # no link to the campaign is left


def without_values(links: pl.DataFrame, evidence: pl.DataFrame, model: LinkModel) -> list[Without]:
    """Each value in turn, the most telling first: those that cost at least one link.

    The rarity of the other values, the prior and the caps do not depend on the one that is taken away, so that the
    weight of what remains is what a build without it would find.

    Args:
        links: of one account to fellows, as in the run.
        evidence: the reasons listed for these.
        model: caps and threshold.
    """
    groups = list(by_group(model, links.columns))
    if evidence.is_empty() or not groups:
        return []
    listed = evidence.with_columns(bits=pl.col("weight").cast(pl.Float64), group=_group(model, evidence["kind"]))
    said = listed.drop("weight").join(_raw(links, listed, model), on=["account_a", "account_b"])
    cap = pl.col("group").replace_strict({g: model.cap(g) for g in groups}, default=float("inf"))
    raw = pl.coalesce(pl.when(pl.col("group") == group).then(f"raw_{group}") for group in groups)
    after = pl.col("weight") - pl.min_horizontal(raw, cap) + pl.min_horizontal(raw - pl.col("bits"), cap)
    dropped = (
        said.with_columns(falls=after < model.needed_bits - ROUNDING)
        .group_by("kind", "value")
        .agg(links=pl.len().cast(pl.Int64), lost=pl.col("falls").sum().cast(pl.Int64))
        .filter(pl.col("lost") > 0)
        .sort("lost", "links", "kind", "value", descending=[True, True, False, False])
    )
    return [
        Without(kind, value, rest, lost, links.height - lost, lost == links.height)
        for kind, value, rest, lost in dropped.iter_rows()
    ]


def without_groups(links: pl.DataFrame, model: LinkModel) -> list[Without]:
    """Each independence group in turn, the most telling first."""
    found = []
    for group, bits in by_group(model, links.columns).items():
        counted = pl.min_horizontal(bits.cast(pl.Float64), pl.lit(model.cap(group)))
        rests, lost = links.select(
            rests=(bits > 0).sum(),
            lost=(pl.col("weight") - counted < model.needed_bits - ROUNDING).sum(),
        ).row(0)
        if rests:
            found.append(Without(group, None, rests, lost, links.height - lost, lost == links.height))
    return sorted(found, key=lambda each: (-each.lost, each.kind))


def _raw(links: pl.DataFrame, listed: pl.DataFrame, model: LinkModel) -> pl.DataFrame:
    """account_a, account_b, weight, and `raw_GROUP`: bits before the cap.

    A channel's column may hold them before the cap or after it; the reasons listed are never capped, but may be cut.
    """
    ends = ["account_a", "account_b"]
    groups = by_group(model, links.columns)
    of = {f"listed_{group}": pl.col("bits").filter(pl.col("group") == group).sum() for group in groups}
    columns = {f"raw_{group}": bits.cast(pl.Float64) for group, bits in groups.items()}
    return (
        links.select(*ends, pl.col("weight").cast(pl.Float64), **columns)
        .join(listed.group_by(ends).agg(**of), on=ends, how="left")
        .select(*ends, "weight", **{f"raw_{g}": pl.max_horizontal(f"raw_{g}", f"listed_{g}") for g in groups})
    )


def _group(model: LinkModel, kinds: pl.Series) -> pl.Expr:
    """The independence group of a row's kind."""
    groups = {kind: model.group(model.channels.get(kind, kind)) for kind in kinds.unique()}
    return pl.col("kind").replace_strict(groups, return_dtype=pl.String)
