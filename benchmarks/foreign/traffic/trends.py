"""Honest crowds that an event makes: a contest, a launch, a paid test, an exam, an early model, rented desktops."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmarks.foreign.traffic.life import Life, anywhere, live
from benchmarks.foreign.traffic.log import Log
from benchmarks.foreign.traffic.nets import DAY, WEIGHTS, ZONES
from benchmarks.foreign.traffic.words import Voice


def _country(log: Log) -> int:
    return int(log.rng.choice(len(ZONES), p=WEIGHTS))


def contest(log: Log) -> None:
    """Strangers at the same thirty published problems, most of them in the last week; some signed up for it."""
    rng = log.rng
    group, close = log.group(), float(rng.uniform(0.5, 0.95)) * log.end
    bank, topics = log.speech.bank(30, rng.integers(0, 240, 3))
    for _ in range(int(rng.integers(50, 140))):
        country = _country(log)
        created = close - float(rng.exponential(9)) * DAY if rng.random() < 0.6 else float(rng.uniform(-200, 0)) * DAY
        begins = max(0.0, created, close - float(rng.exponential(6)) * DAY)
        voice = log.speech.voice(3, 0.7, bank=bank, bank_topics=topics, banked=0.6, drift=float(rng.choice([0, 0.3])))
        live(log, Life("contest", group, country=country, created=created, begins=begins, ends=close, voice=voice,
                       rhythm="people", volume=35, place=anywhere(log, country)))  # fmt: skip


def extension(log: Log) -> None:
    """A browser extension's users after its launch: its template around the page they read, a key of their own."""
    rng = log.rng
    group, day, form = log.group(), float(rng.uniform(3, log.habits.days * 0.7)), log.speech.form(0.45)
    for _ in range(int(rng.integers(60, 170))):
        created = (day + float(rng.exponential(1.5))) * DAY if rng.random() < 0.7 else float(rng.uniform(-90, 0)) * DAY
        voice = log.speech.voice(6, 0.1, forms=(form, -1), often=(0.9, 0.1))
        live(log, Life("extension", group, created=created, begins=max(created, day * DAY), voice=voice, volume=14))


def testers(log: Log) -> None:
    """Gig workers who try a product for its maker: strangers at home, hired in two days, one script of tests."""
    rng = log.rng
    group, day, code = log.group(), float(rng.uniform(3, log.habits.days - 12)), log.token("ref", 7)
    bank, topics = log.speech.bank(45, rng.integers(0, 240, 4))
    for _ in range(int(rng.integers(20, 45))):
        country = _country(log)
        created = (day + float(rng.uniform(0, 2))) * DAY
        voice = log.speech.voice(3, bank=bank, bank_topics=topics, banked=0.75, drift=float(rng.choice([0.0, 0.4])))
        who = live(log, Life("tester", group, country=country, created=created, ends=created + 9 * DAY, voice=voice,
                             card="", volume=30, tail=0.4, place=anywhere(log, country)))  # fmt: skip
        log.tag(who, "referral_code", code)


def exam(log: Log) -> None:
    """An evening before or after a national exam: its questions from all over one country, by old accounts."""
    rng = log.rng
    group, country, day = log.group(), _country(log), int(rng.integers(2, log.habits.days - 2))
    bank, topics = log.speech.bank(20, rng.integers(0, 240, 2))
    for _ in range(int(rng.integers(60, 160))):
        own = log.speech.voice(4)
        who = live(log, Life("exam", group, country=country, created=float(rng.uniform(-250, 0)) * DAY, voice=own))
        at = np.sort(day * DAY + 19 * 3_600.0 + rng.exponential(5_400.0, int(rng.integers(4, 16))))
        voice = Voice(
            own.topics, own.shares, langs=(country % 8,), bank=bank, bank_topics=topics, banked=0.9, drift=0.1
        )
        device = np.full(len(at), log.code(log.machine("phone")))
        log.use(who, at, anywhere(log, country)(at), device, voice)


def desktop(log: Log) -> None:
    """Small firms on one company's rented desktops: its few exits and its image, firms and cards of their own."""
    rng, nets = log.rng, log.nets
    country, group, image = _country(log), log.group(), log.token("fp", 10)
    egress = nets.pool(nets.near(nets.clouds[int(rng.integers(6))], 6), 5)
    for _ in range(int(rng.integers(10, 22))):
        domain, card = log.token("co", 6) + ".com", log.token("card")
        seat = Life("desktop", group, country=country, domain=domain, card=card, issuer=log.issuers[country][2],
                    rhythm="office", devices=(image,), place=egress, volume=30)  # fmt: skip
        for _ in range(int(rng.integers(1, 5))):
            live(log, replace(seat, voice=log.speech.voice(3)))


def preview(log: Log) -> None:
    """Developers invited to a new model: on its day they all turn to it, each with a program of their own."""
    rng, nets = log.rng, log.nets
    group, day = log.group(), (log.habits.release or log.habits.days / 2) * DAY
    for _ in range(int(rng.integers(30, 60))):
        voice = log.speech.voice(3, forms=(log.speech.form(0.4),))
        place = nets.fixed(nets.one(nets.clouds[int(rng.integers(6))]))
        begins = day + float(rng.uniform(0, 0.5)) * DAY
        live(log, Life("preview", group, created=float(rng.uniform(-250, 0)) * DAY, begins=begins, channel="api",
                       machine="server", rhythm="service", volume=90, voice=voice, place=place,
                       domain=log.token("co", 6) + ".dev", models=(0.0, 0.05, 0.95)))  # fmt: skip
