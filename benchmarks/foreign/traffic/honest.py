"""Honest customers who are alone, or a few: each function adds one of them, or one small group."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.foreign.traffic.life import Life, anywhere, live
from benchmarks.foreign.traffic.log import Log
from benchmarks.foreign.traffic.nets import DAY, WEIGHTS, ZONES


def person(log: Log) -> None:
    live(log, Life())


def developer(log: Log) -> None:
    """A program in a cloud: an address of its own, or the provider's shared ones."""
    nets, rng = log.nets, log.rng
    shared = rng.random() < 0.4
    place = (
        nets.pool(nets.serverless[int(rng.integers(5))])
        if shared
        else nets.fixed(nets.one(nets.clouds[int(rng.integers(6))]))
    )
    voice = log.speech.voice(3, forms=(log.speech.form(float(rng.uniform(0.2, 0.55))), -1), often=(0.9, 0.1))
    domain = log.token("co", 7) + ".com" if rng.random() < 0.6 else None
    live(log, Life("developer", channel="api", machine="server", rhythm="service", volume=70, tail=1.5, voice=voice,
                   place=place, domain=domain, size=900))  # fmt: skip


def coder(log: Log) -> None:
    """A coding agent at home: everybody's instructions, bursts, often while its owner sleeps."""
    rng = log.rng
    voice = log.speech.voice(3, 0.95, forms=(log.coders[min(6, int(rng.zipf(1.6))) - 1],))
    rhythm = "night" if rng.random() < 0.4 else "agent"
    devices = (f"agent-cli/{rng.integers(1, 4)}.{rng.integers(6)}",)
    live(
        log, Life("coder", channel="api", rhythm=rhythm, volume=140, tail=1.2, voice=voice, devices=devices, size=4_000)
    )


def job(log: Log) -> None:
    """A scheduled job, or continuous integration: on the hour, from a runner's shared addresses."""
    nets, rng = log.nets, log.rng
    voice = log.speech.voice(1, forms=(log.speech.form(0.5),))
    live(log, Life("job", channel="api", machine="server", rhythm="hourly", volume=90, tail=0.7, voice=voice,
                   place=nets.pool(nets.serverless[int(rng.integers(3))], 1), size=1_500))  # fmt: skip


def evaluator(log: Log) -> None:
    """Somebody who runs a public benchmark: the same questions as everybody else who does."""
    rng, nets = log.rng, log.nets
    which = int(rng.integers(3))
    bank, topics = log.exams[which]
    forms = (log.exam_forms[which], log.speech.form(0.2))
    voice = log.speech.voice(2, forms=forms, often=(0.8, 0.2), bank=bank, bank_topics=topics, banked=0.95)
    begins = float(rng.uniform(0, log.end - 3 * DAY))
    live(log, Life("evaluator", channel="api", machine="server", rhythm="even", volume=180, tail=0.5, voice=voice,
                   begins=begins, created=begins - 5 * DAY, ends=begins + float(rng.uniform(0.1, 3)) * DAY,
                   place=nets.fixed(nets.one(nets.clouds[int(rng.integers(6))])), models=(0.4, 0.4, 0.2)))  # fmt: skip


def rag(log: Log) -> None:
    """A product on top of a framework whose default template it kept."""
    rng, nets = log.rng, log.nets
    voice = log.speech.voice(2, 0.05, forms=(log.frames[int(rng.integers(6))],))
    live(log, Life("rag", channel="api", machine="server", rhythm="service", volume=120, tail=1.3, voice=voice,
                   place=nets.fixed(nets.one(nets.clouds[int(rng.integers(6))])), size=3_000,
                   domain=log.token("co", 7) + ".io"))  # fmt: skip


def image(log: Log) -> None:
    """A hobbyist on a popular machine image: the fingerprint is the image's."""
    nets, rng = log.nets, log.rng
    live(log, Life("image", channel="api", devices=(log.images[int(rng.integers(5))],), rhythm="agent", volume=40,
                   place=nets.fixed(nets.one(nets.clouds[int(rng.integers(2))]))))  # fmt: skip


def private(log: Log) -> None:
    """Somebody who likes to be left alone: a VPN always on, or a residential proxy; often a prepaid card."""
    nets, rng = log.nets, log.rng
    country = int(rng.choice(len(ZONES), p=WEIGHTS))
    tunnel = (
        nets.pool(nets.vpns[int(rng.integers(5))], 6)
        if rng.random() < 0.7
        else nets.pool(nets.exits[int(rng.integers(3))], 1)
    )
    place = tunnel if rng.random() < 0.6 else nets.mixed([tunnel, nets.home(country)], [0.7, 0.3])
    paid = rng.random() < 0.5
    live(log, Life("private", country=country, place=place, card=log.token("card") if paid else "",
                   issuer=log.prepaid[int(rng.integers(4))],
                   domain="proton.me" if rng.random() < 0.5 else None))  # fmt: skip


