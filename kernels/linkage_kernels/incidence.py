"""The accounts-values graph as arrays, indexed in both directions for the projection."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray


class Incidence(NamedTuple):
    """Which accounts used which values, in both directions (CSR), and how each value weighs.

    m uses of v values by n accounts in c channels of g groups. Times are kept of the t uses whose values were not used
    by all of their accounts at one time: where they were, times say nothing.
    """

    account: NDArray[np.int32]  # [m]: of each use, by value, then account
    when: NDArray[np.int32]  # [t, 2]: first and last second of uses, in that order
    place: NDArray[np.int32]  # [v, 2]: end of a value's uses; how much less their place in `when` is, -1 if not there
    account_start: NDArray[np.int64]  # [n + 1]: rows of an account in `visit`
    visit: NDArray[np.int32]  # [m, 2]: row of a use, value; by account, then value
    value: NDArray[np.float32]  # [v, 3]: bits, half-life in seconds, channel 0..c-1
    group: NDArray[np.int32]  # [c]: 0..g-1
    cap: NDArray[np.float32]  # [g]: bits
    crowd: NDArray[np.int32]  # [n]: 0..k-1, -1 for none
    among: NDArray[np.float32]  # [k, 2]: bits that a pair of one crowd has on top, channel


def incidence(
    account: NDArray[np.int32],
    value: NDArray[np.int32],
    first_day: NDArray[np.float32],
    last_day: NDArray[np.float32],
    bits: NDArray[np.float32],
    half_life: NDArray[np.float32],
    channel: NDArray[np.int32],
    group: NDArray[np.int32],
    cap: NDArray[np.float32],
    accounts: int,
    crowd: NDArray[np.int32] | None = None,
    among: NDArray[np.float32] | None = None,
) -> Incidence:
    """Index m uses, sorted by value and then account, in both directions.

    Args:
        account: [m], 0..accounts-1.
        value: [m], 0..v-1.
        first_day: [m], when the account first used the value; -inf if unknown. Any origin within 34 years.
        last_day: [m], when it last did; +inf if unknown.
        bits: [v], what sharing the value says.
        half_life: [v], days.
        channel: [v], 0..c-1.
        group: [c], 0..g-1.
        cap: [g], bits.
        accounts: n.
        crowd: [n], the crowd of each account, 0..k-1 or -1. It makes no pair, but adds to those that values make.
        among: [k, 2], the bits of each crowd, and its channel.

    Raises:
        ValueError: the uses are not sorted by (value, account), or not distinct.
    """
    account, value = _plain(account, np.int32), _plain(value, np.int32)
    days = _plain(first_day, np.float32), _plain(last_day, np.float32)
    place = np.zeros((len(bits), 2), np.int32)
    timed = _survey(account, value, *days, place)
    if timed < 0:
        raise ValueError("uses must be distinct and sorted by value, then account")
    when, visit = np.empty((timed, 2), np.int32), np.empty((len(account), 2), np.int32)
    account_start = np.zeros(accounts + 1, np.int64)
    _index(account, value, *days, place, when, account_start, visit)
    weighing = np.column_stack((bits, half_life * np.float32(86_400), channel)).astype(np.float32)
    return Incidence(
        account,
        when,
        place,
        account_start,
        visit,
        weighing,
        np.array(group, np.int32),
        np.array(cap, np.float32),
        np.full(accounts, -1, np.int32) if crowd is None else np.array(crowd, np.int32),
        np.empty((0, 2), np.float32) if among is None else np.array(among, np.float32),
    )


def _plain(array: NDArray[Any], dtype: type[np.generic]) -> NDArray[Any]:
    """One dtype, order and writability: another (Polars hands out read-only arrays) would compile the kernel again."""
    plain = np.ascontiguousarray(array, dtype)
    return plain if plain.flags.writeable else plain.copy()


@njit(cache=True)
def _second(day):  # type: ignore[no-untyped-def]
    """Half the range of seconds, so that the difference of two fits as well."""
    return round(min(max(day * 86_400.0, -1073741824.0), 1073741824.0))


@njit(cache=True)
def _survey(account, value, first_day, last_day, place):  # type: ignore[no-untyped-def]
    """Fill place; how many uses need times, or -1 where the uses are not distinct and sorted."""
    row, timed = 0, 0
    while row < len(account):
        this, begin = value[row], row
        if begin > 0 and this < value[begin - 1]:
            return -1
        latest, earliest = first_day[row], last_day[row]
        row += 1
        while row < len(account) and value[row] == this:
            if account[row] <= account[row - 1]:
                return -1
            latest, earliest = max(latest, first_day[row]), min(earliest, last_day[row])
            row += 1
        place[this, 0], place[this, 1] = row, -1
        if _second(latest) > _second(earliest):
            place[this, 1] = begin - timed
            timed += row - begin
    return timed


@njit(cache=True)
def _index(account, value, first_day, last_day, place, when, account_start, visit):  # type: ignore[no-untyped-def]
    """Fill when, account_start (zeros) and visit."""
    for row in range(len(account)):
        lag = place[value[row], 1]
        if lag >= 0:
            when[row - lag, 0] = _second(first_day[row])
            when[row - lag, 1] = _second(last_day[row])
        account_start[account[row] + 1] += 1
    for a in range(1, len(account_start)):
        account_start[a] += account_start[a - 1]
    cursor = account_start.copy()
    for row in range(len(account)):
        at = cursor[account[row]]
        cursor[account[row]] = at + 1
        visit[at, 0] = row
        visit[at, 1] = value[row]
