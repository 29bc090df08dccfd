"""Honest people who hold things together: homes, wards, classes, libraries, phone shops, second-hand machines."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmarks.foreign.custody import clock
from benchmarks.foreign.custody.ground import COUNTRIES
from benchmarks.foreign.custody.minds import Mixed
from benchmarks.foreign.custody.world import WINDOW, Gear, Person, World


def size(w: World, median: float, left: int, spread: float = 0.6, least: int = 2) -> int:
    """How many in a group: no two alike."""
    return max(1, min(left, max(least, int(np.exp(w.rng.normal(np.log(median), spread))))))


def near(w: World, who: Person, place: tuple[float, object]) -> Person:
    """The same person, who is also found at another place."""
    return replace(who, places=(*who.places, place))  # type: ignore[arg-type]


def alone(w: World, left: int) -> None:
    who = w.person()
    w.live(w.join(who, "alone"), who)


def several(w: World, left: int) -> None:
    """One person: work and private, a password forgotten, a project of its own. Two to four accounts, kept for long."""
    who, group = w.person(), w.group()
    for k in range(min(left, 2 + int(w.rng.geometric(0.7)) - 1, 4)):
        made = replace(
            who, mind=w.minds.own() if w.rng.random() < 0.5 else who.mind, rate=who.rate * w.rng.uniform(0.2, 1)
        )
        if w.rng.random() < 0.5:
            made = replace(made, cards=(w.card(),) if who.cards else (), domain=w.site_name())
        w.live(w.join(made, "several", group, created=WINDOW - float(w.rng.exponential(200)) - 0.3 - k), made)


def household(w: World, left: int) -> None:
    """A home's line, a tablet that goes round, and a parent's card for whoever has no other."""
    group, country = w.group(), w.ground.country()
    home, tablet, parent = w.ground.home(country), w.device(), w.card()
    for k in range(size(w, 3, left, 0.35)):
        who = w.person(country)
        who = replace(who, places=((2.0, home), *who.places[1:]))
        if w.rng.random() < 0.5:
            share = float(w.rng.uniform(0.05, 0.7))
            who = replace(who, gear=Gear((tablet, who.gear.ids[0]), (share, 1 - share)))
        if k and w.rng.random() < 0.6:
            who = replace(who, cards=(parent,))
        w.live(w.join(who, "household", group), who)


def dormitory(w: World, left: int) -> None:
    """Students behind a few exits of a campus, who mail each other the questions of the same coursework."""
    group, country = w.group(), w.ground.country()
    campus, domain = w.ground.site("education", int(w.rng.integers(1, 5))), w.site_name()
    tasks = [w.minds.bank(60, 0.6) for _ in range(4)]
    gift = w.banks[int(w.rng.integers(len(w.banks)))]
    for _ in range(size(w, 60, left)):
        who = w.person(country)
        course = Mixed(((1.0, who.mind), (float(w.rng.gamma(0.6, 0.6)), tasks[int(w.rng.integers(4))])))
        cards = (w.card(gift),) if w.rng.random() < 0.3 else who.cards
        who = replace(near(w, who, (2.0, campus)), mind=course, cards=cards, domain=domain)
        w.live(w.join(who, "dormitory", group), who)


def cohort(w: World, left: int) -> None:
    """A coding bootcamp: enrolled in one week, cloned laptops, one room, the same exercises, scholarship cards."""
    group, country = w.group(), w.ground.country()
    room, image = w.ground.site("business"), [w.device() for _ in range(int(w.rng.integers(1, 4)))]
    scheme, start = w.banks[int(w.rng.integers(len(w.banks)))], float(w.rng.uniform(2, WINDOW - 15))
    lesson, zone = w.minds.bank(int(w.rng.integers(40, 400)), float(w.rng.uniform(0.4, 0.8))), COUNTRIES[country][0]
    hours, lent = clock.office(w.rng, zone), float(w.rng.uniform(0.4, 1.0))
    for _ in range(size(w, 35, left)):
        who = w.person(country)
        if w.rng.random() < lent:
            own = who.gear.ids[0]
            who = replace(who, gear=Gear((int(w.rng.choice(image)), own), (0.75, 0.25)))
        who = replace(
            near(w, who, (4.0, room)),
            mind=Mixed(((1.0, lesson), (float(w.rng.beta(1, 2)), who.mind))),
            clock=hours if w.rng.random() < 0.7 else who.clock,
            cards=(w.card(scheme),) if w.rng.random() < 0.8 else (),
            rate=float(w.rng.gamma(2, 2.5)),
        )
        created = start + float(w.rng.exponential(1.2))
        w.live(w.join(who, "cohort", group, created=created), who, created, min(WINDOW, created + w.rng.uniform(7, 40)))


def ward(w: World, left: int) -> None:
    """A hospital or a call centre in three shifts: workstations that pass from hand to hand at seven, three, eleven."""
    group, country = w.group(), w.ground.country()
    centre, zone = w.rng.random() < 0.5, COUNTRIES[country][0]
    out, stations = (
        w.ground.site("business", int(w.rng.integers(1, 3))),
        [w.device() for _ in range(int(w.rng.integers(2, 9)))],
    )
    script, domain = w.minds.template(), w.site_name()
    named, purse = f"org {w.code()}" if w.rng.random() < 0.4 else None, w.card()
    paid, wave = w.rng.random() < 0.5, float(w.rng.uniform(-200, 10))
    for k in range(size(w, 24, left, least=5)):
        who = w.person(country)
        mine = tuple(int(each) for each in w.rng.choice(stations, 2))
        extra = float(w.rng.beta(1, 4))
        who = replace(
            who,
            places=((1.0, out), *((extra * a, b) for a, b in who.places)),
            gear=Gear((*mine, who.gear.ids[0]), (0.6 * (1 - extra), 0.4 * (1 - extra), extra)),
            clock=clock.office(w.rng, zone, 7.0 + 8.0 * (k % 3), 8.0),
            mind=Mixed(((1.0, script), (float(w.rng.gamma(0.5, 0.5)), who.mind))),
            cards=(purse,) if paid else who.cards,
            domain=domain if centre or w.rng.random() < 0.4 else who.domain,
            rate=float(w.rng.gamma(3, 2)),
        )
        known = {"organization": named, "created": wave + float(w.rng.exponential(3 if centre else 60))}
        w.live(w.join(who, "callcentre" if centre else "ward", group, **known), who)


def reading_room(w: World, left: int) -> None:
    """Strangers at the PCs of a library or a cafe, one after the other, some with vouchers sold at the desk."""
    group, country = w.group(), w.ground.country()
    line, seats = w.ground.site("business"), [w.device() for _ in range(int(w.rng.integers(3, 14)))]
    voucher = w.banks[int(w.rng.integers(len(w.banks)))]
    for _ in range(size(w, 30, left)):
        who = w.person(country)
        only = w.rng.random() < 0.5
        many = min(len(seats), int(w.rng.integers(1, 5)))
        here = tuple(int(each) for each in w.rng.choice(seats, many, replace=False))
        gear = (
            Gear(here, tuple(w.rng.dirichlet(np.full(many, 2.0))))
            if only
            else Gear((*here, *who.gear.ids[:1]), tuple(w.rng.dirichlet(np.ones(many + 1))))
        )
        places = ((1.0, line),) if only else (*who.places, (1.5, line))
        cards = (w.card(voucher),) if w.rng.random() < 0.3 else who.cards
        who = replace(who, gear=gear, places=places, cards=cards, rate=who.rate * 0.7)
        w.live(w.join(who, "library", group), who)


def donated(w: World, left: int) -> None:
    """Machines that a charity hands on: the fingerprint stays, who holds it changes; set up in its office."""
    group, country = w.group(), w.ground.country()
    office, count = w.ground.site("business"), size(w, 18, left)
    machines = [w.device() for _ in range(max(1, count // 3))]
    for k in range(count):
        who, lot = w.person(country), k % len(machines)
        turn = k // len(machines)
        begin = float(min(WINDOW - 2, turn * WINDOW / 3 + w.rng.uniform(0, 4)))
        end = float(min(WINDOW, begin + w.rng.uniform(5, WINDOW / 3)))
        who = replace(who, gear=Gear((machines[lot],), (1.0,)), cards=who.cards if w.rng.random() < 0.3 else ())
        account = w.join(who, "donated", group, created=begin)
        w.live(account, replace(who, places=((1.0, office),), rate=3.0), begin, begin + 0.1)
        w.live(account, who, begin + 0.1, end)


def shop(w: World, left: int) -> None:
    """Customers of a phone shop that signs them up at the counter, with its code and the carrier's billing."""
    group, country = w.group(), w.ground.country()
    counter, code, demo = w.ground.site("business"), w.code("ref"), w.device()
    billing, carrier = f"carrier billing {w.code()}", int(w.rng.integers(2))
    for _ in range(size(w, 45, left)):
        who = w.person(country)
        created = float(w.rng.uniform(-60, WINDOW - 1))
        who = replace(
            who,
            places=((2.0, w.ground.mobile(country, carrier)), *who.places[:1]),
            cards=((w.code("wallet_"), billing),) if w.rng.random() < 0.7 else (),
        )
        account = w.join(who, "shop", group, created=created, channel="reseller")
        w.tags.append((account, "referral_code", code))
        if created > 0:
            first = replace(who, places=((1.0, counter),), gear=Gear((demo,), (1.0,)), rate=20.0)
            w.live(account, first, created, created + 0.06)
        w.live(account, who)


