"""Campaigns: many accounts of one operator, and what gives them away or does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from benchmarks.foreign.doings import begin, call, pay, sign_up, when
from benchmarks.foreign.world import DAY, DAYS, HOUR, START, Array, Part, World, in_turn

MODEL: Final = "m-large"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How an operator runs a campaign."""

    size: int
    operator: int
    cards: Literal["virtual", "pool", "few"] = "virtual"
    exits: Literal["resi", "sticky", "cloud", "v6", "own"] = "resi"
    device: Literal["antidetect", "sdk", "own", "browsers"] = "antidetect"
    content: Literal["few", "many", "broad"] = "few"
    hours: str = "clock"
    volume: int = 150  # calls an account
    signup: Literal["wave", "stagger", "drip"] = "wave"
    queue: bool = True  # one queue of work for all accounts, or each at its own pace
    relay: float = 0.0  # share of calls sold on to honest customers
    bought: float = 0.0  # share of accounts bought from honest people
    respawn: float = 0.0  # share of accounts that are banned early and replaced
    proxy: int | None = None  # which provider of residential exits
    one_issuer: bool = False  # all cards from the first issuer of virtual cards


@dataclass(slots=True)
class Work:
    """The calls of a campaign: when, by which of its accounts, and how they ended."""

    times: Array
    who: Array
    status: Array

    def sorted(self) -> Work:
        """By account, then by time."""
        order = np.lexsort((self.times, self.who))
        return Work(self.times[order], self.who[order], self.status[order])


def proxy(world: World, honest: float) -> list[str]:
    """The exits of a residential proxy: honest homes, and homes without accounts."""
    draw = world.random
    exits = list(draw.choice(world.homes, min(len(world.homes), int(world.size * 0.12)), False))
    for _ in range(int(len(exits) / honest) - len(exits)):
        net, _ = world.home_nets[draw.integers(len(world.home_nets))]
        exits.append(f"{net}.{draw.integers(1, 255)}")
    return exits


