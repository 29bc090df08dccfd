"""Customers by themselves: people at home, people on the move, programs on a server."""

from __future__ import annotations

import numpy as np

from benchmarks.foreign.bazaar.ground import Place, Pool
from benchmarks.foreign.bazaar.life import Plan, live
from benchmarks.foreign.bazaar.world import WINDOW, Account, World

SHAPES = ("day", "office", "evening", "late")


def habitual(w: World, account: Account) -> Plan:
    """How a customer of that country uses an account, with no one else about."""
    rng, ground = w.rng, w.ground
    if account.channel == "api" and rng.random() < 0.6:
        return service(w, account)
    places: list[tuple[float, Place]] = [(1.0, ground.home(account.country))]
    if rng.random() < 0.5:
        places.append((float(rng.uniform(0.1, 0.8)), ground.mobile(account.country)))
    if rng.random() < 0.25:
        places.append((0.8, Pool(ground.addresses(f"{account.country} business", "business", 1))))
    if rng.random() < 0.07:
        vendor = f"vpn {rng.integers(0, 3)}"
        places.append((1.5, Pool(ground.pool(vendor, "vpn", 40), skewed=True)))
    devices = [(1.0, ground.browser())]
    if rng.random() < 0.4:
        devices.append((0.5, ground.browser()))
    return Plan(
        places,
        devices,
        [(0.85, w.minds.person()), (0.15, w.minds.daily)],
        zone=w.zone(account.country) + float(rng.normal(0, 0.7)),
        shape=str(rng.choice(SHAPES, p=[0.4, 0.25, 0.25, 0.1])),
        since=max(0.0, account.created),
        until=float(WINDOW) if rng.random() < 0.75 else float(rng.uniform(max(0.0, account.created) + 1, WINDOW + 1)),
        rate=float(np.clip(rng.lognormal(-1.0, 0.9), 0.04, 5)),
        depth=float(rng.uniform(1.5, 7)),
        gap=float(rng.uniform(40, 240)),
        models=tuple(rng.dirichlet([3, 4, 0.8])),
        size=float(rng.lognormal(5.2, 0.6)),
        answer=float(rng.lognormal(5.9, 0.4)),
    )


def service(w: World, account: Account) -> Plan:
    """A program of one's own: a few forms, all day, from one server or two."""
    rng = w.rng
    cloud = f"cloud {int(rng.random() ** 2 * 6)}"
    hosts = Pool(w.ground.addresses(cloud, "hosting", int(rng.integers(1, 4)), rows=200))
    own = w.minds.forms(int(rng.integers(1, 6)), float(rng.uniform(0.7, 0.94)))
    return Plan(
        [(1.0, hosts), (0.1, w.ground.home(account.country))],
        [(1.0, w.ground.sdk())],
        [(0.95, own), (0.05, w.minds.person())],
        zone=w.zone(account.country),
        shape=str(rng.choice(["machine", "day", "office"])),
        since=max(0.0, account.created),
        rate=float(np.clip(rng.lognormal(0.2, 0.7), 0.2, 5)),
        depth=float(rng.uniform(3, 12)),
        gap=float(rng.uniform(3, 60)),
        models=tuple(rng.dirichlet([4, 3, 1])),
        size=float(rng.lognormal(6.2, 0.7)),
        answer=float(rng.lognormal(5.5, 0.6)),
    )


def signed(w: World, kind: str = "person", created: float | None = None, country: str | None = None) -> Account:
    """A sign-up with nothing to share."""
    rng = w.rng
    return Account(
        created=w.created() if created is None else created,
        country=w.country() if country is None else country,
        channel=str(rng.choice(["console", "api", "cloud marketplace"], p=[0.72, 0.22, 0.06])),
        domain=w.mail(),
        organization=f"org {rng.integers(0, 99_999)}" if rng.random() < 0.06 else None,
        kind=kind,
    )


def equip(w: World, who: int) -> None:
    """A card or none yet, a phone or none, sometimes a code that was on a poster."""
    rng, account = w.rng, w.accounts[who]
    if rng.random() < 0.7:
        w.pay(who, w.card(), w.ground.bank(account.country))
    if rng.random() < 0.6:
        w.tags.append((who, "phone", w.phone()))
    if rng.random() < 0.05:
        w.tags.append((who, "referral", f"REF-{int(rng.random() ** 2 * 150)}"))


def lone(w: World) -> int:
    """Somebody."""
    account = signed(w)
    who = w.add(account)
    equip(w, who)
    live(w, who, habitual(w, account))
    return who
