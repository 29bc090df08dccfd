"""Honest groups that somebody else pays for, equips or prompts: events, studies, classes, game mods, platforms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmarks.foreign.custody import clock
from benchmarks.foreign.custody.ground import COUNTRIES
from benchmarks.foreign.custody.minds import Mixed
from benchmarks.foreign.custody.neighbours import near, size
from benchmarks.foreign.custody.world import WINDOW, Gear, World


def hackathon(w: World, left: int) -> None:
    """One weekend at one venue: sign-ups within hours, a sponsor's code and gift cards, a starter kit's words.

    Each team builds something else, and most never come back.
    """
    group, country = w.group(), w.ground.country()
    venue, kit, starter = (
        w.ground.site("business", 2),
        w.device(),
        w.minds.template(float(w.rng.uniform(0.6, 0.9)), 0.2),
    )
    code, sponsor, day = w.code("ref"), w.banks[int(w.rng.integers(len(w.banks)))], float(w.rng.uniform(3, WINDOW - 5))
    awake, team = replace(clock.machine(w.rng), zone=COUNTRIES[country][0]), w.minds.own()
    for k in range(size(w, 55, left)):
        team = w.minds.own() if k % 4 == 0 else team
        who = w.person(country)
        created = day + float(w.rng.exponential(0.12))
        made = replace(
            who,
            places=((5.0, venue), *who.places),
            gear=Gear((kit, who.gear.ids[0]), (0.6, 0.4)),
            mind=Mixed(((2.0, starter), (1.5, team), (0.2, who.mind))),
            cards=(w.card(sponsor),),
            clock=awake,
            rate=float(w.rng.gamma(2, 12)),
        )
        account = w.join(made, "hackathon", group, created=created)
        w.tags.append((account, "referral_code", code))
        w.live(account, made, created, created + float(w.rng.uniform(0.6, 2.4)))
        if w.rng.random() < 0.2:
            w.live(account, who, created + 3)


def panel(w: World, left: int) -> None:
    """A study's paid participants: enrolled in one week, the day's questions at the day's hour, paid by vouchers."""
    group, start, country = w.group(), float(w.rng.uniform(-4, WINDOW - 25)), w.ground.country()
    diary, scheme, code = (
        w.minds.bank(int(w.rng.integers(20, 90)), 0.7),
        w.banks[int(w.rng.integers(90))],
        w.code("ref"),
    )
    hour = float(w.rng.uniform(8, 21))
    for _ in range(size(w, 60, left)):
        who = w.person(country)
        push = replace(who.clock, peak=hour, width=0.15, other=0.1, weekend=1.0, burst=4.0, flat=0.0)
        created = start + float(w.rng.exponential(2))
        made = replace(who, mind=diary, clock=push, rate=float(w.rng.gamma(4, 1.2)), cards=(w.card(scheme),))
        account = w.join(made, "panel", group, created=created)
        w.tags.append((account, "referral_code", code))
        w.live(account, made, created, created + float(w.rng.uniform(10, 22)))
        if w.rng.random() < 0.5:
            w.live(account, who, created)


def classroom(w: World, left: int) -> None:
    """A teacher makes accounts for pupils in an hour, on one card and one mail domain; tablets from a trolley."""
    group, country = w.group(), w.ground.country()
    school, purse, domain = w.ground.site("education"), w.card(), w.site_name()
    trolley, day = [w.device() for _ in range(int(w.rng.integers(6, 25)))], float(w.rng.uniform(-50, WINDOW - 12))
    sheets, hours = w.minds.bank(120, 0.6), clock.office(w.rng, COUNTRIES[country][0], 8.0, 6.0)
    for _ in range(size(w, 24, left, 0.3)):
        who = w.person(country)
        many = int(w.rng.integers(1, 5))
        made = replace(
            who,
            places=((1.0, school), (0.15, who.places[0][1])),
            gear=Gear(tuple(int(each) for each in w.rng.choice(trolley, many)), tuple(np.full(many, 1 / many))),
            mind=Mixed(((1.0, sheets), (0.5, who.mind))),
            clock=replace(hours, weekend=0.02),
            cards=(purse,),
            domain=domain,
            rate=float(w.rng.gamma(2, 1.5)),
        )
        created = day + float(w.rng.uniform(0, 0.05))
        w.live(w.join(made, "classroom", group, created=created), made)


