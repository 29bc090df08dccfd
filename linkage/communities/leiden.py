"""Leiden on the links (Traag, Waltman & van Eck 2019, "From Louvain to Leiden"), by igraph, seeded."""

from __future__ import annotations

import random

import numpy as np
import polars as pl

from linkage.settings import CommunitySettings
from linkage.tables import MEMBERSHIPS, empty


def group(links: pl.DataFrame, prior_bits: float, settings: CommunitySettings, seed: int) -> pl.DataFrame:
    """Communities of the linked accounts: modularity on the links' log odds.

    Args:
        links: LINKS, sorted.
        prior_bits: bits against a random pair. A link pulls by what it has above them (and one bit, so that an even
            chance still counts): with raw bits, links barely over the threshold outvoted the sure ones.
        settings: resolution and iterations.
        seed: of igraph's random numbers.

    Returns:
        MEMBERSHIPS sorted by account. Communities are numbered from 0 by falling size, ties by their lowest account.
        `stability` is the share of an account's pull that stays inside its community.
    """
    if links.is_empty():
        return empty(MEMBERSHIPS)
    import igraph

    a, b = links["account_a"].to_numpy(), links["account_b"].to_numpy()
    weight = np.maximum(links["weight"].to_numpy().astype(np.float64) - prior_bits, 0.0) + 1.0
    accounts, ends = np.unique(np.concatenate((a, b)), return_inverse=True)
    source, target = ends[: len(a)], ends[len(a) :]
    graph = igraph.Graph(n=len(accounts), edges=np.column_stack((source, target)))
    igraph.set_random_number_generator(random.Random(seed))
    try:
        labels = np.array(
            graph.community_leiden(
                objective_function="modularity",
                weights=weight.tolist(),
                resolution=settings.resolution,
                n_iterations=settings.iterations,
            ).membership
        )
    finally:
        igraph.set_random_number_generator(random)
    labels = _by_size(labels)
    inside, total = np.zeros(len(accounts)), np.zeros(len(accounts))
    same = labels[source] == labels[target]
    for end in (source, target):
        total += np.bincount(end, weights=weight, minlength=len(accounts))
        inside += np.bincount(end[same], weights=weight[same], minlength=len(accounts))
    return pl.DataFrame(
        {"account": accounts, "community": labels, "stability": inside / total}, schema=MEMBERSHIPS, strict=False
    )


def _by_size(labels: np.ndarray[tuple[int], np.dtype[np.int64]]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Number communities by falling size, ties by the lowest member."""
    _, first, inverse, size = np.unique(labels, return_index=True, return_inverse=True, return_counts=True)
    rank = np.empty(len(size), np.int64)
    rank[np.lexsort((first, -size))] = np.arange(len(size))
    numbered: np.ndarray[tuple[int], np.dtype[np.int64]] = rank[inverse]
    return numbered
