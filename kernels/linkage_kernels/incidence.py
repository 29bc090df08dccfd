"""The accounts-values graph as arrays, indexed in both directions for the projection."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray


class Incidence(NamedTuple):
    """Which accounts used which values, in both directions (CSR), and how each value weighs.

    m uses of v values by n accounts in c channels of g groups. What is read together lies together: a use costs the
    cache two misses, not eight.
    """

    touch: NDArray[np.int32]  # [m, 3]: account, first and last second of each use, by value, then account
    account_start: NDArray[np.int64]  # [n + 1]: rows of an account in `visit`
    visit: NDArray[np.int32]  # [m, 3]: row of a use in `touch`, end of its value there, value; by account, then value
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
    touch, visit = np.empty((len(account), 3), np.int32), np.empty((len(account), 3), np.int32)
    account_start = np.zeros(accounts + 1, np.int64)
    given = (
        _plain(account, np.int32),
        _plain(value, np.int32),
        _plain(first_day, np.float32),
        _plain(last_day, np.float32),
    )
    if not _index(*given, len(bits), touch, account_start, visit):
        raise ValueError("uses must be distinct and sorted by value, then account")
    weighing = np.column_stack((bits, half_life * np.float32(86_400), channel)).astype(np.float32)
    return Incidence(
        touch,
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
def _index(account, value, first_day, last_day, values, touch, account_start, visit):  # type: ignore[no-untyped-def]
    """Fill touch, account_start (zeros) and visit; false where the uses are not distinct and sorted."""
    uses = len(account)
    ends = np.zeros(values, np.int32)
    for row in range(uses):
        if row > 0 and (
            value[row] < value[row - 1] or (value[row] == value[row - 1] and account[row] <= account[row - 1])
        ):
            return False
        touch[row, 0] = account[row]
        # Half the range of seconds, so that the difference of two fits as well.
        touch[row, 1] = round(min(max(first_day[row] * 86_400.0, -1073741824.0), 1073741824.0))
        touch[row, 2] = round(min(max(last_day[row] * 86_400.0, -1073741824.0), 1073741824.0))
        ends[value[row]] = row + 1
        account_start[account[row] + 1] += 1
    for a in range(1, len(account_start)):
        account_start[a] += account_start[a - 1]
    cursor = account_start.copy()
    for row in range(uses):
        at = cursor[account[row]]
        cursor[account[row]] = at + 1
        visit[at, 0] = row
        visit[at, 1] = ends[value[row]]
        visit[at, 2] = value[row]
    return True
