"""What accounts do in a world: sign up, call at times of theirs, pay."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.foreign.world import (
    COUNTRIES,
    DAY,
    END,
    HOUR,
    MAIL_SHARES,
    MAILS,
    MODELS,
    PROFILES,
    START,
    Account,
    Array,
    Part,
    World,
)


def sign_up(
    world: World,
    kind: str,
    group: int = -1,
    campaign: str | None = None,
    operator: int | None = None,
    created: float | None = None,
    organization: str | None = None,
    channel: str | None = None,
    mail: str | None = None,
) -> int:
    """A new account; what is not given is drawn."""
    draw = world.random
    if created is None:
        created = float(START + draw.integers(-300, 41) * DAY + draw.integers(DAY))
    mail = mail or draw.choice([*MAILS, f"d{draw.integers(1_000_000)}.com"], p=MAIL_SHARES)
    channel = channel or draw.choice(["console", "api", "cloud marketplace"], p=[0.5, 0.4, 0.1])
    country = str(draw.choice(COUNTRIES))
    world.accounts.append(
        Account(kind, group, campaign, operator, created, str(channel), country, str(mail), organization)
    )
    return len(world.accounts) - 1


def begin(world: World, account: int) -> float:
    """When an account can first call."""
    return max(START, world.accounts[account].created + 60)


def when(
    world: World, count: int, first: float, last: float, profile: str = "day", zone: float = 0.0, session: int = 6
) -> Array:
    """Times of this many calls, in sessions, by the hours of a profile."""
    draw = world.random
    sessions = max(1, int(np.ceil(count / session)))
    hours = np.array(PROFILES[profile], float)
    hours /= hours.sum()
    since = int((first - START) // DAY)
    days = np.arange(since, max(int((last - START) // DAY), since) + 1)
    weekend = {"office": 0.15, "clock": 1}.get(profile, 0.6)
    weights = np.where((days + 3) % 7 >= 5, weekend, 1.0)
    day = START + draw.choice(days, sessions, p=weights / weights.sum()) * DAY
    starts = day + ((draw.choice(24, sessions, p=hours) + draw.random(sessions) - zone) % 24) * HOUR
    pause = 90 if profile != "clock" else 40
    within = np.concatenate([np.cumsum(draw.exponential(pause, session)) for _ in range(sessions)])[:count]
    times: Array = np.repeat(starts, session)[:count] + within
    return np.sort(np.clip(times, first, last - 1) + draw.random(count))


def call(
    world: World,
    account: int,
    times: Array,
    ip: Array,
    device: Array | int,
    mixture: Sequence[Part],
    model: str | None = None,
    status: Array | None = None,
    tokens: tuple[float, float] = (400, 300),
) -> None:
    """Log calls of an account, and sample what was asked."""
    draw = world.random
    count = len(times)
    if not count:
        return
    devices = np.asarray(device) if np.ndim(device) else np.full(count, device)
    drawn = MODELS[draw.choice(3, 1)[0]]
    models = np.full(count, world.model(model or drawn))
    if status is None:
        status = np.where(draw.random(count) < 0.012, draw.choice([429, 400, 500], count), 200)
    read = draw.lognormal(np.log(tokens[0]), 0.8, count).astype(int) + 5
    written = draw.lognormal(np.log(tokens[1]), 0.9, count).astype(int)
    who = np.full(count, account)
    world.exchanges.append((who, times, ip, devices, models, status, read, np.where(status == 200, written, 0)))
    sampled = draw.random(count) < world.options.sampling
    if world.options.prompts and sampled.any():
        _ask(world, account, times[sampled], mixture)


def _ask(world: World, account: int, times: Array, mixture: Sequence[Part]) -> None:
    """Log prompts: a topic each, and the template where there is one."""
    draw, count = world.random, len(times)
    weights = np.array([part.weight for part in mixture], float)
    which = draw.choice(len(mixture), count, p=weights / weights.sum())
    topic, template = np.zeros(count, int), np.full(count, -1)
    for j, part in enumerate(mixture):
        here = which == j
        if part.templates is not None:
            template[here] = draw.choice(np.asarray(part.templates), here.sum())
            topic[here] = np.asarray(world.template_topics)[template[here]]
        elif part.topics is not None:
            topic[here] = draw.choice(part.topics, here.sum())
    world.prompts.append((np.full(count, account), times, topic, template))


def pay(
    world: World, account: int, card: str, issuer: str, amount: float | None = None, until: float | None = None
) -> None:
    """Pay monthly, or by need where it is much."""
    draw = world.random
    time, end = begin(world, account), until or END
    amount = amount or float(draw.choice([5, 10, 20, 20, 50, 100]))
    while time < end:
        world.payments.append((account, card, issuer, time + draw.integers(600), amount))
        time += DAY * (30 if amount < 50 else draw.integers(4, 20))
