"""The kinds of worlds: what each logs, which look-alikes it holds, which campaigns, and which proxies they share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.foreign.campaigns import Plan, proxy, run
from benchmarks.foreign.honest import GROUPS
from benchmarks.foreign.people import person
from benchmarks.foreign.world import Options, World


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of world: groups of honest look-alikes by name, campaigns, and the honest share of each proxy."""

    options: Options
    groups: Mapping[str, int]
    plans: Sequence[Plan]
    proxies: Sequence[float] = ()


def make(family: Family, seed: int, accounts: int) -> World:
    """A world with about this many accounts: look-alikes and people first, so that there are homes to hide in."""
    world = World(seed, accounts, family.options)
    for name, count in family.groups.items():
        for _ in range(count):
            GROUPS[name](world)
    while len(world.accounts) < accounts - sum(plan.size for plan in family.plans):
        person(world)
    proxies = [proxy(world, honest) for honest in family.proxies]
    for plan in family.plans:
        run(world, plan, proxies)
    return world


def _groups(**counts: int) -> dict[str, int]:
    """So many groups of each kind, in the order of `GROUPS`; every world has strangers with one harness."""
    return {name: 1 if name == "harness" else counts.get(name, 0) for name in GROUPS}


def bazaar(accounts: int) -> Family:
    """Pools of cards, machines of their own, few templates; everything is logged."""
    return Family(
        Options(),
        _groups(
            family=accounts // 70,
            firm=6,
            agency=12,
            classroom=3,
            reseller=1,
            hackathon=2,
            vendor=1,
            lab=2,
            farm=4,
            migration=15,
            cafe=2,
        ),
        [
            Plan(size=300, operator=1, cards="pool", exits="cloud", device="sdk", volume=200),
            Plan(size=120, operator=1, cards="few", exits="own", device="own", content="many"),
            Plan(size=60, operator=2, cards="pool", exits="cloud", signup="stagger"),
            Plan(size=40, operator=3, cards="few", exits="v6", device="sdk", content="many"),
            Plan(size=25, operator=3, cards="pool", exits="own", device="own", hours="office"),
            Plan(size=12, operator=4, cards="few", exits="cloud", device="sdk", volume=400),
        ],
    )


def homes(accounts: int) -> Family:
    """Exits through honest homes, virtual cards, vectors in a narrow cone and half precision."""
    return Family(
        Options(sampling=0.15, dimensions=256, half=True, cone=1.1, topics=200),
        _groups(
            family=accounts // 40,
            firm=5,
            agency=10,
            classroom=3,
            hackathon=2,
            vendor=1,
            lab=1,
            farm=5,
            migration=10,
            cafe=3,
        ),
        [
            Plan(size=350, operator=1, proxy=0, device="browsers", signup="stagger", volume=200),
            Plan(size=150, operator=2, proxy=0, device="browsers", content="many", volume=120),
            Plan(size=80, operator=3, proxy=1, respawn=0.4, volume=200, bought=0.3),
            Plan(size=45, operator=1, exits="sticky", proxy=1, device="browsers", queue=False, hours="office"),
            Plan(size=30, operator=4, proxy=1, content="many", signup="drip", volume=250),
            Plan(size=15, operator=5, exits="sticky", proxy=0, device="browsers", hours="evening"),
        ],
        (0.6, 0.3),
    )


def gateway(accounts: int) -> Family:
    """Relays with honest customers, two of them behind one proxy and one issuer; few prompts are sampled."""
    return Family(
        Options(sampling=0.06, dimensions=384, half=True, cone=0.7, topics=150),
        _groups(
            family=accounts // 60,
            firm=5,
            agency=12,
            classroom=2,
            reseller=2,
            hackathon=1,
            vendor=2,
            lab=1,
            farm=3,
            migration=8,
            cafe=1,
        ),
        [
            Plan(
                size=600,
                operator=1,
                proxy=0,
                one_issuer=True,
                device="sdk",
                content="many",
                relay=0.6,
                volume=250,
                signup="stagger",
            ),
            Plan(size=250, operator=2, proxy=0, one_issuer=True, relay=0.4, volume=250, bought=0.3),
            Plan(size=100, operator=3, exits="cloud", device="sdk", relay=0.7, volume=300, cards="pool"),
            Plan(size=40, operator=3, exits="cloud", device="browsers", content="many", volume=200),
        ],
        (0.5,),
    )


