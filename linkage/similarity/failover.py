"""What one account was refused and another is answered within seconds, more often than chance.

Chance is the other account's own rate in the hours around, times the surge of all traffic in these seconds; and what
still fits when its activity is moved (`significance.LAGS`) is explained too. Vendors and firms fail over between their
keys as well: this ties accounts to one program, not to a crime.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.similarity.significance import Found, ends, evidence_bits, explained, lags, pairs_table, tail_nats
from linkage.similarity.templated import templated
from linkage.similarity.timeline import Timeline
from linkage.similarity_settings import FailoverSettings

if TYPE_CHECKING:
    from linkage_kernels.failover import Refusals

#: A surprise under this many nats is not worth a second look.
_WORTH_A_LOOK = 6.0


class _Counts(NamedTuple):
    """Pairs a < b and what each took up of the other."""

    a: NDArray[np.int32]
    b: NDArray[np.int32]
    nats: NDArray[np.float64]
    from_a: NDArray[np.int32]  # refused to a, answered to b
    from_b: NDArray[np.int32]
    expected: NDArray[np.float64]
    first: NDArray[np.int64]  # seconds since the timeline's origin
    last: NDArray[np.int64]


def failover(
    timeline: Timeline,
    settings: FailoverSettings,
    candidates: pl.DataFrame | None = None,
    templates: pl.DataFrame | None = None,
) -> Found:
    """Pairs of accounts that take up each other's refused requests, kind `failover`.

    Args:
        timeline: all exchanges.
        settings: window, surroundings, limits.
        candidates: account_a, account_b: pairs suspected for other reasons than time, tested as a family of their own.
        templates: account, sent_at, template (UInt32) of sampled prompts. Refusals and answers of one template
            are counted by themselves as well; chance then is the other account's rate with this very template, and
            the family tested are the pairs that used it within the same hours.
    """
    from linkage_kernels import failover as kernel

    refusal = kernel.refusals(timeline.key, timeline.accounts, settings.seconds, settings.around, settings.most)
    a, b = kernel.takers(timeline.key, refusal, settings.partners, settings.floor)
    met = ends(pl.DataFrame({"account_a": a, "account_b": b}))
    active = int((np.diff(timeline.start) > 0).sum())
    possible = active * (active - 1) // 2
    answered = timeline.outcome == 0
    start = np.concatenate(([0], np.cumsum(answered)))[timeline.start]
    answers = start, timeline.second[answered]
    families = [_judged(_counted(refusal, answers, *met, settings), possible, settings)]
    examined, notes = len(met[0]), []
    if candidates is not None:
        given = ends(candidates)
        families.append(_judged(_counted(refusal, answers, *given, settings), len(given[0]), settings))
        examined += len(given[0])
    if templates is not None:
        same, skipped = templated(timeline, templates, settings)
        counts = _Counts(*(same[name].to_numpy() for name in _Counts._fields))
        families.append(_judged(counts, same.height, settings).with_columns(templated=pl.lit(True)))
        examined += same.height
        if skipped:
            notes.append(f"failover: {skipped:,} refused prompts of templates too common to compare")
    crowded = int((refusal.window < settings.seconds).sum())
    if crowded:
        notes.append(f"failover: {crowded:,} of {len(refusal.second):,} refusals in traffic too dense for the window")
    best = (
        pl.concat(families)
        .filter(pl.col("bits") >= settings.min_bits)
        .sort("bits", "templated", descending=True)
        .unique(["a", "b"], keep="first", maintain_order=True)
    )
    return Found(pairs_table("failover", _described(best, timeline, settings)), possible, examined, tuple(notes))


def _counted(
    refusal: Refusals,
    answers: tuple[NDArray[np.int64], NDArray[np.int32]],
    a: NDArray[np.int32],
    b: NDArray[np.int32],
    settings: FailoverSettings,
) -> _Counts:
    """Both directions of each pair, against both nulls; those plainly chance are left out."""
    from linkage_kernels import takeup

    start, seconds = answers
    # Who takes up nothing is no surprise.
    some = takeup.takes_up(refusal, start, seconds, a, b) | takeup.takes_up(refusal, start, seconds, b, a)
    a, b = a[some], b[some]
    there = takeup.taken_up(refusal, start, seconds, a, b, settings.around)
    back = takeup.taken_up(refusal, start, seconds, b, a, settings.around)
    trials, chance = there.trials + back.trials, there.expected + back.expected
    count = there.taken + back.taken
    kept = np.flatnonzero(tail_nats(trials, count, chance) > _WORTH_A_LOOK)
    a, b, trials, count, chance = a[kept], b[kept], trials[kept], count[kept], chance[kept]
    families = lags(1)
    moves = np.concatenate(families)
    moved = takeup.lagged(refusal, start, seconds, a, b, moves) + takeup.lagged(refusal, start, seconds, b, a, moves)
    expected, spread = explained(chance, moved, families)
    nats = tail_nats(trials, count, expected) / np.maximum(1.0, spread)
    first = np.minimum(
        np.where(there.first[kept] < 0, np.iinfo(np.int32).max, there.first[kept]),
        np.where(back.first[kept] < 0, np.iinfo(np.int32).max, back.first[kept]),
    )
    last = np.maximum(there.last[kept], back.last[kept])
    return _Counts(
        a, b, nats, there.taken[kept], back.taken[kept], expected, first.astype(np.int64), last.astype(np.int64)
    )


def _judged(counts: _Counts, tested: int, settings: FailoverSettings) -> pl.DataFrame:
    """The pairs with their bits."""
    bits = evidence_bits(counts.nats, tested, settings.false_discoveries, settings.cap_bits)
    return pl.DataFrame(counts._asdict()).with_columns(bits=pl.Series(bits), templated=pl.lit(False))


def _described(found: pl.DataFrame, timeline: Timeline, settings: FailoverSettings) -> dict[str, Any]:
    """Columns of tables.PAIRS."""
    count = pl.col("from_a") + pl.col("from_b")
    said = pl.when("templated").then(pl.lit(" with the same prompt")).otherwise(pl.lit(""))
    detail = found.select(
        pl.format(
            "answered within {} seconds of the other's refusal{} {} times ({} and {} by direction), {} expected",
            pl.lit(settings.seconds),
            said,
            count,
            "from_a",
            "from_b",
            pl.col("expected").round(1),
        )
    )
    return {
        "account_a": found["a"],
        "account_b": found["b"],
        "bits": found["bits"],
        "count": found.select(count).to_series(),
        "first_seen": timeline.times(found["first"].to_numpy()),
        "last_seen": timeline.times(found["last"].to_numpy()),
        "detail": detail.to_series(),
    }
