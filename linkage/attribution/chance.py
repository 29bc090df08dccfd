"""How likely is it that a campaign shows a value so often by chance?

Three explanations compete with "the same operator": honest accounts use it, and the campaign chose as they do; other
campaigns use it (a proxy market, a seller of prepaid cards); such values are met again in unrelated campaigns as a
matter of experience.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.settings import AttributionSettings

Floats = NDArray[np.float64]
#: How many accounts the mean rate of all campaigns counts as, beside a campaign's own.
_WEIGHT = 5.0
#: Accounts get their exits and fingerprints in lots: so many accounts are one choice.
_LOT = 4.0
#: Cells held at once; bounds memory only.
_CELLS = 4_000_000


class Chances(NamedTuple):
    """A block of rows of `usage`: how well each other explanation fits what the row shows."""

    rows: NDArray[np.int64]  # [r], positions in usage
    honest: Floats  # [r], share of honest accounts, of those that use the kind at all, that use the value
    others: Floats  # [r, campaigns], as if the value were used at each campaign's rate; 0 at the row's own campaign


def at_least(count: Floats, expected: Floats) -> Floats:
    """Upper bound of the chance that a Poisson variable of that mean is at least `count` (Chernoff; exact for 1)."""
    mean = np.maximum(expected, 1e-12)
    some = -np.expm1(-mean)
    with np.errstate(divide="ignore", invalid="ignore"):
        chernoff = np.where(count > mean, np.exp(count - mean - count * np.log(count / mean)), 1.0)
    return np.where(count <= 0, 1.0, np.minimum(some, chernoff))


def by_mistake(carriers: Floats, sizes: Floats, settings: AttributionSettings, times: float = 1.0) -> Floats:
    """Most bits that so many members of a campaign can carry: all may be somebody else's, `times` more than usual."""
    expected = times * (settings.foreign_accounts + settings.foreign_share * sizes)
    return np.asarray(-np.log2(np.maximum(at_least(carriers, expected), 1e-12)))


def chances(usage: pl.DataFrame, sizes: Floats) -> Iterator[Chances]:
    """Blocks of whole labels, in order.

    Args:
        usage: label (sorted), campaign, members, honest (accounts in no campaign that use it), of (those that use any
            value of its kind): one row a label and campaign that uses it.
        sizes: float64[campaigns], members of each.
    """
    label, campaign = usage["label"].to_numpy(), usage["campaign"].to_numpy()
    count = usage["members"].to_numpy().astype(np.float64)
    outside = (usage["honest"].to_numpy() + 0.5) / (usage["of"].to_numpy() + 1.0)
    starts = np.flatnonzero(np.concatenate([[True], label[1:] != label[:-1]])) if len(label) else np.empty(0, np.int64)
    ends = np.append(starts[1:], len(label))
    step = max(1, _CELLS // max(len(sizes), 1))
    at = 0
    while at < len(starts):
        to = max(at + 1, int(np.searchsorted(ends, starts[at] + step, side="right")))
        rows = np.arange(starts[at], ends[to - 1])
        local = np.searchsorted(starts[at:to], rows, side="right") - 1
        used = np.zeros((to - at, len(sizes)))
        used[local, campaign[rows]] = count[rows]
        mine, size = count[rows], sizes[campaign[rows]]
        shares = used / sizes
        mean = (shares.sum(axis=1)[local] - mine / size) / max(len(sizes) - 1, 1)
        rate = (used[local] + _WEIGHT * mean[:, None]) / (sizes + _WEIGHT)
        others = at_least(np.maximum(mine / _LOT, 1.0)[:, None], size[:, None] * rate / _LOT)
        others[np.arange(len(rows)), campaign[rows]] = 0.0
        yield Chances(rows, outside[rows], others)
        at = to
