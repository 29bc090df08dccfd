"""Where calls come from: homes on leases, carriers' shared exits, offices, hosts, exits of VPNs, rented proxies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
#: Addresses of a place for times and their sessions: ids of values.
Place = Callable[[Array, Array], Array]
DAY = 86_400.0
#: Hours from UTC, and how many accounts come from there.
COUNTRIES = {
    "US": (-6, 20.0),
    "IN": (5.5, 13.0),
    "BR": (-3, 8.0),
    "GB": (0, 6.0),
    "DE": (1, 6.0),
    "ID": (7, 6.0),
    "JP": (9, 5.0),
    "FR": (1, 4.0),
    "NG": (1, 4.0),
    "PH": (8, 4.0),
    "KR": (9, 3.0),
    "MX": (-6, 3.0),
    "VN": (7, 3.0),
    "PL": (1, 2.0),
    "TR": (3, 2.0),
    "CA": (-5, 2.0),
    "UA": (2, 2.0),
    "EG": (2, 2.0),
    "AU": (10, 2.0),
    "SG": (8, 1.5),
    "NL": (1, 1.5),
}
CODES = list(COUNTRIES)
WEIGHTS = np.array([each[1] for each in COUNTRIES.values()]) / sum(each[1] for each in COUNTRIES.values())


@dataclass
class Ground:
    """All addresses of a world; `rows` is what is known of them: prefix, network, ASN."""

    rng: np.random.Generator
    crowding: int  # accounts in the world: carriers have exits in proportion
    value: Callable[[str], int]
    rows: list[tuple[str, str, int]] = field(default_factory=list)
    homes: list[int] = field(default_factory=list)  # addresses that somebody's home has had
    _blocks: set[int] = field(default_factory=set)
    _isps: dict[str, list[tuple[str, str, int]]] = field(default_factory=dict)
    _carriers: dict[str, list[list[int]]] = field(default_factory=dict)
    _hosts: list[tuple[str, int]] = field(default_factory=list)
    _vpns: list[list[int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for code, (_, weight) in COUNTRIES.items():
            self._isps[code] = [self._isp() for _ in range(2 + int(weight > 4))]
            share = self.crowding * weight / 100
            self._carriers[code] = [self._carrier(share) for _ in range(1 + int(weight > 3))]
        self._hosts = [self._block("hosting") for _ in range(7)]
        for _ in range(5):
            prefix, _ = self._block("vpn")
            self._vpns.append([self._in(prefix, "0") for _ in range(int(self.rng.integers(4, 24)))])

    def country(self) -> str:
        return CODES[int(self.rng.choice(len(CODES), p=WEIGHTS))]

    def _block(self, network: str) -> tuple[str, int]:
        """A new /16 of a kind of network, with its ASN."""
        while (drawn := int(self.rng.integers(11 << 8, 126 << 8))) in self._blocks:
            pass
        self._blocks.add(drawn)
        prefix, asn = f"{drawn >> 8}.{drawn & 255}", int(self.rng.integers(2_000, 400_000))
        self.rows.append((f"{prefix}.0.0/16", network, asn))
        return prefix, asn

    def _isp(self) -> tuple[str, str, int]:
        prefix, asn = self._block("residential")
        six = f"2a{self.rng.integers(0, 256):02x}:{self.rng.integers(16, 65_536):x}"
        self.rows.append((f"{six}::/32", "residential", asn))
        return prefix, six, asn

    def _carrier(self, share: float) -> list[int]:
        prefix, _ = self._block("mobile")
        near = str(self.rng.integers(0, 256))
        return [self._in(prefix, near) for _ in range(2 + int(share * self.rng.uniform(0.04, 0.3)))]

    def _in(self, prefix: str, third: str | None = None) -> int:
        third = str(self.rng.integers(0, 256)) if third is None else third
        return self.value(f"{prefix}.{third}.{self.rng.integers(1, 255)}")

    def home(self, country: str) -> Place:
        """A line at home: IPv4 on a lease of hours to months, or an IPv6 /64 whose suffix is new each day."""
        isps = self._isps[country]
        prefix, six, _ = isps[int(self.rng.integers(len(isps)))]
        if self.rng.random() < 0.35:
            site = f"{six}:{self.rng.integers(0, 65_536):x}:{self.rng.integers(0, 65_536):x}"
            return self._private(site)
        known: dict[int, int] = {}
        lease = DAY * float(np.exp(self.rng.normal(3.0, 1.4)))
        shift = self.rng.uniform(0, lease)

        def at(times: Array, _: Array) -> Array:
            turn = np.floor((times + shift) / lease).astype(int)
            for each in np.unique(turn):
                if int(each) not in known:
                    known[int(each)] = self._in(prefix)
                    self.homes.append(known[int(each)])
            return np.array([known[int(each)] for each in turn], dtype=np.int64)

        return at

    def _private(self, site: str) -> Place:
        """A /64 whose suffix is new each day, as privacy extensions do."""
        known: dict[int, int] = {}

        def at(times: Array, _: Array) -> Array:
            days = (times // DAY).astype(int)
            for each in np.unique(days):
                if int(each) not in known:
                    suffix = ":".join(f"{k:x}" for k in self.rng.integers(1, 65_536, 4))
                    known[int(each)] = self.value(f"{site}:{suffix}")
            return np.array([known[int(each)] for each in days], dtype=np.int64)

        return at

    def pool(self, ids: list[int], sticky: float = 1.0) -> Place:
        """Some address of a pool, drawn for each session; a part 1 - sticky of calls draw anew."""
        many = np.array(ids, dtype=np.int64)

        def at(times: Array, sessions: Array) -> Array:
            drawn = many[self.rng.integers(len(many), size=int(sessions.max()) + 1)][sessions]
            anew = self.rng.random(len(times)) >= sticky
            drawn[anew] = many[self.rng.integers(len(many), size=int(anew.sum()))]
            return drawn

        return at

    def mobile(self, country: str, carrier: int | None = None) -> Place:
        """A carrier's shared exits: each phone sees a few neighbouring ones."""
        carriers = self._carriers[country]
        mine = carriers[int(self.rng.integers(len(carriers))) if carrier is None else carrier % len(carriers)]
        seen = self.rng.choice(mine, size=min(len(mine), int(self.rng.integers(2, 12))), replace=False)
        return self.pool([int(each) for each in seen])

    def site(self, network: str = "business", exits: int = 1) -> Place:
        """An organization's way out: one address or a few, of a small block of its own."""
        drawn, asn = self.rng.integers(0, 256, 3), int(self.rng.integers(2_000, 400_000))
        prefix = f"{126 + int(self.rng.integers(1, 60))}.{drawn[0]}.{drawn[1]}"
        base = int(drawn[2]) // 16 * 16
        if self.rng.random() < 0.85:
            self.rows.append((f"{prefix}.{base}/28", network, asn))
        return self.pool([self.value(f"{prefix}.{base + 1 + each}") for each in range(min(exits, 14))])

    def hosted(self, count: int, near: bool = False) -> list[int]:
        """Addresses at a hosting provider, in one /24 or anywhere."""
        prefix, _ = self._hosts[int(self.rng.integers(len(self._hosts)))]
        third = str(self.rng.integers(0, 256)) if near else None
        return [self._in(prefix, third) for _ in range(count)]

    def vpn(self, provider: int | None = None) -> Place:
        number = int(self.rng.integers(len(self._vpns))) if provider is None else provider
        return self.pool(self._vpns[number % len(self._vpns)])

    def proxies(self, count: int, countries: list[str]) -> list[int]:
        """Residential addresses for rent; some are, or were, the homes of people who know nothing of it."""
        made = []
        for _ in range(count):
            if self.homes and self.rng.random() < 0.15:
                made.append(self.homes[int(self.rng.integers(len(self.homes)))])
                continue
            isps = self._isps[countries[int(self.rng.integers(len(countries)))]]
            made.append(self._in(isps[int(self.rng.integers(len(isps)))][0]))
        return made
