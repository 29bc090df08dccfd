"""Which worlds there are: who has a stall, who runs a ring, what the log lacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from benchmarks.foreign.bazaar.people import lone
from benchmarks.foreign.bazaar.rings import Ring, ring
from benchmarks.foreign.bazaar.stalls import STALLS, stall
from benchmarks.foreign.bazaar.world import Habits, World


@dataclass(frozen=True)
class Scene:
    """How many groups of each kind there are in 3,000 accounts, and which rings; the rest are people."""

    accounts: int
    stalls: Mapping[str, float]
    rings: tuple[Ring, ...] = ()
    habits: Habits = field(default_factory=Habits)


def make(scene: Scene, seed: int) -> World:
    """A world of about so many accounts: groups first, rings among the last, since they rent what others have."""
    w = World(seed, scene.habits)
    part = scene.accounts / 3_000
    wanted = {each.name: max(6, round(each.size * part)) for each in scene.rings}
    under = {each.carrier for each in scene.rings}
    for kind, count in scene.stalls.items():
        often = int(count * part) + int(w.rng.random() < count * part % 1)
        for _ in range(max(often, int(kind in under))):
            stall(w, kind)
    while len(w.accounts) < scene.accounts - sum(wanted.values()):
        lone(w)
    for each in scene.rings:
        ring(w, each, wanted[each.name])
    return w


def souk(accounts: int) -> Scene:
    """Everything is logged, a bit of every stall; three rings, two of one operator."""
    stalls = dict.fromkeys(STALLS, 1.0) | {"household": 25, "several": 8, "agency": 4, "scrapers": 3}
    rings = (
        Ring("souk-sticky", 90, "aged", client="antidetect", operator="op-s", tasks=14, shard=0.5, rate=1.5),
        Ring("souk-small", 11, exits="hosting", cards="shared", operator="op-s", depth=14),
        Ring("souk-relay", 36, exits="rotating", relay=0.6, shape="mimic", cards="stolen", rate=3),
    )
    return Scene(accounts, stalls, rings)


def twins(accounts: int) -> Scene:
    """Two operators and honest travellers on one vendor's exits; addresses are hashed."""
    stalls = {"travellers": 5, "scrapers": 8, "casb": 3, "carrier": 4, "household": 40, "virtual": 3, "callcentre": 2}
    rings = (
        Ring("twin-a", 70, client="antidetect", tasks=6, pool=500, rate=1.5),
        Ring("twin-b", 55, "aged", "rotating", client="antidetect", tasks=10, pool=500, shape="shift", cards="stolen"),
    )
    return Scene(accounts, stalls | {"ownkey": 2}, rings, Habits(ip="hashed", networks=0, hum=0.3))


def drip(accounts: int) -> Scene:
    """Few calls an account, new words each time, an exit a call; no client is logged."""
    stalls = {"assignment": 5, "freelancers": 5, "translators": 3, "household": 30, "diaspora": 3, "travellers": 2}
    rings = (
        Ring("drip-long", 150, "aged", "rotating", "rain", 900, "paraphrase", 30, 0.4, 0.35, 2.5, "mimic"),
        Ring("drip-short", 40, "fresh", "sticky", "rain", 900, "paraphrase", 12, 1.0, 0.6, 3, "day", cards="stolen"),
    )
    return Scene(accounts, stalls | {"annotators": 2, "carrier": 3}, rings, Habits(device=False, hum=0.25, sampled=0.8))


def trials(accounts: int) -> Scene:
    """Free credit: farms that live on it, and the bootcamps, contests and classes it was meant for."""
    stalls = {"bootcamp": 6, "hackathon": 5, "assignment": 4, "conference": 3, "cafe": 6, "household": 30, "aid": 3}
    rings = (
        Ring("trial-farm", 160, "trial", cards="none", client="farm", numbers=0.6, rate=6, depth=8, pool=250),
        Ring(
            "trial-stack", 45, "trial", "rotating", cards="gift", numbers=0.3, rate=8, phrasing="paraphrase", tasks=15
        ),
    )
    return Scene(accounts, stalls | {"nonprofit": 4}, rings, Habits(payments=False, networks=0.6, lost=0.08))


