"""Families of worlds: which habits the log has, which crowds and which rings are there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from benchmarks.foreign.traffic import crowds, honest, trends
from benchmarks.foreign.traffic.foes import TRADES, Ring
from benchmarks.foreign.traffic.log import Habits, Log
from benchmarks.foreign.traffic.rings import MORE

MOST: Final = {"person": 60, "developer": 12, "coder": 8, "job": 3, "evaluator": 1, "rag": 4, "image": 3, "private": 5}


KNOWN: Final = {**TRADES, **{each.__name__: each for each in MORE}}
CROWDS: Final = {**vars(honest), **vars(crowds), **vars(trends)}


@dataclass(frozen=True)
class Scene:
    """A family at one size: groups of each kind, weights of those who are alone, and rings."""

    habits: Habits
    groups: Mapping[str, int]
    alone: Mapping[str, int]
    rings: tuple[Ring, ...] = ()


def make(scene: Scene, seed: int, accounts: int) -> Log:
    """A world of about so many accounts: rings and groups first, then people who are alone until it is full."""
    log = Log(scene.habits, seed, accounts)
    for ring in scene.rings:
        KNOWN[ring.trade](log, ring, log.campaign())
    for kind, number in scene.groups.items():
        for _ in range(number):
            CROWDS[kind](log)
    kinds = list(scene.alone)
    weights = [scene.alone[each] / sum(scene.alone.values()) for each in kinds]
    while not log.full():
        getattr(honest, str(log.rng.choice(kinds, p=weights)))(log)
    return log


def _few(accounts: int, **each: int) -> dict[str, int]:
    """Groups for 3,500 accounts, scaled to so many."""
    return {kind: max(1, round(number * accounts / 3_500)) for kind, number in each.items()}


def _sized(accounts: int, size: int) -> int:
    return max(6, round(size * min(1.0, accounts / 3_500)))


def tenants(accounts: int) -> Scene:
    """Enterprises, gateways and firms that move; a relay and a handful."""
    groups = _few(accounts, tenant=5, aggregator=2, migration=6, manager=8, family=40, office=3, calls=2, hunter=15)
    rings = (Ring("relay", _sized(accounts, 60), 60), Ring("tiny", 8))
    return Scene(Habits(width=96), groups, MOST, rings)


def nights(accounts: int) -> Scene:
    """Coding agents, jobs on the hour, machine images; a ring that pivots and one that is slow. Text."""
    groups = _few(accounts, front=3, family=30, tenant=1, hackathon=2, hunter=20)
    alone = {"person": 25, "coder": 30, "job": 12, "developer": 15, "evaluator": 3, "image": 10, "rag": 8}
    rings = (Ring("pivot", _sized(accounts, 45), 50), Ring("slow", _sized(accounts, 40), 70))
    return Scene(Habits(width=0, release=22.0, device="agent"), groups, alone, rings)


def carriers(accounts: int) -> Scene:
    """Shared phone addresses, much IPv6, prepaid cards, households; a ring that comes back and one that buys."""
    groups = _few(accounts, family=150, hunter=60, shop=4, course=4)
    alone = {"person": 80, "private": 10, "coder": 5, "developer": 5}
    rings = (Ring("respawn", _sized(accounts, 56), 50), Ring("aged", _sized(accounts, 40), 60))
    return Scene(Habits(width=256, six=0.7, clock="ms", most=25), groups, alone, rings)


def lectures(accounts: int) -> Scene:
    """No campaign: universities, classes, hackathons, followers, benchmarks that everybody runs."""
    groups = _few(accounts, campus=5, course=12, hackathon=4, fans=4, hunter=20, family=20)
    return Scene(Habits(width=96, device="agent"), groups, {"person": 60, "evaluator": 6, "coder": 10, "developer": 10})


def tongues(accounts: int) -> Scene:
    """Bureaus and call centres; a ring in six languages and one that rewords everything. Text."""
    groups = _few(accounts, bureau=25, calls=4, fans=2, office=3, family=40)
    rings = (Ring("tongues", _sized(accounts, 50), 50), Ring("paraphrase", _sized(accounts, 40), 60))
    return Scene(Habits(width=0, lost=0.2), groups, MOST, rings)


def exits(accounts: int) -> Scene:
    """Private people on the same exits as three labs, and rented keys; addresses hashed, devices half lost."""
    groups = _few(accounts, family=60, tenant=2, fans=2, hunter=30, front=1)
    rings = (*(Ring("labs", _sized(accounts, 25), 70) for _ in range(3)), Ring("rented", _sized(accounts, 30), 50))
    alone = {"person": 50, "private": 30, "developer": 10, "coder": 8}
    return Scene(Habits(width=96, ip="hashed", lost=0.45), groups, alone, rings)


def third(accounts: int) -> Scene:
    """One ring is a third of all; among firms, campuses and followers. Times with offsets, in CSV."""
    groups = _few(accounts, tenant=3, campus=2, fans=2, family=40, migration=4, aggregator=1)
    rings = (Ring("large", accounts // 3, 30),)
    return Scene(Habits(width=96, clock="zone", most=25), groups, MOST, rings)


def gateways(accounts: int) -> Scene:
    """No campaign: gateways, shops that pay for strangers, chat programs, consultants, call centres. Few prompts."""
    groups = _few(accounts, aggregator=5, shop=8, front=4, manager=15, calls=5, bureau=6)
    return Scene(Habits(width=96, sampled=0.1), groups, MOST)


def outage(accounts: int) -> Scene:
    """Everybody fails together and rests together; a ring that comes back, a handful. Addresses cut short."""
    groups = _few(accounts, tenant=2, family=50, hackathon=2, migration=4, bureau=5)
    alone = {"person": 50, "developer": 25, "job": 12, "coder": 10, "rag": 10}
    rings = (Ring("respawn", _sized(accounts, 48), 50), Ring("tiny", 8, 60))
    return Scene(Habits(width=96, ip="truncated", outages=7, holidays=4, sampled=0.15), groups, alone, rings)


def coupons(accounts: int) -> Scene:
    """No campaign: hundreds who help themselves to two to four accounts, codes that went round. No prompts' vectors."""
    groups = _few(accounts, hunter=330, fans=5, course=4, hackathon=3, family=60)
    return Scene(Habits(width=0, sampled=0.05, pays=False, device="agent"), groups, {"person": 70, "private": 15})


