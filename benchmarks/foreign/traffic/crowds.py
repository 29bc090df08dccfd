"""Honest crowds: many accounts behind one address, one tool, one code or one purse, each with a life of its own."""

from __future__ import annotations

import numpy as np

from benchmarks.foreign.traffic.life import Life, anybody, anywhere, live
from benchmarks.foreign.traffic.log import Log
from benchmarks.foreign.traffic.nets import DAY, WEIGHTS, ZONES
from benchmarks.foreign.traffic.words import Voice


def _country(log: Log) -> int:
    return int(log.rng.choice(len(ZONES), p=WEIGHTS))


def tenant(log: Log) -> None:
    """An enterprise: hundreds of seats behind single sign-on and one egress, an invoice, a prompt library, rollouts."""
    rng, nets = log.rng, log.nets
    country, group, name = _country(log), log.group(), log.token("corp", 5)
    egress = nets.pool(nets.near(nets.block("business"), int(rng.integers(1, 4))), 5)
    library = tuple(log.speech.form(0.3) for _ in range(4))
    verified, image = rng.random() < 0.75, log.token("fp", 10)
    waves = np.sort(rng.uniform(-60 * DAY, log.end * 0.6, 4))
    for _ in range(int(rng.integers(70, 260))):
        voice = log.speech.voice(int(rng.integers(2, 6)), forms=(*library, -1), often=(0.08, 0.05, 0.04, 0.03, 0.8))
        devices = (image,) if rng.random() < 0.5 else (log.machine(),)
        who = live(log, Life("tenant", group, country=country, domain=name + ".com", card="", phone="", rhythm="office",
                             organization=name if verified else None, devices=devices, voice=voice, volume=16,
                             channel="enterprise", created=float(rng.choice(waves) + rng.exponential(0.5 * DAY)),
                             place=nets.mixed([egress, nets.home(country)], [0.8, 0.2])))  # fmt: skip
        log.tag(who, "sso_tenant", "sso_" + name)


def campus(log: Log) -> None:
    """A university: one address translator, halls, homes; courses with the same exercises."""
    rng, nets = log.rng, log.nets
    country, group, domain = _country(log), log.group(), log.token("uni", 4) + ".edu"
    block = nets.block("education")
    gate = nets.pool(nets.near(block, int(rng.integers(2, 9))), 2)
    courses = [log.speech.bank(25, rng.integers(0, 240, 2)) for _ in range(4)]
    for _ in range(int(rng.integers(80, 240))):
        bank, topics = courses[int(rng.integers(4))]
        voice = log.speech.voice(4, bank=bank, bank_topics=topics, banked=float(rng.choice([0, 0.2, 0.5])), drift=0.3)
        live(log, Life("campus", group, country=country, domain=domain if rng.random() < 0.7 else None, voice=voice,
                       place=nets.mixed([gate, nets.home(country), nets.carrier(country)], [3, 1, 1])))  # fmt: skip


def course(log: Log) -> None:
    """A class of a bootcamp: signed up in one evening, the same exercises in the same weeks, each at home."""
    rng = log.rng
    country, group, day = _country(log), log.group(), float(rng.uniform(1, log.habits.days * 0.6))
    bank, topics = log.speech.bank(60, rng.integers(0, 32, 4))
    form, code = log.speech.form(0.3), log.token("ref", 7)
    for _ in range(int(rng.integers(18, 45))):
        created = (day + float(rng.normal(0, 0.05))) * DAY
        voice = log.speech.voice(
            2, 0.9, bank=bank, bank_topics=topics, banked=0.8, drift=0.2, forms=(form, -1), often=(0.5, 0.5)
        )
        who = live(log, Life("course", group, country=country, created=created, ends=created + 21 * DAY, voice=voice,
                             card="", volume=30, tail=0.7, place=anywhere(log, country)))  # fmt: skip
        log.tag(who, "referral_code", code)


def hackathon(log: Log) -> None:
    """A weekend: one hall's network, one voucher, teams with their own ideas on the organizers' starter template."""
    rng, nets = log.rng, log.nets
    country, group, day = _country(log), log.group(), int(rng.integers(3, log.habits.days - 5))
    hall = nets.fixed(nets.one(nets.isps[country][0]))
    starter, code = log.speech.form(0.4), log.token("ref", 7)
    for _ in range(int(rng.integers(35, 110))):
        created = (day + float(rng.uniform(0.3, 0.6))) * DAY
        voice = log.speech.voice(2, 0.5, forms=(starter, log.speech.form(0.3), -1), often=(0.4, 0.3, 0.3))
        who = live(log, Life("hackathon", group, country=country, created=created, ends=created + 2 * DAY, voice=voice,
                             card="", volume=60, rhythm="agent", channel="api",
                             place=nets.mixed([hall, nets.carrier(country)], [0.85, 0.15])))  # fmt: skip
        log.tag(who, "referral_code", code)


