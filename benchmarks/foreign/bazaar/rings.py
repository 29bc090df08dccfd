"""Campaigns: what an operator buys (accounts, exits, cards, numbers), what is harvested, what hides it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from benchmarks.foreign.bazaar.ground import Held, Place, Pool
from benchmarks.foreign.bazaar.life import Plan, live
from benchmarks.foreign.bazaar.minds import Talk
from benchmarks.foreign.bazaar.people import equip, habitual, signed
from benchmarks.foreign.bazaar.world import WINDOW, Account, World


@dataclass(frozen=True)
class Ring:
    """One campaign; shares are of its accounts, or of what an account says."""

    name: str
    size: int  # in a world of 3,000
    stock: str = "fresh"  # fresh, aged, trial, rented, hijacked
    exits: str = "sticky"  # sticky, rotating, hosting, owner
    vendor: str = "exits"
    pool: int = 400
    phrasing: str = "forms"  # paraphrase: no two alike
    tasks: int = 8
    shard: float = 1.0  # of the tasks, how many an account works on
    rate: float = 2.0
    depth: float = 6.0
    shape: str = "machine"
    cover: float = 0.1  # prompts that have nothing to do with it
    relay: float = 0.0  # prompts of honest people who buy its access
    cards: str = "virtual"  # virtual, shared, stolen, gift, none
    client: str = "stack"  # stack, antidetect, farm
    since: float = 3.0
    until: float = float(WINDOW)
    stopped: float = 0.15  # accounts that are stopped and replaced
    numbers: float = 0.0  # accounts with a number from a rental service
    carrier: str = ""  # a stall under whose roof it works
    operator: str = ""


def ring(w: World, spec: Ring, size: int) -> None:
    """A campaign and its accounts."""
    rng = w.rng
    talks = _talks(w, spec)
    stack = [w.ground.sdk() for _ in range(1 + int(rng.integers(0, 3)))]
    phones = [f"Chrome 140 / Android 14 #{rng.integers(0, 60_000):05d}" for _ in range(max(2, size // 4))]
    cards = [w.card() for _ in range(max(1, size // 4))]
    rented = [w.phone() for _ in range(max(1, size // 5))]
    issuer = str(rng.choice(["virtual cards ltd", "neo one", "neo two"]))
    hold = float(rng.choice([0.02, 0.25, 1.0, 7.0]))
    batches = np.sort(rng.uniform(spec.since - 14, spec.since + 6, 2 + size // 15))
    freed: list[float] = []
    for n in range(size):
        account = _signed(w, spec, float(batches[int(rng.random() * len(batches))]))
        owner = spec.stock in ("rented", "hijacked")
        who = w.add(account)
        if owner:
            equip(w, who)
        else:
            _pay(w, spec, who, cards, issuer)
        if rng.random() < spec.numbers:
            w.tags.append((who, "phone", rented[int(rng.integers(0, len(rented)))]))
        since = max(spec.since, account.created) + float(rng.exponential(1.5))
        until = spec.until
        if owner:
            since = float(rng.uniform(spec.since, max(spec.since + 1, spec.until - 12)))
        if spec.stock == "trial":
            since, until = account.created + float(rng.exponential(0.1)), account.created + float(rng.uniform(2, 7))
        elif freed and rng.random() < 0.8:
            since = freed.pop() + float(rng.exponential(0.15))
        halt = since + float(rng.uniform(4, 25))
        if rng.random() < spec.stopped and halt < until:
            until = halt
            freed.append(halt)
        past = habitual(w, account)
        if owner or spec.stock == "aged":
            quiet = replace(past, rate=past.rate if owner else past.rate * 0.15)
            stays = spec.stock == "rented" or (
                spec.stock == "hijacked" and rng.random() < 0.5
            )  # or notices, and leaves
            live(w, who, replace(quiet, until=WINDOW if stays else since + (3 if owner else 0)))
        places = _places(w, spec, past, hold)
        client = [(1.0, each) for each in stack]
        if spec.client == "antidetect":
            client = [(1.0, w.ground.browser())]
        elif spec.client == "farm":
            client = [(1.0, phones[n % len(phones)])]
        if spec.carrier:
            site, tool, card, bank, _ = w.sites[spec.carrier]
            places, client = ([(1.0, site)] if site else places), [(1.0, tool)]
            account.channel = "reseller"
            if rng.random() < 0.5:
                w.pay(who, card, bank)
        own = talks if spec.shard >= 1 else _shard(w, talks, spec.shard)
        said = [(1 - spec.cover - spec.relay, own), (spec.cover, past.talks[0][1])]
        if spec.relay:
            said.append((spec.relay, w.minds.everything()))
        plan = Plan(
            places,
            client,
            said,
            zone=8.0 if spec.shape != "mimic" else past.zone,
            shape="day" if spec.shape == "mimic" else spec.shape,
            since=since,
            until=until,
            rate=spec.rate * float(rng.lognormal(0, 0.35)),
            depth=spec.depth * float(rng.uniform(0.6, 1.5)),
            gap=float(rng.uniform(8, 60)),
            models=(0.05, 0.55, 0.4),
            size=420.0,
            answer=1_400.0,
            refused=0.03,
        )
        live(w, who, plan)


def _talks(w: World, spec: Ring) -> Talk:
    """Forms that are filled in again and again, or subjects on which each prompt is put in new words."""
    if spec.phrasing == "forms":
        return w.minds.forms(spec.tasks, float(w.rng.uniform(0.9, 0.96)))
    fields = w.rng.integers(0, len(w.minds.fields), 3)
    bases = np.concatenate([w.minds.subjects(spec.tasks, int(each)) for each in fields])
    return Talk(bases, float(w.rng.uniform(0.6, 0.74)), again=0.0)


def _shard(w: World, whole: Talk, share: float) -> Talk:
    """An account's part of the tasks."""
    count = max(1, int(len(whole.bases) * share))
    return replace(whole, bases=whole.bases[w.rng.permutation(len(whole.bases))[:count]])


