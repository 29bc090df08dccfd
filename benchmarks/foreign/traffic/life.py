"""One account's doings, from where, with what, and who pays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.foreign.traffic import clock
from benchmarks.foreign.traffic.log import PROVIDERS, Account, Log
from benchmarks.foreign.traffic.nets import DAY, WEIGHTS, ZONES, Array, Place
from benchmarks.foreign.traffic.words import Voice


@dataclass(frozen=True)
class Life:
    """What sets an account apart; whatever is left out is drawn as for anybody."""

    kind: str = "person"
    group: int = -1
    campaign: str | None = None
    country: int | None = None
    created: float | None = None
    begins: float | None = None
    ends: float | None = None
    channel: str = "console"
    domain: str | None = None
    organization: str | None = None
    place: Place | None = None
    devices: tuple[str, ...] = ()
    machine: str = "desk"
    voice: Voice | None = None
    rhythm: str = "people"
    volume: float = 18.0
    tail: float = 1.2
    card: str | None = None  # "": pays nothing here
    issuer: str | None = None
    phone: str | None = None
    size: float = 300.0
    models: tuple[float, ...] | None = None
    banned: float | None = None


def live(log: Log, life: Life) -> int:
    """Write an account's whole life down; its number."""
    rng, habits = log.rng, log.habits
    country = int(rng.choice(len(ZONES), p=WEIGHTS)) if life.country is None else life.country
    created = float(rng.uniform(-200 * DAY, log.end * 0.9)) if life.created is None else life.created
    begins = max(0.0, created) if life.begins is None else life.begins
    ends = log.end if life.ends is None else min(life.ends, log.end)
    domain = life.domain or PROVIDERS[min(len(PROVIDERS), int(rng.zipf(1.7))) - 1]
    who = log.add(
        Account(log.token("acct"), life.kind, created, life.channel, country, domain, life.organization, life.group,
                life.campaign)
    )  # fmt: skip
    _sign(log, who, life, country, created, ends)
    if begins >= ends:
        return who
    machine = life.rhythm in ("even", "hourly", "service")
    number = int(min(1_200, max(1, life.volume * np.exp(rng.normal(0, life.tail)))))
    times = clock.times(rng, life.rhythm, number, begins, ends, ZONES[country])
    place = life.place or anywhere(log, country)
    devices = life.devices or (log.machine(life.machine), *((log.machine("phone"),) if rng.random() < 0.3 else ()))
    models = life.models or _models(log)
    voice = life.voice or anybody(log, country)
    shown = np.array([log.code(each) for each in devices])[
        np.minimum(rng.geometric(0.75, len(times)) - 1, len(devices) - 1)
    ]
    if habits.release is None or life.models is not None or rng.random() < 0.5:
        log.use(who, times, place(times), shown, voice, life.size, models, life.banned, machine)
        return who
    moved = habits.release * DAY + float(rng.exponential(15 * DAY))  # sooner or later everybody takes the new model
    for part, mix in ((times < moved, models), (times >= moved, (0.1, 0.1, 0.8))):
        log.use(who, times[part], place(times[part]), shown[part], voice, life.size, mix, life.banned, machine)
    return who


def _sign(log: Log, who: int, life: Life, country: int, created: float, ends: float) -> None:
    rng = log.rng
    if life.card is None:
        if rng.random() < 0.55:
            issuer = life.issuer or log.issuers[country][min(9, int(rng.zipf(1.4))) - 1]
            log.pay(who, log.token("card"), issuer, created, ends)
    elif life.card:
        log.pay(who, life.card, life.issuer or log.issuers[country][0], created, ends)
    if life.phone != "":
        log.tag(who, "phone", life.phone or log.token("tel", 10))
    log.tag(who, "email_hash", log.token("eh", 10))
    if life.rhythm in ("people", "office"):
        log.tag(who, "oauth_client", ("web", "web", "ios", "android", "ide")[int(rng.integers(5))])


def _models(log: Log) -> tuple[float, ...]:
    small, new = float(log.rng.random()), 0.0
    return (small, 1 - small, new)


def anywhere(log: Log, country: int) -> Place:
    """Mostly at home, sometimes on the phone; a few by phone only."""
    nets, draw = log.nets, log.rng.random()
    if draw < 0.15:
        return nets.carrier(country)
    if draw < 0.6:
        return nets.home(country)
    return nets.mixed([nets.home(country), nets.carrier(country)], [0.75, 0.25])


def anybody(log: Log, country: int) -> Voice:
    """Somebody's own topics, a tool's form now and then, the country's language or English."""
    rng = log.rng
    langs = (0,) if rng.random() < 0.4 else (min(7, country % 8),)
    number = int(rng.integers(2, 7))
    draw = rng.random()
    if draw < 0.1:  # a coding agent
        return log.speech.voice(number, 0.9, forms=(log.coders[_few(rng, 6)], -1), often=(0.8, 0.2), langs=langs)
    if draw < 0.16:
        return log.speech.voice(number, forms=(log.viral[_few(rng, 5)], -1), often=(0.4, 0.6), langs=langs)
    if draw < 0.28:  # a template of one's own
        return log.speech.voice(number, forms=(log.speech.form(float(rng.uniform(0.2, 0.5))), -1), often=(0.6, 0.4))
    return log.speech.voice(number, langs=langs)


def _few(rng: np.random.Generator, most: int) -> int:
    return min(most, int(rng.zipf(1.6))) - 1


def days(*span: float) -> Array:
    """Days as seconds."""
    return np.array(span) * DAY
