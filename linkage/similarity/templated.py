"""Refusals taken up with the same prompt: few, since prompts are a sample, but hardly ever chance."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.similarity.significance import tail_nats
from linkage.similarity.timeline import Timeline
from linkage.similarity_settings import FailoverSettings


def templated(timeline: Timeline, templates: pl.DataFrame, settings: FailoverSettings) -> tuple[pl.DataFrame, int]:
    """Pairs a < b of which one was refused a template that the other was answered within `around` seconds.

    Args:
        timeline: all exchanges; a prompt is that of the exchange of its account and second.
        templates: account, sent_at, template; rows without a template are left out.
        settings: `seconds`, `around`, and `same_template`, the answers compared with a refusal at most.

    Returns:
        a, b, nats, from_a, from_b (refused to a and answered to b within `seconds`; the other way round), expected,
        first, last (seconds since the origin), sorted by a and b; and how many refusals had too many answers.
    """
    from linkage_kernels.moments import outcomes

    rows = (
        templates.lazy()
        .filter(pl.col("template").is_not_null() & pl.col("sent_at").is_not_null())
        .select("account", "template", second=pl.col("sent_at").dt.epoch("s").clip(0, (1 << 32) - 1))
        .unique()
        .sort("template", "second", "account")
        .collect()
    )
    account, template, second = (rows[name].cast(pl.UInt64).to_numpy() for name in ("account", "template", "second"))
    moment = second.astype(np.int64) - timeline.origin
    answered, refused = outcomes(timeline.start, timeline.second, timeline.outcome, account.astype(np.int32), moment)
    place = (template << np.uint64(32)) | second  # sorted, since the rows are
    from_, to = _near(place, np.flatnonzero(refused), np.flatnonzero(answered), settings)
    few = to - from_ <= settings.same_template
    events, from_, to = np.flatnonzero(refused)[few], from_[few], to[few]
    size = to - from_
    event = np.repeat(np.arange(len(events)), size)
    answer = np.flatnonzero(answered)[np.arange(len(event)) - np.repeat(np.cumsum(size) - size, size) + from_[event]]
    gap = moment[answer] - moment[events[event]]
    met = pl.DataFrame(
        {
            "event": event,
            "refused": account[events[event]].astype(np.int32),
            "answered": account[answer].astype(np.int32),
            "at": moment[events[event]],
            "hit": (gap >= 0) & (gap <= settings.seconds),
        }
    ).filter(pl.col("refused") != pl.col("answered"))
    return _pairs(met, settings), int((~few).sum())


def _near(
    place: NDArray[np.uint64], refused: NDArray[np.int64], answered: NDArray[np.int64], settings: FailoverSettings
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of each refusal, the range of answers of its template that a window moved within `around` would hold."""
    at, answers = place[refused], place[answered]
    template, second = at >> np.uint64(32), at & np.uint64(0xFFFFFFFF)
    before = np.maximum(second, np.uint64(settings.around)) - np.uint64(settings.around)
    after = np.minimum(second + np.uint64(settings.around + settings.seconds), np.uint64(0xFFFFFFFF))
    return (
        np.searchsorted(answers, (template << np.uint64(32)) | before, side="left"),
        np.searchsorted(answers, (template << np.uint64(32)) | after, side="right"),
    )


def _pairs(met: pl.DataFrame, settings: FailoverSettings) -> pl.DataFrame:
    """Count each refusal once for each other account, retries of one request once, and both directions of a pair."""
    places = 2 * settings.around + 1
    trial = (
        met.lazy()
        .group_by("refused", "answered", "at", "event")
        .agg(hit=pl.col("hit").any(), chance=(pl.len() * (settings.seconds + 1) / places).clip(upper_bound=1.0))
        .sort("refused", "answered", "at", "event")
        .filter((pl.col("at") - pl.col("at").shift(1).over("refused", "answered") > settings.seconds).fill_null(True))
    )
    at_hit = pl.col("at").filter("hit")
    out = (
        trial.with_columns(
            a=pl.min_horizontal("refused", "answered"),
            b=pl.max_horizontal("refused", "answered"),
            # Sums of 2^-40ths do not depend on their order.
            chance=(pl.col("chance") * (1 << 40)).round().cast(pl.Int64),
        )
        .group_by("a", "b")
        .agg(
            trials=pl.len(),
            from_a=pl.col("hit").filter(pl.col("refused") == pl.col("a")).sum().cast(pl.Int32),
            from_b=pl.col("hit").filter(pl.col("refused") == pl.col("b")).sum().cast(pl.Int32),
            expected=pl.col("chance").sum() / (1 << 40),
            first=at_hit.min().fill_null(-1),
            last=at_hit.max().fill_null(-1),
        )
        .sort("a", "b")
        .collect()
    )
    taken = (out["from_a"] + out["from_b"]).to_numpy()
    nats = tail_nats(out["trials"].to_numpy(), taken, out["expected"].to_numpy())
    return out.drop("trials").with_columns(nats=pl.Series(nats))