def _signed(w: World, spec: Ring, batch: float) -> Account:
    """A sign-up of the ring's, or of somebody whose account it came to be."""
    rng = w.rng
    account = signed(w, "ring" if spec.stock not in ("rented", "hijacked") else spec.stock)
    account.campaign, account.operator = spec.name, spec.operator or f"op-{spec.name}"
    account.channel = "console" if spec.client == "antidetect" else account.channel
    if spec.stock == "fresh":
        account.created = batch + float(rng.exponential(0.5))
    elif spec.stock == "trial":
        account.created = float(rng.uniform(spec.since, spec.until - 3))
    elif spec.stock == "aged":  # what the shop had: of one harvest, of another
        account.created = -float(rng.choice([35, 90, 91, 160, 300])) - float(rng.exponential(3))
    else:
        account.created = -abs(account.created) - 10
    if spec.stock in ("fresh", "trial"):
        account.organization = None
        if rng.random() < 0.3:
            account.domain = f"{spec.name}-mail{rng.integers(0, 4)}.xyz"
    return account


def _pay(w: World, spec: Ring, who: int, cards: list[str], issuer: str) -> None:
    """With what the ring's accounts are paid for."""
    if spec.cards == "virtual":
        w.pay(who, w.card(), issuer)
    elif spec.cards == "shared":
        w.pay(who, cards[int(w.rng.integers(0, len(cards)))], issuer)
    elif spec.cards == "stolen":
        w.pay(who, w.card(), w.ground.bank(w.accounts[who].country))
    elif spec.cards == "gift":
        w.pay(who, w.card(), "gift card", once=True)


def _places(w: World, spec: Ring, past: Plan, hold: float) -> list[tuple[float, Place]]:
    """Where its calls come from."""
    if spec.exits == "owner":
        return list(past.places)
    if spec.exits == "hosting":
        return [(1.0, Pool(w.ground.pool(f"{spec.name} hosts", "hosting", max(2, spec.size // 6))))]
    exits = w.ground.proxies(spec.vendor, spec.pool)
    if spec.exits == "rotating":
        return [(1.0, Pool(exits, each_call=True))]
    return [(1.0, Held(exits, hold, int(w.rng.integers(1 << 30))))]
