"""How often one account is answered within seconds of another's refusals, against chance."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from linkage_kernels.failover import Refusals

#: Parts of about equal cost that pairs are looked at in.
_PARTS = 64
#: Logarithms of the spans by which an account's answers are found: at least so many seconds, at most so many spans.
_SECONDS, _SPANS = 11, 12


class Takeup(NamedTuple):
    """p directed pairs: what was refused to a, and b was answered."""

    trials: NDArray[np.int32]  # [p]: refusals of a around which b was active
    taken: NDArray[np.int32]  # [p]: of these, with an answer to b in the window
    expected: NDArray[np.float64]  # [p]: of these, expected by chance
    first: NDArray[np.int32]  # [p]: second of the first and the last refusal taken up; -1: none
    last: NDArray[np.int32]


def takes_up(
    refusal: Refusals,
    start: NDArray[np.int64],
    answered: NDArray[np.int32],
    a: NDArray[np.int32],
    b: NDArray[np.int32],
) -> NDArray[np.bool_]:
    """bool[p]: whether b[p] takes up any refusal of a[p], as `taken_up` says how often, in a fraction of its time.

    Args:
        refusal: of all accounts.
        start: [n + 1], rows of an account in `answered`.
        answered: [m], seconds at which an account was answered, ascending in it.
        a: [p].
        b: [p].
    """
    a, b, answered = _plain(a), _plain(b), _plain(answered)
    order = np.argsort(b, kind="stable")
    work = np.concatenate(([0], np.cumsum(np.diff(refusal.start)[a][order] + 1)))
    bounds = np.searchsorted(work, np.linspace(0, float(work[-1]), _PARTS + 1)).astype(np.int64)
    bounds[0], bounds[-1] = 0, len(a)
    last = int(answered.max(initial=0))
    shift = max(_SECONDS, last.bit_length() - _SPANS)
    out = np.zeros(len(a), np.bool_)
    _takes_up(*refusal[:3], start, answered, a, b, order, bounds, shift, (last >> shift) + 2, out)
    return out


def taken_up(
    refusal: Refusals,
    start: NDArray[np.int64],
    answered: NDArray[np.int32],
    a: NDArray[np.int32],
    b: NDArray[np.int32],
    around: int,
) -> Takeup:
    """Refusals of a[p] that b[p] takes up, and how many chance explains.

    The chance of one is the share of places of its window, moved by up to `around` seconds either way, that hold an
    answer to b, times the surge of all traffic in the window.

    Args:
        refusal: of all accounts.
        start: [n + 1], rows of an account in `answered`.
        answered: [m], seconds at which an account was answered, ascending in it.
        a: [p].
        b: [p].
        around: seconds.
    """
    pairs = len(a)
    out = Takeup(
        np.zeros(pairs, np.int32),
        np.zeros(pairs, np.int32),
        np.zeros(pairs, np.float64),
        np.full(pairs, -1, np.int32),
        np.full(pairs, -1, np.int32),
    )
    _taken_up(*refusal[:3], refusal.surge, start, _plain(answered), _plain(a), _plain(b), around, *out)
    return out


def lagged(
    refusal: Refusals,
    start: NDArray[np.int64],
    answered: NDArray[np.int32],
    a: NDArray[np.int32],
    b: NDArray[np.int32],
    lags: NDArray[np.int32],
) -> NDArray[np.int32]:
    """int32[p, lags]: refusals of a[p] that b[p] would take up, were b's activity so many seconds later."""
    out = np.zeros((len(a), len(lags)), np.int32)
    _lagged(*refusal[:3], start, _plain(answered), _plain(a), _plain(b), _plain(lags), out)
    return out


def _plain(array: NDArray[np.int32]) -> NDArray[np.int32]:
    """One dtype, order and writability, so that the kernels compile once."""
    out = np.ascontiguousarray(array, np.int32)
    return out if out.flags.writeable else out.copy()


@njit(cache=True)
def _from(answered, low, high, at):  # type: ignore[no-untyped-def]
    """First row in low..high at second `at` or later."""
    while low < high:
        middle = (low + high) // 2
        if answered[middle] < at:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, parallel=True)
def _takes_up(  # type: ignore[no-untyped-def]
    refused, second, window, start, answered, a, b, order, bounds, shift, spans, out
):
    """`order` has pairs of one `b` together: its answers are found by `spans` of 2^shift seconds."""
    for part in prange(len(bounds) - 1):
        begins = np.empty(spans, np.int64)
        held = -1
        for turn in range(bounds[part], bounds[part + 1]):
            pair = order[turn]
            end = start[b[pair] + 1]
            if b[pair] != held:
                held = b[pair]
                row = start[held]
                for span in range(spans):
                    while row < end and answered[row] >> shift < span:
                        row += 1
                    begins[span] = row
            for k in range(refused[a[pair]], refused[a[pair] + 1]):
                at = np.int64(second[k])
                if window[k] < 0:
                    continue
                row = begins[min(at >> shift, spans - 1)]
                while row < end and answered[row] < at:
                    row += 1
                if row < end and answered[row] <= at + window[k]:
                    out[pair] = True
                    break


@njit(cache=True, parallel=True)
def _taken_up(  # type: ignore[no-untyped-def]
    refused, second, window, surge, start, answered, a, b, around, trials, taken, expected, first, last
):
    for pair in prange(len(a)):
        row, end = start[b[pair]], start[b[pair] + 1]
        for k in range(refused[a[pair]], refused[a[pair] + 1]):
            at, length = np.int64(second[k]), np.int64(window[k])
            if length < 0:
                continue
            row = _from(answered, row, end, at - around)
            # Windows that begin in at - around .. at + around and hold an answer: the union of the answers' reaches.
            covered, reach, hits = 0, at - around - 1, 0
            j = row
            while j < end and answered[j] <= at + around + length:
                moment = np.int64(answered[j])
                begin, stop = max(reach + 1, moment - length), min(moment, at + around)
                if stop >= begin:
                    covered += stop - begin + 1
                    reach = stop
                if at <= moment <= at + length:
                    hits += 1
                j += 1
            if covered == 0:
                continue
            trials[pair] += 1
            expected[pair] += min(1.0, surge[k] * covered / (2.0 * around + 1.0))
            if hits > 0:
                taken[pair] += 1
                last[pair] = at
                if first[pair] < 0:
                    first[pair] = at


@njit(cache=True, parallel=True)
def _lagged(refused, second, window, start, answered, a, b, lags, out):  # type: ignore[no-untyped-def]
    for pair in prange(len(a)):
        for lag in range(len(lags)):
            row, end = start[b[pair]], start[b[pair] + 1]
            for k in range(refused[a[pair]], refused[a[pair] + 1]):
                if window[k] >= 0:
                    at = np.int64(second[k]) - lags[lag]
                    row = _from(answered, row, end, at)
                    if row < end and answered[row] <= at + window[k]:
                        out[pair, lag] += 1
