"""When accounts were active, as arrays: one packed number an exchange in time order, and the same by account.

An exchange packs into 64 bits: second since 1970 (32 bits), account (30), outcome (2). Sorting these numbers sorts the
exchanges, whatever order they came in.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

#: Outcomes: answered, refused for now (too many requests, overloaded, failed), forbidden.
ANSWERED, REFUSED, FORBIDDEN = range(3)


def by_account(
    key: NDArray[np.uint64], accounts: int
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int8], int]:
    """Exchanges in time order, parted by account.

    Args:
        key: [m], sorted.
        accounts: n; every account in `key` is below it.

    Returns:
        start int64[n + 1]: account a has rows start[a]..start[a + 1]; second int32[m] since the origin and outcome
        int8[m], each account's in time order; the origin, in seconds since 1970.

    Raises:
        ValueError: an account is not below `accounts`.
    """
    key = plain(key)
    origin = int(key[0] >> np.uint64(32)) if len(key) else 0
    start = np.zeros(accounts + 1, np.int64)
    second, outcome = np.empty(len(key), np.int32), np.empty(len(key), np.int8)
    if not _part(key, origin, start, second, outcome):
        raise ValueError(f"an exchange names an account that is not below {accounts}")
    return start, second, outcome, origin


def plain(key: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """One dtype, order and writability, so that the kernels compile once."""
    array = np.ascontiguousarray(key, np.uint64)
    return array if array.flags.writeable else array.copy()


@njit(cache=True)
def _part(key, origin, start, second, outcome):  # type: ignore[no-untyped-def]
    """Fill start (zeros), second and outcome by counting; false where an account is out of range."""
    accounts = len(start) - 1
    for row in range(len(key)):
        account = np.int64((key[row] >> np.uint64(2)) & np.uint64(0x3FFFFFFF))
        if account >= accounts:
            return False
        start[account + 1] += 1
    for row in range(accounts):
        start[row + 1] += start[row]
    cursor = start.copy()
    for row in range(len(key)):
        account = np.int64((key[row] >> np.uint64(2)) & np.uint64(0x3FFFFFFF))
        at = cursor[account]
        cursor[account] = at + 1
        # A span over 68 years is cut at its end: no sum of 32 bits may overflow.
        second[at] = min(np.int64(key[row] >> np.uint64(32)) - origin, 2147480000)
        outcome[at] = np.int64(key[row] & np.uint64(3))
    return True


class Lives(NamedTuple):
    """First and last moments of n accounts, in seconds since the origin; -1: none."""

    first: NDArray[np.int64]  # [n]
    last: NDArray[np.int64]  # [n]
    last_answered: NDArray[np.int64]  # [n]
    days: NDArray[np.int64]  # [n]: days with an exchange
    end: NDArray[np.int8]  # [n]: outcome of the last exchange


def lives(start: NDArray[np.int64], second: NDArray[np.int32], outcome: NDArray[np.int8]) -> Lives:
    """When each account was there; the arguments are those that `by_account` returned."""
    n = len(start) - 1
    first, last, last_answered = (np.full(n, -1, np.int64) for _ in range(3))
    out = Lives(first, last, last_answered, np.zeros(n, np.int64), np.zeros(n, np.int8))
    _lives(start, second, outcome, *out)
    return out


@njit(cache=True)
def _lives(start, second, outcome, first, last, last_answered, days, end):  # type: ignore[no-untyped-def]
    for account in range(len(start) - 1):
        day = -1
        for row in range(start[account], start[account + 1]):
            if first[account] < 0:
                first[account] = second[row]
            last[account] = second[row]
            end[account] = outcome[row]
            if outcome[row] == 0:
                last_answered[account] = second[row]
            if second[row] // 86_400 != day:
                day = second[row] // 86_400
                days[account] += 1


def hours(start: NDArray[np.int64], second: NDArray[np.int32], origin: int, share: float) -> NDArray[np.int64]:
    """Hours of the day (UTC) in which each account has at least this share of its exchanges -> int64[n].

    Args:
        start: [n + 1], as `by_account` returned it.
        second: [m], likewise.
        origin: likewise.
        share: 0 to 1, not 0.
    """
    out = np.zeros(len(start) - 1, np.int64)
    _hours(start, second, origin, share, out)
    return out


@njit(cache=True, parallel=True)
def _hours(start, second, origin, share, out):  # type: ignore[no-untyped-def]
    for account in prange(len(out)):
        count = np.zeros(24, np.int64)
        for row in range(start[account], start[account + 1]):
            count[(origin + second[row]) // 3600 % 24] += 1
        least = share * (start[account + 1] - start[account])
        for hour in range(24):
            if count[hour] > 0 and count[hour] >= least:
                out[account] += 1


def outcomes(
    start: NDArray[np.int64],
    second: NDArray[np.int32],
    outcome: NDArray[np.int8],
    account: NDArray[np.int32],
    moment: NDArray[np.int64],
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether an account was answered, and whether it was refused, in a second.

    Args:
        start: [n + 1], as `by_account` returned it.
        second: [m], likewise.
        outcome: [m], likewise.
        account: [p], below n.
        moment: [p], seconds since the origin; no exchange is before it.

    Returns:
        answered bool[p], refused bool[p]; neither where it made no exchange then.
    """
    answered, refused = np.zeros(len(account), np.bool_), np.zeros(len(account), np.bool_)
    account, moment = np.require(account, np.int32, ["C", "W"]), np.require(moment, np.int64, ["C", "W"])
    _outcomes(start, second, outcome, account, moment, answered, refused)
    return answered, refused


@njit(cache=True, parallel=True)
def _outcomes(start, second, outcome, account, moment, answered, refused):  # type: ignore[no-untyped-def]
    for k in prange(len(account)):
        low, end = start[account[k]], start[account[k] + 1]
        high, wanted = end, min(moment[k], 2147480000)
        while low < high:
            middle = (low + high) // 2
            if second[middle] < wanted:
                low = middle + 1
            else:
                high = middle
        while low < end and second[low] == wanted:
            if outcome[low] == 0:
                answered[k] = True
            else:
                refused[k] = True
            low += 1
