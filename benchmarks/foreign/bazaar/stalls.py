"""Honest groups: what their people share, from a line at home to a voucher, and how much of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from benchmarks.foreign.bazaar.ground import Held, Place, Pool
from benchmarks.foreign.bazaar.life import live
from benchmarks.foreign.bazaar.people import equip, habitual, signed
from benchmarks.foreign.bazaar.world import WINDOW, World


@dataclass(frozen=True)
class Stall:
    """Shares are of members, or of a member's sessions or prompts; 0 is: not at all."""

    kind: str
    low: int
    high: int
    site: str = ""  # network of the common exits
    exits: int = 1
    there: float = 0.0  # weight of the common exits beside one's own places (1)
    tool: float = 0.0  # of sessions with the common client
    forms: int = 0
    said: float = 0.0  # of prompts from the common forms
    tight: float = 0.9
    joined: float = 0.0  # days within which they sign up; 0: whenever
    days: int = 0  # how long the occasion lasts; 0: always
    shape: str = ""
    rate: float = 0.0
    depth: float = 0.0
    issuer: str = ""
    banked: float = 0.0  # of members with a card of that issuer
    card: float = 0.0  # of members paid for by one card
    code: float = 0.0
    phone: float = 0.0
    mail: float = 0.0  # of members at the domain
    verified: bool = False
    channel: str = ""
    local: bool = True  # all of one country
    vendor: str = ""  # exits of a vendor whom others use too


STALLS = {
    each.kind: each
    for each in (
        Stall("assignment", 20, 60, "education", 6, 0.7, 0, 4, 0.55, 0.88, 12, 9, "evening", 1.4, 5, mail=0.8),
        Stall("agency", 4, 12, "business", 1, 2, 0, 8, 0.4, 0.86, card=0.8, mail=0.9, shape="office", rate=1.6),
        Stall("freelancers", 15, 45, forms=10, said=0.4, tight=0.84, local=False, issuer="neo two", banked=0.4),
        Stall("callcentre", 20, 60, "business", 2, 12, 0.9, 14, 0.8, 0.9, 25, 0, "shift", 1.5, 9, card=0.5, mail=0.6),
        Stall("ownkey", 25, 80, "hosting", 4, 9, 0.95, 5, 0.9, 0.93, local=False, channel="api", rate=0.8),
        Stall("opentool", 30, 90, tool=0.8, forms=6, said=0.8, tight=0.95, local=False, channel="api", depth=8),
        Stall("conference", 25, 80, "business", 3, 6, 0, 0, 0, days=4, local=False, rate=1.0),
        Stall("casb", 15, 70, "vpn", 6, 8, 0, 0, 0, shape="office", mail=0.7, verified=True, local=False),
        Stall("carrier", 30, 90, "mobile", 3, 4, rate=0.5),
        Stall("household", 2, 5, "residential", 1, 4, 0.15, card=0.6, phone=0.2),
        Stall("cafe", 10, 40, "business", 1, 2.5, 0.7, shape="late", rate=0.5),
        Stall("virtual", 25, 70, issuer="virtual cards ltd", banked=1.0, local=False),
        Stall("diaspora", 25, 70, "", 1, 0, issuer="neo one", banked=0.9, forms=5, said=0.15, tight=0.8),
        Stall("bootcamp", 15, 45, "business", 2, 2, 0, 12, 0.5, 0.87, 4, 0, "office", 1.5, 6, code=0.9),
        Stall("hackathon", 20, 60, "education", 2, 8, 0, 5, 0.3, 0.75, 3, 3, "late", 3.0, 8, code=0.7, local=False),
        Stall("annotators", 20, 60, forms=20, said=0.85, tight=0.85, joined=20, code=0.5, rate=1.8, local=False),
        Stall(
            "laboratory",
            3,
            10,
            "education",
            1,
            5,
            0.9,
            12,
            0.95,
            0.96,
            channel="api",
            mail=0.8,
            verified=True,
            depth=20,
        ),
        Stall("translators", 15, 50, forms=7, said=0.7, tight=0.92, local=False, shape="office", rate=1.2),
        Stall("nonprofit", 12, 40, "business", 1, 0.6, 0, 6, 0.3, 0.85, code=0.8, mail=0.5, verified=True),
        Stall("aid", 15, 45, "mobile", 2, 3, 0.2, 6, 0.35, 0.86, 15, issuer="aid cards", banked=0.9),
        Stall("several", 2, 6, "residential", 1, 6, 0.9, 6, 0.7, 0.8, card=0.8, phone=0.5, rate=0.9),
        Stall("travellers", 15, 50, vendor="exits", there=3, local=False),
        Stall(
            "scrapers",
            4,
            14,
            tool=0.6,
            forms=6,
            said=0.8,
            tight=0.9,
            vendor="exits",
            there=8,
            channel="api",
            local=False,
        ),
        Stall(
            "reseller",
            30,
            80,
            "hosting",
            3,
            15,
            0.95,
            0,
            0,
            channel="reseller",
            card=0.5,
            issuer="trade bank",
            local=False,
        ),
    )
}


