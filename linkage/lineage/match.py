"""Which group of now is which group of before: by the accounts they have in common, one to one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from linkage.tables import schema

if TYPE_CHECKING:
    import igraph

    from linkage.settings import LineageSettings

#: `staying`: accounts of the group of before that are still in the logs.
OVERLAPS = schema(
    {
        "before": pl.String,
        "now": pl.String,
        "common": pl.Int64,
        "staying": pl.Int64,
        "accounts_now": pl.Int64,
    }
)


def overlaps(before: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """Pairs of groups with accounts in common.

    Args:
        before: group String, account UInt32: members of before that are still in the logs.
        now: group, account.

    Returns:
        OVERLAPS, sorted by before and now.
    """
    size = pl.len().cast(pl.Int64)
    return (
        before.rename({"group": "before"})
        .join(now.rename({"group": "now"}), on="account")
        .group_by("before", "now")
        .agg(common=size)
        .join(before.group_by(before="group").agg(staying=size), on="before")
        .join(now.group_by(now="group").agg(accounts_now=size), on="now")
        .select(list(OVERLAPS))
        .sort("before", "now")
    )


def telling(found: pl.DataFrame, settings: LineageSettings) -> pl.DataFrame:
    """The overlaps that are a fair part of either group."""
    fair = pl.col("common") >= settings.share * pl.min_horizontal("staying", "accounts_now")
    return found.filter(fair & _enough(settings))


def _enough(settings: LineageSettings) -> pl.Expr:
    """Whether enough accounts are in common; all of both are, even if it is a single one."""
    all_of_both = (pl.col("common") == pl.col("staying")) & (pl.col("common") == pl.col("accounts_now"))
    return all_of_both | (pl.col("common") >= settings.accounts)


def heirs(found: pl.DataFrame, settings: LineageSettings) -> pl.DataFrame:
    """Who takes whose id: one to one, so that as many accounts as possible keep the id they had.

    A maximum-weight matching of the groups (Kuhn 1955) whose overlap is a fair part of the group of before; weighed by
    the accounts in common, ties by likeness (Jaccard 1901), then by id.

    Args:
        found: OVERLAPS.
        settings: what is a fair part.

    Returns:
        before, now: each at most once, sorted by before.
    """
    fair = (pl.col("common") >= settings.share * pl.col("staying")) & _enough(settings)
    alike = pl.col("common") / (pl.col("staying") + pl.col("accounts_now") - pl.col("common"))
    pairs = (
        found.filter(fair)
        .with_columns(alike=alike)
        .sort("common", "alike", "before", "now", descending=[False, False, True, True])
    )
    single = pl.len().over("before").eq(1) & pl.len().over("now").eq(1)
    marked = pairs.with_columns(single=single)
    chosen = [marked.filter("single").select("before", "now")]
    chosen += [_matched(part) for part in _components(marked.filter(~pl.col("single")))]
    return pl.concat(chosen).sort("before")


def _components(pairs: pl.DataFrame) -> list[pl.DataFrame]:
    """Pairs that hang together, in the order given."""
    if pairs.is_empty():
        return []
    sides, graph = _graph(pairs)
    label = pl.Series("component", graph.connected_components().membership, dtype=pl.Int64)
    of = sides[0].with_columns(label.head(sides[0].height))
    return pairs.join(of, on="before", maintain_order="left").partition_by("component", maintain_order=True)


def _matched(pairs: pl.DataFrame) -> pl.DataFrame:
    """The maximum-weight matching of one component; `pairs` come worst first."""
    sides, graph = _graph(pairs)
    left, right = sides[0].height, sides[1].height
    # Whole numbers, so that sums are exact: the accounts in common first, then the places of the pairs in their order.
    scale = min(left, right) * pairs.height + 1
    graph.es["weight"] = [common * scale + place for place, common in enumerate(pairs["common"].to_list())]
    found = graph.maximum_bipartite_matching([False] * left + [True] * right, weights="weight")
    taken = [(i, partner - left) for i in range(left) if (partner := found.matching[i]) >= 0]
    return pl.DataFrame(
        {
            "before": sides[0]["before"].gather([one for one, _ in taken]),
            "now": sides[1]["now"].gather([other for _, other in taken]),
        }
    )


def _graph(pairs: pl.DataFrame) -> tuple[tuple[pl.DataFrame, pl.DataFrame], igraph.Graph]:
    """The groups of either side, sorted, and the graph between them: those of before are its first vertices."""
    import igraph

    before, now = (pairs.select(pl.col(side).unique().sort()) for side in ("before", "now"))
    at = [
        pairs.select(side).join(of.with_row_index("at"), on=side, maintain_order="left")["at"].cast(pl.Int64)
        for side, of in (("before", before), ("now", now))
    ]
    edges = zip(at[0].to_list(), (at[1] + before.height).to_list(), strict=True)
    return (before, now), igraph.Graph(n=before.height + now.height, edges=list(edges))
