"""When somebody calls: people in sittings, offices by day, agents in bursts at any hour, jobs on the hour."""

from __future__ import annotations

import numpy as np

from benchmarks.foreign.traffic.nets import DAY, HOUR, Array

#: Which rhythm has how many calls in a sitting, and seconds between them.
SITTINGS = {"people": (5, 110.0), "office": (7, 150.0), "agent": (35, 7.0), "night": (45, 6.0), "relay": (3, 60.0)}


def times(rng: np.random.Generator, rhythm: str, number: int, begins: float, ends: float, zone: float) -> Array:
    """Seconds of about so many calls, sorted, within the span."""
    if rhythm == "even":
        return np.sort(rng.uniform(begins, ends, number))
    if rhythm == "hourly":
        return _jobs(rng, number, begins, ends)
    if rhythm == "service":
        found = rng.uniform(begins, ends, 2 * number)
        by_day = 1 + np.sin((found / HOUR + zone - 8) / 24 * 2 * np.pi)
        return np.sort(found[rng.random(len(found)) < by_day / 2])
    each, gap = SITTINGS[rhythm]
    lengths = rng.geometric(1 / each, max(1, round(number / each)))
    first = rng.integers(int(begins // DAY), max(int(begins // DAY) + 1, int(np.ceil(ends / DAY))), len(lengths))
    if rhythm in ("office", "people"):
        weekend = first % 7 >= 5
        first = np.where(weekend & (rng.random(len(first)) < (0.95 if rhythm == "office" else 0.3)), first - 3, first)
    hours = {"office": (13.5, 2.3), "people": (16.5, 4.0), "agent": (17.0, 5.0), "night": (2.0, 3.0)}
    middle, wide = hours.get(rhythm, (12.0, 9.0))
    starts = first * DAY + (rng.normal(middle, wide, len(lengths)) - zone) * HOUR
    gaps = rng.exponential(gap, lengths.sum())
    begun = np.repeat(np.cumsum(lengths) - lengths, lengths)
    run = np.cumsum(gaps)
    found = np.repeat(starts, lengths) + run - run[begun]
    inside = found[(found >= begins) & (found < ends)]
    return np.sort(inside if len(inside) else rng.uniform(begins, ends, 1))


def _jobs(rng: np.random.Generator, number: int, begins: float, ends: float) -> Array:
    """A scheduled job: every so many hours, on the hour, a batch."""
    every = float(rng.choice([1, 4, 6, 12, 24])) * HOUR
    starts = np.arange(np.ceil(begins / every) * every, ends, every)
    if not len(starts):
        return rng.uniform(begins, ends, 1)
    kept = starts if len(starts) <= number else np.sort(rng.choice(starts, number, False))
    batch = np.repeat(kept, max(1, number // len(kept)))
    return np.sort(batch + rng.gamma(2.0, 4.0, len(batch)))