def stall(w: World, kind: str) -> list[int]:
    """One group of a kind; its members."""
    spec, rng, ground = STALLS[kind], w.rng, w.ground
    number, country = w.group(), w.country()
    size = int(rng.integers(spec.low, spec.high + 1))
    label = f"{kind} {number}"
    site = _site(w, spec, label, country)
    tool = ground.sdk() + (f" {label}" if rng.random() < 0.5 else "") if spec.channel else ground.browser()
    form = w.minds.forms(max(1, spec.forms), min(0.98, spec.tight + rng.normal(0, 0.02)))
    card, phone, code = w.card(), w.phone(), f"{kind[:4].upper()}-{rng.integers(0, 9_999)}"
    domain, start = f"{kind}{number}.org", float(rng.uniform(1, WINDOW - 12))
    span = list(range(int(start), int(start) + spec.days)) if spec.days else None
    organization = f"{kind} {number}" if spec.verified else None
    w.sites[kind] = (site, tool, card, spec.issuer or ground.bank(country), country)
    members = []
    for _ in range(size):
        created = (
            start + rng.uniform(-spec.joined, min(3.0, spec.joined)) if spec.joined and rng.random() < 0.85 else None
        )
        account = signed(w, kind, created, country if spec.local and rng.random() < 0.92 else None)
        account.group = number
        account.channel = spec.channel or account.channel
        account.organization = organization if rng.random() < 0.8 else None
        if rng.random() < spec.mail:
            account.domain = domain
        who = w.add(account)
        members.append(who)
        paid = rng.random()
        if paid < spec.card:
            w.pay(who, card, w.sites[kind][3])
        elif paid < spec.card + spec.banked:
            w.pay(who, w.card(), spec.issuer)
        elif not spec.code:
            equip(w, who)
        if rng.random() < spec.phone:
            w.tags.append((who, "phone", phone))
        if rng.random() < spec.code:
            w.tags.append((who, "voucher", code))
        plan = habitual(w, account)
        if spec.vendor:  # each has a session of one's own there
            site = _site(w, spec, label, country)
        if site is not None:
            own = rng.uniform(0.4, 1.6)
            plan.places = [(spec.there * own, site), *plan.places]
        if spec.tool:
            share = min(0.98, spec.tool * rng.uniform(0.6, 1.1))
            plan.devices = [(share / (1 - share), tool), *plan.devices[:1]]
        if spec.said:
            share = min(0.97, spec.said * rng.uniform(0.5, 1.15))
            plan.talks = [(share, form), (1 - share, plan.talks[0][1])]
        plan.shape = spec.shape or plan.shape
        plan.rate = spec.rate * float(rng.lognormal(0, 0.5)) if spec.rate else plan.rate
        plan.depth = spec.depth * float(rng.uniform(0.6, 1.4)) if spec.depth else plan.depth
        if span and rng.random() < 0.6:
            plan.days = span  # came for the occasion
        if span and plan.days is None:
            live(w, who, replace(plan, days=span))
            plan.places, plan.talks = plan.places[1:] or plan.places, plan.talks[-1:]
            plan.rate *= 0.4
        live(w, who, plan)
    return members


def _site(w: World, spec: Stall, label: str, country: str) -> Place | None:
    """The common exits: a site's own, a line at home, a carrier's, a vendor's."""
    if spec.vendor:
        exits = w.ground.proxies(spec.vendor, 400)
        return Held(exits, float(w.rng.choice([0.02, 0.5, 5.0])), int(w.rng.integers(1 << 30)))
    if not spec.site:
        return None
    if spec.site == "residential":
        return w.ground.home(country)
    provider = f"{country} mobile {spec.exits}" if spec.site == "mobile" else label
    return Pool(w.ground.pool(provider, spec.site, spec.exits * 3 if spec.site == "mobile" else spec.exits))
