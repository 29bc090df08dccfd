"""Campaigns: one operator each. What a ring shares depends on its trade; none shares everything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from benchmarks.foreign.traffic import clock
from benchmarks.foreign.traffic.life import Life, anybody, live
from benchmarks.foreign.traffic.log import Log
from benchmarks.foreign.traffic.nets import DAY, WEIGHTS, ZONES, Place
from benchmarks.foreign.traffic.words import Voice


@dataclass(frozen=True)
class Ring:
    """A campaign to be planted: its trade (a function below), its accounts, calls of each."""

    trade: str
    size: int
    volume: float = 40.0


def capability(
    log: Log, topics: int, size: int, forms: int, heft: float = 0.35, drift: float = 0.0, **more: Any
) -> Voice:
    """Questions made to draw one skill out of a model: a few topics, a bank, the harvester's templates."""
    rng = log.rng
    wanted = int(rng.integers(30)) * 8 + rng.choice(8, min(8, topics), False)
    bank, of = log.speech.bank(size, wanted)
    made = tuple(log.speech.form(heft) for _ in range(forms)) or (-1,)
    often = tuple(1 / (k + 1) for k in range(len(made)))
    return Voice(wanted, np.full(len(wanted), 1 / len(wanted)), made, often, bank=bank, bank_topics=of,
                 banked=0.9, drift=drift, **more)  # fmt: skip


def batch(log: Log, number: int, each: int) -> tuple[list[str], str]:
    """Virtual cards of one issuer, each good for so many accounts at most."""
    cards = [log.token("card") for _ in range(number)]
    picked = [
        cards[k] for k in log.rng.integers(number, size=number) for _ in range(int(log.rng.integers(1, each + 1)))
    ]
    while len(picked) < number:
        picked.append(cards[int(log.rng.integers(number))])
    log.rng.shuffle(picked)
    return picked, log.token("bin", 6)


def abroad(log: Log) -> int:
    return int(log.rng.choice(len(ZONES), p=WEIGHTS))


