"""How far two accounts keep step, against chance.

The null is that of synchrony between spike trains (Amarasingham, Harrison, Hatsopoulos and Geman 2012, "Conditional
modeling and the jitter method of spike resampling"): in each block of 64 bins, what an account did stays as it is but
for a rotation, every one as likely. Everything slower than a block (hours, weekends, time zones, sign-up) is explained.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from linkage_kernels.coactivity import Beats

#: Parts of about equal cost that pairs are compared in.
_PARTS = 64
#: Where the tail is bounded (Chernoff): the best of these tilts.
TILTS = np.array([0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.5])


class Step(NamedTuple):
    """How p pairs of accounts kept step."""

    shared: NDArray[np.int32]  # [p]: blocks in which both were active
    together: NDArray[np.int32]  # [p]: bins in which both were
    expected: NDArray[np.float64]  # [p]: of these, expected by chance
    first: NDArray[np.int32]  # [p]: first and last bin in which both were; -1: none
    last: NDArray[np.int32]


def met(beat: Beats, a: NDArray[np.int32], b: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """What `in_step` begins with, in a fraction of its time: pairs of one `a` are best together.

    Returns:
        int32[p], `Step.together`; and float64[p], what `Step.expected` is at the least: as though the traffic of all
        others were even.
    """
    together, chances = np.zeros(len(a), np.int32), np.zeros(len(a), np.int64)
    with np.errstate(over="ignore"):  # `_ones` wraps around; only uncompiled code would warn
        _met(
            beat.start, beat.block, beat.mask, len(beat.place), _plain(a), _plain(b), _parts(beat, b), together, chances
        )
    return together, chances / 64.0


def in_step(beat: Beats, a: NDArray[np.int32], b: NDArray[np.int32]) -> Step:
    """Bins in which the accounts a[p] and b[p] were both active, and how many of them chance explains.

    Expected in a block are ones * ones / 64, and more where the traffic of all other accounts is uneven in the block.
    """
    pairs = len(a)
    out = Step(
        np.zeros(pairs, np.int32),
        np.zeros(pairs, np.int32),
        np.zeros(pairs, np.float64),
        np.full(pairs, -1, np.int32),
        np.full(pairs, -1, np.int32),
    )
    with np.errstate(over="ignore"):  # `_ones` wraps around; only uncompiled code would warn
        _in_step(*beat[:5], *beat[6:], _plain(a), _plain(b), *out)
    return out


def cumulants(
    beat: Beats, a: NDArray[np.int32], b: NDArray[np.int32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The null of `Step.together`, exactly.

    Returns:
        float64[p, tilts], log of the mean of exp(tilt * together), which bounds the tail: the chance of t or more is
        at most exp(cumulant - tilt * t); and float64[p], the variance.
    """
    log_mean, variance = np.zeros((len(a), len(TILTS))), np.zeros(len(a))
    power = np.exp(TILTS[:, None] * np.arange(65))
    with np.errstate(over="ignore"):
        _cumulants(*beat[:5], *beat[6:], _plain(a), _plain(b), power, log_mean, variance)
    return log_mean, variance


def lagged(beat: Beats, a: NDArray[np.int32], b: NDArray[np.int32], lags: NDArray[np.int32]) -> NDArray[np.int32]:
    """int32[p, lags]: bins in which a[p] and b[p] would both be active, were b's activity so many bins later."""
    out = np.zeros((len(a), len(lags)), np.int32)
    with np.errstate(over="ignore"):
        _lagged(
            beat.start, beat.block, beat.mask, len(beat.place), _plain(a), _plain(b), _plain(lags), _parts(beat, b), out
        )
    return out


def _parts(beat: Beats, b: NDArray[np.int32]) -> NDArray[np.int64]:
    """Where the parts of pairs begin, and the end: each has about as many blocks of `b` to go through."""
    work = np.concatenate(([0], np.cumsum(np.diff(beat.start)[b] + 1)))
    bounds = np.searchsorted(work, np.linspace(0, float(work[-1]), _PARTS + 1)).astype(np.int64)
    bounds[0], bounds[-1] = 0, len(b)
    return bounds


def _plain(array: NDArray[np.int32]) -> NDArray[np.int32]:
    """One dtype, order and writability, so that the kernels compile once."""
    out = np.ascontiguousarray(array, np.int32)
    return out if out.flags.writeable else out.copy()


@njit(cache=True)
def _ones(x):  # type: ignore[no-untyped-def]
    """Bits set in a uint64; written so that LLVM makes one instruction of it."""
    x = x - ((x >> np.uint64(1)) & np.uint64(0x5555555555555555))
    x = (x & np.uint64(0x3333333333333333)) + ((x >> np.uint64(2)) & np.uint64(0x3333333333333333))
    x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((x * np.uint64(0x0101010101010101)) >> np.uint64(56))


@njit(cache=True)
def _highest(x):  # type: ignore[no-untyped-def]
    """Place of the highest bit set in a uint64 that is not 0."""
    place = -1
    while x != np.uint64(0):
        x >>= np.uint64(1)
        place += 1
    return place


@njit(cache=True)
def _uneven(others, pairs, ones_x, ones_y):  # type: ignore[no-untyped-def]
    """Bins that the unevenness of the others' traffic adds: how likely two of their bins are one, beyond 1/64."""
    if others < 2:
        return 0.0
    return max(0.0, pairs / (others * (others - 1.0)) - 1.0 / 64.0) * ones_x * ones_y