def farms(accounts: int) -> Scene:
    """Free credits by the hundred, beside those who hunt for a few."""
    groups = _few(accounts, hunter=150, fans=4, course=3, family=40, front=2)
    rings = (Ring("farm", _sized(accounts, 150), 25), Ring("rented", _sized(accounts, 24), 60))
    return Scene(Habits(width=96), groups, MOST, rings)


def hush(accounts: int) -> Scene:
    """Two rings that share next to nothing but what they are after. Vectors of 256, half of the devices lost."""
    groups = _few(accounts, tenant=2, bureau=8, course=5, family=60, campus=1)
    rings = (Ring("slow", _sized(accounts, 50), 80), Ring("paraphrase", _sized(accounts, 50), 80))
    return Scene(Habits(width=256, lost=0.5, most=25, six=0.5), groups, MOST, rings)


def medley(accounts: int) -> Scene:
    """A little of everything."""
    groups = _few(accounts, tenant=2, campus=1, course=2, hackathon=1, fans=1, aggregator=1, shop=1, front=1, calls=1,
                  bureau=4, migration=2, manager=4, office=1, family=30, hunter=25)  # fmt: skip
    sizes = {"relay": 40, "slow": 30, "aged": 30, "respawn": 36, "tongues": 30, "pivot": 30, "tiny": 8}
    rings = tuple(Ring(trade, 8 if trade == "tiny" else _sized(accounts, size), 50) for trade, size in sizes.items())
    return Scene(Habits(width=96, release=22.0, outages=2, holidays=2), groups, MOST, rings)


def events(accounts: int) -> Scene:
    """No campaign: contests, launches, paid tests, exams, an early model, rented desktops."""
    groups = _few(accounts, contest=3, extension=3, testers=6, exam=2, desktop=3, preview=2, fans=1, family=20)
    return Scene(Habits(width=96, release=20.0), groups, MOST)


def within(accounts: int) -> Scene:
    """A ring among a gateway's customers, one of people who type on phones; contests and tests beside them. Text."""
    groups = _few(accounts, contest=1, testers=3, exam=1, aggregator=1, family=60, bureau=5)
    rings = (Ring("inside", _sized(accounts, 30), 60), Ring("house", _sized(accounts, 35), 60))
    return Scene(Habits(width=0, most=30), groups, MOST, rings)


def wakes(accounts: int) -> Scene:
    """Sleepers that wake on one day, a ring that pivots; a preview of the same model, a contest, classes."""
    groups = _few(accounts, preview=2, contest=2, course=4, extension=1, migration=4, family=30)
    rings = (Ring("sleepers", _sized(accounts, 40), 60), Ring("pivot", _sized(accounts, 30), 60))
    return Scene(Habits(width=96, release=22.0, lost=0.15), groups, MOST, rings)


TRAFFIC: Final[dict[str, Callable[[int], Scene]]] = {
    each.__name__: each
    for each in (
        tenants,
        nights,
        carriers,
        lectures,
        tongues,
        exits,
        third,
        gateways,
        outage,
        coupons,
        farms,
        hush,
        medley,
        events,
        within,
        wakes,
    )
}
