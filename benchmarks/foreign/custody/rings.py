"""Who runs many accounts and means harm: a ring with what its accounts share, and how sparingly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.foreign.custody import clock
from benchmarks.foreign.custody.ground import DAY, Array, Place
from benchmarks.foreign.custody.minds import Mind, Mixed
from benchmarks.foreign.custody.world import WINDOW, Gear, Person, World, spans


@dataclass(frozen=True)
class Ring:
    """A campaign as a family orders it. Shares are of accounts or of calls, 0 to 1."""

    way: str
    size: int
    operator: str = ""  # empty: an operator of its own
    rate: float = 12.0
    cards: float = 0.0  # accounts on one of the operator's few cards
    issuer: float = 0.0  # accounts on cards of one bank
    devices: float = 0.0  # accounts on the operator's few devices
    hosts: float = 0.0  # calls from the operator's hosts, else proxies
    homes: float = 0.0  # accounts with a line of their own, as people have
    script: float = 1.0  # prompts of the campaign; the rest is anything
    dealt: bool = True  # a plan dealt out, else one template
    phones: float = 0.0  # accounts on one of a few numbers
    code: float = 0.0  # accounts with the ring's referral code
    human: float = 0.0  # accounts at human hours
    on: float = 60.0  # days of a stretch in which it runs
    off: float = 5.0
    bulk: float = 6.0  # days over which its accounts were made


@dataclass
class Kit:
    """What an operator has: cards, devices, hosts, proxies, numbers, a task."""

    ring: Ring
    name: str
    operator: str
    cards: list[tuple[str, str]]
    bank: str
    devices: list[int]
    hosts: list[int]
    proxies: list[int]
    numbers: list[str]
    code: str
    task: Mind
    stretches: list[tuple[float, float]]
    born: float


def kit(w: World, ring: Ring, operator: str) -> Kit:
    """Buy what a ring needs; its size decides how much of each."""
    rng, few = w.rng, max(1, ring.size // 9)
    start = float(rng.uniform(0, 18))
    stretches = spans(rng, start, WINDOW, ring.on, ring.off)
    countries = [w.ground.country() for _ in range(4)]
    task = w.minds.template(float(rng.uniform(0.6, 0.9)), 0.02)
    return Kit(
        ring,
        w.code("c"),
        operator,
        [w.card() for _ in range(few)],
        w.banks[int(rng.integers(len(w.banks)))],
        [w.device() for _ in range(few)],
        w.ground.hosted(max(2, few // 2), near=bool(rng.random() < 0.4)),
        w.ground.proxies(max(20, ring.size * 4), countries),
        [w.code("+") for _ in range(few)],
        w.code("ref"),
        task,
        stretches,
        start - float(rng.exponential(6)) - 0.5,
    )


def _place(w: World, k: Kit, who: Person) -> tuple[tuple[float, Place], ...]:
    rng, ring = w.rng, k.ring
    if rng.random() < ring.homes:
        return who.places
    mine = [int(each) for each in rng.choice(k.proxies, min(len(k.proxies), int(rng.integers(4, 40))), replace=False)]
    through = (1 - ring.hosts, w.ground.pool(mine, float(rng.beta(4, 1))))
    return (through, (ring.hosts, w.ground.pool(k.hosts))) if ring.hosts else (through,)


def puppet(w: World, k: Kit) -> Person:
    """A made-up person as the operator plays it."""
    rng, ring = w.rng, k.ring
    who = w.person()
    task = w.minds.deal(k.task) if ring.dealt else k.task
    mind = Mixed(((ring.script, task), (1 - ring.script, who.mind))) if ring.script < 1 else task
    cards: tuple[tuple[str, str], ...] = (w.card(),) if rng.random() < w.habits.pays else ()
    if rng.random() < ring.cards:
        cards = (k.cards[int(rng.integers(len(k.cards)))],)
    elif rng.random() < ring.issuer:
        cards = (w.card(k.bank),)
    own = w.device()
    held = k.devices[int(rng.integers(len(k.devices)))] if rng.random() < ring.devices else own
    return replace(
        who,
        places=_place(w, k, who),
        gear=Gear((held,), (1.0,), WINDOW * DAY),
        mind=mind,
        cards=cards,
        clock=who.clock if rng.random() < ring.human else clock.machine(rng),
        rate=float(ring.rate * rng.gamma(2.5, 0.4)),
    )


def enrol(w: World, k: Kit, who: Person, created: float) -> int:
    """An account of a ring, with what it was registered by."""
    account = w.join(who, k.ring.way, created=created)
    if w.rng.random() < k.ring.phones:
        w.tags.append((account, "phone", k.numbers[int(w.rng.integers(len(k.numbers)))]))
    if w.rng.random() < k.ring.code:
        w.tags.append((account, "referral_code", k.code))
    w.blame([account], k.name, k.operator, k.ring.way)
    return account


def farm(w: World, k: Kit) -> None:
    """Accounts made in bulk that run in the same stretches, each a share of them."""
    for _ in range(k.ring.size):
        who = puppet(w, k)
        born = k.born + float(w.rng.gamma(1.2, k.ring.bulk))
        account = enrol(w, k, who, min(born, k.stretches[-1][1] - 2))
        for begin, end in k.stretches:
            if w.rng.random() < 0.85 or (begin, end) == k.stretches[-1]:
                slack = np.minimum(w.rng.exponential(0.4, 2), (end - begin) / 3)
                w.live(account, who, begin + slack[0], end - slack[1])


def aged(w: World, k: Kit) -> None:
    """Accounts that others lived with for months, bought at different days and run by one hand from then on."""
    for _ in range(k.ring.size):
        before = w.person()
        account = enrol(w, k, before, -float(w.rng.gamma(2, 90)) - 3)
        sold = float(w.rng.uniform(2, WINDOW * 0.6))
        if w.rng.random() < 0.8:
            w.live(account, before, 0.0, sold - float(w.rng.exponential(3)))
        after = puppet(w, k)
        cards = before.cards if w.rng.random() < 0.5 else after.cards
        w.live(account, replace(after, cards=cards), max(sold, k.stretches[0][0]), WINDOW)


def trial(w: World, k: Kit) -> None:
    """One person who opens an account each time the credit is gone: the same work, at home, over a few devices."""
    who, at = w.person(), float(w.rng.uniform(-5, 10))
    devices = [*who.gear.ids, *(w.device() for _ in range(int(w.rng.poisson(1.2))))]
    for _ in range(k.ring.size):
        last = at + float(w.rng.gamma(2, (WINDOW - 8) / k.ring.size / 2)) + 0.3
        if at > WINDOW - 1:
            at, last = float(w.rng.uniform(0, WINDOW - 3)), WINDOW - 1
        made = replace(
            who,
            gear=Gear((int(w.rng.choice(devices)),), (1.0,)),
            cards=(w.card(k.bank),) if w.rng.random() < k.ring.issuer else (),
            domain=w.site_name() if w.rng.random() < 0.3 else str(w.rng.choice(w.mails)),
            rate=who.rate + k.ring.rate,
        )
        account = enrol(w, k, made, at)
        w.live(account, made, max(0.0, at), max(last, 0.4))
        gone = np.sort(w.rng.uniform(0, 0.1, int(w.rng.integers(1, 6)))) + min(max(last, 0.4), WINDOW - 0.2)
        place = made.places[0][1](gone * DAY, np.zeros(len(gone), int))
        w.call(account, made, gone * DAY, place, np.full(len(gone), made.gear.ids[0]), np.full(len(gone), 402))
        at = last + float(w.rng.exponential(0.3))


def pooled(w: World, k: Kit) -> None:
    """A relay: customers' mixed traffic dealt over accounts, each until its limit, then the next takes the call."""
    rng, ring = w.rng, k.ring
    players = [puppet(w, k) for _ in range(ring.size)]
    accounts = np.array([enrol(w, k, each, k.born + float(rng.gamma(1.2, ring.bulk))) for each in players])
    for account, each in zip(accounts, players, strict=True):
        w.settle(int(account), each.cards, max(0.0, k.born), WINDOW)
    for _ in range(max(3, int(ring.size * rng.uniform(0.8, 2.5)))):
        who = replace(w.person(), rate=float(np.exp(rng.normal(np.log(ring.rate), 1.0))))
        begin = float(rng.uniform(k.stretches[0][0], WINDOW - 2))
        times, _ = who.clock.sessions(rng, begin * DAY, min(WINDOW, begin + rng.exponential(25) + 1) * DAY, who.rate)
        times = times[:1_500]
        block = np.cumsum(rng.random(len(times)) < 1 / rng.uniform(4, 40))
        alive = rng.choice(ring.size, size=min(ring.size, 3 + ring.size // 2), replace=False)
        turn = alive[rng.integers(len(alive), size=int(block.max()) + 1)]
        at = turn[block]
        refused = np.append(np.diff(block) > 0, False) & (rng.random(len(times)) < 0.6)
        again = np.flatnonzero(refused)
        _deal(w, k, who, players, accounts, times, at, np.where(refused, 429, 200))
        if len(again):  # the same call, on the next account
            _deal(w, k, who, players, accounts, times[again] + 0.8, at[again + 1], np.full(len(again), 200))


def _deal(
    w: World, k: Kit, who: Person, players: list[Person], accounts: Array, times: Array, at: Array, status: Array
) -> None:
    order = np.argsort(times, kind="stable")
    times, at, status = times[order], at[order], status[order]
    session = np.arange(len(times))
    ip = w.ground.pool(k.hosts)(times, session)
    out = w.rng.random(len(times)) >= k.ring.hosts
    ip = np.where(out, w.ground.pool(k.proxies)(times, session), ip)
    device = np.array([each.gear.ids[0] for each in players])[at]
    w.call(accounts[at], who, times, ip, device, status)


def lodging(w: World, k: Kit) -> None:
    """Owners who rent their accounts out to a relay: their own life goes on beside others' traffic."""
    before = len(w.accounts)
    pooled(w, replace_ring(k, hosts=max(k.ring.hosts, 0.5)))
    for account in range(before, len(w.accounts)):
        owner = w.person()
        w.accounts[account] = replace(
            w.accounts[account], created=-float(w.rng.gamma(2, 90)), country=owner.country, domain=owner.domain
        )
        w.live(account, replace(owner, rate=owner.rate * float(w.rng.uniform(0.2, 2))), 0.0, WINDOW)


def replace_ring(k: Kit, **changes: object) -> Kit:
    return replace(k, ring=replace(k.ring, **changes))  # type: ignore[arg-type]


def waves(w: World, k: Kit) -> None:
    """Banned in one day and back within days, on new cards, devices and proxies, at the task where it was left."""
    rng, count = w.rng, 2 + int(w.rng.integers(0, 3))
    sizes = np.maximum(2, (k.ring.size * rng.dirichlet(np.full(count, 6.0))).astype(int))
    edges = np.sort(rng.uniform(6, WINDOW - 4, count - 1))
    for turn, (begin, end) in enumerate(zip([0.5, *edges], [*edges, WINDOW], strict=True)):
        fresh = kit(w, k.ring, k.operator)
        fresh.name, fresh.task, fresh.code, fresh.numbers = k.name, k.task, k.code, k.numbers
        start = begin + float(rng.uniform(0.5, 3)) * (turn > 0)
        for _ in range(int(sizes[turn])):
            who = puppet(w, fresh)
            account = enrol(w, fresh, who, start + float(rng.gamma(1, 0.7)) - 2 * (turn == 0))
            w.live(account, who, max(0.0, start + float(rng.exponential(0.8))), end)
            if turn < count - 1:
                tries = (end + np.sort(rng.exponential(0.2, int(rng.integers(1, 8))))) * DAY
                ip = who.places[0][1](tries, np.arange(len(tries)))
                w.call(account, who, tries, ip, np.full(len(tries), who.gear.ids[0]), np.full(len(tries), 403))


def handsets(w: World, k: Kit) -> None:
    """A phone farm: some accounts to a phone, one carrier's shared exits, small errands at all hours."""
    rng, country = w.rng, w.ground.country()
    phones = [(w.device(), w.ground.mobile(country, 0)) for _ in range(max(2, round(k.ring.size / rng.uniform(2, 4))))]
    for _ in range(k.ring.size):
        device, line = phones[int(rng.integers(len(phones)))]
        who = puppet(w, k)
        who = replace(who, country=country, places=((1.0, line),), gear=Gear((device,), (1.0,)))
        born = k.born + float(rng.gamma(1.2, k.ring.bulk))
        account = enrol(w, k, who, min(born, k.stretches[-1][1] - 2))
        for begin, end in k.stretches:
            w.live(account, who, begin + min(float(rng.exponential(0.3)), (end - begin) / 3), end)


WAYS: dict[str, Callable[[World, Kit], None]] = {
    "farm": farm,
    "aged": aged,
    "trial": trial,
    "pooled": pooled,
    "lodging": lodging,
    "waves": waves,
    "handsets": handsets,
}


def stage(w: World, ring: Ring) -> None:
    """Let a ring happen."""
    operator = ring.operator or w.code("o")
    WAYS[ring.way](w, kit(w, ring, operator))
