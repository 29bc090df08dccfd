"""Leiden on the links (Traag, Waltman & van Eck 2019, "From Louvain to Leiden"), by igraph, seeded."""

from __future__ import annotations

import itertools
import random
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.settings import CommunitySettings
from linkage.tables import MEMBERSHIPS, empty

if TYPE_CHECKING:
    import igraph

Labels = NDArray[np.int64]


def group(links: pl.DataFrame, prior_bits: float, settings: CommunitySettings, seed: int) -> pl.DataFrame:
    """Communities of the linked accounts: modularity on the links' log odds.

    Args:
        links: LINKS, sorted.
        prior_bits: bits against a random pair. A link pulls by what it has above them (and one bit, so that an even
            chance still counts): with raw bits, links barely over the threshold outvoted the sure ones.
        settings: resolution and iterations.
        seed: of igraph's random numbers.

    Returns:
        MEMBERSHIPS sorted by account. Communities are numbered from 0 by falling size, ties by their lowest account;
        parts likewise, over all communities. `stability` is the share of an account's community that stays with it
        when the grouping is repeated.
    """
    if links.is_empty():
        return empty(MEMBERSHIPS)
    import igraph

    a, b = links["account_a"].to_numpy(), links["account_b"].to_numpy()
    weight = np.maximum(links["weight"].to_numpy().astype(np.float64) - prior_bits, 0.0) + 1.0
    accounts, ends = np.unique(np.concatenate((a, b)), return_inverse=True)
    source, target = ends[: len(a)], ends[len(a) :]
    graph = igraph.Graph(n=len(accounts), edges=np.column_stack((source, target)))
    graph.es["weight"] = weight.tolist()
    igraph.set_random_number_generator(random.Random(seed))
    try:
        labels = _by_size(_join(_leiden(graph, settings), source, target, settings))
        again = [_join(_leiden(graph, settings), source, target, settings) for _ in range(settings.repeats)]
        parts = _by_size(_parts(graph, labels, settings))
    finally:
        igraph.set_random_number_generator(random)
    columns = {"account": accounts, "community": labels, "part": parts, "stability": _stability(labels, again)}
    return pl.DataFrame(columns, schema=MEMBERSHIPS, strict=False)


def _stability(labels: Labels, again: list[Labels]) -> NDArray[np.float64]:
    """Share of an account's community that stays with it, averaged over the repeats; 1 without any."""
    size = np.bincount(labels)
    kept = np.zeros(len(labels))
    for other in again:
        pair = labels * (int(other.max()) + 1) + other
        _, inverse, together = np.unique(pair, return_inverse=True, return_counts=True)
        kept += together[inverse] / size[labels]
    return kept / len(again) if again else np.ones(len(labels))


def _leiden(graph: igraph.Graph, settings: CommunitySettings) -> Labels:
    """One seeded run; the caller has set igraph's random numbers."""
    found = graph.community_leiden(
        objective_function="modularity",
        weights="weight",
        resolution=settings.resolution,
        n_iterations=settings.iterations,
    )
    return np.array(found.membership, dtype=np.int64)


def _join(labels: Labels, source: Labels, target: Labels, settings: CommunitySettings) -> Labels:
    """Put together communities that modularity cut through the middle.

    It weighs a community against all links there are, so that a group which holds most of them falls apart. Where
    most accounts of the smaller of two have a link into the other, the cut is not one between operators.
    """
    for _ in range(settings.iterations):
        cut = labels[source] != labels[target]
        # Which account reaches into which other community, each once.
        reach = np.unique(
            np.concatenate(
                (
                    np.column_stack((labels[source[cut]], labels[target[cut]], source[cut])),
                    np.column_stack((labels[target[cut]], labels[source[cut]], target[cut])),
                )
            ),
            axis=0,
        )
        if not len(reach):
            break
        between, reaching = np.unique(reach[:, :2], axis=0, return_counts=True)
        size = np.bincount(labels)
        small, large = between[:, 0], between[:, 1]
        share = reaching / size[small]
        joins = (share >= settings.join_share) & (
            (size[small] < size[large]) | ((size[small] == size[large]) & (small > large))
        )
        if not joins.any():
            break
        # Each community joins its closest one at most, then labels follow the chain to its end.
        order = np.lexsort((large[joins], -share[joins], small[joins]))
        child, first = np.unique(small[joins][order], return_index=True)
        into = np.arange(len(size))
        into[child] = large[joins][order][first]
        while not np.array_equal(into, into[into]):
            into = into[into]
        labels = into[labels]
        labels = np.unique(labels, return_inverse=True)[1].astype(np.int64)
    return labels


def _parts(graph: igraph.Graph, labels: Labels, settings: CommunitySettings) -> Labels:
    """Leiden again inside every large community: modularity on a whole graph cannot see its small groups.

    (Fortunato & Barthelemy 2007, "Resolution limit in community detection".)
    """
    parts = labels.copy()
    next_label = int(labels.max()) + 1
    order = np.argsort(labels, kind="stable")
    bounds = np.concatenate(([0], np.cumsum(np.bincount(labels))))
    for low, high in itertools.pairwise(bounds):
        if high - low < settings.parts_from:
            break  # communities come by falling size
        members = order[low:high]
        inner = _leiden(graph.induced_subgraph(members.tolist()), settings)
        parts[members] = next_label + inner
        next_label += int(inner.max()) + 1
    return parts


def _by_size(labels: Labels) -> Labels:
    """Number communities by falling size, ties by the lowest member."""
    _, first, inverse, size = np.unique(labels, return_index=True, return_inverse=True, return_counts=True)
    rank = np.empty(len(size), np.int64)
    rank[np.lexsort((first, -size))] = np.arange(len(size))
    numbered: Labels = rank[inverse]
    return numbered