def phones(log: Log, size: int, each: int) -> list[str]:
    """Rented numbers, each good for a few sign-ups."""
    made = [log.token("tel", 10) for _ in range(-(-size // each)) for _ in range(1)]
    return [made[k // each] for k in log.rng.permutation(size)]


def relay(log: Log, ring: Ring, name: str) -> None:
    """Access resold: customers' own traffic, dealt over the accounts and moved when one is throttled."""
    rng, nets = log.rng, log.nets
    cards, issuer = batch(log, ring.size, 3)
    servers = nets.pool(nets.near(nets.clouds[4], 5), 2)
    outs = nets.pool(nets.exits[0][rng.choice(len(nets.exits[0]), 40, False)], 2)
    program = (log.token("relay", 5),) if log.habits.device != "agent" else ("sdk-go/2.1", "okhttp/4.9")
    clients = [anybody(log, abroad(log)) for _ in range(ring.size * 3)]
    starts = np.sort(rng.uniform(0, log.end * 0.5, ring.size))
    for k in range(ring.size):
        who = live(
            log,
            Life("relay", campaign=name, created=float(starts[k]), ends=float(starts[k]), card=cards[k], issuer=issuer),
        )
        place = nets.mixed([servers, outs], [0.7, 0.3])
        at = float(starts[k])
        while at < log.end:  # a few customers at a time, for some days
            until = min(log.end, at + float(rng.uniform(2, 9)) * DAY)
            for each in rng.choice(len(clients), 3, False):
                number = int(ring.volume / 10 * np.exp(rng.normal(0, 0.8))) + 1
                times = clock.times(rng, "relay", number, at, until, 0.0)
                devices = np.array([log.code(d) for d in program])[rng.integers(len(program), size=len(times))]
                log.use(who, times, place(times), devices, clients[each])
            at = until


def slow(log: Log, ring: Ring, name: str) -> None:
    """A few questions a day from each account; own card, own device, other homes' lines as exits, months to sign up."""
    rng, nets = log.rng, log.nets
    voice = capability(log, 6, ring.size * 60, 4)
    lines = nets.exits[1]
    for _ in range(ring.size):
        country = abroad(log)
        own = nets.pool(lines[rng.choice(len(lines), 12, False)], 24)
        live(log, Life("slow", campaign=name, country=country, created=float(rng.uniform(-60, 15)) * DAY, voice=voice,
                       place=own, card=log.token("card"), issuer=log.issuers[country][int(rng.integers(6))],
                       rhythm="office", volume=ring.volume,
                       tail=0.4, models=(0.1, 0.9, 0.0)))  # fmt: skip


def aged(log: Log, ring: Ring, name: str) -> None:
    """Accounts bought: somebody else's for weeks, then silent, then asked for one thing from a few servers."""
    rng, nets = log.rng, log.nets
    voice = capability(log, 5, ring.size * 30, 3)
    servers, profiles = nets.near(nets.block("hosting"), 9), [log.token("fp", 10) for _ in range(6)]
    for _ in range(ring.size):
        sold = float(rng.uniform(0.25, 0.45)) * log.end
        who = live(log, Life("aged", campaign=name, created=float(rng.uniform(-300, -20)) * DAY, ends=sold, volume=14))
        begins = max(0.5 * log.end, sold + 5 * DAY) + float(rng.uniform(0, 6)) * DAY
        times = clock.times(rng, "agent", int(ring.volume * np.exp(rng.normal(0, 0.4))), begins, log.end, 0.0)
        ips = nets.pool(servers[rng.choice(9, 3, False)], 6)(times)
        device = log.code(profiles[int(rng.integers(6))])
        log.use(who, times, ips, np.full(len(times), device), voice, models=(0.0, 1.0, 0.0))


def labs(log: Log, ring: Ring, name: str) -> None:
    """One of several labs with the same seller of proxies: the exits are shared, the work and the cards are not."""
    rng, nets = log.rng, log.nets
    voice = capability(log, 4, ring.size * 40, 3)
    cards, issuer = batch(log, ring.size, 2)
    devices = [log.token("fp", 10) for _ in range(4)]
    start = float(rng.uniform(0.05, 0.4)) * log.end
    for k in range(ring.size):
        live(log, Life("lab", campaign=name, created=start + float(rng.exponential(2)) * DAY, voice=voice,
                       card=cards[k], issuer=issuer, devices=(devices[k % 4],), channel="api",
                       place=nets.pool(nets.exits[2], 1), rhythm="even", volume=ring.volume,
                       tail=0.4, models=(0.1, 0.9, 0.0)))  # fmt: skip


def respawn(log: Log, ring: Ring, name: str) -> None:
    """Banned, and back the next day with new accounts, new addresses, some old cards, the same work."""
    rng, nets = log.rng, log.nets
    voice = capability(log, 5, ring.size * 40, 3)
    waves = 4
    cards, issuer = batch(log, ring.size, 2)
    span = log.end * 0.8 / waves
    block = nets.block("hosting")
    for k in range(ring.size):
        wave = k * waves // ring.size
        begins = log.end * 0.1 + wave * span + float(rng.uniform(0, 1)) * DAY
        ban = log.end * 0.1 + (wave + 1) * span - 0.3 * DAY
        if wave not in (0,) and rng.random() < 0.25:
            cards[k] = cards[int(rng.integers(k))]
        own = np.random.default_rng([log.seed, log.campaigns, wave])
        lines = [log.code(f"{block}.{own.integers(255)}.{j}") for j in own.choice(250, 6, False)]
        live(log, Life("respawn", campaign=name, created=begins, ends=ban + 0.3 * DAY, banned=ban, voice=voice,
                       card=cards[k], issuer=issuer, place=nets.pool(np.array(lines), 2), channel="api",
                       rhythm="even", volume=ring.volume, tail=0.3))  # fmt: skip


def paraphrase(log: Log, ring: Ring, name: str) -> None:
    """One skill, no two prompts alike: a model rewords every question first."""
    rng, nets = log.rng, log.nets
    voice = capability(log, 3, ring.size * 12, 0, drift=0.75)
    numbers, lines = phones(log, ring.size, 3), nets.exits[0]
    for k in range(ring.size):
        country = abroad(log)
        own = nets.pool(lines[rng.choice(len(lines), 8, False)], 8)
        live(log, Life("paraphrase", campaign=name, country=country, created=float(rng.uniform(-20, 10)) * DAY,
                       voice=voice, place=own, card=log.token("card"), issuer=log.prepaid[int(rng.integers(4))],
                       phone=numbers[k], rhythm="even", volume=ring.volume, tail=0.3,
                       size=220, models=(0.0, 1.0, 0.0)))  # fmt: skip


def tongues(log: Log, ring: Ring, name: str) -> None:
    """The same questions in six languages, from servers in as many countries."""
    rng, nets = log.rng, log.nets
    langs = tuple(int(k) for k in rng.choice(8, 6, False))
    base = capability(log, 5, ring.size * 15, 4, heft=0.25)
    cards, issuer = batch(log, ring.size, 3)
    racks = [nets.near(nets.clouds[k % 6], 5) for k in range(6)]
    for k in range(ring.size):
        two = tuple(langs[(k + j) % 6] for j in range(2))
        voice = Voice(base.topics, base.shares, base.forms, base.often, two, base.bank, 0.9, 0.2, base.bank_topics)
        live(log, Life("tongues", campaign=name, created=float(rng.uniform(-5, 20)) * DAY, voice=voice, card=cards[k],
                       issuer=issuer, place=nets.pool(racks[k % 6], 4), channel="api", rhythm="service",
                       volume=ring.volume, tail=0.5, machine="server"))  # fmt: skip


def pivot(log: Log, ring: Ring, name: str) -> None:
    """The day a new model appears, every account of the ring asks for that and nothing else."""
    rng, nets = log.rng, log.nets
    day = (log.habits.release or log.habits.days / 2) * DAY
    voice = capability(log, 5, ring.size * 40, 3)
    cards, issuer = batch(log, ring.size, 2)
    for k in range(ring.size):
        place = nets.mixed([nets.pool(nets.serverless[1], 2), nets.pool(nets.exits[1][:40], 3)], [0.5, 0.5])
        life = Life("pivot", campaign=name, created=float(rng.uniform(-30, 10)) * DAY, ends=day, voice=voice,
                    channel="api", card=cards[k], issuer=issuer, place=place, rhythm="even", tail=0.4,
                    volume=ring.volume / 2, machine="server", models=(0.3, 0.7, 0.0))  # fmt: skip
        who = live(log, life)
        times = clock.times(rng, "even", int(ring.volume), day + float(rng.uniform(0, 1)) * DAY, log.end, 0.0)
        device = log.code(log.machine("server"))
        log.use(who, times, place(times), np.full(len(times), device), voice, models=(0.0, 0.02, 0.98))


def tiny(log: Log, ring: Ring, name: str) -> None:
    """A handful of accounts of a careful operator: one template, two servers now and then, else each its own exits."""
    rng, nets = log.rng, log.nets
    voice = capability(log, 4, 500, 2)
    own = nets.pool(nets.near(nets.clouds[5], 2), 12)
    for _ in range(ring.size):
        lines = nets.pool(nets.exits[2][rng.choice(len(nets.exits[2]), 10, False)], 12)
        live(log, Life("tiny", campaign=name, created=float(rng.uniform(-20, 10)) * DAY, voice=voice, channel="api",
                       place=nets.mixed([own, lines], [0.35, 0.65]), card=log.token("card"), rhythm="office",
                       issuer=log.prepaid[0], volume=ring.volume, tail=0.3))  # fmt: skip


def large(log: Log, ring: Ring, name: str) -> None:
    """A third of all accounts: cells of fifty with addresses, cards and images of their own; one bank of questions."""
    rng, nets = log.rng, log.nets
    voice = capability(log, 8, ring.size * 20, 6)
    other = capability(log, 5, ring.size * 10, 4)
    cells = max(1, ring.size // 50)
    lines = [nets.near(nets.clouds[k % 6], 25) for k in range(cells)]
    issuers, images = [log.token("bin", 6) for _ in range(5)], [log.token("fp", 10) for _ in range(cells * 3)]
    begun = rng.uniform(-10, 20, cells)
    card = ""
    for k in range(ring.size):
        cell = k % cells
        guest = int(rng.integers(cells))
        if not card or rng.random() < 0.6:
            card = log.token("card")
        place = nets.mixed([nets.pool(lines[cell], 3), nets.pool(lines[guest], 3)], [0.92, 0.08])
        live(log, Life("large", campaign=name, created=float(begun[cell] + rng.exponential(2)) * DAY, place=place,
                       card=card, issuer=issuers[cell % 5], channel="api", rhythm="even", volume=ring.volume,
                       devices=(images[cell * 3 + int(rng.integers(3))],), tail=0.5,
                       voice=voice if rng.random() < 0.7 else other))  # fmt: skip


def rented(log: Log, ring: Ring, name: str) -> None:
    """Keys rented from people who go on with their own affairs: half of the calls are the operator's."""
    rng, nets = log.rng, log.nets
    voice = capability(log, 5, ring.size * 40, 3)
    servers = nets.near(nets.clouds[3], 6)
    device = log.machine("server")
    for _ in range(ring.size):
        who = live(log, Life("rented", campaign=name, created=float(rng.uniform(-200, 0)) * DAY, volume=25, tail=0.5))
        begins = float(rng.uniform(0.1, 0.5)) * log.end
        times = clock.times(rng, "even", int(ring.volume * np.exp(rng.normal(0, 0.4))), begins, log.end, 0.0)
        log.use(who, times, nets.pool(servers, 2)(times), np.full(len(times), log.code(device)), voice)


def farm(log: Log, ring: Ring, name: str) -> None:
    """Free credits by the hundred, opened by a script and sold to a chat site, whose users ask."""
    rng, nets = log.rng, log.nets
    domains = [log.token("mx", 7) + ".xyz" for _ in range(6)]
    numbers, chain = phones(log, ring.size, 4), [log.token("ref", 7) for _ in range(ring.size // 12 + 1)]
    site, devices = log.speech.form(0.3), [log.token("fp", 10) for _ in range(8)]
    place: Place = nets.pool(nets.exits[1], 1)
    server = nets.pool(nets.near(nets.clouds[2], 4), 2)
    for k in range(ring.size):
        created = (2 + k / ring.size * (log.habits.days - 10) + float(rng.uniform(0, 0.3))) * DAY
        voice = log.speech.voice(8, forms=(site, -1), often=(0.75, 0.25))
        who = live(log, Life("farm", campaign=name, created=created, ends=created + 4 * DAY, voice=voice, card="",
                             domain=domains[k % 6], phone=numbers[k], devices=(devices[k % 8],), rhythm="service",
                             place=nets.mixed([place, server], [0.5, 0.5]), volume=ring.volume, tail=0.2))  # fmt: skip
        log.tag(who, "referral_code", chain[k // 12])


ALL = (relay, slow, aged, labs, respawn, paraphrase, tongues, pivot, tiny, large, rented, farm)
TRADES: Final = {each.__name__: each for each in ALL}
