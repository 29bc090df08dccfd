"""Which worlds an outsider makes: quiet ones, the public letter's, small operators, taken accounts, poor logs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.foreign.outside.foes import Exits, Ring, run
from benchmarks.foreign.outside.honest import GROUPS, person
from benchmarks.foreign.outside.log import How, Log


@dataclass(frozen=True, slots=True)
class Scene:
    """A kind of world: how it is logged, how many honest groups of each kind, which rings."""

    how: How
    groups: Mapping[str, int]
    rings: Sequence[Ring] = ()


def make(scene: Scene, seed: int, accounts: int) -> Log:
    """A log with about this many accounts."""
    log = Log(seed, accounts, scene.how)
    for name, count in scene.groups.items():
        for _ in range(count):
            GROUPS[name](log)
    while len(log.accounts) < accounts - sum(ring.size for ring in scene.rings):
        person(log)
    for ring in scene.rings:
        run(log, ring)
    return log


def _groups(accounts: int, each: float = 1.0) -> dict[str, int]:
    """Groups of every kind, so many as fit into half of the accounts."""
    many = max(1, round(accounts / 3000 * each))
    shares = {"family": 15, "again": 5, "agency": 3, "migration": 3, "firm": 3, "startup": 2, "testers": 2, "lab": 2}
    shares |= {"bootcamp": 2, "contest": 1, "cafe": 1, "campus": 1, "integrator": 1, "hackathon": 1}
    return {name: count * many for name, count in shares.items()} | {"tester": 1, "redteam": 1}


def quiet(accounts: int) -> Scene:
    """Nobody to be found: whoever is named is innocent."""
    return Scene(How(), _groups(accounts, 1.5))


def quiet_text(accounts: int) -> Scene:
    """The same, with prompts as text, and more of them."""
    return Scene(How(width=0, sampled=0.3), _groups(accounts))


def distill(accounts: int) -> Scene:
    """The public letter: a few operators with many accounts over several relays, mixed with other people's traffic."""
    large = max(60, accounts // 12)
    return Scene(
        How(width=256, sampled=0.15),
        _groups(accounts),
        [
            Ring(size=large, operator=1, services=4, exits="homes", mixed=0.4, a_card=8, joined="weeks", calls=120),
            Ring(size=large // 2, operator=2, exits="own", devices="one", a_card=12, frames=60),
            Ring(size=60, operator=3, exits="vpn", devices="popular", frames=15, a_card=1, mixed=0.3),
            Ring(size=80, operator=4, exits="hosting", services=2, frames=40, bursts=False, joined="weeks"),
        ],
    )


def trickle(accounts: int) -> Scene:
    """Many small operators with a little of everything, among firms of their size."""
    kinds: tuple[Exits, ...] = ("hosting", "vpn", "homes", "own")
    rings = [
        Ring(
            size=5 + k % 8,
            operator=k,
            exits=kinds[k % 4],
            a_card=2 + k % 3,
            devices=("popular", "few")[k % 2],
            frames=6 + k % 5,
            calls=120,
            bursts=k % 3 > 0,
            joined=("wave", "weeks", "old")[k % 3],
            mixed=0.2 * (k % 2),
        )
        for k in range(max(8, accounts // 200))
    ]
    return Scene(How(), _groups(accounts), rings)


def mules(accounts: int) -> Scene:
    """Accounts of real people that were bought or rented in the middle of the window."""
    return Scene(
        How(days=40),
        _groups(accounts),
        [
            Ring(size=max(40, accounts // 40), operator=1, bought=1.0, exits="homes", mixed=0.1),
            Ring(size=60, operator=2, bought=0.8, exits="hosting", devices="one", calls=150),
            Ring(size=20, operator=3, bought=0.9, exits="own", frames=10),
        ],
    )


def _poor(accounts: int, how: How) -> Scene:
    """A world of everything, that is logged badly."""
    return Scene(
        how,
        _groups(accounts, 0.7),
        [
            Ring(size=max(80, accounts // 25), operator=1, exits="homes", joined="weeks"),
            Ring(size=60, operator=2, exits="own", devices="one"),
            Ring(size=25, operator=3, exits="hosting", frames=12, a_card=4),
        ],
    )


POOR: Final[dict[str, How]] = {
    "no_device": How(without=frozenset({"exchanges.device"}), uuids=True),
    "no_money": How(without=frozenset({"payments", "identifiers"}), width=16),
    "no_prompts": How(without=frozenset({"prompts"})),
    "only_calls": How(without=frozenset({"prompts", "payments", "accounts", "networks", "identifiers"})),
    "hashed": How(hashed=True, uuids=True, without=frozenset({"networks"})),
    "hours": How(coarse=3600.0),
    "three_days": How(days=3, sampled=0.6),
    "wide": How(width=1024, sampled=0.1),
    "arabic": How(width=0, script="arabic"),
    "han": How(width=0, script="han"),
    "nulls": How(nulls=0.3),
    "filled": How(nulls=0.3, filler="unknown"),
    "odd_filled": How(nulls=0.3, filler="n.v.t. (geen)"),
    "before": How(fresh=True),
    "no_calls": How(without=frozenset({"exchanges", "networks"})),
}

OUTSIDE: Final[dict[str, Callable[[int], Scene]]] = {
    "quiet": quiet,
    "quiet_text": quiet_text,
    "distill": distill,
    "trickle": trickle,
    "mules": mules,
    **{name: lambda accounts, how=how: _poor(accounts, how) for name, how in POOR.items()},  # type: ignore[misc]
}
