"""All exchanges as a few bytes each: when, whose, and whether they were refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.tables import TIME

#: Statuses that say "not now"; 5xx do as well.
NOT_NOW = (408, 429)
#: Statuses that say "not you".
NOT_YOU = (401, 403)
#: The last second since 1970 that is kept apart, and the longest span in seconds.
_LAST, _SPAN = (1 << 32) - 1, 2_147_480_000


@dataclass(frozen=True, slots=True)
class Timeline:
    """m exchanges of n accounts, in time order and by account; 13 bytes an exchange."""

    accounts: int  # n
    origin: int  # second since 1970 from which `second` counts
    key: NDArray[np.uint64]  # [m], sorted: second since 1970 (32 bits), account (30), outcome (2)
    start: NDArray[np.int64]  # [n + 1]: rows of an account in `second` and `outcome`
    second: NDArray[np.int32]  # [m], since the origin
    outcome: NDArray[np.int8]  # [m]: 0 answered, 1 refused for now or failed, 2 forbidden

    def times(self, seconds: NDArray[Any]) -> pl.Series:
        """Seconds since the origin as times."""
        return pl.Series((seconds.astype(np.int64) + self.origin) * 1_000_000, dtype=pl.Int64).cast(TIME)


def timeline(exchanges: pl.LazyFrame, accounts: int) -> Timeline:
    """One streaming pass over `exchanges` (account, sent_at, status), whatever the order of its rows.

    Times are cut to seconds, and to the years 1970 to 2106. An exchange without a status counts as answered. Raises
    ValueError if an account is not below `accounts`.
    """
    packed = exchanges.select(key=moment()).collect(engine="streaming")
    key = packed["key"].to_numpy(writable=True)
    del packed
    return ordered(key, accounts)


def moment() -> pl.Expr:
    """`Timeline.key` of exchanges (account, sent_at, status)."""
    status = pl.col("status")
    outcome = (
        pl.when(status.is_in(NOT_YOU))
        .then(2)
        .when(status.is_in(NOT_NOW) | status.is_between(500, 599))
        .then(1)
        .otherwise(0)
        .cast(pl.UInt64)
    )
    second = pl.col("sent_at").dt.epoch("s").clip(0, _LAST).cast(pl.UInt64)
    # The account keeps 30 bits; one beyond them stays beyond every `accounts` that fits, and is refused below.
    account = pl.col("account").clip(0, (1 << 30) - 1).cast(pl.UInt64)
    return second * (1 << 32) + account * 4 + outcome


def ordered(key: NDArray[np.uint64], accounts: int) -> Timeline:
    """The timeline of exchanges by their `moment`: uint64[m], in any order; it is sorted where it lies.

    Raises ValueError if an account is not below `accounts`.
    """
    from linkage_kernels.moments import by_account

    key.sort()
    start, moments, outcomes, origin = by_account(key, accounts)
    return Timeline(accounts, origin, key, start, moments, outcomes)


class Sent(NamedTuple):
    """When each of n accounts made its m exchanges, to the second."""

    origin: int  # second since 1970 from which `second` counts
    start: NDArray[np.int64]  # [n + 1]: rows of an account
    second: NDArray[np.int32]  # [m]

    def by(self, accounts: pl.Series) -> pl.DataFrame:
        """account, sent_at of the exchanges of these accounts (UInt32, distinct)."""
        who = accounts.to_numpy()
        many = self.start[who + 1] - self.start[who]
        row = np.arange(int(many.sum())) + np.repeat(self.start[who] - np.cumsum(many) + many, many)
        moment = (self.second[row] + np.int64(self.origin)) * 1_000_000
        return pl.DataFrame({"account": np.repeat(who, many), "sent_at": pl.Series(moment, dtype=pl.Int64).cast(TIME)})


def sent(timeline: Timeline) -> Sent | None:
    """When accounts made their exchanges; None where times were cut."""
    seconds = (timeline.key[[0, -1]] >> np.uint64(32)).astype(np.int64) if len(timeline.key) else np.zeros(2, np.int64)
    if seconds[0] == 0 or seconds[1] - seconds[0] >= _SPAN or seconds[1] == _LAST:
        return None
    return Sent(timeline.origin, timeline.start, timeline.second)


def hours(sent: Sent) -> pl.DataFrame:
    """account, hours: of accounts with exchanges, the hours of the day (UTC) with at least 1 % of these."""
    from linkage_kernels import moments

    active = np.diff(sent.start) > 0
    found = moments.hours(sent.start, sent.second, sent.origin, 0.01)
    return pl.DataFrame({"account": np.flatnonzero(active).astype(np.uint32), "hours": found[active]})