def letters(accounts: int) -> Family:
    """Nothing but exchanges and prompts, and those as text."""
    return Family(
        Options(sampling=0.12, text=True, accounts=False, payments=False, networks=False, topics=100),
        _groups(
            family=accounts // 60,
            firm=5,
            agency=8,
            classroom=3,
            reseller=1,
            hackathon=2,
            vendor=1,
            lab=1,
            farm=4,
            migration=8,
            cafe=2,
        ),
        [
            Plan(size=250, operator=1, proxy=0, device="browsers"),
            Plan(size=100, operator=2, exits="cloud", device="sdk", content="many"),
            Plan(size=50, operator=2, exits="v6", hours="office", queue=False),
            Plan(size=20, operator=3, exits="sticky", proxy=0, device="browsers"),
        ],
        (0.6,),
    )


def ledger(accounts: int) -> Family:
    """No prompts at all."""
    return Family(
        Options(prompts=False),
        _groups(
            family=accounts // 60,
            firm=6,
            agency=12,
            classroom=3,
            reseller=2,
            hackathon=3,
            vendor=1,
            lab=2,
            farm=3,
            migration=15,
            cafe=3,
        ),
        [
            Plan(size=300, operator=1, cards="pool", exits="cloud", device="sdk", volume=200),
            Plan(size=120, operator=1, cards="few", exits="own", device="own"),
            Plan(size=60, operator=2, cards="pool", exits="own", signup="stagger"),
            Plan(size=30, operator=3, cards="few", exits="cloud", device="own"),
            Plan(size=12, operator=4, cards="pool", exits="own", device="sdk", hours="office"),
        ],
    )


def slow(accounts: int) -> Family:
    """Slow work in office hours, broad lists of tasks; every prompt is logged."""
    return Family(
        Options(sampling=1.0, dimensions=128, cone=0.4, decay=0.5, topics=300),
        _groups(
            family=accounts // 60,
            firm=6,
            agency=12,
            classroom=3,
            reseller=1,
            hackathon=2,
            vendor=1,
            lab=1,
            farm=5,
            migration=10,
            cafe=2,
        ),
        [
            Plan(
                size=400,
                operator=1,
                proxy=0,
                device="browsers",
                content="many",
                volume=25,
                hours="office",
                signup="stagger",
            ),
            Plan(
                size=150,
                operator=1,
                exits="cloud",
                device="sdk",
                content="broad",
                volume=80,
                hours="office",
                queue=False,
            ),
            Plan(size=60, operator=2, exits="sticky", proxy=0, volume=20, hours="evening", queue=False),
            Plan(size=30, operator=3, exits="v6", content="broad", volume=200, cards="pool"),
            Plan(size=8, operator=4, exits="cloud", device="own"),
        ],
        (0.6,),
    )


def giant(accounts: int) -> Family:
    """One campaign of an eighth of all accounts, with many templates, and everything mixed."""
    return Family(
        Options(sampling=0.1, dimensions=256, cone=0.9, half=True, topics=250),
        _groups(
            family=accounts // 50,
            firm=8,
            agency=15,
            classroom=5,
            reseller=2,
            hackathon=3,
            vendor=2,
            lab=2,
            farm=6,
            migration=15,
            cafe=3,
        ),
        [
            Plan(
                size=accounts // 8,
                operator=1,
                proxy=0,
                device="browsers",
                content="many",
                volume=100,
                signup="stagger",
            ),
            Plan(size=200, operator=2, proxy=0, bought=0.4, respawn=0.3),
            Plan(size=60, operator=3, exits="cloud", device="sdk", cards="pool"),
            Plan(size=20, operator=3, exits="v6", content="many", hours="office"),
        ],
        (0.6,),
    )


FAMILIES: Final[dict[str, Callable[[int], Family]]] = {
    "bazaar": bazaar,
    "homes": homes,
    "gateway": gateway,
    "letters": letters,
    "slow": slow,
    "ledger": ledger,
    "giant": giant,
}