def run(world: World, plan: Plan, proxies: list[list[str]]) -> None:
    """Bring a campaign into the world."""
    draw = world.random
    name = f"camp{world.group():03d}"
    first = float(START + draw.integers(0, 12) * DAY)
    last = float(START + (DAYS if draw.random() < 0.5 else draw.integers(30, DAYS)) * DAY)
    accounts = _sign_up(world, plan, name, first, last)
    live, dead = _lives(world, plan, accounts, first, last)
    asked = _content(world, plan)
    work = (_queue(world, plan, first, last, live, dead) if plan.queue else _paces(world, plan, live, dead)).sorted()
    exits = np.array([world.ip(each) for each in _exits(world, plan, proxies)])
    devices = _devices(world, plan)
    several = {"pool": max(2, plan.size // 5), "few": max(1, plan.size // 15)}.get(plan.cards, plan.size)
    cards = [world.card() for _ in range(several)]
    issuers = world.virtual_issuers[:1]
    if not plan.one_issuer:
        issuers = [world.virtual_issuers[x] for x in draw.choice(4, 2, False)]
    customers = _customers(world, plan)
    cuts = np.searchsorted(work.who, np.arange(plan.size + 1))
    for j, account in enumerate(accounts):
        mine = slice(cuts[j], cuts[j + 1])
        times, status = work.times[mine], work.status[mine]
        calls, ip, device = len(times), exits[:1], -1
        if calls:
            if plan.exits == "sticky":
                ip = in_turn(exits[draw.integers(len(exits), size=4)], times)
            else:
                ip = exits[draw.integers(len(exits), size=calls)]
            device = world.device(devices[draw.integers(len(devices))] if devices else world.browser())
            own = draw.random(calls) >= plan.relay
            call(world, account, times[own], ip[own], device, asked, MODEL, status=status[own], tokens=(600, 1500))
            for k in draw.choice(len(customers), 3) if plan.relay else ():
                sold = ~own & (draw.integers(3, size=calls) == 0)
                call(world, account, times[sold], ip[sold], device, customers[k], status=status[sold])
        if dead[j] < last - DAY:
            _refused(world, account, dead[j], ip[-1], device if calls else world.device("x"))
        card = cards[draw.integers(several)] if several < plan.size else cards[j]
        pay(world, account, card, issuers[draw.integers(len(issuers))], amount=50.0, until=dead[j])


def _sign_up(world: World, plan: Plan, name: str, first: float, last: float) -> list[int]:
    """The accounts; those bought have had a life before."""
    draw, accounts = world.random, []
    waves = first - draw.integers(1, 15, 4) * DAY
    for _ in range(plan.size):
        bought = draw.random() < plan.bought
        chances = {
            "wave": waves[draw.integers(4)] + draw.exponential(5) * HOUR,
            "stagger": first - 20 * DAY + draw.random() * 45 * DAY,
            "drip": first + draw.random() * (last - first) * 0.8,
            "old": START - draw.integers(20, 200) * DAY,  # no plan has it; drawn so that worlds stay the same
        }
        created = float(START - draw.integers(30, 400) * DAY) if bought else chances[plan.signup]
        mail = draw.choice(["gmail.com", "outlook.com", "proton.me", f"mx{draw.integers(12)}{plan.operator}.net"])
        kind = "bought" if bought else "campaign"
        account = sign_up(world, kind, -1, name, plan.operator, created=created, mail=mail)
        accounts.append(account)
        if bought:
            calls = int(draw.integers(5, 60))
            times = when(world, calls, START, max(START + 12 * DAY, first), "evening")
            ip = world.at(world.home(), times)
            call(world, account, times, ip, world.device(world.browser()), world.mixture())
    return accounts


def _lives(world: World, plan: Plan, accounts: list[int], first: float, last: float) -> tuple[Array, Array]:
    """When each account begins to work, and when it is banned or left."""
    draw, size = world.random, plan.size
    live = np.array([max(begin(world, each), first) + draw.exponential(2) * DAY for each in accounts])
    dead = np.full(size, last)
    if plan.signup == "stagger":
        dead = np.minimum(dead, live + draw.exponential(25, size) * DAY + 5 * DAY)
    if plan.respawn:
        banned = int(size * plan.respawn)
        dead[:banned] = np.minimum(dead[:banned], live[:banned] + draw.uniform(4, 15, banned) * DAY)
        pairs = [(a, banned + a) for a in range(min(banned, size - banned))]
        for old, new in pairs:
            soonest = live[new] if plan.signup != "wave" else 0
            live[new] = max(soonest, dead[old] + draw.uniform(0.05, 2) * DAY)
        for _, new in pairs:
            world.accounts[accounts[new]].created = live[new] - draw.uniform(0.5, 20) * HOUR
            dead[new] = last
    return live, dead


def _content(world: World, plan: Plan) -> list[Part]:
    """What the campaign asks: few templates, many, or a broad list of free prompts."""
    few = int(world.random.integers(8, 40))
    count = {"few": few, "many": max(150, plan.size * 6), "broad": 60}[plan.content]
    templates = world.templates(count, spread=world.random.uniform(0.1, 0.3))
    topics = world.topics(60 if plan.content == "broad" else 8)
    filled, free = {"few": (4, 1), "many": (6, 1), "broad": (0.4, 5)}[plan.content]
    return [Part(filled, None, templates), Part(free, topics)]


def _queue(world: World, plan: Plan, first: float, last: float, live: Array, dead: Array) -> Work:
    """One queue of work for all accounts; what is turned away goes to another within seconds."""
    draw, size = world.random, plan.size
    times = when(world, int(size * plan.volume), first, last, plan.hours, 0, 12)
    who, given = np.empty(len(times), int), np.zeros(len(times), bool)
    for _ in range(6):
        open_ = ~given
        who[open_] = draw.integers(size, size=open_.sum())
        given = (live[who] < times) & (times < dead[who])
    times, who = times[given], who[given]
    status = np.where(draw.random(len(times)) < 0.05, 429, 200)
    away = status == 429
    again, other = times[away] + draw.uniform(0.5, 15, away.sum()), draw.integers(size, size=away.sum())
    works = (live[other] < again) & (again < dead[other])
    done = np.full(works.sum(), 200)
    return Work(np.r_[times, again[works]], np.r_[who, other[works]], np.r_[status, done])


def _paces(world: World, plan: Plan, live: Array, dead: Array) -> Work:
    """Each account at its own pace."""
    draw, all_times = world.random, []
    for j in range(plan.size):
        if live[j] >= dead[j] - HOUR:
            live[j] = dead[j] - DAY
        calls = max(3, int(plan.volume * draw.lognormal(0, 0.5)))
        all_times.append(when(world, calls, live[j], dead[j], plan.hours, 0, 8))
    times, who = np.concatenate(all_times), np.repeat(np.arange(plan.size), [len(each) for each in all_times])
    return Work(times, who, np.where(draw.random(len(times)) < 0.02, 429, 200))


def _exits(world: World, plan: Plan, proxies: list[list[str]]) -> list[str]:
    """The addresses the campaign calls from."""
    draw = world.random
    if plan.exits == "cloud":
        return list(draw.choice(np.concatenate(world.cloud), max(6, plan.size // 3), False))
    if plan.exits == "v6":
        prefix = f"2a0e:{draw.integers(1, 65535):x}"
        world.networks[f"{prefix}::/32"] = ("hosting", 9000 + plan.operator)
        parts = [draw.integers(1, 65535, 5) for _ in range(plan.size * 8)]
        return [f"{prefix}:40:" + ":".join(f"{part:x}" for part in each) for each in parts]
    if plan.exits == "own":
        nets = [world.net("hosting", 9000 + plan.operator) for _ in range(max(1, plan.size // 60))]
        return [f"{net}.{j}" for net in nets for j in range(1, 200, 3)]
    if plan.proxy is None:
        raise ValueError("a campaign behind homes needs a proxy")
    return proxies[plan.proxy]


def _devices(world: World, plan: Plan) -> list[str]:
    """What its accounts call with; none if each has a browser of its own."""
    draw = world.random
    if plan.device == "antidetect":
        return [world.browsers[x] for x in draw.choice(1500, max(3, min(60, plan.size // 3)))]
    if plan.device == "sdk":
        return [world.clients[x] for x in draw.choice(60, 2, p=world.client_shares)]
    return [f"py-{draw.integers(16**6):06x}"] if plan.device == "own" else []


def _customers(world: World, plan: Plan) -> list[list[Part]]:
    """What the customers of a relay ask."""
    asked = []
    for _ in range(max(3, int(plan.size * 0.5)) if plan.relay else 0):
        parts = [Part(1, world.topics(2))]
        if world.random.random() < 0.5:
            parts.append(Part(2, None, world.templates(3)))
        asked.append(parts)
    return asked


def _refused(world: World, account: int, time: float, ip: int, device: int) -> None:
    """Three calls after a ban."""
    times, said = time + np.arange(3) * 30.0, (np.full(3, 403), np.full(3, 100), np.zeros(3, int))
    model = np.full(3, world.model(MODEL))
    world.exchanges.append((np.full(3, account), times, np.full(3, ip), np.full(3, device), model, *said))
