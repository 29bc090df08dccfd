"""A world in the making: its accounts and what the log keeps of them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from benchmarks.foreign.bazaar.ground import COUNTRIES, MAIL, ZONES, Array, Ground, Place
from benchmarks.foreign.bazaar.minds import Minds

WINDOW = 42
PLANS = (5.0, 20.0, 20.0, 20.0, 60.0, 200.0)


@dataclass(frozen=True)
class Habits:
    """What this provider's log keeps."""

    accounts: bool = True
    payments: bool = True
    identifiers: bool = True
    prompts: bool = True
    ip: str = "plain"  # hashed: a keyed hash as an address, so that no prefix says anything; none
    device: bool = True
    networks: float = 1.0  # share of the blocks that it knows
    lost: float = 0.02  # share of calls without address, or without device
    hum: float = 0.15  # cosine of unrelated prompts
    sampled: float = 0.35
    most: int = 24


@dataclass
class Account:
    """What sign-up said, and what is true."""

    created: float
    country: str
    channel: str
    domain: str
    organization: str | None
    kind: str
    group: int = -1
    campaign: str | None = None
    operator: str | None = None


@dataclass
class World:
    """All that is written down at the end."""

    seed: int
    habits: Habits
    accounts: list[Account] = field(default_factory=list)
    calls: list[tuple[Array, ...]] = field(default_factory=list)
    said: list[tuple[Array, Array, Array]] = field(default_factory=list)
    paid: list[tuple[int, str, str, float, float]] = field(default_factory=list)
    tags: list[tuple[int, str, str]] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    sites: dict[str, tuple[Place | None, str, str, str, str]] = field(default_factory=dict)  # the latest of each kind
    groups: int = 0

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng([self.seed, 1])
        self.ground = Ground(np.random.default_rng([self.seed, 2]))
        self.minds = Minds(np.random.default_rng([self.seed, 3]), self.habits.hum)

    def intern(self, values: list[str]) -> Array:
        """Numbers of strings."""
        return np.array([self.names.setdefault(each, len(self.names)) for each in values], np.int64)

    def country(self) -> str:
        return COUNTRIES[int(self.rng.random() ** 1.6 * len(COUNTRIES))]

    def zone(self, country: str) -> float:
        return float(ZONES[country])

    def created(self) -> float:
        """Most accounts are older than the log, a fifth sign up in it."""
        if self.rng.random() < 0.22:
            return float(self.rng.uniform(0, WINDOW - 2))
        return -float(self.rng.exponential(220))

    def mail(self) -> str:
        if self.rng.random() < 0.12:
            return f"site{self.rng.integers(0, 99_999)}.com"
        return MAIL[int(self.rng.random() ** 2 * len(MAIL))]

    def card(self) -> str:
        return f"card-{self.rng.integers(1 << 60):015x}"

    def phone(self) -> str:
        return f"tel-{self.rng.integers(1 << 60):015x}"

    def group(self) -> int:
        self.groups += 1
        return self.groups

    def add(self, account: Account) -> int:
        self.accounts.append(account)
        return len(self.accounts) - 1

    def pay(self, who: int, card: str, issuer: str, amount: float | None = None, once: bool = False) -> None:
        """A plan by the month, or credit when it is used up."""
        account = self.accounts[who]
        first = account.created + self.rng.exponential(0.4)
        each = float(self.rng.choice(PLANS)) if amount is None else amount
        dates = [first] if once else np.arange(first, WINDOW, 30.0)
        self.paid.extend((who, card, issuer, float(date), each) for date in dates if -60 < date < WINDOW)
