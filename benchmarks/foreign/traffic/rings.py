"""Further campaigns: customers of an honest gateway, people paid to type, accounts laid down to sleep."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.foreign.traffic.foes import Ring, abroad, capability
from benchmarks.foreign.traffic.life import Life, anybody, live
from benchmarks.foreign.traffic.log import Log
from benchmarks.foreign.traffic.nets import DAY
from benchmarks.foreign.traffic.words import Voice


def inside(log: Log, ring: Ring, name: str) -> None:
    """Customers of an honest gateway among five times as many others: only what they ask sets them apart."""
    rng, nets = log.rng, log.nets
    voice, group = capability(log, 5, ring.size * 50, 3), log.group()
    egress, client = nets.pool(nets.near(nets.clouds[1], 8), 0.5), log.token("gate", 4) + "/1.4"
    seat = Life(channel="partner", place=egress, devices=(client,), card="", phone="", tail=0.5)
    for _ in range(ring.size):
        created = float(rng.uniform(-5, 12)) * DAY
        one = replace(
            seat, kind="inside", campaign=name, created=created, voice=voice, rhythm="even", volume=ring.volume
        )
        who = live(log, one)
        log.tag(who, "oauth_client", client)
    for _ in range(ring.size * 5):
        country = abroad(log)
        voice = anybody(log, country)
        who = live(log, replace(seat, kind="reseller", group=group, country=country, voice=voice, volume=25))
        log.tag(who, "oauth_client", client)


def house(log: Log, ring: Ring, name: str) -> None:
    """People paid to type in one building: shifts, phones on two carriers, a task list in words of their own."""
    rng, nets = log.rng, log.nets
    base, country = capability(log, 4, ring.size * 12, 1, heft=0.2), abroad(log)
    voice = Voice(base.topics, base.shares, (base.forms[0], -1), (0.4, 0.6), (country % 8,), base.bank, 0.85, 0.45,
                  base.bank_topics)  # fmt: skip
    carriers = [nets.carrier(country), nets.carrier(country)]
    wifi = nets.home(country)
    for k in range(ring.size):
        created = (2 + k // 5 + float(rng.uniform(0, 0.3))) * DAY
        place = nets.mixed([carriers[k % 2], wifi], [0.85, 0.15])
        live(log, Life("house", campaign=name, country=country, created=created, voice=voice, place=place, card="",
                       devices=(log.machine("phone"),), rhythm="office", volume=ring.volume, tail=0.3))  # fmt: skip


def sleepers(log: Log, ring: Ring, name: str) -> None:
    """Opened within two days, silent for weeks, then all awake on one day; a server each, of one provider's range."""
    rng, nets = log.rng, log.nets
    voice, block = capability(log, 6, ring.size * 50, 3), nets.block("hosting")
    laid, wake = float(rng.uniform(-40, -20)) * DAY, float(rng.uniform(0.3, 0.6)) * log.end
    for _ in range(ring.size):
        created = laid + float(rng.uniform(0, 2)) * DAY
        begins = wake + float(rng.uniform(0, 0.4)) * DAY
        live(log, Life("sleeper", campaign=name, created=created, begins=begins, voice=voice, card=log.token("card"),
                       issuer=log.prepaid[int(rng.integers(2))], place=nets.fixed(nets.one(block)), channel="api",
                       machine="server", rhythm="even", volume=ring.volume, tail=0.4))  # fmt: skip


MORE = (inside, house, sleepers)
