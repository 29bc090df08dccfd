"""Honest groups that look like one operator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from benchmarks.foreign.doings import begin, call, sign_up, when
from benchmarks.foreign.people import person
from benchmarks.foreign.world import DAY, END, HOUR, START, Part, Place, World


def family(world: World) -> None:
    """A home with a shared device, sometimes a shared card."""
    draw, group, home = world.random, world.group(), world.home()
    card = world.card() if draw.random() < 0.5 else None
    shared = [world.browser() for _ in range(2)]
    issuer = world.issuer()
    for _ in range(draw.integers(2, 6)):
        devices = [world.browser(), shared[draw.integers(2)]]
        person(world, "family", group, home, devices, "evening", card, zone=0, issuer=issuer)


def firm(world: World) -> None:
    """A firm behind one gateway, with prompts and often a card in common."""
    draw, group = world.random, world.group()
    size, net = int(draw.integers(12, 120)), world.net("business", 8000 + group)
    place = Place([f"{net}.{j}" for j in draw.integers(1, 255, draw.integers(1, 3))], True)
    organization = f"Firm {group}" if draw.random() < 0.5 else None
    shared, issuer = world.templates(int(draw.integers(3, 15))), world.issuer(0.3)
    card = world.card() if draw.random() < 0.4 else None
    trade, client, zone = world.topics(4), world.client(), draw.choice([0, 5, -5, 8])
    founded = START + draw.integers(-200, 20) * DAY
    for _ in range(size):
        person(
            world,
            "firm",
            group,
            place,
            created=min(founded + draw.exponential(40) * DAY, START + 40 * DAY),
            device=[world.browser(), client] if draw.random() < 0.5 else client,
            profile="office",
            card=card,
            issuer=issuer if draw.random() < 0.7 else None,
            organization=organization,
            mail=f"firm{group}.com",
            zone=zone,
            mixture=[
                Part(1, world.topics(2) + trade),
                Part(draw.uniform(0.2, 3), None, world.some(shared, min(4, len(shared)))),
            ],
            calls=int(np.clip(draw.lognormal(4, 1), 5, 2000)),
        )


def agency(world: World) -> None:
    """An agency that runs an account for each client, with prompts of its own and of theirs."""
    draw, group = world.random, world.group()
    size, home = int(draw.integers(5, 26)), world.home()
    server, shared = Place(list(draw.choice(world.cloud[0], 2))), world.templates(6)
    devices = [world.client(), world.browser()]
    for _ in range(size):
        person(
            world,
            "agency",
            group,
            home if draw.random() < 0.5 else server,
            devices,
            "office",
            zone=0,
            mail=f"client{draw.integers(1_000_000)}.com",
            organization=f"Client {draw.integers(1_000_000)}" if draw.random() < 0.4 else None,
            mixture=[
                Part(1, world.topics(2)),
                Part(draw.uniform(0.5, 3), None, world.some(shared, 3)),
                Part(1, None, world.templates(2)),
            ],
        )


def classroom(world: World) -> None:
    """A course: accounts made in the same days for the same exercises, many from the campus."""
    draw, group = world.random, world.group()
    size, net = int(draw.integers(50, 220)), world.net("education", 8500 + group)
    campus = Place([f"{net}.{j}" for j in draw.integers(1, 255, 5)], True)
    start = float(START + draw.integers(2, 30) * DAY)
    exercises, client = world.templates(int(draw.integers(4, 14)), spread=0.3), world.client()
    for _ in range(size):
        person(
            world,
            "class",
            group,
            campus if draw.random() < 0.6 else None,
            profile="day",
            zone=0,
            created=start - draw.exponential(2) * DAY,
            calls=int(draw.integers(5, 60)),
            device=client if draw.random() < 0.5 else None,
            pays=draw.random() < 0.3,
            until=start + 12 * DAY,
            mail=f"uni{group}.edu" if draw.random() < 0.6 else None,
            mixture=[Part(1, world.topics(2)), Part(2.5, None, exercises)],
        )


def reseller(world: World) -> None:
    """Strangers behind one reseller: its addresses, its device, its wallet."""
    draw, group = world.random, world.group()
    place, framing = Place(list(draw.choice(world.cloud[1], 4, False)), True), world.templates(2)
    for _ in range(int(world.size * 0.03)):
        person(
            world,
            "reseller",
            group,
            place,
            f"resell-gw/{group}",
            channel="reseller",
            card=f"w{group:08x}",
            issuer="reseller-wallet",
            mail=f"resell{group}.io" if draw.random() < 0.5 else None,
            extra=[Part(0.4, None, framing)] if draw.random() < 0.5 else (),
        )


def hackathon(world: World) -> None:
    """Two days in one venue, around the clock; few go on at home."""
    draw, group = world.random, world.group()
    size, net = int(draw.integers(40, 160)), world.net("business", 8700 + group)
    start = float(START + draw.integers(3, 38) * DAY + 9 * HOUR)
    shared, client = world.templates(4, spread=0.15), world.client()
    venue = np.array([world.ip(f"{net}.{j}") for j in (5, 6)])
    for _ in range(size):
        account = sign_up(world, "hackathon", group, created=start + draw.exponential(2) * HOUR)
        calls = int(draw.integers(10, 150))
        times = when(world, calls, begin(world, account), start + 2 * DAY, "clock", 0, 5)
        device = world.device(client if draw.random() < 0.8 else world.client())
        seat = venue[draw.integers(2, size=calls)]
        asked = [Part(2, world.topics(2)), Part(2, None, shared), Part(1, None, world.templates(2))]
        call(world, account, times, seat, device, asked)
        if draw.random() < 0.3:
            times = when(world, int(draw.integers(5, 60)), start + 3 * DAY, END, "evening")
            call(world, account, times, world.at(world.home(), times), device, world.mixture())


def vendor(world: World) -> None:
    """Strangers who use one vendor's tool: its device, its prompts."""
    draw, group = world.random, world.group()
    shared, device = world.templates(12, spread=0.2), f"copilot-x/{group}.4"
    for _ in range(int(world.size * 0.08)):
        person(
            world,
            "sdkvendor",
            group,
            device=device if draw.random() < 0.9 else [device, world.client()],
            mixture=[Part(3, None, world.some(shared, 8)), Part(1, world.topics(2))],
            profile=str(draw.choice(["office", "evening", "day"])),
            calls=int(np.clip(draw.lognormal(4, 1), 5, 800)),
        )


