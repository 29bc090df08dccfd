"""Accounts active in step: in the same short windows more often than their own hours and all traffic explain.

Two nulls must both fail. Within a block of 64 windows, what each account did may be rotated (see
`linkage_kernels.synchrony`). And one account's whole activity may be moved: by days and weeks (people who keep the
same hours), by hours (programs that run on the hour), by days and some minutes (whatever is regular). What still meets
then is explained.
"""

from __future__ import annotations

from math import ceil, log
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.similarity.significance import Found, ends, evidence_bits, explained, lags, pairs_table
from linkage.similarity.timeline import Timeline
from linkage.similarity_settings import ActivitySettings

if TYPE_CHECKING:
    from linkage_kernels.coactivity import Beats

#: A surprise under this many nats is not worth its exact computation.
_WORTH_A_LOOK = 6.0


class _Scale(NamedTuple):
    """Pairs in step at one width of window."""

    a: NDArray[np.int32]
    b: NDArray[np.int32]
    nats: NDArray[np.float64]
    together: NDArray[np.int32]
    expected: NDArray[np.float64]
    first: NDArray[np.int64]  # seconds since the timeline's origin
    last: NDArray[np.int64]
    width: int


def activity(
    timeline: Timeline, settings: ActivitySettings, seed: int, candidates: pl.DataFrame | None = None
) -> Found:
    """Pairs of accounts in step, kind `activity`.

    Args:
        timeline: all exchanges.
        settings: widths of window, budget, limits.
        seed: which windows are drawn where the budget does not suffice for all.
        candidates: account_a, account_b: pairs suspected for other reasons than time. They are tested as a family of
            their own, whose false discoveries are far fewer than those among all pairs.
    """
    from linkage_kernels import coactivity, partners

    active = int((np.diff(timeline.start) > 0).sum())
    possible = active * (active - 1) // 2
    # Fewer blocks than this cannot make a pair significant even if both accounts are in one bin in each.
    least = max(2, ceil(log(max(1, possible) / settings.false_discoveries) / log(coactivity.BLOCK)))
    given = None if candidates is None else ends(candidates)
    searched, suspected, notes, examined = [], [], [], 0
    for width in settings.windows:
        beat = coactivity.beats(timeline.start, timeline.second, width, least if given is None else 2)
        met = partners.partners(
            beat, int(settings.pairs_per_exchange * len(timeline.key)), settings.partners, settings.floor, seed, least
        )
        if met.drawn < met.bins:
            notes.append(f"activity: {met.drawn:,} of {met.bins:,} windows of {width} seconds searched")
        examined += len(met.a)
        searched.append(_scale(beat, met.a, met.b, width))
        if given is not None:
            suspected.append(_scale(beat, *given, width))
    found = [_judged(searched, possible, settings)]
    if given is not None:
        examined += len(given[0])
        found.append(_judged(suspected, len(given[0]), settings))
    best = (
        pl.concat(found)
        .filter(pl.col("bits") >= settings.min_bits)
        .sort("bits", "width", descending=[True, False])
        .unique(["account_a", "account_b"], keep="first", maintain_order=True)
    )
    table = pairs_table("activity", _described(best, timeline))
    return Found(table, possible, examined, tuple(notes))


def _scale(beat: Beats, a: NDArray[np.int32], b: NDArray[np.int32], width: int) -> _Scale:
    """Test pairs at one width; those that are plainly chance are left out."""
    from linkage_kernels import synchrony

    # Against even traffic no pair surprises less: whoever does not surprise then need not be looked at closely.
    worth = np.flatnonzero(_poisson(*synchrony.met(beat, a, b)) > _WORTH_A_LOOK)
    a, b = a[worth], b[worth]
    step = synchrony.in_step(beat, a, b)
    rough = _poisson(step.together, step.expected)
    kept = np.flatnonzero(rough > _WORTH_A_LOOK)
    log_mean, variance = synchrony.cumulants(beat, a[kept], b[kept])
    count, chance = step.together[kept].astype(np.float64), np.maximum(step.expected[kept], 1e-9)
    sure = (synchrony.TILTS * count[:, None] - log_mean).max(axis=1, initial=0.0) > _WORTH_A_LOOK
    kept, log_mean, variance, count, chance = kept[sure], log_mean[sure], variance[sure], count[sure], chance[sure]
    families = lags(width)
    moved = synchrony.lagged(beat, a[kept], b[kept], np.concatenate(families))
    expected, spread = explained(chance, moved, families)
    # Regular accounts meet at every lag or at none: their meetings are not independent of one another.
    inflation = np.maximum(1.0, spread / np.maximum(1.0, variance / chance))
    tail = synchrony.TILTS * count[:, None] - log_mean * (expected / chance)[:, None]
    nats = tail.max(axis=1, initial=0.0) / inflation
    first, last = (np.multiply(ends[kept], width, dtype=np.int64) for ends in (step.first, step.last))
    return _Scale(a[kept], b[kept], nats, step.together[kept], expected, first, last, width)


def _poisson(count: NDArray[np.int32], expected: NDArray[np.float64]) -> NDArray[np.float64]:
    """Surprise in nats of a count over what was expected, were meetings independent; 0 for counts below."""
    mean = np.maximum(expected, 1e-9)
    return np.where(count > mean, count * np.log(np.maximum(count, 1) / mean) - (count - mean), 0.0)


def _judged(scales: list[_Scale], tested: int, settings: ActivitySettings) -> pl.DataFrame:
    """Each pair at its most telling width, with its bits; widths are paid for as tests."""
    frames = [
        pl.DataFrame(
            {
                "account_a": one.a,
                "account_b": one.b,
                "nats": one.nats,
                "count": one.together,
                "expected": one.expected,
                "first": one.first,
                "last": one.last,
                "width": np.full(len(one.a), one.width),
            }
        )
        for one in scales
    ]
    best = (
        pl.concat(frames)
        .sort("nats", "account_a", "account_b", "width", descending=[True, False, False, False])
        .unique(["account_a", "account_b"], keep="first", maintain_order=True)
    )
    bits = evidence_bits(best["nats"].to_numpy(), tested * len(scales), settings.false_discoveries, settings.cap_bits)
    return best.with_columns(bits=pl.Series(bits))


def _described(found: pl.DataFrame, timeline: Timeline) -> dict[str, Any]:
    """Columns of tables.PAIRS."""
    window = (
        pl.when(pl.col("width") == 60)
        .then(pl.lit("minute"))
        .when(pl.col("width") % 60 == 0)
        .then(pl.format("{} minutes", pl.col("width") // 60))
        .otherwise(pl.format("{} seconds", pl.col("width")))
    )
    detail = found.select(
        pl.format("active in the same {} {} times, {} expected", window, "count", pl.col("expected").round(1))
    )
    return {
        "account_a": found["account_a"],
        "account_b": found["account_b"],
        "bits": found["bits"],
        "count": found["count"],
        "first_seen": timeline.times(found["first"].to_numpy()),
        "last_seen": timeline.times(found["last"].to_numpy()),
        "detail": detail.to_series(),
    }
