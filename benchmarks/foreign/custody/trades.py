"""Honest work that looks like a ring: agencies, labs, resellers, extensions, translators, cloud jobs, fashions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmarks.foreign.custody import clock
from benchmarks.foreign.custody.ground import COUNTRIES
from benchmarks.foreign.custody.minds import Mixed
from benchmarks.foreign.custody.neighbours import near, size
from benchmarks.foreign.custody.world import WINDOW, Gear, World


def agency(w: World, left: int) -> None:
    """A marketing agency that runs its clients' accounts from its office, with its staff and often its card.

    The clients differ in subject, most are verified organizations with a domain of theirs, and all last.
    """
    group, country = w.group(), w.ground.country()
    office, staff = w.ground.site("business"), [w.device() for _ in range(int(w.rng.integers(2, 7)))]
    brief, purse, pays = w.minds.template(edited=0.25), w.card(), float(w.rng.beta(2, 2))
    verified, hours = float(w.rng.uniform(0.5, 1.0)), clock.office(w.rng, COUNTRIES[country][0])
    for _ in range(size(w, 18, left)):
        client = w.person(country)
        desk = tuple(int(each) for each in w.rng.choice(staff, 2))
        share = float(w.rng.uniform(0.2, 1.0))
        made = replace(
            client,
            places=((share, office), ((1 - share) * 0.99 + 0.01, client.places[0][1])),
            gear=Gear((*desk, client.gear.ids[0]), (share * 0.7, share * 0.3, 1 - share)),
            clock=hours,
            mind=Mixed(((1.0, client.mind), (float(w.rng.gamma(1.0, 0.8)), brief))),
            cards=(purse,) if w.rng.random() < pays else (w.card(),),
            domain=w.site_name(),
            rate=float(w.rng.gamma(2, 2)),
        )
        known = {
            "created": -float(w.rng.exponential(200)) + 20,
            "organization": f"org {w.code()}" if w.rng.random() < verified else None,
        }
        w.live(w.join(made, "firm", group, **known), made)


def provider(w: World, left: int) -> None:
    """A managed-service provider: small firms of different trades that it administers over one jump host and image."""
    group, jump = w.group(), w.ground.pool(w.ground.hosted(2, near=True))
    tool, image, bank = w.minds.template(0.9, 0.0), w.device(), w.banks[int(w.rng.integers(len(w.banks)))]
    for _ in range(size(w, 22, left)):
        who = w.person()
        share = float(w.rng.beta(1.5, 3))
        made = replace(
            who,
            places=(*who.places, (share * 2, jump)),
            gear=Gear((image, who.gear.ids[0]), (share, 1 - share)),
            mind=Mixed(((1.0, who.mind), (share, tool))),
            cards=(w.card(bank),) if w.rng.random() < 0.6 else (w.card(),),
            domain=w.site_name(),
        )
        named = f"org {w.code()}" if w.rng.random() < 0.7 else None
        w.live(w.join(made, "provider", group, organization=named, created=-float(w.rng.exponential(150))), made)


def lab(w: World, left: int) -> None:
    """A university's lab: the professor's card, one login node, a harness, a public benchmark by the thousand."""
    group, country = w.group(), w.ground.country()
    node, grant, harness = w.ground.site("education"), w.card(), w.value("eval-harness/0.4.3")
    public, domain = w.shelf[int(w.rng.integers(4))], w.site_name()
    due, one = float(w.rng.uniform(10, WINDOW)), w.rng.random() < 0.7
    for _ in range(size(w, 9, left)):
        who = w.person(country)
        share = float(w.rng.uniform(0.3, 0.98))
        low = int(w.rng.integers(0, len(public.items) // 2))
        slice_ = replace(public, low=low, high=low + len(public.items) // 2)
        made = replace(
            near(w, who, (3.0, node)),
            gear=Gear((harness, who.gear.ids[0]), (share, 1 - share)),
            mind=Mixed(((share, slice_), (1 - share, who.mind))),
            cards=(grant,) if one else who.cards,
            domain=domain,
            clock=replace(clock.machine(w.rng), zone=COUNTRIES[country][0]),
            rate=float(np.exp(w.rng.normal(2.3, 0.9))),
        )
        begin = max(0.0, due - float(w.rng.gamma(3, 5)))
        account = w.join(made, "lab", group, created=begin - float(w.rng.exponential(40)))
        w.live(account, made, begin, due)
        w.live(account, who)


def evaluator(w: World, left: int) -> None:
    """One who runs a public benchmark from a cloud machine, a night or two; knows nobody else who does."""
    who, public = w.person(), w.shelf[int(w.rng.integers(4))]
    harness = w.value("eval-harness/0.4.3")
    made = replace(
        who,
        places=((1.0, w.ground.pool(w.ground.hosted(1))),),
        gear=Gear((harness,), (1.0,)),
        mind=public,
        clock=clock.machine(w.rng),
        rate=float(np.exp(w.rng.normal(3.5, 0.8))),
    )
    begin = float(w.rng.uniform(0, WINDOW - 3))
    account = w.join(who, "evaluator", created=min(begin, WINDOW - float(w.rng.exponential(60))))
    w.live(account, made, begin, begin + float(w.rng.exponential(1.5)) + 0.3)
    if w.rng.random() < 0.7:
        w.live(account, who)


def reseller(w: World, left: int) -> None:
    """A licensed reseller: its gateway, its card and its client for customers who each have a business of their own."""
    group = w.group()
    gateway, client, purse = w.ground.pool(w.ground.hosted(int(w.rng.integers(2, 9)), near=True)), w.device(), w.card()
    for _ in range(size(w, 50, left)):
        who = w.person()
        direct = float(w.rng.beta(0.6, 2.5))
        made = replace(
            who,
            places=((1 - direct, gateway), (direct + 0.01, who.places[0][1])),
            gear=Gear((client, who.gear.ids[0]), (1 - direct, direct)),
            clock=clock.office(w.rng, COUNTRIES[who.country][0]) if w.rng.random() < 0.5 else clock.timer(w.rng),
            cards=(purse,),
            domain=w.site_name(),
            rate=float(np.exp(w.rng.normal(1.2, 0.9))),
        )
        named = f"org {w.code()}" if w.rng.random() < 0.8 else None
        known = {"created": -float(w.rng.exponential(150)) + 30, "organization": named, "channel": "reseller"}
        w.live(w.join(made, "reseller", group, **known), made)


def runner(w: World, left: int) -> None:
    """Developers' jobs on a public CI: the same hosts, the same image, full hours; each on code of its own."""
    group = w.group()
    hosts, image = w.ground.hosted(int(w.rng.integers(6, 40))), w.value(w.code("runner-image/"))
    action = w.minds.template(float(w.rng.uniform(0.6, 0.9)), 0.0)
    for _ in range(size(w, 40, left)):
        who = w.person()
        made = replace(
            who,
            places=((1.0, w.ground.pool(hosts)),),
            gear=Gear((image,), (1.0,)),
            clock=clock.timer(w.rng),
            mind=Mixed(((1.0, action), (float(w.rng.gamma(1, 0.7)), who.mind))),
            rate=float(np.exp(w.rng.normal(1.5, 0.7))),
        )
        account = w.join(who, "runner", group)
        w.live(account, made)
        if w.rng.random() < 0.75:
            w.live(account, who)