def hunter(log: Log) -> None:
    """One person with two to four accounts, for the free credits: small abuse, no campaign."""
    rng, nets = log.rng, log.nets
    country, group = int(rng.choice(len(ZONES), p=WEIGHTS)), log.group()
    home, phone, device = nets.home(country), nets.carrier(country), log.machine()
    voice, referral = log.speech.voice(3), log.token("ref", 7)
    created = float(rng.uniform(-10 * DAY, log.end * 0.7))
    for _ in range(int(rng.integers(2, 5))):
        created += float(rng.exponential(4 * DAY))
        who = live(log, Life("several", group, country=country, created=created, ends=created + 12 * DAY, voice=voice,
                             place=nets.mixed([home, phone], [0.8, 0.2]), devices=(device, log.machine()), card="",
                             volume=25, tail=0.6))  # fmt: skip
        log.tag(who, "referral_code", referral)


def family(log: Log) -> None:
    """A household: one line, one card, each with their own things."""
    rng, nets = log.rng, log.nets
    country, group = int(rng.choice(len(ZONES), p=WEIGHTS)), log.group()
    home, card, issuer, tablet = nets.home(country), log.token("card"), log.issuers[country][0], log.machine()
    for k in range(int(rng.integers(2, 6))):
        devices = (log.machine("phone"), tablet) if rng.random() < 0.4 else (log.machine(),)
        live(log, Life("family", group, country=country, devices=devices, card=card if k < 3 else "", issuer=issuer,
                       place=nets.mixed([home, nets.carrier(country)], [0.8, 0.2])))  # fmt: skip


def bureau(log: Log) -> None:
    """A translation bureau: freelancers at home, its templates, its mail addresses, its card for half of them."""
    rng = log.rng
    group, domain, card = log.group(), log.token("tr", 6) + ".net", log.token("card")
    forms = tuple(log.speech.form(0.35) for _ in range(3))
    langs = tuple(int(k) for k in rng.choice(8, 3, False))
    for _ in range(int(rng.integers(7, 22))):
        country = int(rng.choice(len(ZONES), p=WEIGHTS))
        voice = log.speech.voice(3, 0.02, forms=(*forms, -1), often=(0.4, 0.3, 0.1, 0.2), langs=langs)
        paid = rng.random() < 0.5
        live(log, Life("bureau", group, country=country, domain=domain if rng.random() < 0.7 else None, voice=voice,
                       card=card if paid else None, issuer=log.issuers[0][1], rhythm="office", volume=45, tail=0.8,
                       place=anywhere(log, country)))  # fmt: skip


def migration(log: Log) -> None:
    """A firm that moves from one account to many: one goes silent, a dozen begin, the same addresses and templates."""
    rng, nets = log.rng, log.nets
    group, name = log.group(), log.token("co", 6)
    country, block = int(rng.choice(len(ZONES), p=WEIGHTS)), nets.block("hosting")
    when = float(rng.uniform(0.3, 0.7)) * log.end
    forms = tuple(log.speech.form(0.45) for _ in range(5))
    place = nets.pool(nets.near(block, 6))
    seat = Life("firm", group, country=country, domain=name + ".com", organization=name, channel="api", place=place,
                machine="server", rhythm="service", card=log.token("card"), issuer=log.issuers[country][1],
                phone=log.token("tel", 10))  # fmt: skip
    everything = log.speech.voice(5, 0.1, forms=forms, often=(1.0,) * 5)
    live(log, replace(seat, created=-150 * DAY, ends=when, volume=900, tail=0.2, voice=everything))
    for k in range(int(rng.integers(8, 16))):
        created, begins = when - float(rng.uniform(0, 3)) * DAY, when + float(rng.uniform(-1, 3)) * DAY
        voice = log.speech.voice(2, 0.1, forms=(forms[k % 5],))
        live(log, replace(seat, created=created, begins=begins, volume=120, voice=voice))


def manager(log: Log) -> None:
    """A consultant who set up and pays the accounts of small clients, and looks in from the office."""
    rng, nets = log.rng, log.nets
    group, card, country = log.group(), log.token("card"), int(rng.choice(len(ZONES), p=WEIGHTS))
    office, laptop = nets.fixed(nets.one(nets.isps[country][0])), log.machine()
    for _ in range(int(rng.integers(6, 18))):
        own = nets.fixed(nets.one(nets.isps[country][1]))
        live(log, Life("manager", group, country=country, card=card, issuer=log.issuers[country][1], rhythm="office",
                       place=nets.mixed([own, office], [0.9, 0.1]), devices=(log.machine(), laptop), volume=40,
                       domain=log.token("shop", 6) + ".com"))  # fmt: skip