def lab(world: World) -> None:
    """A laboratory that runs public tasks around the clock from thirty accounts."""
    draw, group = world.random, world.group()
    net = world.net("education", 8800 + group)
    place = Place([f"{net}.{j}" for j in (3, 4, 5)] + list(draw.choice(world.cloud[2], 3)), True)
    organization = f"Lab {group}" if draw.random() < 0.6 else None
    tasks = world.some(world.public_tasks, 400) + world.templates(60, spread=0.02)
    card, issuer = world.card(), world.issuer()
    founded, client = START + draw.integers(-100, 20) * DAY, world.client()
    for _ in range(30):
        person(
            world,
            "lab",
            group,
            place,
            client,
            card=card if draw.random() < 0.7 else None,
            issuer=issuer,
            profile="clock",
            organization=organization,
            mail=f"lab{group}.edu",
            created=founded + draw.exponential(5) * DAY,
            calls=int(draw.integers(150, 500)),
            mixture=[Part(1, None, tasks)],
        )


def harness(world: World) -> None:
    """Strangers who run the same public tasks with the same harness."""
    draw = world.random
    world.group()
    for _ in range(int(world.size * 0.012)):
        person(
            world,
            "harness",
            device="lm-eval/0.4.2" if draw.random() < 0.7 else None,
            profile="clock",
            calls=int(draw.integers(100, 500)),
            mixture=[Part(3, None, world.some(world.public_tasks, 500)), Part(1, world.topics(2))],
        )


def farm(world: World) -> None:
    """Workers paid for the same tasks, each at home and with an account of their own."""
    draw, group = world.random, world.group()
    size = int(draw.integers(15, 70))
    tasks, zone = world.templates(int(draw.integers(8, 25)), spread=0.25), draw.choice([0, 5, 7])
    for _ in range(size):
        calls = int(draw.integers(60, 400))
        asked = [Part(2, None, world.some(tasks, 6)), Part(1, world.topics(2))]
        person(world, "farm", group, profile="office", zone=zone, calls=calls, mixture=asked)


def migration(world: World) -> None:
    """A company that moves its work from its old accounts to as many new ones on one day."""
    draw, group = world.random, world.group()
    place, own, client = Place(list(draw.choice(world.cloud[3], 3, False))), world.templates(5), world.client()
    moved, day, issuer = int(draw.integers(1, 6)), float(START + draw.integers(10, 35) * DAY), world.issuer()
    for created, until in [(START - 90 * DAY, day)] * moved + [(day - DAY, None)] * moved:
        person(
            world,
            "migration",
            group,
            place,
            client,
            "day",
            zone=0,
            created=created,
            calls=300,
            until=until,
            mixture=[Part(1, None, own)],
            issuer=issuer,
            mail=f"co{group}.com",
        )


def cafe(world: World) -> None:
    """Strangers on the machines of an internet cafe."""
    draw, group = world.random, world.group()
    net, _ = world.home_nets[draw.integers(len(world.home_nets))]
    place, machines = Place([f"{net}.{j}" for j in (201, 202)], True), [f"cafe-{group}-{j}" for j in range(8)]
    for _ in range(int(draw.integers(40, 150))):
        used, calls, pays = list(draw.choice(machines, 3)), int(draw.integers(4, 50)), draw.random() < 0.3
        person(world, "cafe", group, place, used, "evening", zone=5, calls=calls, pays=pays)


GROUPS: Final[dict[str, Callable[[World], None]]] = {
    "family": family,
    "firm": firm,
    "agency": agency,
    "classroom": classroom,
    "reseller": reseller,
    "hackathon": hackathon,
    "vendor": vendor,
    "lab": lab,
    "harness": harness,
    "farm": farm,
    "migration": migration,
    "cafe": cafe,
}
