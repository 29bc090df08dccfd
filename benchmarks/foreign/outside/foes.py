"""Rings: the accounts of one operator, as the public letter describes them and as one would think of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from benchmarks.foreign.outside.honest import person
from benchmarks.foreign.outside.log import DAY, HOUR, RELEASE, START, Array, Log

Exits = Literal["hosting", "homes", "vpn", "own"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """How an operator runs his accounts."""

    size: int
    operator: int
    exits: Exits = "hosting"
    a_card: int = 6  # accounts to a card
    one_issuer: bool = True
    devices: Literal["one", "few", "popular"] = "few"
    frames: int = 30
    spread: float = 0.2
    calls: int = 200  # an account
    mixed: float = 0.0  # share of traffic that is other people's
    bursts: bool = True  # batches sent to all accounts at once
    joined: Literal["wave", "weeks", "old"] = "wave"
    bought: float = 0.0  # share of accounts that were honest people's
    pivot: bool = True
    services: int = 1  # relays that the accounts are dealt over, each with exits and a program of its own


def run(log: Log, ring: Ring) -> None:
    """Bring a ring into the log."""
    draw = log.random
    name, operator = f"ring{log.group()}", f"op{ring.operator}"
    begins = START + draw.uniform(2, max(3.0, log.how.days / 4)) * DAY
    when: dict[str, Callable[[], float]] = {
        "wave": lambda: begins - 2 * DAY + draw.exponential(3) * HOUR,
        "weeks": lambda: draw.uniform(START - 20 * DAY, START + log.how.days * DAY / 2),
        "old": lambda: draw.uniform(START - 250 * DAY, START),
    }
    joined = when[ring.joined]
    cards = [f"card_{draw.integers(1 << 60):015x}" for _ in range(-(-ring.size // ring.a_card))]
    issuers = ["virtual-a"] if ring.one_issuer else ["virtual-a", "virtual-b", *log.bins[:30]]
    who, taken = np.empty(ring.size, int), np.empty(ring.size)
    for k in range(ring.size):
        if draw.random() < ring.bought:
            taken[k] = begins + draw.exponential(3) * DAY
            calls = int(draw.integers(10, 80))
            who[k] = person(log, "mule", until=taken[k], calls=calls, campaign=name, operator=operator,
                            created=draw.uniform(START - 300 * DAY, START))  # fmt: skip
            continue
        who[k] = log.join("ring", campaign=name, operator=operator, created=joined())
        taken[k] = max(begins, log.accounts[who[k]].created + HOUR)
        at = int(draw.integers(len(cards)))
        log.pay(int(who[k]), cards[at], issuers[at % len(issuers)])
    service = draw.integers(ring.services, size=ring.size)
    exits = [_exits(log, ring) for _ in range(ring.services)]
    programs = [_devices(log, ring) for _ in range(ring.services)]
    frames = log.frames(ring.frames, ring.spread)
    times, turn = _work(log, ring, begins)
    ready = times > taken[turn]
    times, turn = times[ready], turn[ready]
    refused = draw.random(len(times)) < 0.04
    other = draw.integers(ring.size, size=int(refused.sum()))
    times = np.r_[times, times[refused] + draw.uniform(1, 15, len(other))]
    turn, status = np.r_[turn, other], np.r_[np.where(refused, 429, 200), np.full(len(other), 200)]
    fixed = [draw.choice(programs[s]) for s in service]
    for k in range(ring.size):
        mine = np.flatnonzero(turn == k)
        mine = mine[np.argsort(times[mine])]
        at, said = times[mine], status[mine]
        out = exits[service[k]]
        ip = out[draw.integers(len(out), size=len(at))]
        new = at > START + RELEASE * log.how.days * DAY + draw.uniform(0.1, 1.0) * DAY
        model = np.where(new & ring.pivot, "m-5", "m-4").astype(object)
        sold = draw.random(len(at)) < ring.mixed
        log.call(int(who[k]), at[~sold], ip[~sold], fixed[k], model[~sold], said[~sold],
                 [(5.0, frames), (0.5, None)], 1200.0)  # fmt: skip
        for customer in range(3):
            theirs = sold & (draw.integers(3, size=len(at)) == customer)
            log.call(int(who[k]), at[theirs], ip[theirs], fixed[k], None, said[theirs], [(1.0, None)])


def _work(log: Log, ring: Ring, begins: float) -> tuple[Array, Array]:
    """Times of calls, and whose turn each is."""
    draw, total = log.random, ring.size * ring.calls
    if ring.bursts:
        batches = np.sort(draw.uniform(begins, log.end, max(4, log.how.days * 2)))
        times = draw.choice(batches, total) + draw.exponential(0.4 * HOUR, total)
        return times, draw.permutation(total) % ring.size
    return log.times(total, begins, log.end, None), draw.integers(ring.size, size=total)


def _exits(log: Log, ring: Ring) -> Array:
    """The addresses of one relay."""
    draw = log.random
    if ring.exits == "homes":
        honest = draw.choice(log.homes, min(len(log.homes), max(20, ring.size)), False)
        other = [f"{log.isps[draw.integers(len(log.isps))]}.{draw.integers(1, 255)}" for _ in honest]
        return np.array([*honest, *other], object)
    if ring.exits == "vpn":
        return np.array(log.vpns[draw.integers(3)], object)
    if ring.exits == "own":
        nets = [log.net("hosting", 700 + ring.operator) for _ in range(max(1, ring.size // 100))]
        return np.array([f"{net}.{j}" for net in nets for j in range(2, 250, 6)], object)
    nets = [log.clouds[draw.integers(len(log.clouds))] for _ in range(4)]
    return np.array([f"{net}.{j}" for net in nets for j in draw.integers(1, 255, max(3, ring.size // 20))], object)


def _devices(log: Log, ring: Ring) -> list[str]:
    """The programs of one relay."""
    if ring.devices == "one":
        return [f"relay-{log.random.integers(1 << 40):x}"]
    among = log.browsers if ring.devices == "few" else log.programs
    return [str(log.popular(among)) for _ in range(4 if ring.devices == "few" else 1)]