def carried(accounts: int) -> Scene:
    """A reseller among whose customers is a ring; a relay that sells honest people cheap access."""
    stalls = {"reseller": 6, "ownkey": 4, "opentool": 3, "agency": 10, "several": 12, "household": 20, "virtual": 2}
    rings = (
        Ring("carried-in", 60, carrier="reseller", cards="none", tasks=9, rate=2.5),
        Ring("carried-out", 80, "fresh", "hosting", relay=0.75, shape="mimic", cards="virtual", rate=4, stopped=0.3),
    )
    return Scene(accounts, stalls | {"laboratory": 4}, rings, Habits(hum=0.1, most=30))


def borrowed(accounts: int) -> Scene:
    """Accounts that are rented by the month or taken over: their owners' own days go on beside the ring's."""
    stalls = {"household": 50, "casb": 3, "carrier": 3, "callcentre": 3, "freelancers": 4, "cafe": 4, "several": 10}
    rings = (
        Ring("borrowed-taken", 80, "hijacked", "sticky", "attic", 200, tasks=6, rate=2.5, cover=0.02),
        Ring("borrowed-rented", 60, "rented", "owner", tasks=8, rate=1.2, cover=0.05, client="antidetect"),
    )
    return Scene(accounts, stalls | {"diaspora": 2, "opentool": 1}, rings, Habits(networks=0.8, hum=0.2, lost=0.05))


def purses(accounts: int) -> Scene:
    """No prompts are kept: addresses, clients, cards and numbers have to do."""
    stalls = {"household": 60, "agency": 12, "cafe": 5, "casb": 4, "carrier": 4, "virtual": 4, "aid": 3, "several": 12}
    rings = (
        Ring("purses-cards", 75, cards="shared", client="farm", numbers=0.5, pool=150, exits="sticky"),
        Ring("purses-hosts", 40, exits="hosting", cards="virtual", depth=12),
        Ring("purses-aged", 50, "aged", "rotating", cards="stolen", client="antidetect"),
    )
    return Scene(accounts, stalls | {"callcentre": 3, "travellers": 2}, rings, Habits(prompts=False))


def murmur(accounts: int) -> Scene:
    """Only calls and prompts, no addresses: tools' and guilds' forms beside rings that fill in theirs."""
    stalls = {"opentool": 4, "ownkey": 4, "translators": 4, "annotators": 4, "laboratory": 8, "assignment": 4}
    rings = (
        Ring("murmur-forms", 90, "aged", tasks=20, shard=0.4, rate=1.5, client="stack"),
        Ring("murmur-words", 60, phrasing="paraphrase", tasks=20, rate=2, client="antidetect"),
    )
    habits = Habits(accounts=False, payments=False, identifiers=False, ip="none", networks=0, hum=0.35, sampled=0.6)
    return Scene(accounts, stalls | {"freelancers": 4, "callcentre": 3}, rings, habits)


def fairday(accounts: int) -> Scene:
    """No ring: crowds that came for a day, or have a roof, a carrier or a bank in common."""
    stalls = {"conference": 8, "hackathon": 7, "bootcamp": 7, "cafe": 8, "casb": 5, "carrier": 5, "aid": 5}
    return Scene(accounts, stalls | {"diaspora": 4, "virtual": 3, "household": 40, "nonprofit": 4})


def guildhall(accounts: int) -> Scene:
    """No ring: people with the same work, tools and forms, and some with several accounts."""
    stalls = {"translators": 6, "annotators": 6, "laboratory": 12, "ownkey": 5, "opentool": 4, "agency": 15}
    stalls |= {"freelancers": 6, "callcentre": 5, "scrapers": 8, "several": 20, "reseller": 2, "travellers": 2}
    return Scene(accounts, stalls, habits=Habits(networks=0.7, hum=0.3, sampled=0.5))


EACH = (souk, twins, drip, trials, carried, borrowed, purses, murmur, fairday, guildhall)
BAZAAR: dict[str, Callable[[int], Scene]] = {each.__name__: each for each in EACH}
