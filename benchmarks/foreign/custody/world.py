"""A world under way: accounts, what they call, say, pay and are known by."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from benchmarks.foreign.custody import clock
from benchmarks.foreign.custody.clock import Clock
from benchmarks.foreign.custody.ground import COUNTRIES, DAY, Array, Ground, Place
from benchmarks.foreign.custody.minds import Mind, Minds
from benchmarks.foreign.custody.words import TextMinds

WINDOW = 56.0  # days of log
CAP = 36  # sampled prompts of an account


@dataclass(frozen=True)
class Habits:
    """What a log is like: what it lacks, and how it writes what it has."""

    device: str = "print"  # print: nearly unique; tls: a few hundred values; none
    text: bool = False
    exchanges: bool = True
    pays: float = 0.6  # share of people with a card; 0: no payments table
    sampled: float = 0.3  # share of prompts kept
    lost: float = 0.0  # share of rows without address and, apart, without device
    networks: float = 0.9  # share of prefixes that are known
    clock: str = "us"  # us; s: whole seconds; zone: text with offsets
    verified: float = 1.0  # share of organizations that were verified
    mapped: bool = False  # IPv4 written as ::ffff:a.b.c.d by some front ends
    tags: float = 0.4  # share of accounts with a phone on file


@dataclass(frozen=True)
class Gear:
    """Devices and the share of sessions on each; from `swap` on the last one only."""

    ids: tuple[int, ...]
    shares: tuple[float, ...]
    swap: float = np.inf


@dataclass(frozen=True)
class Person:
    """Somebody with one or more accounts."""

    country: str
    clock: Clock
    places: tuple[tuple[float, Place], ...]
    gear: Gear
    mind: Mind
    rate: float  # calls a day
    size: tuple[float, float]  # medians of input and output tokens
    cards: tuple[tuple[str, str], ...]  # instrument, issuer; the second replaces the first
    domain: str
    model: int


@dataclass
class Account:
    name: str
    kind: str
    group: int
    campaign: str | None
    operator: str | None
    created: float  # days from the log's start
    channel: str
    country: str
    domain: str
    organization: str | None


@dataclass
class World:
    """Everything that happened; times in seconds from the log's start."""

    seed: int
    size: int
    habits: Habits
    accounts: list[Account] = field(default_factory=list)
    calls: list[tuple[Array, ...]] = field(default_factory=list)
    said: list[tuple[Array, ...]] = field(default_factory=list)
    paid: list[tuple[int, str, str, float, float]] = field(default_factory=list)
    tags: list[tuple[int, str, str]] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    refused: dict[str, float] = field(default_factory=dict)
    groups: int = 0

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng([self.seed, 5])
        self.ground = Ground(self.rng, self.size, self.value)
        self.minds: Minds | TextMinds = TextMinds(self.rng) if self.habits.text else Minds(self.rng)
        popular = [f"ja4_{each:012x}" for each in self.rng.integers(0, 1 << 48, 160)]
        self.popular = np.array([self.value(each) for each in popular])
        self.banks = [f"bank {each:06d}" for each in self.rng.integers(0, 10**6, 90)]
        mails = ("gmail.com", "outlook.com", "yahoo.com", "icloud.com", "qq.com", "proton.me", "web.de", "hey.com")
        self.mails = np.array(mails)
        # Public benchmarks: the same for everybody who runs them.
        self.shelf = [self.minds.bank(400, float(self.rng.uniform(0.2, 0.8))) for _ in range(4)]

    def value(self, text: str) -> int:
        return self.names.setdefault(text, len(self.names))

    def group(self) -> int:
        self.groups += 1
        return self.groups - 1

    def code(self, prefix: str = "") -> str:
        return f"{prefix}{int(self.rng.integers(1 << 52)):013x}"

    def device(self, popular: bool | None = None) -> int:
        """A device's fingerprint: nearly its own, or one of many that share a client."""
        rng, common = self.rng, self.habits.device == "tls"
        common = common or rng.random() < 0.12 if popular is None else popular
        return int(self.popular[min(int(rng.geometric(0.03)) - 1, 159)]) if common else self.value(self.code("d"))

    def card(self, issuer: str | None = None) -> tuple[str, str]:
        rank = min(int(self.rng.geometric(0.05)) - 1, 89)
        return self.code("pm_"), self.banks[rank] if issuer is None else issuer

    def person(self, country: str | None = None) -> Person:
        """Somebody with a home, perhaps a phone and a workplace's network, devices, concerns."""
        rng = self.rng
        country = self.ground.country() if country is None else country
        zone = COUNTRIES[country][0]
        draws = rng.dirichlet([2.0, 1.2])
        places = [(float(draws[0]), self.ground.home(country))]
        if rng.random() < 0.6:
            places.append((float(draws[1]), self.ground.mobile(country)))
        if rng.random() < 0.08:
            places.append((float(rng.uniform(0.1, 2)), self.ground.vpn()))
        many = 1 + int(rng.random() < 0.5) + int(rng.random() < 0.12)
        swap = float(rng.uniform(0, WINDOW * 4)) * DAY
        gear = Gear(tuple(self.device() for _ in range(many)), tuple(rng.dirichlet(np.full(many, 1.5))), swap)
        pays = rng.random() < self.habits.pays
        cards = tuple(self.card() for _ in range(1 + int(rng.random() < 0.15))) if pays else ()
        return Person(
            country,
            clock.person(rng, zone),
            tuple(places),
            gear,
            self.minds.own(),
            float(np.exp(rng.normal(0.3, 1.0))),
            (float(np.exp(rng.normal(5.3, 0.8))), float(np.exp(rng.normal(5.8, 0.7)))),
            cards,
            str(self.mails[min(int(rng.geometric(0.4)) - 1, 7)]) if rng.random() < 0.9 else self.site_name(),
            int(rng.integers(3)),
        )

    def site_name(self) -> str:
        return self.code()[-7:] + str(self.rng.choice([".com", ".io", ".co", ".net", ".org"]))

    def join(self, who: Person, kind: str, group: int = -1, **known: object) -> int:
        """A new account of somebody: created long ago or lately, from `known` what is different."""
        rng = self.rng
        age = WINDOW - float(rng.exponential(160)) - 0.3
        made = Account(
            self.code("a"),
            kind,
            group,
            None,
            None,
            age,
            str(rng.choice(["console", "console", "console", "api", "api", "mobile"])),
            who.country,
            who.domain,
            None,
        )
        made = replace(made, **known)  # type: ignore[arg-type]
        if made.organization and self.refused.setdefault(made.organization, rng.random()) >= self.habits.verified:
            made = replace(made, organization=None)
        self.accounts.append(replace(made, created=min(made.created, WINDOW - 0.6)))
        number = len(self.accounts) - 1
        if rng.random() < self.habits.tags:
            self.tags.append((number, "phone", self.code("+")))
        return number

    def live(self, account: int, who: Person, begin: float | None = None, end: float | None = None) -> None:
        """Days (of the log) of somebody on an account: calls, prompts, payments."""
        rng, made = self.rng, self.accounts[account].created
        start = max(0.0, made, 0.0 if begin is None else begin)
        if begin is None and end is None and rng.random() < 0.3:
            end = float(rng.uniform(start + 0.2, WINDOW))  # lost interest
        end = WINDOW if end is None else end
        if start >= end:
            return
        times, session = who.clock.sessions(rng, start * DAY, end * DAY, who.rate)
        times = times[:1_500]
        session = session[:1_500]
        shares = np.array([each[0] for each in who.places])
        place = rng.choice(len(who.places), size=int(session.max()) + 1, p=shares / shares.sum())[session]
        ip = np.empty(len(times), np.int64)
        for k, (_, at) in enumerate(who.places):
            if (here := place == k).any():
                ip[here] = at(times[here], session[here])
        ids = np.array(who.gear.ids)
        gear = rng.choice(len(ids), size=int(session.max()) + 1, p=who.gear.shares)[session]
        device = np.where(times < who.gear.swap, ids[gear], ids[-1] if len(ids) > 1 else ids[gear])
        self.call(account, who, times, ip, device)
        self.settle(account, who.cards, start, end)

    def call(
        self, account: int | Array, who: Person, times: Array, ip: Array, device: Array, status: Array | None = None
    ) -> None:
        """Calls as they were served, and the prompts of some of them."""
        rng, count = self.rng, len(times)
        if status is None:
            status = rng.choice(
                [200, 429, 500, 400, 402, 403], size=count, p=[0.958, 0.018, 0.008, 0.012, 0.003, 0.001]
            )
        model = np.where(rng.random(count) < 0.8, who.model, rng.integers(0, 3, count))
        entered = np.exp(rng.normal(np.log(who.size[0]), 0.7, count)).astype(np.int64) + 1
        given = np.where(status == 200, np.exp(rng.normal(np.log(who.size[1]), 0.7, count)).astype(np.int64), 0)
        number = np.full(count, account) if isinstance(account, int) else account
        self.calls.append((number, times, ip, device, model, status, entered, given))
        kept = np.flatnonzero(rng.random(count) < self.habits.sampled)
        if isinstance(account, int) and len(kept) > CAP:
            kept = np.sort(rng.choice(kept, CAP, replace=False))
        if len(kept):
            self.said.append((number[kept], times[kept], who.mind.say(rng, len(kept))))

    def settle(self, account: int, cards: tuple[tuple[str, str], ...], begin: float, end: float) -> None:
        """Payments about each month, on the last card once there was a change."""
        rng = self.rng
        if not cards or not self.habits.pays:
            return
        dates = np.arange(begin + rng.exponential(1.5), max(end, begin + 3), 30.4)
        change = rng.integers(0, len(dates) + 1) if len(cards) > 1 else 0
        amount = float(rng.choice([5, 10, 20, 20, 20, 25, 50, 100]))
        for k, each in enumerate(dates):
            instrument, issuer = cards[-1] if k >= change else cards[0]
            self.paid.append((account, instrument, issuer, float(each) * DAY + float(rng.normal(0, 3_000)), amount))

    def blame(self, accounts: list[int], campaign: str, operator: str, kind: str) -> None:
        """Say of accounts that a campaign ran them."""
        for each in accounts:
            made = self.accounts[each]
            self.accounts[each] = replace(made, campaign=campaign, operator=operator, kind=kind)


def spans(rng: np.random.Generator, begin: float, end: float, on: float, off: float) -> list[tuple[float, float]]:
    """Stretches of days in which something runs, of about `on` days with `off` between."""
    edges = [begin]
    while edges[-1] < end:
        edges.append(edges[-1] + float(rng.gamma(3, on / 3)))
        edges.append(edges[-1] + float(rng.gamma(3, off / 3)))
    return [(a, min(b, end)) for k, (a, b) in enumerate(pairwise(edges)) if k % 2 == 0 and a < end]
