"""Requests refused to one account, and answers another account gets within seconds of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

#: Parts of about equal cost that accounts are counted in; fixed, and each has its own counters.
_PARTS = 64
#: So many answers more than usual are no surge: in sparse traffic the one that takes up a refusal is one already.
_FEW = 3.0


class Refusals(NamedTuple):
    """Refusals of n accounts, by account and in time order; those close after another of the same account count once.

    Seconds count from the first exchange. A refusal's window runs from its second on and includes its last second.
    """

    start: NDArray[np.int64]  # [n + 1]: rows of an account
    second: NDArray[np.int32]  # [r]
    window: NDArray[np.int32]  # [r]: seconds from the refusal to the end of its window; -1: too crowded to look
    low: NDArray[np.int64]  # [r]: first row of the key in the window
    high: NDArray[np.int64]  # [r]: end of it
    surge: NDArray[np.float32]  # [r]: answers in the window over the usual, all accounts; at least 1


def refusals(key: NDArray[np.uint64], accounts: int, seconds: int, around: int, most: int) -> Refusals:
    """What was refused, and how far to look for another account's answer.

    Args:
        key: [m], sorted: second, account and outcome of every exchange (see `moments`).
        accounts: n.
        seconds: length of a window.
        around: seconds before and after a refusal that are its surroundings.
        most: exchanges to look at for a refusal at most; where traffic is denser, its window is shorter.
    """
    # A worn-out reader (read-only, another order) would compile the kernels again.
    key = np.require(key, np.uint64, ["C", "W"])
    answered = np.zeros(len(key) + 1, np.int64)
    _add_up(key, answered)
    refused = np.empty(len(key) - int(answered[-1]), np.int64)
    start, row = np.zeros(accounts + 1, np.int64), np.empty(len(refused), np.int64)
    _by_account(key, refused, seconds, start, row)
    row = row[: start[-1]]
    span = int(key[-1] >> np.uint64(32)) - int(key[0] >> np.uint64(32)) if len(key) else 0
    # About as many places of time as exchanges, so that one is a second unless there are few exchanges.
    shift = max(0, (span // (len(key) + 1)).bit_length())
    index = np.empty((span >> shift) + 2, np.int64)
    _places(key, shift, index)
    out = Refusals(
        start,
        np.empty(len(row), np.int32),
        np.empty(len(row), np.int32),
        np.empty(len(row), np.int64),
        np.empty(len(row), np.int64),
        np.empty(len(row), np.float32),
    )
    _windows(key, answered, index, shift, row, seconds, around, most, *out[1:])
    return out


@njit(cache=True)
def _second(key):  # type: ignore[no-untyped-def]
    return np.int64(key >> np.uint64(32))


@njit(cache=True)
def _account(key):  # type: ignore[no-untyped-def]
    return np.int64((key >> np.uint64(2)) & np.uint64(0x3FFFFFFF))


@njit(cache=True)
def _add_up(key, answered):  # type: ignore[no-untyped-def]
    """answered[k]: answers before row k (zeros before)."""
    for k in range(len(key)):
        answered[k + 1] = answered[k] + (key[k] & np.uint64(3) == np.uint64(0))


@njit(cache=True)
def _places(key, shift, index):  # type: ignore[no-untyped-def]
    """index[t]: first row at 2^shift * t seconds from the first exchange or later."""
    at = 0
    for k in range(len(key)):
        place = (_second(key[k]) - _second(key[0])) >> shift
        while at <= place:
            index[at] = k
            at += 1
    index[at:] = len(key)


@njit(cache=True)
def _by_account(key, refused, seconds, start, row):  # type: ignore[no-untyped-def]
    """All refusals (rows of the key) into `refused`; those that count, by account: `start` (zeros), and into `row`."""
    many = 0
    for k in range(len(key)):
        if key[k] & np.uint64(3):
            refused[many] = k
            many += 1
    n = len(start) - 1
    last = np.full(n, -1, np.int64)
    counts = np.zeros(len(refused), np.bool_)
    for k in range(len(refused)):
        account, at = _account(key[refused[k]]), _second(key[refused[k]])
        if last[account] < 0 or at - last[account] > seconds:
            last[account] = at
            counts[k] = True
            start[account + 1] += 1
    for account in range(n):
        start[account + 1] += start[account]
    cursor = start.copy()
    for k in range(len(refused)):
        if counts[k]:
            account = _account(key[refused[k]])
            row[cursor[account]] = refused[k]
            cursor[account] += 1


@njit(cache=True)
def _first_from(key, index, shift, at):  # type: ignore[no-untyped-def]
    """First row of the key at second `at` or later."""
    place = (at - _second(key[0])) >> shift
    if place < 0:
        return 0
    if place >= len(index) - 1:
        return len(key)
    low, high = index[place], index[place + 1]
    while low < high:
        middle = (low + high) // 2
        if _second(key[middle]) < at:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, parallel=True)
def _windows(  # type: ignore[no-untyped-def]
    key, answered, index, shift, row, seconds, around, most, second, window, low, high, surge
):
    for k in prange(len(row)):
        at = _second(key[row[k]])
        second[k] = min(at - _second(key[0]), 2147480000)
        low[k] = _first_from(key, index, shift, at)
        length = seconds
        while length >= 0:
            high[k] = _first_from(key, index, shift, at + length + 1)
            if high[k] - low[k] <= most:
                break
            length -= 1
        window[k] = length
        if length < 0:
            high[k] = low[k]
            surge[k] = 1.0
            continue
        before, after = _first_from(key, index, shift, at - around), _first_from(key, index, shift, at + around + 1)
        usual = (answered[after] - answered[before]) / (2.0 * around + 1.0) * (length + 1.0)
        here = answered[high[k]] - answered[low[k]]
        surge[k] = max(1.0, (here + _FEW) / (usual + _FEW))


def takers(
    key: NDArray[np.uint64], refusal: Refusals, top: int, floor: float
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """For each refused account, up to `top` others that are answered in its windows more often than their volume says.

    Returns:
        a int32[p] (refused), b int32[p] (answered), sorted by a; within a the most surprising first, by
        count * ln(count / expected) - (count - expected) of at least `floor` nats.
    """
    key = np.require(key, np.uint64, ["C", "W"])
    n = len(refusal.start) - 1
    volume = np.zeros(n, np.int64)
    _volumes(key, volume)
    seen = np.concatenate(([0], np.cumsum(refusal.high - refusal.low)))[refusal.start]
    bounds = np.searchsorted(seen, np.linspace(0, float(seen[-1]), _PARTS + 1)).astype(np.int64)
    bounds[0], bounds[-1] = 0, n
    keep = np.minimum(np.diff(seen), top)
    slot = np.zeros(n + 1, np.int64)
    np.cumsum(keep, out=slot[1:])
    b, found = np.empty(slot[-1], np.int32), np.zeros(n, np.int64)
    share = volume / max(1, int(volume.sum()))
    _takers(key, refusal.start, refusal.low, refusal.high, share, bounds, np.float64(floor), slot, b, found)
    held = np.arange(slot[-1]) - np.repeat(slot[:-1], keep) < np.repeat(found, keep)
    return np.repeat(np.arange(n, dtype=np.int32), keep)[held], b[held]


@njit(cache=True)
def _volumes(key, volume):  # type: ignore[no-untyped-def]
    """Answers to each account, added to `volume` (zeros)."""
    for k in range(len(key)):
        if key[k] & np.uint64(3) == np.uint64(0):
            volume[_account(key[k])] += 1


@njit(cache=True, parallel=True)
def _takers(key, start, low, high, share, bounds, floor, slot, out, found):  # type: ignore[no-untyped-def]
    """Each account's best takers into out[slot[a]..], `found` of them."""
    n = len(start) - 1
    for part in prange(len(bounds) - 1):
        # Last refusal taken up, and refusals taken up.
        state = np.full((n, 2), -1, np.int32)
        touched = np.empty(n, np.int32)
        for a in range(bounds[part], bounds[part + 1]):
            room = slot[a + 1] - slot[a]
            met, answers = 0, 0
            for k in range(start[a], start[a + 1]):
                for row in range(low[k], high[k]):
                    if key[row] & np.uint64(3):
                        continue
                    answers += 1
                    b = _account(key[row])
                    if b == a:
                        continue
                    if state[b, 0] < 0:
                        touched[met] = b
                        met += 1
                        state[b, 1] = 0
                    if state[b, 0] != k - start[a]:
                        state[b, 0] = k - start[a]
                        state[b, 1] += 1
            best = np.empty(room, np.float64)
            held = 0
            for k in range(met):
                b = touched[k]
                count = state[b, 1]
                state[b, 0] = -1
                expected = answers * share[b]
                if count < 2 or count <= expected:
                    continue
                surprise = count * np.log(count / expected) - (count - expected)
                if surprise < floor or (held == room and surprise <= best[room - 1]):
                    continue
                # Insertion into a short list in falling order; of equals the earlier met stays ahead.
                at = min(held, room - 1)
                while at > 0 and best[at - 1] < surprise:
                    best[at] = best[at - 1]
                    out[slot[a] + at] = out[slot[a] + at - 1]
                    at -= 1
                best[at] = surprise
                out[slot[a] + at] = b
                held = min(held + 1, room)
            found[a] = held
