"""Whether a campaign holds together without each independence group of evidence."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from linkage.explain.model import ROUNDING, LinkModel, by_group
from linkage.explain.reading import optional
from linkage.io import Run


@dataclass(frozen=True, slots=True)
class Robustness:
    """A campaign without one group."""

    without: str
    accounts: int  # members still in one piece
    share: float  # of its members
    stands: bool | None  # as a campaign; None where the run does not say


def robustness(run: Run, campaign: str, members: pl.Series, links: pl.DataFrame, model: LinkModel) -> list[Robustness]:
    """What the run found, or, where it has no such table, which members links without the group still hold together."""
    table = optional(run, "robustness")
    if table is not None:
        rows = table.filter(pl.col("campaign_id") == campaign).sort("without")
        return [Robustness(*row) for row in rows.select(list(Robustness.__slots__)).iter_rows()]
    found = []
    for group, bits in by_group(model, links.columns).items():
        counted = pl.min_horizontal(bits.cast(pl.Float64), pl.lit(model.cap(group)))
        left = links.filter(pl.col("weight") - counted >= model.needed_bits - ROUNDING)
        if left.height < links.height:
            held = _largest_piece(left, members)
            found.append(Robustness(group, held, held / max(members.len(), 1), None))
    return found


def _largest_piece(links: pl.DataFrame, members: pl.Series) -> int:
    """Most members that links hold together."""
    import igraph

    code = pl.Enum(members.unique().sort())
    ends = [links[side].cast(code).to_physical().to_list() for side in ("account_a", "account_b")]
    graph = igraph.Graph(n=len(code.categories), edges=list(zip(*ends, strict=True)))
    return max(graph.components().sizes(), default=0) if links.height else 0
