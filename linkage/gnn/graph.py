"""The links as a graph in rows: who is linked to whom, on evidence of which groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.gnn.features import GROUPS

#: Bits of one group that count as one, and as most, in what a model sees of a link.
_UNIT, _MOST = 10.0, 3.0


class Graph(NamedTuple):
    """Both directions of every link, row by row (CSR); a node is a position in `accounts`."""

    accounts: NDArray[np.uint32]  # [n], sorted
    start: NDArray[np.int64]  # [n + 1]
    to: NDArray[np.int64]  # [m]
    probability: NDArray[np.float32]  # [m]
    typed: NDArray[np.float32]  # [m, len(GROUPS)]: bits by group, ten as one, at most three

    @property
    def source(self) -> NDArray[np.int64]:
        """[m]: the node whose row an entry stands in."""
        return np.repeat(np.arange(len(self.accounts)), np.diff(self.start))


def graph(links: pl.DataFrame, channels: Mapping[str, str], without: str | None = None) -> Graph:
    """LINKS -> the graph of the linked accounts.

    Args:
        links: LINKS with a column of bits a channel.
        channels: channel -> independence group.
        without: a group whose bits are hidden (zero everywhere); its links stay.
    """
    a, b = links["account_a"].to_numpy(), links["account_b"].to_numpy()
    m = len(a)
    linked = np.zeros(int(b.max(initial=0)) + 1, np.bool_)
    linked[a], linked[b] = True, True
    accounts = np.flatnonzero(linked)
    place = np.cumsum(linked) - 1
    start, to, link = _rows(place[a], place[b], len(accounts))
    typed = np.zeros((m, len(GROUPS)), np.float32)
    for channel, group in channels.items():
        known = group if group in GROUPS else "other"
        if channel in links.columns and known != without:
            typed[:, GROUPS.index(known)] += links[channel].to_numpy()
    typed = np.minimum(typed / _UNIT, _MOST).astype(np.float32)
    probability = links["probability"].to_numpy().astype(np.float32)
    return Graph(accounts.astype(np.uint32), start, to, probability[link], typed[link])


def _rows(
    a: NDArray[np.int64], b: NDArray[np.int64], n: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Both directions of the pairs in rows, each row in order: start, to, and which pair an entry is."""
    from scipy.sparse import coo_array

    pair = np.arange(1, len(a) + 1)  # from 1: a stored zero may be dropped
    both = (np.concatenate((pair, pair)), (np.concatenate((a, b)), np.concatenate((b, a))))
    found = coo_array(both, shape=(n, n)).tocsr()
    found.sort_indices()
    return found.indptr.astype(np.int64), found.indices.astype(np.int64), found.data - 1


def ties(of: Graph, without: str | None = None) -> NDArray[np.float32]:
    """float32[n, 3 + len(GROUPS)]: links in bits, their mean probability, the share on one group, shares by group.

    Args:
        of: the graph.
        without: a group whose bits are hidden.
    """
    n, m = len(of.accounts), len(of.to)
    degree = np.diff(of.start).astype(np.float64)
    source = of.source
    said = of.typed * _UNIT >= 1.0  # less than a bit says nothing
    if without is not None:
        said[:, GROUPS.index(without)] = False
    columns = [np.log2(1.0 + degree), np.bincount(source, of.probability, n) / np.maximum(degree, 1.0)]
    single = said.sum(axis=1) < 2 if m else np.zeros(0)
    columns += [np.bincount(source, each, n) / np.maximum(degree, 1.0) for each in (single, *said.T)]
    return np.column_stack(columns).astype(np.float32)


TIES = ("links", "certainty", "single", *(f"links_{group}" for group in GROUPS))
