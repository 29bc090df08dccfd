"""Links -> communities: several seeded groupings, what they agree on, and a second look inside."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.communities.join import Labels, Links, join
from linkage.communities.leiden import Graph, Weights, seeded, sizes
from linkage.community_settings import CommunitySettings
from linkage.tables import CROWD, MEMBERSHIPS, empty
from linkage_kernels.strongest import strongest


def group(links: pl.DataFrame, prior_bits: float, settings: CommunitySettings, seed: int) -> pl.DataFrame:
    """Communities of the linked accounts: modularity on the links' log odds, or the constant Potts model.

    The strongest links of every account are grouped at several resolutions, each time with other random numbers; the
    consensus is one more grouping in which a link pulls as often as its accounts came out together.

    Args:
        links: LINKS, sorted.
        prior_bits: bits against a random pair. A link pulls by what it has above them (and one bit, so that an even
            chance still counts): with raw bits, links barely over the threshold outvoted the sure ones.
        settings: resolutions, iterations and what is joined.
        seed: of igraph's random numbers.

    Returns:
        MEMBERSHIPS sorted by account. Communities are numbered from 0 by falling size, ties by their lowest account;
        parts likewise, over all communities. `stability` is the share of an account's community that stays with it
        in the single groupings, on average.
    """
    if links.is_empty():
        return empty(MEMBERSHIPS)
    accounts, all_links = _coded(links, prior_bits)
    joining = _without_crowds(all_links, links, prior_bits)
    kept = strongest(
        all_links.source, all_links.target, all_links.weight, all_links.accounts, settings.strongest
    ).nonzero()[0]
    graph = Graph(all_links.source[kept], all_links.target[kept], all_links.accounts)
    weight = all_links.weight[kept]
    with seeded(seed):
        runs = [_run(graph, weight, settings, factor) for factor in settings.spread]
        first = _consensus(graph, weight, runs, settings) if settings.consensus else runs[0]
        labels = _by_size(_joined(first, joining, settings))
        parts = _by_size(_parts(graph, weight, labels, settings))
    stability = _stability(labels, [_joined(run, joining, settings) for run in runs])
    columns = {"account": accounts, "community": labels, "part": parts, "stability": stability}
    return pl.DataFrame(columns, schema=MEMBERSHIPS, strict=False)


def _run(graph: Graph, weight: Weights, settings: CommunitySettings, factor: float) -> Labels:
    """One grouping, at a multiple of the resolution."""
    found = graph.leiden if settings.objective == "modularity" else graph.even
    return found(weight, settings.resolution * factor, settings.iterations)


def _joined(labels: Labels, links: Links, settings: CommunitySettings) -> Labels:
    """What modularity cut through the middle, put together; the Potts model cuts nothing for being large."""
    return join(labels, links, settings) if settings.objective == "modularity" else labels


def _coded(links: pl.DataFrame, prior_bits: float) -> tuple[Labels, Links]:
    """The linked accounts, and the links between them coded by their place there."""
    a, b = links["account_a"].to_numpy(), links["account_b"].to_numpy()
    there = np.zeros(int(b.max()) + 1, np.bool_)
    there[a] = there[b] = True
    code = np.cumsum(there, dtype=np.int64) - 1
    weight = np.maximum(links["weight"].to_numpy().astype(np.float64) - prior_bits, 0.0) + 1.0
    return there.nonzero()[0], Links(code[a], code[b], weight, int(there.sum()))


def _without_crowds(coded: Links, links: pl.DataFrame, prior_bits: float) -> Links:
    """The links that are links without the pool of addresses that both use, by what they have without it.

    That two communities use one pool joins nothing: two operators may rent the same.
    """
    if CROWD not in links.columns:
        return coded
    left = (links["weight"] - links[CROWD]).to_numpy().astype(np.float64) - prior_bits
    kept = left >= 0.0
    return Links(coded.source[kept], coded.target[kept], left[kept] + 1.0, coded.accounts)


def _consensus(graph: Graph, weight: Weights, runs: list[Labels], settings: CommunitySettings) -> Labels:
    """Leiden on links weighed by the share of runs in which their accounts fall together.

    Accounts that no run parts move as one (core groups: Ovelgoenne & Geyer-Schulz 2012, "An ensemble learning strategy
    for graph clustering"), so that this run is on a small graph and can go on until nothing moves.
    """
    together = np.zeros(len(weight))
    core = np.zeros(graph.accounts, np.int64)
    for run in runs:
        together += run[graph.source] == run[graph.target]
        core = np.unique(core * (int(run.max()) + 1) + run, return_inverse=True)[1].astype(np.int64)
    agreed = weight * (together / len(runs))
    ends = np.full(graph.accounts, np.sqrt(settings.resolution))
    if settings.objective == "modularity":
        ends = sizes(graph.source, graph.target, agreed, graph.accounts, settings.resolution)
    size = np.bincount(core, ends).astype(np.float64)
    cut = np.flatnonzero((core[graph.source] != core[graph.target]) & (agreed > 0.0))
    if not len(cut):
        return core
    one, other = core[graph.source[cut]], core[graph.target[cut]]
    pair, at = np.unique(np.minimum(one, other) * len(size) + np.maximum(one, other), return_inverse=True)
    small = Graph(pair // len(size), pair % len(size), len(size))
    found: Labels = small.potts(np.bincount(at, agreed[cut]).astype(np.float64), size, -1)[core]
    return found


def _parts(graph: Graph, weight: Weights, labels: Labels, settings: CommunitySettings) -> Labels:
    """Leiden again inside every large community: modularity on a whole graph cannot see its small groups.

    (Fortunato & Barthelemy 2007, "Resolution limit in community detection".) The Potts model sees them at once.
    """
    if settings.objective == "potts":
        return labels
    inside = np.where(labels[graph.source] == labels[graph.target], weight, 0.0)
    inner = graph.leiden(inside, settings.resolution, settings.iterations, labels)
    inner[np.bincount(labels)[labels] < settings.parts_from] = 0
    of_both: Labels = np.unique(labels * (int(inner.max()) + 1) + inner, return_inverse=True)[1].astype(np.int64)
    return of_both


def _stability(labels: Labels, runs: list[Labels]) -> NDArray[np.float64]:
    """Share of an account's community that stays with it, averaged over the runs."""
    size = np.bincount(labels)
    kept = np.zeros(len(labels))
    for run in runs:
        pair = labels * (int(run.max()) + 1) + run
        _, inverse, together = np.unique(pair, return_inverse=True, return_counts=True)
        kept += together[inverse] / size[labels]
    return np.asarray(kept / len(runs))


def _by_size(labels: Labels) -> Labels:
    """Number communities by falling size, ties by the lowest member."""
    _, first, inverse, size = np.unique(labels, return_index=True, return_inverse=True, return_counts=True)
    rank = np.empty(len(size), np.int64)
    rank[np.lexsort((first, -size))] = np.arange(len(size))
    numbered: Labels = rank[inverse]
    return numbered