def extension(w: World, left: int) -> None:
    """Strangers with one browser extension: its template, its client's fingerprint, nothing else in common."""
    group, button, client = w.group(), w.minds.template(edited=0.02), w.device()
    launch, known = float(w.rng.uniform(-90, 30)), w.rng.random() < 0.6
    for _ in range(size(w, 220, left, 0.4)):
        who = w.person()
        share = float(w.rng.beta(1.2, 1.0))
        made = replace(
            who,
            gear=Gear((client if known else who.gear.ids[0], who.gear.ids[0]), (share, 1 - share)),
            mind=Mixed(((share, button), (1 - share + 0.01, who.mind))),
        )
        w.live(w.join(made, "extension", group, created=launch + float(w.rng.exponential(25)) - 1), made)


def fashion(w: World, left: int) -> None:
    """A viral prompt or an influencer's course: signed up within days by one code, the same words, then silence."""
    group, words, code = w.group(), w.minds.template(float(w.rng.uniform(0.8, 0.97)), 0.15), w.code("ref")
    day, wallet = float(w.rng.uniform(3, WINDOW - 8)), w.banks[int(w.rng.integers(len(w.banks)))]
    for _ in range(size(w, 110, left, 0.5)):
        who = w.person()
        created = min(WINDOW - 0.2, day + float(w.rng.exponential(2.5)))
        made = replace(
            who, mind=Mixed(((2.0, words), (float(w.rng.gamma(1, 0.8)), who.mind))), rate=float(w.rng.gamma(2, 3))
        )
        if w.rng.random() < 0.35:
            made = replace(made, cards=(w.card(wallet),))
        account = w.join(made, "fashion", group, created=created)
        if w.rng.random() < 0.8:
            w.tags.append((account, "referral_code", code))
        w.live(account, made, created, min(WINDOW, created + 1 + float(w.rng.exponential(4))))
        if w.rng.random() < 0.3:
            w.live(account, who, created)


