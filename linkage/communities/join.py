"""Communities that modularity cut through the middle, put together again."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from linkage.community_settings import CommunitySettings

Labels = NDArray[np.int64]

#: Joined communities may turn out cut from others; they seldom are twice.
_ROUNDS = 10
#: For flow to count: share of the smaller community's accounts that must have a link into the other, and the accounts
#: either must have. Two accounts of five are soon tied to something by accident.
_REACH = 0.4
_LEAST = 10


class Links(NamedTuple):
    """All links of n accounts, coded 0..n-1."""

    source: Labels  # [m]
    target: Labels  # [m]
    weight: NDArray[np.float64]  # [m]
    accounts: int


class _Between(NamedTuple):
    """One entry for each ordered pair of communities with links between them."""

    small: Labels
    large: Labels
    reaching: Labels  # accounts of the first with a link into the second
    weight: NDArray[np.float64]


def join(labels: Labels, links: Links, settings: CommunitySettings) -> Labels:
    """Put together communities that modularity cut through the middle.

    It weighs a community against all links there are, so that a group which holds most of them falls apart, and so
    does a sparse one that is wide. Two signs tell that a cut is not one between operators: most accounts of the smaller
    community have a link into the other (`join_share`); or many have, and the links between carry no small part
    (`join_flow`) of what they would if the two were mixed at random, where the share of the smaller one's links that
    leads into the other would be the other's share of all link ends of both.
    """
    for _ in range(_ROUNDS):
        size = np.bincount(labels)
        between = _between(labels, links)
        if not len(between.small):
            break
        ends = np.bincount(labels[links.source], links.weight, len(size))
        ends += np.bincount(labels[links.target], links.weight, len(size))
        small, large = between.small, between.large
        share = between.reaching / size[small]
        flow = between.weight / ends[small] * (ends[small] + ends[large]) / ends[large]
        wide = (flow >= settings.join_flow) & (share >= _REACH) & (np.minimum(size[small], size[large]) >= _LEAST)
        smaller = (size[small] < size[large]) | ((size[small] == size[large]) & (small > large))
        joins = ((share >= settings.join_share) | wide) & smaller
        if not joins.any():
            break
        # Each community joins its closest one at most, then labels follow the chain to its end.
        order = np.lexsort((large[joins], -share[joins], small[joins]))
        child, first = np.unique(small[joins][order], return_index=True)
        into = np.arange(len(size))
        into[child] = large[joins][order][first]
        while not np.array_equal(into, into[into]):
            into = into[into]
        labels = np.unique(into[labels], return_inverse=True)[1].astype(np.int64)
    return labels


def _between(labels: Labels, links: Links) -> _Between:
    """What ties communities to one another, seen from both sides."""
    one, other = labels[links.source], labels[links.target]
    cut = np.flatnonzero(one != other)
    count = int(labels.max()) + 1
    key = np.concatenate((one[cut] * count + other[cut], other[cut] * count + one[cut]))
    account = np.concatenate((links.source[cut], links.target[cut]))
    pair, at = np.unique(key, return_inverse=True)
    # Which account reaches into which other community, each once.
    reach = np.unique(at * links.accounts + account) // links.accounts
    weight = np.bincount(at, np.concatenate((links.weight[cut], links.weight[cut])), len(pair)).astype(np.float64)
    return _Between(pair // count, pair % count, np.bincount(reach, minlength=len(pair)), weight)
