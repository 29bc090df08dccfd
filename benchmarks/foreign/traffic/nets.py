"""Addresses: homes, carriers, offices, clouds, VPNs, residential exits; and from where an account calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
#: From seconds to an address each, as the log's codes.
Place = Callable[[Array], Array]
HOUR: Final = 3_600.0
DAY: Final = 86_400.0
COUNTRIES: Final = ("US", "IN", "BR", "DE", "GB", "JP", "FR", "ID", "MX", "PL", "KR", "NG")
ZONES: Final = (-6.0, 5.5, -3.0, 1.0, 0.0, 9.0, 1.0, 7.0, -6.0, 1.0, 9.0, 1.0)
WEIGHTS: Final = np.array([30, 14, 8, 8, 7, 6, 5, 6, 4, 4, 4, 4]) / 100


class Nets:
    """All address space of a world; `rows` is what a network table would say of it."""

    def __init__(self, rng: np.random.Generator, code: Callable[[str], int], six: float) -> None:
        self.rng, self.code, self.six = rng, code, six
        self.rows: list[tuple[str, str, int]] = []
        self._free = iter(
            rng.permutation([(a, b) for a in range(11, 220) for b in range(256) if a not in (127, 172, 192)])
        )
        self._asn = 1_000
        self.isps = [[self.block("residential") for _ in range(3)] for _ in COUNTRIES]
        self.v6 = [self.block6("residential") for _ in COUNTRIES]
        self.carriers = [self.some(self.block("mobile"), int(rng.integers(60, 260))) for _ in range(18)]
        self.clouds = [self.block("hosting") for _ in range(6)]
        self.serverless = [self.some(self.clouds[k % 3], int(rng.integers(8, 40))) for k in range(5)]
        self.vpns = [self.some(self.block("vpn"), int(rng.integers(12, 60))) for _ in range(5)]
        lent = [self.some(each[0], 60) for each in self.isps]
        self.exits = [np.concatenate([lent[k] for k in rng.choice(len(lent), 5, False)]) for _ in range(3)]

    def block(self, network: str) -> str:
        a, b = next(self._free)
        self._asn += int(self.rng.integers(1, 40))
        self.rows.append((f"{a}.{b}.0.0/16", network, self._asn))
        return f"{a}.{b}"

    def block6(self, network: str) -> str:
        self._asn += 1
        prefix = f"2a{self.rng.integers(0, 256):02x}:{self.rng.integers(1, 65_536):x}"
        self.rows.append((f"{prefix}::/32", network, self._asn))
        return prefix

    def one(self, block: str) -> int:
        low = self.rng.integers(1, 255, 2)
        return self.code(f"{block}.{low[0]}.{low[1]}")

    def some(self, block: str, number: int) -> Array:
        return np.array([self.one(block) for _ in range(number)])

    def near(self, block: str, number: int) -> Array:
        """Neighbours: addresses of one /24."""
        third = self.rng.integers(1, 255)
        return np.array([self.code(f"{block}.{third}.{k}") for k in self.rng.choice(254, number, False) + 1])

    def fixed(self, address: int) -> Place:
        return lambda times: np.full(len(times), address)

    def pool(self, addresses: Array, hours: float = 3.0) -> Place:
        """Another of them every few hours, by chance."""

        def place(times: Array) -> Array:
            turns, which = np.unique(np.floor(times / (hours * HOUR)), return_inverse=True)
            return addresses[self.rng.integers(len(addresses), size=len(turns))][which]

        return place

    def home(self, country: int) -> Place:
        """A line of one's own: a lease that ends now and then, or a prefix whose low half changes every day."""
        if self.rng.random() < self.six:
            low = self.rng.integers(1, 65_536, 2)
            prefix = f"{self.v6[country]}:{low[0]:x}:{low[1]:x}"

            def six(times: Array) -> Array:
                days, which = np.unique(np.floor(times / DAY), return_inverse=True)
                tails = self.rng.integers(1, 65_536, (len(days), 4))
                names = [f"{prefix}:{a:x}:{b:x}:{c:x}:{d:x}" for a, b, c, d in tails]
                return np.array([self.code(each) for each in names], np.int64)[which]

            return six
        block = self.isps[country][int(self.rng.integers(3))]
        lease = float(self.rng.choice([12, 40, 400])) * DAY
        shift, known = float(self.rng.random()) * lease, dict[float, int]()

        def four(times: Array) -> Array:
            leases, which = np.unique(np.floor((times + shift) / lease), return_inverse=True)
            for each in leases:
                if each not in known:
                    known[each] = self.one(block)
            return np.array([known[each] for each in leases], np.int64)[which]

        return four

    def carrier(self, country: int) -> Place:
        """A phone: whichever address the carrier shares among its subscribers."""
        return self.pool(self.carriers[(country * 5 + int(self.rng.integers(2))) % len(self.carriers)], 1.5)

    def mixed(self, places: Sequence[Place], shares: Sequence[float]) -> Place:
        """Here in one sitting, there in another."""
        weights = np.array(shares) / sum(shares)

        def place(times: Array) -> Array:
            turns, which = np.unique(np.floor(times / (4 * HOUR)), return_inverse=True)
            at = self.rng.choice(len(places), len(turns), p=weights)[which]
            found = np.zeros(len(times), np.int64)
            for k, each in enumerate(places):
                found[at == k] = each(times[at == k])
            return found

        return place
