"""What accounts can share: addresses of providers and vendors, client fingerprints, issuers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
ZONES = {
    "US": -6,
    "IN": 5.5,
    "BR": -3,
    "GB": 0,
    "DE": 1,
    "FR": 1,
    "JP": 9,
    "KR": 9,
    "ID": 7,
    "PH": 8,
    "MX": -6,
    "CA": -5,
}
ZONES |= {"NG": 1, "PL": 1, "UA": 2, "TR": 3, "EG": 2, "VN": 7, "ES": 1, "NL": 1, "KE": 3, "PK": 5, "AU": 10, "SG": 8}
COUNTRIES = tuple(ZONES)
BROWSERS = tuple(f"{name} {version}" for name in ("Chrome", "Safari", "Edge", "Firefox") for version in (139, 140, 141))
SYSTEMS = ("Windows 11", "Windows 10", "macOS 15", "Android 15", "Android 14", "iOS 18", "Linux")
SDKS = tuple(
    f"{name}/{v}" for name in ("py-sdk", "node-sdk", "curl", "go-http", "okhttp") for v in ("1.4", "1.9", "2.1")
)
MAIL = (
    "gmail.com",
    "outlook.com",
    "yahoo.com",
    "icloud.com",
    "proton.me",
    "mail.com",
    "gmx.net",
    "qq.com",
    "yandex.ru",
)


class Place(Protocol):
    """Where calls come from: an address for each moment, drawn a session or (`each_call`) a call."""

    each_call: bool

    def at(self, rng: np.random.Generator, days: Array) -> list[str]: ...


@dataclass
class Pool:
    """Some exits; any of them, the first ones more often if `skewed`."""

    exits: list[str]
    each_call: bool = False
    skewed: bool = False

    def at(self, rng: np.random.Generator, days: Array) -> list[str]:
        share = rng.random(len(days)) ** (2 if self.skewed else 1)
        return [self.exits[each] for each in (share * len(self.exits)).astype(int)]


@dataclass
class Held:
    """One exit of a pool at a time, kept for about `hold` days: a lease, or a proxy's sticky session."""

    exits: list[str]
    hold: float
    seed: int
    each_call: bool = True

    def at(self, rng: np.random.Generator, days: Array) -> list[str]:
        turn = np.floor((np.asarray(days) + 4_000 + (self.seed % 97) / 97) / self.hold).astype(np.uint64)
        drawn = (turn + np.uint64(self.seed)) * np.uint64(0x9E3779B97F4A7C15) ^ np.uint64(self.seed << 20)
        drawn = (drawn ^ (drawn >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        picked = (drawn ^ (drawn >> np.uint64(27))) % np.uint64(len(self.exits))
        return [self.exits[int(each)] for each in picked]


@dataclass
class Ground:
    """Blocks of addresses by provider; asking for a provider a second time gives the same one."""

    rng: np.random.Generator
    blocks: dict[str, tuple[str, str, int]] = field(default_factory=dict)  # provider -> prefix, network, number
    pools: dict[str, list[str]] = field(default_factory=dict)
    lived: list[str] = field(default_factory=list)

    def block(self, provider: str, network: str) -> str:
        """The /16 of a provider."""
        if provider not in self.blocks:
            at = len(self.blocks)
            self.blocks[provider] = (f"{20 + at % 180}.{(at * 7 + 11) % 250}", network, 3_000 + at * 13)
        return self.blocks[provider][0]

    def addresses(self, provider: str, network: str, count: int, rows: int = 250) -> list[str]:
        """So many addresses in a provider's first /24 networks; a dense provider gives one twice."""
        prefix = self.block(provider, network)
        drawn = zip(self.rng.integers(0, rows, count), self.rng.integers(1, 255, count), strict=True)
        return [f"{prefix}.{third}.{last}" for third, last in drawn]

    def pool(self, name: str, network: str, count: int) -> list[str]:
        """The exits of a carrier, a firm or a vendor."""
        if name not in self.pools:
            self.pools[name] = self.addresses(name, network, count, rows=max(1, count // 60))
        return self.pools[name]

    def home(self, country: str) -> Place:
        """A line at home: an address for months, or one lease after the other."""
        provider = f"{country} line {self.rng.integers(0, 3)}"
        hold = float(self.rng.choice([400.0, 60.0, 9.0, 1.0], p=[0.35, 0.3, 0.2, 0.15]))
        leases = self.addresses(provider, "residential", min(60, 2 + int(50 / hold)), rows=12)
        self.lived.extend(leases[:2])
        return Held(leases, hold, int(self.rng.integers(1 << 30)))

    def mobile(self, country: str) -> Place:
        """A carrier's exits, which thousands share."""
        carrier = f"{country} mobile {self.rng.integers(0, 2)}"
        return Pool(self.pool(carrier, "mobile", 24 + 8 * (len(carrier) + ord(country[0])) % 90), skewed=True)

    def proxies(self, vendor: str, count: int) -> list[str]:
        """A vendor's residential exits: lines of people, some of whom are customers here themselves."""
        if vendor not in self.pools:
            some = [
                self.addresses(f"{c} line {k}", "residential", max(1, count // 40), 12)
                for c in COUNTRIES
                for k in (0, 1)
            ]
            exits = [each for lot in some for each in lot]
            known = [
                self.lived[each] for each in self.rng.integers(0, max(1, len(self.lived)), count // 5) if self.lived
            ]
            self.pools[vendor] = [str(each) for each in self.rng.permutation(exits + known)[:count]]
        return self.pools[vendor]

    def browser(self) -> str:
        """A client's fingerprint: the common ones are common, most of the rest are one's own."""
        name = BROWSERS[int(self.rng.random() ** 1.7 * len(BROWSERS))]
        system = SYSTEMS[int(self.rng.random() ** 1.5 * len(SYSTEMS))]
        own = "" if self.rng.random() < 0.35 else f" #{self.rng.integers(0, 60_000):05d}"
        return f"{name} / {system}{own}"

    def sdk(self) -> str:
        """A library's fingerprint: few there are."""
        return SDKS[int(self.rng.random() ** 1.6 * len(SDKS))]

    def bank(self, country: str) -> str:
        """An issuer: a bank of the country, or one of those that issue everywhere."""
        draw = self.rng.random()
        if draw < 0.08:
            return ("neo one", "neo two", "virtual cards ltd", "gift card")[int(self.rng.integers(0, 4))]
        return f"{country} bank {int(self.rng.random() ** 2 * 9)}"
