"""One account's doings: sessions by a clock, where each comes from and with what, and what is asked in it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from benchmarks.foreign.bazaar.ground import Array, Place
from benchmarks.foreign.bazaar.minds import Talk
from benchmarks.foreign.bazaar.world import WINDOW, World

HOURS = {
    "day": [1, 1, 0.5, 0.3, 0.2, 0.3, 1, 2, 4, 6, 7, 7, 6, 6, 7, 7, 6, 6, 5, 5, 5, 4, 3, 2],
    "office": [0, 0, 0, 0, 0, 0, 0.2, 1, 5, 9, 10, 9, 5, 8, 10, 9, 7, 3, 1, 0.5, 0.4, 0.3, 0.1, 0],
    "evening": [3, 2, 1, 0.5, 0.2, 0.2, 0.5, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 4, 5, 7, 9, 10, 8, 5],
    "late": [6, 5, 4, 3, 2, 1, 0.5, 0.3, 0.3, 0.5, 1, 1, 2, 3, 4, 5, 5, 5, 6, 7, 8, 9, 9, 8],
    "early": [0, 0, 0, 0, 0, 2, 9, 9, 9, 9, 9, 9, 9, 8, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    "shift": [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 8, 9, 9, 9, 9, 9, 9, 9, 5, 0],
    "machine": [1] * 24,
}
WEEK = {"office": (1, 1, 1, 1, 1, 0.1, 0.05), "machine": (1,) * 7, "evening": (1, 1, 1, 1, 1, 1.3, 1.3)}


@dataclass
class Plan:
    """How an account is used in some days: shares add up to anything, they are weights."""

    places: list[tuple[float, Place]]
    devices: list[tuple[float, str]]
    talks: list[tuple[float, Talk]]
    zone: float = 0.0
    shape: str = "day"
    since: float = 0.0
    until: float = float(WINDOW)
    rate: float = 0.6  # sessions a day
    depth: float = 4.0  # calls a session
    gap: float = 90.0  # seconds between calls
    models: tuple[float, float, float] = (0.4, 0.5, 0.1)
    size: float = 300.0  # tokens asked
    answer: float = 500.0
    refused: float = 0.01
    days: list[int] | None = field(default=None)  # only on these


def _weights(pairs: list[tuple[float, object]]) -> Array:
    share = np.array([each for each, _ in pairs], np.float64)
    return np.asarray(share / share.sum())


def _sessions(rng: np.random.Generator, plan: Plan) -> Array:
    """When sessions begin, in days since the log begins."""
    first, last = max(plan.since, 0.0), min(plan.until, float(WINDOW))
    days = np.arange(int(first), int(np.ceil(last)))
    if plan.days is not None:
        days = np.intersect1d(days, plan.days)
    if not len(days):
        return np.empty(0)
    weight = np.array(WEEK.get(plan.shape, (1,) * 7))[days % 7]
    counts = rng.poisson(plan.rate * weight * rng.gamma(2.0, 0.5, len(days)))
    day = np.repeat(days, counts)
    hours = np.array(HOURS[plan.shape], np.float64)
    hour = rng.choice(24, len(day), p=hours / hours.sum()) + rng.random(len(day)) - plan.zone
    at = day + hour / 24
    return np.sort(at[(at >= first) & (at < last)])


def live(w: World, who: int, plan: Plan) -> None:
    """Write down what an account did, and some of what it asked."""
    rng = w.rng
    begun = _sessions(rng, plan)
    if not len(begun):
        return
    depth = 1 + rng.poisson(max(plan.depth - 1, 0.0) * rng.gamma(1.5, 1 / 1.5, len(begun)))
    session = np.repeat(np.arange(len(begun)), depth)
    gaps = rng.exponential(plan.gap / 86_400, len(session))
    gaps[np.searchsorted(session, np.arange(len(begun)))] = 0
    run = np.cumsum(gaps)
    at = begun[session] + run - run[np.searchsorted(session, session)]
    ip = np.empty(len(at), np.int64)
    place = rng.choice(len(plan.places), len(begun), p=_weights(plan.places))  # type: ignore[arg-type]
    for k, (_, where) in enumerate(plan.places):
        chosen = np.flatnonzero(place[session] == k)
        if not len(chosen):
            continue
        if where.each_call:
            ip[chosen] = w.intern(where.at(rng, at[chosen]))
        else:
            exits = w.intern(where.at(rng, begun))
            ip[chosen] = exits[session[chosen]]
    used = rng.choice(len(plan.devices), len(begun), p=_weights(plan.devices))  # type: ignore[arg-type]
    device = w.intern([name for _, name in plan.devices])[used][session]
    status = rng.choice([200, 429, 500, 403], len(at), p=[0.97 - plan.refused, 0.02, 0.01, plan.refused])
    asked = np.clip(rng.lognormal(np.log(plan.size), 0.8, len(at)), 3, 90_000)
    given = np.where(status == 200, np.clip(rng.lognormal(np.log(plan.answer), 0.7, len(at)), 1, 8_000), 0)
    model = rng.choice(3, len(at), p=plan.models)
    w.calls.append((np.full(len(at), who), at, ip, device, model, status, asked.astype(int), given.astype(int)))
    kept = np.flatnonzero(rng.random(len(at)) < w.habits.sampled)
    kept = rng.permutation(kept)[: w.habits.most]
    if not w.habits.prompts or not len(kept):
        return
    talk = rng.choice(len(plan.talks), len(kept), p=_weights(plan.talks))  # type: ignore[arg-type]
    for k, (_, said) in enumerate(plan.talks):
        rows = kept[talk == k]
        if len(rows):
            w.said.append((np.full(len(rows), who), at[rows], said.say(rng, len(rows))))