def rehoused(w: World, left: int) -> None:
    """A bought start-up: on one day its people move to the buyer's way in, its card and its managed devices."""
    group, country = w.group(), w.ground.country()
    day, egress = float(w.rng.uniform(8, WINDOW - 8)), w.ground.site("business", 3)
    purse, image = w.card(), [w.device() for _ in range(2)]
    named = f"org {w.code()}" if w.rng.random() < 0.6 else None
    shared = w.minds.template(edited=0.3)
    for _ in range(size(w, 26, left)):
        who = w.person(country)
        account = w.join(who, "rehoused", group, created=-float(w.rng.gamma(2, 120)) - 1, organization=named)
        w.live(account, who, 0.0, day + float(w.rng.normal(0, 0.7)))
        after = replace(
            who,
            places=((4.0, egress), *who.places[:1]),
            gear=Gear((int(w.rng.choice(image)), who.gear.ids[0]), (0.9, 0.1)),
            cards=(purse,),
            mind=Mixed(((1.0, who.mind), (float(w.rng.uniform(0, 1.0)), shared))),
            clock=clock.office(w.rng, COUNTRIES[country][0]),
        )
        w.live(account, after, day + float(w.rng.exponential(1.0)), WINDOW)


def recycled(w: World, left: int) -> None:
    """A number given up and given out again, a second-hand phone: strangers before and after."""
    group, number, device = w.group(), w.code("+"), w.device()
    day = float(w.rng.uniform(5, WINDOW - 5))
    for k in range(min(2, left)):
        who = w.person()
        who = replace(who, gear=Gear((device,), (1.0,)))
        begin, end = (0.0, day) if k == 0 else (day + w.rng.exponential(3), WINDOW)
        account = w.join(who, "recycled", group, created=begin - (k == 0) * 30.0)
        w.tags.append((account, "phone", number))
        w.live(account, who, min(begin, WINDOW - 1), end)