@njit(cache=True)
def _placed(start, block, mask, account, held, active):  # type: ignore[no-untyped-def]
    """active[block + 1]: bins that the account was active in; those of `held` (-1: nobody) taken out."""
    if held >= 0:
        for i in range(start[held], start[held + 1]):
            active[block[i] + 1] = np.uint64(0)
    for i in range(start[account], start[account + 1]):
        active[block[i] + 1] = mask[i]


@njit(cache=True, parallel=True)
def _met(start, block, mask, blocks, a, b, bounds, together, chances):  # type: ignore[no-untyped-def]
    for part in prange(len(bounds) - 1):
        active = np.zeros(blocks + 2, np.uint64)
        held = -1
        for pair in range(bounds[part], bounds[part + 1]):
            if a[pair] != held:
                _placed(start, block, mask, a[pair], held, active)
                held = a[pair]
            both, product = np.int64(0), np.int64(0)
            for j in range(start[b[pair]], start[b[pair] + 1]):
                here = active[block[j] + 1]
                both += _ones(here & mask[j])
                product += _ones(here) * _ones(mask[j])
            together[pair] = both
            chances[pair] = product


@njit(cache=True, parallel=True)
def _in_step(  # type: ignore[no-untyped-def]
    start, block, mask, met, place, total, crowd_pairs, a, b, shared, together, expected, first, last
):
    for pair in prange(len(a)):
        i, j = start[a[pair]], start[b[pair]]
        while i < start[a[pair] + 1] and j < start[b[pair] + 1]:
            if block[i] < block[j]:
                i += 1
            elif block[i] > block[j]:
                j += 1
            else:
                ones_x, ones_y, both = _ones(mask[i]), _ones(mask[j]), _ones(mask[i] & mask[j])
                shared[pair] += 1
                together[pair] += both
                if both > 0:
                    meeting = mask[i] & mask[j]
                    lowest = _ones((meeting & (~meeting + np.uint64(1))) - np.uint64(1))
                    if first[pair] < 0:
                        first[pair] = block[i] * 64 + lowest
                    last[pair] = block[i] * 64 + _highest(meeting)
                at = place[block[i]]
                others = total[at] - ones_x - ones_y
                same = crowd_pairs[at] - 2 * met[i] - 2 * met[j] + 2 * both
                expected[pair] += ones_x * ones_y / 64.0 + _uneven(others, same, ones_x, ones_y)
                i += 1
                j += 1


@njit(cache=True, parallel=True)
def _cumulants(  # type: ignore[no-untyped-def]
    start, block, mask, met, place, total, crowd_pairs, a, b, power, log_mean, variance
):
    for pair in prange(len(a)):
        i, j = start[a[pair]], start[b[pair]]
        while i < start[a[pair] + 1] and j < start[b[pair] + 1]:
            if block[i] < block[j]:
                i += 1
            elif block[i] > block[j]:
                j += 1
            else:
                x, y = mask[i], mask[j]
                ones_x, ones_y, both = _ones(x), _ones(y), _ones(x & y)
                rotations = np.zeros(65, np.int64)  # by the bins that meet
                if min(ones_x, ones_y) == 1:
                    rotations[1] = ones_x * ones_y
                    rotations[0] = 64 - rotations[1]
                else:
                    for turn in range(64):
                        turned = (y << np.uint64(turn)) | (y >> np.uint64((64 - turn) & 63))
                        rotations[_ones(x & turned)] += 1
                at = place[block[i]]
                others = total[at] - ones_x - ones_y
                same = crowd_pairs[at] - 2 * met[i] - 2 * met[j] + 2 * both
                uneven = _uneven(others, same, ones_x, ones_y)
                most = min(ones_x, ones_y)
                mean = ones_x * ones_y / 64.0
                square = 0.0
                for c in range(1, most + 1):
                    square += rotations[c] * c * c
                variance[pair] += square / 64.0 - mean * mean + uneven
                for tilt in range(len(power)):
                    value = 0.0
                    for c in range(most + 1):
                        value += rotations[c] * power[tilt, c]
                    # What unevenness adds counts as Poisson.
                    log_mean[pair, tilt] += np.log(value / 64.0) + uneven * (power[tilt, 1] - 1.0)
                i += 1
                j += 1


@njit(cache=True, parallel=True)
def _lagged(start, block, mask, blocks, a, b, lags, bounds, out):  # type: ignore[no-untyped-def]
    for part in prange(len(bounds) - 1):
        # One more on either side: what is moved beyond the ends meets nothing.
        active = np.zeros(blocks + 2, np.uint64)
        held = -1
        for pair in range(bounds[part], bounds[part + 1]):
            if a[pair] != held:
                _placed(start, block, mask, a[pair], held, active)
                held = a[pair]
            for lag in range(len(lags)):
                step = lags[lag] // 64
                turn = np.uint64(lags[lag] - step * 64)
                count = 0
                for j in range(start[b[pair]], start[b[pair] + 1]):
                    # The last bins of a block spill over into the next.
                    here = min(max(block[j] + step + 1, 0), blocks + 1)
                    after = min(max(block[j] + step + 2, 0), blocks + 1)
                    count += _ones((mask[j] << turn) & active[here])
                    if turn > 0:
                        count += _ones((mask[j] >> (np.uint64(64) - turn)) & active[after])
                out[pair, lag] = count
