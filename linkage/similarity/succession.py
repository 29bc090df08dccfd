"""Accounts that begin where another stops: replacements, as after a ban.

That an account begins soon after another stopped is no surprise by itself. It is counted among pairs that something
else suspects, and measured in newcomers: of all accounts that began within the logs, how few began as soon.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.similarity.significance import Found, ends, pairs_table
from linkage.similarity.timeline import Timeline
from linkage.similarity_settings import SuccessionSettings

_DAY = 86_400
_NEVER = np.iinfo(np.int64).max
#: Nobody is active so regularly that one day without them proves anything.
_MOST_REGULAR = 0.95


class _Changes(NamedTuple):
    """Seconds since the timeline's origin; `_NEVER` where an account did not stop or begin within the logs."""

    stopped: NDArray[np.int64]  # [n]: last answer
    banned: NDArray[np.bool_]  # [n]: forbidden at its end
    began: NDArray[np.int64]  # [n]: sign-up or first exchange
    first: NDArray[np.int64]  # [n]: first exchange; `_NEVER` without any


def succession(
    timeline: Timeline,
    candidates: pl.DataFrame,
    settings: SuccessionSettings,
    born: pl.DataFrame | None = None,
) -> Found:
    """Pairs of which one account stops and the other begins, kind `succession`.

    With p the share of all newcomers that began as soon after the stop, times the successors or predecessors that the
    two could have had among the candidates, the evidence is 1 / (2 sqrt(p)): a bet against chance whose mean under
    chance is at most 1 (Vovk and Wang 2021, "E-values: calibration, combination and applications").

    Args:
        timeline: all exchanges.
        candidates: account_a, account_b: pairs that share a rare identifier or a template.
        settings: what counts as stopped, limits.
        born: account, created_at; an account without either begins with its first exchange.
    """
    change = _changes(timeline, born, settings)
    a, b = ends(candidates)
    old, new = np.concatenate([a, b]), np.concatenate([b, a])
    early = int(settings.early_hours * 3600)
    able = (change.stopped[old] != _NEVER) & (change.began[new] != _NEVER)
    old, new = old[able], new[able]
    able = (change.began[new] >= change.stopped[old] - early) & (change.began[new] > change.first[old])
    old, new = old[able], new[able]
    newcomers = np.sort(change.began[change.began != _NEVER])
    as_soon = np.searchsorted(newcomers, change.began[new], side="right")
    as_soon -= np.searchsorted(newcomers, change.stopped[old] - early, side="left")
    choices = np.maximum(np.bincount(old, minlength=1)[old], np.bincount(new, minlength=1)[new])
    chance = np.clip(as_soon / max(1, len(newcomers)) * choices, 1e-12, 1.0)
    bits = np.minimum(-0.5 * np.log2(chance) - 1.0, settings.cap_bits)
    kept = bits >= settings.min_bits
    tested = len(old)
    old, new, bits, as_soon = old[kept], new[kept], bits[kept], as_soon[kept]
    moments = (change.stopped[old], change.began[new])
    said = pl.DataFrame(
        {"hours": (moments[1] - moments[0]) / 3600, "as_soon": as_soon, "banned": change.banned[old]}
    ).select(
        pl.format(
            "one began {} hours {} the other {}; {} of {} newcomers began as soon",
            pl.col("hours").abs().round(1),
            pl.when(pl.col("hours") < 0).then(pl.lit("before")).otherwise(pl.lit("after")),
            pl.when("banned").then(pl.lit("was shut out")).otherwise(pl.lit("stopped")),
            "as_soon",
            pl.lit(len(newcomers)),
        )
    )
    table = pairs_table(
        "succession",
        {
            "account_a": old,
            "account_b": new,
            "bits": bits,
            "count": np.ones(len(old), np.int64),
            "first_seen": timeline.times(np.minimum(*moments)),
            "last_seen": timeline.times(np.maximum(*moments)),
            "detail": said.to_series(),
        },
    )
    return Found(table, tested, len(a))


def _changes(timeline: Timeline, born: pl.DataFrame | None, settings: SuccessionSettings) -> _Changes:
    """Who stopped and who began, where that is plain from how regularly an account is active."""
    from linkage_kernels.moments import FORBIDDEN, lives

    life = lives(timeline.start, timeline.second, timeline.outcome)
    end = int(timeline.second.max(initial=0))
    there = life.first >= 0
    regular = np.minimum(life.days / (life.last // _DAY - life.first // _DAY + 1), _MOST_REGULAR)
    # ln of the chance that an account as regular as this is silent on a day.
    quiet, plain = np.log1p(-regular), np.log(settings.silent)
    banned = there & (life.end == FORBIDDEN)
    silent_after = (end - life.last) // _DAY * quiet <= plain
    silent_before = life.first // _DAY * quiet <= plain
    stops = there & (life.last_answered >= 0) & (silent_after | (banned & (end - life.last >= _DAY)))
    stopped = np.where(stops, life.last_answered, _NEVER)
    began = np.where(there & silent_before, life.first, _NEVER)
    if born is not None:
        known = born.filter(pl.col("created_at").is_not_null())
        at = known["created_at"].dt.epoch("s").to_numpy() - timeline.origin
        began[known["account"].to_numpy()] = np.where((at > 0) & (at <= end), at, _NEVER)
    return _Changes(stopped, banned, began, np.where(there, life.first, _NEVER))
