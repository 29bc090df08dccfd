"""Does a group of prompts come from where a reference comes from? Pooled, since an account alone has too few.

The measure is the unbiased squared maximum mean discrepancy (Gretton et al. 2012, "A kernel two-sample test"), by what
it strays among groups of that size from one source. Of each view of the prompts (what is said, the form it has) two
kernels are summed: the inner product of the vectors, and the meeting in one of several bins of how near a prompt lies
to the reference and its nearest prompts. The latter sees a few strangers in a crowd, which hardly move a mean. What is
chance is learned from halves of the reference held against each other, so that no label is needed.

That a group strays from everybody else is no suspicion: whoever writes in a rare language or of a rare thing does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from linkage.pooling_settings import PooledSettings

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Longs = NDArray[np.int64]


class Groups(NamedTuple):
    """Groups of rows, one after the other; a row counts by its weight."""

    member: Longs  # [m] row numbers, each once a group
    start: Longs  # [g + 1], where a group's members begin
    weight: Floats  # [m]


class Features(NamedTuple):
    """One kernel: its features of every row, and the reference in them."""

    rows: Floats  # [n, d], less the reference's mean
    total: Doubles  # [1, d], the reference's sum
    mass: Doubles  # [1, 3], see `linkage_kernels.mmd.sums`
    chance: float  # how far two groups of one row each stray by chance, a standard deviation


class Calibration(NamedTuple):
    """What groups of honest prompts come to."""

    mean: Doubles  # [f], of each kernel
    deviation: Doubles  # [f]
    scores: Doubles  # [k], ascending: of honest groups

    def threshold(self, rate: float) -> float:
        """The score that a share of `rate` of honest groups exceeds."""
        return float(np.quantile(self.scores, 1.0 - rate))


def grouped(groups: Sequence[Longs]) -> Groups:
    """Row numbers of each group, repeated ones counted by how often -> Groups."""
    counted = [np.unique(group, return_counts=True) for group in groups]
    size = [len(rows) for rows, _ in counted]
    none: list[Longs] = [np.zeros(0, np.int64)]
    return Groups(
        np.concatenate([rows for rows, _ in counted] or none).astype(np.int64),
        np.concatenate(([0], np.cumsum(size))).astype(np.int64),
        np.concatenate([count for _, count in counted] or none).astype(np.float32),
    )


def window(pool: Longs, size: int, rng: np.random.Generator) -> Longs:
    """`size` rows of a pool, drawn in rounds: none comes again before all others have come -> int64[size]."""
    rounds = max(1, -(-size // len(pool)))
    drawn: Longs = np.concatenate([rng.permutation(pool) for _ in range(rounds)])[:size]
    return drawn


def features(views: Sequence[Floats], reference: Longs, settings: PooledSettings) -> list[Features]:
    """The kernels of each view, held against a reference.

    Args:
        views: float32[n, d] each, the same rows in every view.
        reference: int64[m], ascending row numbers; of more than `reference_rows` every so many-th.
        settings: nearest prompts and bins.
    """
    from linkage_kernels.mmd import typical

    many = min(len(reference), settings.reference_rows)
    chosen = reference[np.arange(many) * len(reference) // many]
    nearest = tuple(sorted({min(k, many - 1) for k in settings.nearest}))
    found = []
    for unit in views:
        own = np.full(len(unit), -1, np.int64)
        own[chosen] = np.arange(many)
        near = typical(unit, unit[chosen], own, nearest)
        # Crowded for where it lies: neither of the two alone says so.
        profile = np.column_stack((near, near[:, -1] - near[:, 0]))
        found += [_feature(unit, chosen), _feature(_binned(profile, chosen, settings.bins), chosen)]
    return found


def _binned(profile: Floats, chosen: Longs, bins: int) -> Floats:
    """float32[n, c] -> float32[n, c * bins], one for the bin of each number, equal in the reference."""
    edges = np.quantile(profile[chosen], np.arange(1, bins) / bins, axis=0)
    out = np.zeros((len(profile), profile.shape[1] * bins), np.float32)
    for column in range(profile.shape[1]):
        place = np.searchsorted(edges[:, column], profile[:, column])
        out[np.arange(len(out)), column * bins + place] = 1.0
    return out


def _feature(rows: Floats, chosen: Longs) -> Features:
    from linkage_kernels.mmd import sums

    centred = np.ascontiguousarray(rows - rows[chosen].mean(axis=0, dtype=np.float64).astype(np.float32))
    total, mass = sums(centred, chosen, np.array([0, len(chosen)]), np.ones(len(chosen), np.float32))
    held = centred[chosen].astype(np.float64)
    covariance = held.T @ held / len(chosen)
    return Features(centred, total, mass, max(float(np.sqrt(2.0 * (covariance**2).sum())), 1e-12))


def strays(kernels: Sequence[Features], groups: Groups) -> Doubles:
    """How far each group strays from the reference, by what is usual -> float64[g, kernels].

    Rows of a group and of the reference count as different ones: a group should hold none of the reference.
    """
    from linkage_kernels.mmd import squared, sums

    out = np.empty((len(groups.start) - 1, len(kernels)))
    one = np.arange(len(out))
    for at, kernel in enumerate(kernels):
        total, mass = sums(kernel.rows, *groups)
        apart = squared(
            np.vstack((total, kernel.total)), np.vstack((mass, kernel.mass)), one, np.full(len(one), len(one))
        )
        # A group is worth as many rows as would stray as much if each counted once (Kish 1965).
        usual = mass[:, 1] / mass[:, 0] ** 2 + kernel.mass[0, 1] / kernel.mass[0, 0] ** 2
        out[:, at] = apart / (kernel.chance * usual)
    return out


def scores(found: Doubles, calibration: Calibration) -> Doubles:
    """`strays` of groups -> float64[g]: the sum over kernels, each by what honest groups come to."""
    summed: Doubles = ((found - calibration.mean) / calibration.deviation).sum(axis=1)
    return summed


def calibrate(
    views: Sequence[Floats], honest: Longs, size: int, settings: PooledSettings, rng: np.random.Generator
) -> Calibration:
    """What windows of honest prompts come to when they are held against other honest prompts.

    The honest rows are parted in two halves `splits` times; one is the reference, windows are drawn from the other.

    Args:
        views: float32[n, d] each.
        honest: int64[m], rows known or taken to be honest.
        size: prompts a window.
        settings: partings and windows.
        rng: of the draws.
    """
    inner = [np.ascontiguousarray(unit[honest]) for unit in views]
    found = []
    for _ in range(settings.splits):
        order = rng.permutation(len(honest))
        reference, rest = np.sort(order[: len(order) // 2]), order[len(order) // 2 :]
        drawn = grouped([window(rest, size, rng) for _ in range(settings.windows)])
        found.append(strays(features(inner, reference, settings), drawn))
    null = np.concatenate(found)
    partial = Calibration(null.mean(axis=0), np.maximum(null.std(axis=0), 1e-12), np.zeros(0))
    return partial._replace(scores=np.sort(scores(null, partial)))


def means(unit: Floats, account: NDArray[np.uint32]) -> tuple[NDArray[np.uint32], Floats, Longs]:
    """What each account writes as a whole -> accounts uint32[n], mean vectors float32[n, d], prompts int64[n].

    Args:
        unit: float32[p, d]; rows of zeros count for nothing, and accounts with such alone are left out.
        account: uint32[p], ascending.
    """
    from linkage_kernels.likeness import sums

    codes, first = np.unique(account, return_index=True)
    start = np.append(first, len(account)).astype(np.int64)
    total, counts = sums(unit, start, np.ones(len(account), np.float32))
    said = counts[:, 2] > 0
    mean = (total[said] / counts[said, 2:]).astype(np.float32)
    return codes[said], mean, counts[said, 2].astype(np.int64)