def aggregator(log: Log) -> None:
    """An honest gateway: it opens an account for each customer, calls from its own servers, and pays for all."""
    rng, nets = log.rng, log.nets
    group, name = log.group(), log.token("gate", 4)
    egress = nets.pool(nets.near(nets.clouds[int(rng.integers(6))], 8), 0.5)
    client, form, card = f"{name}/1.4", log.speech.form(0.12), log.token("card")
    for _ in range(int(rng.integers(90, 260))):
        country = _country(log)
        base = anybody(log, country)
        voice = base if rng.random() < 0.6 else log.speech.voice(3, forms=(form, -1), often=(0.6, 0.4))
        who = live(log, Life("reseller", group, country=country, channel="partner", place=egress, devices=(client,),
                             voice=voice, card=card if rng.random() < 0.5 else "", issuer=log.issuers[0][0], phone="",
                             rhythm=str(rng.choice(["people", "agent", "service"])), volume=25, tail=1.5))  # fmt: skip
        log.tag(who, "oauth_client", name)


def shop(log: Log) -> None:
    """A shop that sells top-ups where cards are hard to get: its few cards pay for strangers."""
    rng = log.rng
    country, group = _country(log), log.group()
    cards, issuer = [log.token("card") for _ in range(int(rng.integers(3, 9)))], log.prepaid[int(rng.integers(4))]
    for _ in range(int(rng.integers(40, 130))):
        live(log, Life("topup", group, country=country, card=cards[int(rng.integers(len(cards)))], issuer=issuer))


def calls(log: Log) -> None:
    """A call centre: seats that look alike, shifts, three clients' scripts, one egress; nobody verified the firm."""
    rng, nets = log.rng, log.nets
    country, group, domain = _country(log), log.group(), log.token("bpo", 5) + ".com"
    egress = nets.pool(nets.near(nets.isps[country][0], 2), 6)
    scripts = [log.speech.form(0.4) for _ in range(3)]
    desk = log.token("fp", 10)
    clients = [log.speech.voice(3, 0.02).topics for _ in range(3)]
    for _ in range(int(rng.integers(30, 80))):
        k = int(rng.integers(3))
        voice = Voice(clients[k], np.full(3, 1 / 3), (scripts[k], -1), (0.7, 0.3))
        live(log, Life("firm", group, country=country, domain=domain, place=egress, devices=(desk,), voice=voice,
                       card="", rhythm="office", volume=50, tail=0.5))  # fmt: skip


def fans(log: Log) -> None:
    """An influencer's followers: one code, one evening, a pack of prompts; all over the place."""
    rng = log.rng
    group, day, code = log.group(), float(rng.uniform(3, log.habits.days * 0.8)), log.token("ref", 7)
    pack = tuple(log.speech.form(0.35) for _ in range(4))
    bank, topics = log.speech.bank(40, rng.integers(0, 240, 6))
    for _ in range(int(rng.integers(50, 150))):
        country = _country(log)
        voice = log.speech.voice(3, forms=(*pack, -1), often=(0.2, 0.15, 0.1, 0.05, 0.5), bank=bank, bank_topics=topics,
                                 banked=0.4, drift=0.1)  # fmt: skip
        created = (day + float(rng.exponential(0.5))) * DAY
        who = live(log, Life("fan", group, country=country, created=created, voice=voice, card="", volume=9))
        log.tag(who, "referral_code", code)


def front(log: Log) -> None:
    """Users of one popular chat program, which has its instructions and client name; each brings a key of their own."""
    rng = log.rng
    form, client = log.speech.form(0.4), log.token("chat", 4) + "/3.2"
    for _ in range(int(rng.integers(60, 200))):
        country = _country(log)
        voice = log.speech.voice(4, forms=(form,))
        live(log, Life("front", country=country, channel="api", devices=(client,), voice=voice, volume=30))


def office(log: Log) -> None:
    """A shared office: strangers behind one line, with their own firms, cards and work."""
    rng, nets = log.rng, log.nets
    country, group = _country(log), log.group()
    line = nets.pool(nets.near(nets.isps[country][1], 2), 8)
    for _ in range(int(rng.integers(15, 45))):
        live(log, Life("office", group, country=country, rhythm="office", domain=log.token("co", 6) + ".com", volume=30,
                       place=nets.mixed([line, nets.home(country)], [0.7, 0.3])))  # fmt: skip