def modders(w: World, left: int) -> None:
    """Players of a game's mod that speaks through each one's own key: one template, one client, nights and weekends."""
    group, mod, lines = w.group(), w.value(w.code("mod/")), w.minds.template(float(w.rng.uniform(0.8, 0.95)), 0.0)
    out, bank, code = float(w.rng.uniform(-30, 35)), w.banks[int(w.rng.integers(90))], w.code("ref")
    for _ in range(size(w, 90, left)):
        who = w.person()
        created = out + float(w.rng.gamma(1.2, 5))
        night = replace(who.clock, peak=22.0, width=2.5, weekend=1.6, burst=40.0, gap=8.0)
        made = replace(
            who,
            places=who.places[:1] if w.rng.random() < 0.7 else ((1.0, w.ground.vpn()),),
            gear=Gear((mod,), (1.0,)),
            mind=Mixed(((9.0, lines), (float(w.rng.gamma(0.5, 1)), who.mind))),
            clock=night,
            cards=(w.card(bank),) if w.rng.random() < 0.4 else who.cards,
            rate=float(w.rng.gamma(1.5, 12)),
        )
        account = w.join(made, "modders", group, created=created)
        if w.rng.random() < 0.5:
            w.tags.append((account, "referral_code", code))
        w.live(account, made, created, created + float(w.rng.exponential(14)) + 1)


def recipes(w: World, left: int) -> None:
    """Customers of an automation platform: its hosts and client, full hours, a few recipes copied from its shop."""
    group, client = w.group(), w.value(w.code("flow/"))
    hosts = w.ground.pool(w.ground.hosted(int(w.rng.integers(3, 16)), near=True))
    shop = [w.minds.template(float(w.rng.uniform(0.7, 0.95)), 0.03) for _ in range(5)]
    for _ in range(size(w, 80, left)):
        who = w.person()
        made = replace(
            who,
            places=((1.0, hosts),),
            gear=Gear((client,), (1.0,)),
            mind=Mixed(((1.0, shop[int(w.rng.integers(5))]), (float(w.rng.gamma(0.5, 0.8)), who.mind))),
            clock=clock.timer(w.rng),
            cards=who.cards or (w.card(),),
            rate=float(np.exp(w.rng.normal(1.6, 0.9))),
        )
        account = w.join(made, "recipes", group)
        w.live(account, made)
        if w.rng.random() < 0.5:
            w.live(account, who)


def tenants(w: World, left: int) -> None:
    """A software house with an account for each of its customers: one card, domain and product, its servers."""
    group, client, purse, domain = w.group(), w.device(), w.card(), w.site_name()
    hosts, product = w.ground.pool(w.ground.hosted(3, near=True)), w.minds.template(float(w.rng.uniform(0.6, 0.9)), 0.0)
    opened = -float(w.rng.uniform(20, 300))
    for _ in range(size(w, 26, left)):
        who = w.person()
        made = replace(
            who,
            places=((1.0, hosts),),
            gear=Gear((client,), (1.0,)),
            mind=Mixed(((2.0, product), (1.0, who.mind))),
            clock=clock.office(w.rng, COUNTRIES[who.country][0]),
            cards=(purse,),
            domain=domain,
            rate=float(np.exp(w.rng.normal(2.0, 1.0))),
        )
        created = float(w.rng.uniform(opened, WINDOW - 3))
        w.live(w.join(made, "vendor", group, created=created, channel="api"), made)


def reunion(w: World, left: int) -> None:
    """A clan of a game: friends on all continents, one VPN, one code, the same in-jokes, at times a friend's card."""
    group, number, code, jokes = w.group(), int(w.rng.integers(5)), w.code("ref"), w.minds.template(edited=0.5)
    friend = w.card()
    for _ in range(size(w, 14, left)):
        who = w.person()
        made = near(w, who, (float(w.rng.gamma(1, 0.5)), w.ground.vpn(number)))
        made = replace(
            made,
            mind=Mixed(((1.0, who.mind), (float(w.rng.gamma(1, 0.5)), jokes))),
            cards=(friend,) if w.rng.random() < 0.2 else who.cards,
        )
        account = w.join(made, "reunion", group)
        if w.rng.random() < 0.7:
            w.tags.append((account, "referral_code", code))
        w.live(account, made)
