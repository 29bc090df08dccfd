"""When members came and went, and what happened."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import polars as pl

from linkage.report.gather import Parts, Tables
from linkage.report.model import Day, Event, Timeline

_LISTED = 20
#: A model has appeared when this share of its uses is reached: one early tester releases nothing.
_EARLY = 0.002


def timeline(parts: Parts, of: Tables, settled_days: int) -> Timeline:
    """Members that began and ended by day, and what happened.

    Args:
        parts: of the campaign.
        of: for everybody's use of models.
        settled_days: a model that appears sooner after the logs begin is not new.
    """
    members = parts.members
    signed = members["created_at"].is_not_null().any()
    start = pl.col("created_at") if signed else pl.col("first_seen")
    began = dict(members.select(day=start.dt.date()).drop_nulls().group_by("day").len().iter_rows())
    ended = dict(members.select(day=pl.col("last_seen").dt.date()).drop_nulls().group_by("day").len().iter_rows())
    notes = [] if signed else ["The run's tables hold no sign-ups: members begin with their first exchange."]
    if "accounts" in of.absent:
        notes.append(of.absent["accounts"])
    return Timeline(
        begin="sign-up" if signed else "first exchange",
        days=tuple(Day(day=day, began=began.get(day, 0), ended=ended.get(day, 0)) for day in sorted({*began, *ended})),
        undated=int(members.select(start.is_null().sum()).item()),
        events=tuple(sorted(_events(parts, of, settled_days), key=_when)),
        notes=(*notes, *of.missing("lineage", "decisions", "activity", "models")),
    )


def _events(parts: Parts, of: Tables, settled_days: int) -> list[Event]:
    """All events; those of one time in this order."""
    released = releases(parts.models, of["models"], settled_days)
    return [*_signed(parts), *_seen(parts), *_ramp(parts), *released, *_decisions(parts), *_lineage(parts)]


def _when(event: Event) -> tuple[bool, datetime]:
    """In time order; last what has no time."""
    return event.at is None, event.at or datetime.min.replace(tzinfo=UTC)


def _signed(parts: Parts) -> list[Event]:
    """The first sign-up, and the day of most."""
    born = parts.members["created_at"].drop_nulls().sort()
    if born.is_empty():
        return []
    first, last = born[0], born[-1]
    day, most = _top(pl.DataFrame({"day": born.dt.date()}).group_by("day").agg(exchanges=pl.len()))
    count = f"{born.len():,} of {parts.members.height:,} members have a time of sign-up"
    return [
        Event(at=first, kind="sign-ups", text=f"The first member signed up, the last on {last:%Y-%m-%d}; {count}."),
        Event(at=_midnight(day), kind="sign-ups", text=f"Most sign-ups on one day: {most:,}."),
    ]


def _ramp(parts: Parts) -> list[Event]:
    """When the traffic had come to half of its peak, and the peak."""
    if parts.activity.is_empty():
        return []
    daily = parts.activity.group_by("day").agg(pl.col("exchanges").sum()).sort("day")
    peak, most = _top(daily)
    half, then = daily.filter(pl.col("exchanges") * 2 >= most).row(0)
    return [
        Event(at=_midnight(half), kind="ramp", text=f"Traffic had come to half of its peak: {then:,} exchanges a day."),
        Event(at=_midnight(peak), kind="peak", text=f"Most traffic on one day: {most:,} exchanges."),
    ]


def releases(theirs: pl.DataFrame, models: pl.DataFrame, settled_days: int) -> list[Event]:
    """New models that members asked: when each appeared, and when most of a day's exchanges were with it.

    Args:
        theirs: day, model, exchanges: of the members.
        models: the run's table; everybody's where campaign_id is null.
        settled_days: a model that appears sooner after the logs begin is not new.
    """
    everybody = models.filter(pl.col("campaign_id").is_null()).drop_nulls(["day", "model"]).sort("model", "day")
    if everybody.is_empty() or theirs.is_empty():
        return []
    opens = everybody["day"].min()
    assert isinstance(opens, date)
    uses = pl.col("exchanges")
    reached = uses.cum_sum().over("model") >= _EARLY * uses.sum().over("model")
    appeared = everybody.filter(reached).group_by("model").agg(pl.col("day").min())
    of_day = everybody.with_columns(share=uses / uses.sum().over("day")).select("day", "model", "share")
    moved = (
        theirs.with_columns(most=uses * 2 > uses.sum().over("day"))
        .filter("most")
        .join(of_day, on=["day", "model"], how="left")
        .sort("day")
    )
    events = []
    for model, day in (
        appeared.filter(pl.col("model").is_in(theirs["model"].implode())).sort("day", "model").iter_rows()
    ):
        if day < opens + timedelta(days=settled_days):
            continue
        events.append(Event(at=_midnight(day), kind="release", text=f"Model {model} appeared in the logs."))
        then = moved.filter(pl.col("model") == model, pl.col("day") >= day).head(1)
        for at, share in then.select("day", "share").iter_rows():
            later = f"{(at - day).days:,} days after it appeared"
            beside = "" if share is None else f"; it had {share:.0%} of everybody's that day"
            text = f"Most of the day's exchanges were with model {model}, {later}{beside}."
            events.append(Event(at=_midnight(at), kind="pivot", text=text))
    return events


def _top(daily: pl.DataFrame) -> tuple[date, int]:
    """The day of the most, the first of several."""
    day, most = daily.sort(["exchanges", "day"], descending=[True, False]).row(0)
    return day, most


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _seen(parts: Parts) -> list[Event]:
    row, after = parts.row, parts.successions
    events = [Event(at=row["first_seen"], kind="first seen", text="First exchange of a member.")]
    for each in after.head(_LISTED).iter_rows(named=True):
        events.append(Event(at=each["first_seen"], kind="succession", text=f"A member took over: {each['value']}."))
    if after.height > _LISTED:
        text = f"{after.height:,} successions in all; the first {_LISTED} are listed."
        events.append(Event(at=after["last_seen"].max(), kind="succession", text=text))
    events.append(Event(at=row["last_seen"], kind="last seen", text="Last exchange of a member."))
    return events


def _decisions(parts: Parts) -> list[Event]:
    rows = parts.decisions.group_by("decision", day=pl.col("decided_at").dt.truncate("1d")).len()
    return [
        Event(
            at=each["day"],
            kind=f"decision: {each['decision']}",
            text=f"{each['len']:,} of its accounts {each['decision']}.",
        )
        for each in rows.sort("day", "decision", nulls_last=True).iter_rows(named=True)
    ]


def _lineage(parts: Parts) -> list[Event]:
    events = []
    for each in parts.lineage.iter_rows(named=True):
        before = each["previous_id"]
        came = "" if before is None else f" from {before} ({each['common'] or 0:,} accounts in common)"
        ago = each["builds_ago"] or 0
        when = "in this build" if not ago else f"{ago:,} builds ago"
        if before is None and each["event"] == "born":
            text = f"Found for the first time {when}: {each['accounts_now'] or 0:,} accounts."
            events.append(Event(at=None, kind="lineage: born", text=text))
            continue
        now = f"{each['accounts_before'] or 0:,} accounts before, {each['accounts_now'] or 0:,} then"
        events.append(Event(at=None, kind=f"lineage: {each['event']}", text=f"{each['event']}{came}, {when}: {now}."))
    return events
