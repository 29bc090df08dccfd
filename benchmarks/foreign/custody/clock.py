"""When calls come: by habit of a person, by a timetable, or all day long."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.foreign.custody.ground import DAY, Array

HOUR = 3_600.0


@dataclass(frozen=True)
class Clock:
    """Habits of the day: two humps of local hours, a weekend, bursts of calls; or hours of a timetable."""

    zone: float  # hours from UTC
    peak: float = 14.0
    width: float = 3.0
    second: float = 20.0  # the other hump's hour
    other: float = 0.3  # its share
    weekend: float = 0.5  # of a weekday
    burst: float = 5.0  # calls in a session
    gap: float = 45.0  # seconds between calls, median
    ticks: float = 0.0  # hours between runs of a timetable; 0: none
    flat: float = 0.0  # share of sessions at any hour

    def sessions(self, rng: np.random.Generator, begin: float, end: float, rate: float) -> tuple[Array, Array]:
        """Times of calls (seconds, sorted) at about `rate` a day, and the number of each one's session."""
        days = np.arange(int(begin // DAY), max(int(end // DAY) + 1, int(begin // DAY) + 1))
        busy = np.where(days % 7 >= 5, self.weekend, 1.0) * rng.gamma(1.5, 1 / 1.5, len(days))
        count = max(1, int(rng.poisson(max(rate * (end - begin) / DAY / self.burst, 0.2))))
        busy = busy + 1e-6
        day = rng.choice(days, size=count, p=busy / busy.sum())
        if self.ticks:
            hour = rng.integers(0, max(1, round(24 / self.ticks)), size=count) * self.ticks + rng.exponential(
                0.002, count
            )
            start = day * DAY + hour * HOUR
        else:
            late = rng.random(count) < self.other
            hour = np.where(late, self.second, self.peak) + rng.normal(0, self.width, count)
            hour = np.where(rng.random(count) < self.flat, rng.uniform(0, 24, count), hour) % 24
            start = day * DAY + (hour - self.zone) * HOUR
        start = np.clip(start, begin, np.nextafter(end, begin))
        length = rng.geometric(1 / self.burst, count)
        session = np.repeat(np.arange(count), length)
        gaps = np.exp(rng.normal(np.log(self.gap), 1.0, len(session)))
        first = np.cumsum(length) - length
        run = np.cumsum(gaps)
        times = start[session] + run - run[first][session]
        order = np.argsort(times, kind="stable")
        return times[order], session[order]


def person(rng: np.random.Generator, zone: float) -> Clock:
    """Somebody's habits: larks and owls, weekend and weekday people, and everything between."""
    return Clock(
        zone + float(rng.normal(0, 0.3)),
        float(rng.normal(13.5, 2.8)),
        float(rng.uniform(1.2, 4.5)),
        float(rng.normal(20.5, 1.8)),
        float(rng.beta(1.2, 2.0)),
        float(rng.uniform(0.1, 1.4)),
        1 + float(rng.gamma(2.0, 2.0)),
        float(np.exp(rng.normal(4.0, 0.6))),
        flat=float(rng.beta(1, 12)),
    )


def office(rng: np.random.Generator, zone: float, start: float = 9.0, hours: float = 8.0) -> Clock:
    """Working hours, or a shift that begins at an hour."""
    return Clock(
        zone,
        start + hours * float(rng.uniform(0.25, 0.4)),
        hours / 6,
        start + hours * float(rng.uniform(0.65, 0.8)),
        0.5,
        float(rng.beta(1, 6)),
        1 + float(rng.gamma(2.0, 2.0)),
        float(np.exp(rng.normal(4.0, 0.5))),
    )


def timer(rng: np.random.Generator, every: float | None = None) -> Clock:
    """A job at full hours."""
    ticks = float(rng.choice([1, 1, 2, 3, 6, 12, 24])) if every is None else every
    return Clock(
        0.0, weekend=1.0, burst=1 + float(rng.gamma(2, 6)), gap=float(np.exp(rng.normal(1.0, 0.8))), ticks=ticks
    )


def machine(rng: np.random.Generator) -> Clock:
    """All day and night, with some slack at night."""
    return Clock(
        float(rng.uniform(-8, 9)),
        width=4.0,
        weekend=float(rng.uniform(0.7, 1.1)),
        burst=1 + float(rng.gamma(2, 5)),
        gap=float(np.exp(rng.normal(2.5, 0.8))),
        flat=float(rng.uniform(0.5, 1.0)),
    )