def translators(w: World, left: int) -> None:
    """A translators' collective: one house's template and glossary, everybody at home, paid apart, at human hours."""
    group, style = w.group(), w.minds.template(float(w.rng.uniform(0.65, 0.9)), 0.1)
    jobs, code = w.minds.bank(300, 0.7), w.code("ref")
    for _ in range(size(w, 40, left)):
        who = w.person()
        made = replace(
            who,
            mind=Mixed(((3.0, style), (float(w.rng.gamma(1, 0.7)), jobs), (float(w.rng.gamma(1, 1)), who.mind))),
            rate=float(w.rng.gamma(2, 4)),
            cards=who.cards or (w.card(),),
        )
        account = w.join(made, "translators", group)
        if w.rng.random() < 0.4:
            w.tags.append((account, "referral_code", code))
        w.live(account, made)


def coworking(w: World, left: int) -> None:
    """Freelancers on one floor: one address by day, everything else their own; three have founded a firm."""
    group, country = w.group(), w.ground.country()
    floor, purse, joint = w.ground.site("business", int(w.rng.integers(1, 3))), w.card(), w.minds.template(edited=0.2)
    for k in range(size(w, 25, left)):
        who = replace(w.person(country), clock=clock.office(w.rng, COUNTRIES[country][0]))
        who = near(w, who, (float(w.rng.uniform(0.5, 5)), floor))
        if k < 3:
            who = replace(who, cards=(purse,), mind=Mixed(((1.0, who.mind), (1.0, joint))))
        w.live(w.join(who, "coworking", group), who)


def exiles(w: World, left: int) -> None:
    """People who all use one VPN, one virtual bank and one private mail house, because they must be careful."""
    group, number, bank = w.group(), int(w.rng.integers(5)), w.banks[int(w.rng.integers(len(w.banks)))]
    mail = w.site_name()
    for _ in range(size(w, 60, left)):
        who = w.person()
        share = float(w.rng.beta(3, 1))
        who = replace(
            who,
            places=((share, w.ground.vpn(number)), (1 - share + 0.01, who.places[0][1])),
            cards=(w.card(bank),) if w.rng.random() < 0.7 else (),
            domain=mail if w.rng.random() < 0.7 else who.domain,
        )
        w.live(w.join(who, "exiles", group), who)
