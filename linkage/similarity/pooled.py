"""Does a group of prompts come from where a reference comes from? Pooled, since an account alone has too few.

The measure is the unbiased squared maximum mean discrepancy (Gretton et al. 2012, "A kernel two-sample test"), by what
it strays among groups of that size from one source. Of each view of the prompts (what is said, the form it has) two
kernels are summed: the inner product of the vectors, and the meeting in one of several bins of how near a prompt lies
to the reference and its nearest prompts. The latter sees a few strangers in a crowd, which hardly move a mean.

Queries that a program made up need not be about anything else. Where texts are given, it is also asked whether more of
them than usual are among the most surprising to who has read the reference (Savage 1956, "Contributions to the theory
of rank order statistics"); such a figure has one direction, so that few strangers show.

What is chance is learned from halves of the reference held against each other, so that no label is needed. A group's
score is its most unusual figure; as there are several, each has its part of the false alarms that are allowed.

That a group strays from everybody else is no suspicion: whoever writes in a rare language or of a rare thing does.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.pooling_settings import PooledSettings
from linkage.similarity.vectors import utf8

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Longs = NDArray[np.int64]


#: A distribution that leans less, or to the other side, counts as leaning so: a gamma distribution must lean.
_LEAST_SKEWED = 0.05


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


class Tails(NamedTuple):
    """How high each row ranks among the reference, by several figures."""

    rows: Floats  # [n, t], 1 on average in the reference, more the fewer lie higher
    mean: Doubles  # [t], of the reference
    deviation: Doubles  # [t]
    many: int  # rows of the reference


class Kernels(NamedTuple):
    """All that groups are held against a reference by."""

    distances: Sequence[Features]
    tails: Tails | None = None


class Parting(NamedTuple):
    """Honest rows parted in two: kernels of the one half as reference, and the rows of the other."""

    kernels: Kernels
    rest: Longs


class Calibration(NamedTuple):
    """What groups of honest prompts come to, distance by distance."""

    mean: Doubles  # [d]
    deviation: Doubles  # [d]
    skewness: Doubles  # [d]
    figures: int  # distances and tails

    def threshold(self, rate: float) -> float:
        """The score that a share of `rate` of honest groups exceeds at most."""
        return NormalDist().inv_cdf(1.0 - rate / self.figures)


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


def features(
    views: Sequence[Floats], reference: Longs, settings: PooledSettings, texts: pl.Series | None = None
) -> Kernels:
    """The kernels of each view, held against a reference.

    Args:
        views: float32[n, d] each, the same rows in every view.
        reference: int64[m], ascending row numbers; of more than `reference_rows` every so many-th.
        settings: nearest prompts and bins.
        texts: the same rows as text, without nulls; absent, nobody is asked what surprises.
    """
    from linkage_kernels.mmd import typical
    from linkage_kernels.novelty import surprise

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
    if texts is None:
        return Kernels(found)
    return Kernels(found, _tails(surprise(*utf8(texts), chosen, settings.order, settings.span), chosen))


def _tails(profile: Floats, chosen: Longs) -> Tails:
    """Savage scores of each column of float32[n, t]: minus the log of the share of the reference that lies higher."""
    many = len(chosen)
    rows = np.empty(profile.shape, np.float32)
    for column in range(profile.shape[1]):
        held, asked = np.sort(profile[chosen, column]), profile[:, column]
        above = many - (np.searchsorted(held, asked, "left") + np.searchsorted(held, asked, "right")) / 2.0
        rows[:, column] = -np.log((above + 0.5) / (many + 1.0))
    own = rows[chosen].astype(np.float64)
    return Tails(rows, own.mean(axis=0), np.maximum(own.std(axis=0), 1e-12), many)


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


def strays(kernels: Kernels, groups: Groups) -> Doubles:
    """How far each group strays from the reference, by what is usual -> float64[g, figures]: distances, then tails.

    Rows of a group and of the reference count as different ones: a group should hold none of the reference.
    """
    from linkage_kernels.mmd import squared, sums

    columns = []
    each = np.arange(len(groups.start) - 1)
    for kernel in kernels.distances:
        total, mass = sums(kernel.rows, *groups)
        apart = squared(
            np.vstack((total, kernel.total)), np.vstack((mass, kernel.mass)), each, np.full(len(each), len(each))
        )
        columns.append((apart / (kernel.chance * _usual(mass, kernel.mass[0, 1] / kernel.mass[0, 0] ** 2)))[:, None])
    if kernels.tails is not None:
        tails = kernels.tails
        total, mass = sums(tails.rows, *groups)
        one, other = _usual(mass, 0.0)[:, None], 1.0 / tails.many
        error = np.sqrt(one + other)
        # Scores are exponential by the way they are made, so that nothing has to be learned of how they stray.
        skewness = np.maximum(2.0 * (one**2 - other**2) / error**3, _LEAST_SKEWED)
        columns.append(_normal((total / mass[:, :1] - tails.mean) / (error * tails.deviation), skewness))
    return np.concatenate(columns, axis=1)


def _usual(mass: Doubles, of_reference: float) -> Doubles:
    """A group is worth as many rows as would stray as much if each counted once (Kish 1965)."""
    usual: Doubles = mass[:, 1] / mass[:, 0] ** 2 + of_reference
    return usual


def _normal(standard: Doubles, skewness: Doubles) -> Doubles:
    """Gamma distributed figures of mean 0 and deviation 1 as normal ones, by the cube root (Wilson & Hilferty 1931)."""
    shape = 4.0 / skewness**2
    root = np.cbrt(np.maximum(standard * np.sqrt(shape) + shape, 0.0) / shape)
    normal: Doubles = (root - (1.0 - 1.0 / (9.0 * shape))) * 3.0 * np.sqrt(shape)
    return normal


def scores(found: Doubles, calibration: Calibration) -> Doubles:
    """`strays` of groups -> float64[g]: the most unusual figure, in standard deviations.

    Distances between honest groups are taken as gamma distributed, by three moments (Gretton et al. 2009, "A fast,
    consistent kernel two-sample test"); how high groups rank is standard normal as it is.
    """
    many = len(calibration.mean)
    learned = _normal((found[:, :many] - calibration.mean) / calibration.deviation, calibration.skewness)
    highest: Doubles = np.maximum(learned.max(axis=1), found[:, many:].max(axis=1, initial=-np.inf))
    return highest


def partings(
    views: Sequence[Floats],
    honest: Longs,
    settings: PooledSettings,
    rng: np.random.Generator,
    texts: pl.Series | None = None,
) -> list[Parting]:
    """The honest rows parted in two halves `splits` times, one of them as reference.

    Args:
        views: float32[n, d] each.
        honest: int64[m], rows known or taken to be honest.
        settings: how often.
        rng: of the draws.
        texts: as for `features`.
    """
    inner = [np.ascontiguousarray(unit[honest]) for unit in views]
    said = None if texts is None else texts.gather(honest)
    found = []
    for _ in range(settings.splits):
        order = rng.permutation(len(honest))
        reference, rest = np.sort(order[: len(order) // 2]), order[len(order) // 2 :]
        found.append(Parting(features(inner, reference, settings, said), rest))
    return found


def calibrate(parted: Sequence[Parting], size: int, settings: PooledSettings, rng: np.random.Generator) -> Calibration:
    """What windows of honest prompts come to when they are held against other honest prompts.

    Args:
        parted: `partings`.
        size: prompts a window.
        settings: windows a parting.
        rng: of the draws.
    """
    null = np.concatenate(
        [
            strays(each.kernels, grouped([window(each.rest, size, rng) for _ in range(settings.windows)]))
            for each in parted
        ]
    )
    null, figures = null[:, : len(parted[0].kernels.distances)], null.shape[1]
    mean, deviation = null.mean(axis=0), np.maximum(null.std(axis=0), 1e-12)
    skewness = np.maximum((((null - mean) / deviation) ** 3).mean(axis=0), _LEAST_SKEWED)
    return Calibration(mean, deviation, skewness, figures)


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
