"""Which worlds there are: the crowds and rings of each, and its log's habits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from benchmarks.foreign.custody import guilds, neighbours, sponsors, trades
from benchmarks.foreign.custody.rings import Ring, stage
from benchmarks.foreign.custody.world import Habits, World

CROWDS: dict[str, Callable[[World, int], None]] = {
    each.__name__: each
    for each in (
        neighbours.alone,
        neighbours.several,
        neighbours.household,
        neighbours.dormitory,
        neighbours.cohort,
        neighbours.ward,
        neighbours.reading_room,
        neighbours.donated,
        neighbours.shop,
        neighbours.rehoused,
        neighbours.recycled,
        trades.agency,
        trades.provider,
        trades.lab,
        trades.evaluator,
        trades.reseller,
        trades.runner,
        trades.extension,
        trades.fashion,
        trades.translators,
        trades.coworking,
        trades.exiles,
        sponsors.hackathon,
        sponsors.panel,
        sponsors.classroom,
        sponsors.modders,
        sponsors.recipes,
        sponsors.tenants,
        sponsors.reunion,
        guilds.drivers,
        guilds.botters,
        guilds.contest,
        guilds.accelerator,
    )
}


@dataclass(frozen=True)
class Scene:
    """What a family asks for: shares of accounts in crowds, rings, habits of the log."""

    crowds: dict[str, float]
    rings: tuple[Ring, ...] = ()
    habits: Habits = field(default_factory=Habits)


def make(scene: Scene, seed: int, accounts: int) -> World:
    """A world of about so many accounts; the rest are people alone, with several accounts, or at home with others."""
    w = World(seed, accounts, scene.habits)
    for ring in scene.rings:
        stage(w, ring)
    for name, share in scene.crowds.items():
        _fill(w, name, min(accounts, len(w.accounts) + max(2, round(share * accounts))))
    for name, share in (("household", 0.15), ("several", 0.1), ("alone", 1.0)):
        _fill(w, name, len(w.accounts) + round(share * max(0, accounts - len(w.accounts))))
    return w


def _fill(w: World, name: str, until: int) -> None:
    while (left := until - len(w.accounts)) > 0:
        CROWDS[name](w, left)


def _sizes(rng: np.random.Generator, accounts: int, share: float, least: int = 5) -> list[int]:
    """Sizes of rings that take a share of a world: many small, few large."""
    left, made = int(accounts * share), []
    while left >= least:
        made.append(min(left, least + int(rng.pareto(0.8) * least)))
        left -= made[-1]
    return made


def bequests(accounts: int) -> Scene:
    """Aged accounts bought one by one; beside bought start-ups, donated machines, recycled numbers."""
    rings = tuple(
        Ring("aged", each, rate=14, cards=0.15, devices=0.4, hosts=0.2, script=0.85)
        for each in (accounts // 25, accounts // 70, 12)
    )
    return Scene({"rehoused": 0.12, "donated": 0.1, "recycled": 0.05, "coworking": 0.04}, rings)


def schoolrooms(accounts: int) -> Scene:
    """No campaign: bootcamps on cloned laptops, dormitories with one coursework, wards, call centres, libraries."""
    return Scene({"cohort": 0.16, "dormitory": 0.1, "ward": 0.14, "reading_room": 0.08}, habits=Habits(verified=0.3))


def buttons(accounts: int) -> Scene:
    """Extensions that send one template for strangers; two rings send it too, and share wallets and hosts."""
    rings = (
        Ring("farm", max(8, accounts // 60), dealt=False, cards=0.5, hosts=0.35, devices=0.3, script=0.7, human=0.6),
        Ring("farm", max(6, accounts // 200), dealt=False, cards=0.8, homes=0.3, script=0.6, human=0.8, rate=6),
    )
    return Scene({"extension": 0.3, "fashion": 0.12, "translators": 0.04}, rings)


def mandates(accounts: int) -> Scene:
    """Agencies and administrators of other people's accounts; and a content mill that owns its 'clients'."""
    rings = (
        Ring("farm", max(12, accounts // 22), dealt=False, cards=0.25, issuer=0.6, hosts=0.5, script=0.9, bulk=25),
        Ring("farm", max(6, accounts // 150), dealt=False, cards=1.0, homes=1.0, human=0.7, rate=8, on=9, off=6),
    )
    return Scene({"agency": 0.14, "provider": 0.1, "rehoused": 0.05, "coworking": 0.06}, rings, Habits(verified=0.6))


def credits(accounts: int) -> Scene:
    """Many people who open an account each time a trial ends, 5 to 60 times; beside cautious people who look so."""
    sizes = _sizes(np.random.default_rng(accounts), accounts, 0.1)
    rings = tuple(Ring("trial", min(each, 60), issuer=0.5, rate=9, phones=0.25) for each in sizes)
    return Scene({"exiles": 0.12, "fashion": 0.08, "shop": 0.08, "reading_room": 0.04}, rings, Habits(pays=0.35))


def counters(accounts: int) -> Scene:
    """Relays that deal strangers' calls over bought accounts; beside licensed resellers and jobs on public CI."""
    rings = tuple(
        Ring("pooled", each, rate=12, hosts=h, cards=c, issuer=0.5, devices=d, bulk=4)
        for each, h, c, d in ((accounts // 20, 0.9, 0.1, 0.9), (accounts // 90, 0.5, 0.4, 0.2), (9, 1.0, 0.0, 1.0))
    )
    return Scene({"reseller": 0.14, "runner": 0.12, "provider": 0.05}, rings)


def papers(accounts: int) -> Scene:
    """No campaign: labs on one grant's card, strangers with one public benchmark, viral words, jobs at full hours."""
    crowds = {"lab": 0.1, "evaluator": 0.08, "fashion": 0.12, "runner": 0.08, "translators": 0.05}
    return Scene(crowds, habits=Habits(verified=0.0, networks=0.4))


def sponsored(accounts: int) -> Scene:
    """No campaign, nothing verified, no network known: hackathons, studies, classes, game mods, platforms, clans."""
    names = ("hackathon", "panel", "classroom", "modders", "recipes", "tenants", "reunion")
    return Scene(dict.fromkeys(names, 0.085), habits=Habits(verified=0.0, networks=0.0))


def callings(accounts: int) -> Scene:
    """One trade, one bot, one contest, one accelerator; and a phone farm, a bot ring and a relay of the same looks."""
    rings = (
        Ring("handsets", max(9, accounts // 80), rate=4, dealt=False, phones=0.3, on=20, human=0.3),
        Ring("farm", max(8, accounts // 100), hosts=0.9, devices=0.5, dealt=False, rate=15, issuer=0.5),
        Ring("pooled", max(7, accounts // 130), hosts=1.0, devices=1.0, issuer=0.4),
    )
    crowds = {"drivers": 0.14, "botters": 0.12, "contest": 0.12, "accelerator": 0.08}
    return Scene(crowds, rings, Habits(verified=0.3))


def harvest(accounts: int) -> Scene:
    """Distillation by one plan, from half the world to seven accounts, some sharing only the plan."""
    rings = (
        Ring("farm", min(1_500, accounts // 3), rate=9, bulk=30, on=10, off=4, cards=0.02, script=0.9, human=0.3),
        Ring("farm", max(15, accounts // 30), rate=14, human=0.5, homes=0.2, script=0.8),
        Ring("farm", max(8, accounts // 100), rate=10, hosts=0.6, on=6, off=8),
        Ring("farm", 7, rate=20, cards=0.6, devices=0.5),
    )
    return Scene({"translators": 0.06, "evaluator": 0.05, "lab": 0.05, "exiles": 0.05}, rings)


def kin(accounts: int) -> Scene:
    """No campaign: families on one card, phone shops on one code, libraries, dormitories, second-hand machines."""
    shares = {"household": 0.3, "several": 0.1, "shop": 0.15, "reading_room": 0.08, "donated": 0.06, "recycled": 0.04}
    return Scene(shares, habits=Habits(device="tls", mapped=True, lost=0.15))


def handsets(accounts: int) -> Scene:
    """Phone farms, three campaigns to an operator; beside customers of shops and wards behind the same carriers."""
    rings = tuple(
        Ring("handsets", max(6, accounts // share), operator=f"operator {k % 2}", rate=3, dealt=False, phones=0.2, on=8)
        for k, share in enumerate((40, 70, 55, 160, 90, 300))
    )
    return Scene({"shop": 0.2, "ward": 0.08, "donated": 0.06, "extension": 0.08}, rings, Habits(clock="zone"))


def lodgers(accounts: int) -> Scene:
    """Accounts rented out by their owners, whose life goes on beside others' traffic; beside licensed resellers."""
    rings = (
        Ring("lodging", max(10, accounts // 30), rate=8, hosts=0.9, devices=0.8),
        Ring("lodging", max(6, accounts // 120), rate=5, hosts=0.6, devices=0.3),
    )
    return Scene({"reseller": 0.1, "coworking": 0.08, "exiles": 0.06, "provider": 0.05}, rings)


def returns(accounts: int) -> Scene:
    """Banned in a day and back with everything new but a number or the task; beside people who begin anew too."""
    rings = (
        Ring("waves", max(20, accounts // 18), cards=0.3, hosts=0.3, phones=0.25, bulk=2),
        Ring("waves", max(9, accounts // 80), issuer=0.8, homes=0.5, phones=0.5, dealt=False, human=0.5, rate=7),
        Ring("farm", max(6, accounts // 140), code=0.9, homes=0.6, dealt=False, script=0.5, human=0.6),
    )
    return Scene({"rehoused": 0.08, "several": 0.12, "cohort": 0.08, "donated": 0.05}, rings, Habits(clock="s"))


def testimony(accounts: int) -> Scene:
    """Only text, payments and phones, no log of calls: template rings among viral words and extensions."""
    rings = (
        Ring("farm", max(10, accounts // 40), dealt=False, cards=0.3, phones=0.2),
        Ring("farm", max(7, accounts // 100), cards=0.5, script=0.8),
        Ring("trial", 14, issuer=1.0, phones=1.0),
    )
    habits = Habits(text=True, exchanges=False, sampled=0.25)
    return Scene({"fashion": 0.12, "extension": 0.12, "agency": 0.06, "household": 0.1}, rings, habits)


def alike(accounts: int) -> Scene:
    """Guilty by one thing each: cards only, hosts only, devices only, numbers only, the task only; among all crowds."""
    rings = (
        Ring("farm", 28, cards=1.0, homes=1.0, human=1.0, script=0.3, rate=5, dealt=False),
        Ring("farm", 34, hosts=0.95, script=0.25, rate=9, dealt=False),
        Ring("farm", 22, devices=1.0, homes=0.6, script=0.3, rate=6, dealt=False),
        Ring("farm", 18, phones=1.0, code=0.5, homes=0.5, script=0.3, rate=6, dealt=False),
        Ring("farm", 40, script=1.0, human=0.4, rate=12),
    )
    crowds = dict.fromkeys((each for each in CROWDS if each not in ("alone", "several", "household")), 0.018)
    return Scene(crowds, rings, Habits(lost=0.05, verified=0.5))


CUSTODY: dict[str, Callable[[int], Scene]] = {
    each.__name__: each
    for each in (
        bequests,
        schoolrooms,
        buttons,
        mandates,
        credits,
        counters,
        papers,
        sponsored,
        callings,
        harvest,
        kin,
        handsets,
        lodgers,
        returns,
        testimony,
        alike,
    )
}
