"""The strongest chain of links from one account to another."""

from __future__ import annotations

import polars as pl

#: No link counts as surer than this: probabilities are not calibrated any further, and of chains of sure links the
#: shortest is the one that a person can check.
_SURE = 0.99


def strongest_path(links: pl.DataFrame, start: str, end: str) -> pl.DataFrame:
    """The path whose links hold together with the highest probability: the product of theirs, each up to `_SURE`.

    Dijkstra's algorithm (1959) on -log2 of the probabilities; of equal paths the one of the surer links.

    Args:
        links: account_a, account_b, probability, and any further columns.
        start: an account.
        end: another.

    Returns:
        The links of the path, in its order, with `from` and `to`; no rows where there is no path.
    """
    nothing = links.head(0).with_columns(**{"from": pl.lit(None, pl.String), "to": pl.lit(None, pl.String)})
    names = pl.concat([links["account_a"], links["account_b"]]).unique().sort()
    if start not in names or end not in names:
        return nothing
    import igraph

    code = pl.Enum(names)
    ends = [links[side].cast(code).to_physical().to_list() for side in ("account_a", "account_b")]
    # A list of pairs, which igraph takes in a third of the time that an array takes it.
    graph = igraph.Graph(n=names.len(), edges=list(zip(*ends, strict=True)))
    probability = pl.col("probability").cast(pl.Float64).clip(upper_bound=1.0)
    cost = links.select(cost=-probability.clip(upper_bound=_SURE).log(2) - probability.log(2) / 2**20)["cost"]
    at = {name: int(names.index_of(name) or 0) for name in (start, end)}
    piece = graph.components().membership
    if piece[at[start]] != piece[at[end]]:
        return nothing
    edges: list[int] = graph.get_shortest_path(at[start], at[end], weights=cost.to_list(), output="epath")
    steps = links[edges]
    here, walked = start, []
    for a, b in steps.select("account_a", "account_b").iter_rows():
        there = b if here == a else a
        walked.append((here, there))
        here = there
    ways = {"from": [one for one, _ in walked], "to": [other for _, other in walked]}
    return steps.with_columns(pl.Series(name, ids, pl.String) for name, ids in ways.items())
