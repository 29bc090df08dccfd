"""The stage of a world: networks, homes, devices, cards, templates, and the tables that grow on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

DAYS: Final = 45
HOUR: Final = 3600
DAY: Final = 86_400
START: Final = 1_767_225_600  # 2026-01-01
END: Final = START + DAYS * DAY
PROFILES: Final = {
    "day": [1, 0.5, 0.3, 0.2, 0.2, 0.4, 1, 2, 4, 6, 7, 7, 6, 6, 7, 7, 6, 5, 5, 5, 5, 4, 3, 2],
    "office": [0, 0, 0, 0, 0, 0, 0.1, 1, 6, 9, 9, 8, 5, 8, 9, 9, 7, 4, 1, 0.3, 0.1, 0, 0, 0],
    "evening": [3, 1, 0.3, 0.1, 0, 0, 0, 0.2, 0.5, 1, 1, 1, 2, 2, 2, 3, 4, 6, 8, 9, 9, 8, 7, 5],
    "clock": [1] * 24,
}
CLIENTS: Final = ["openai-python", "node-sdk", "go-client", "python-httpx", "langchain", "curl", "okhttp", "litellm"]
MAILS: Final = ["gmail.com", "outlook.com", "qq.com", "yahoo.com", "proton.me", "icloud.com"]
MAIL_SHARES: Final = [0.5, 0.15, 0.05, 0.1, 0.05, 0.05, 0.1]
COUNTRIES: Final = ["US", "DE", "IN", "BR", "CN", "FR", "NG", "JP", "GB", "VN"]
MODELS: Final = ["m-small", "m-large", "m-old"]
RESERVED: Final = (100, 127, 169, 172, 192, 198, 203)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a world is logged: what is sampled, what prompts look like, which tables there are."""

    sampling: float = 0.3
    dimensions: int = 64
    half: bool = False  # vectors in half precision
    cone: float = 0.5  # how much all vectors have in common
    within: float = 0.9  # how much prompts of a topic differ
    decay: float = 0.3  # how much less each further dimension holds
    topics: int = 120
    prompts: bool = True
    text: bool = False
    accounts: bool = True
    payments: bool = True
    networks: bool = True


@dataclass(slots=True)
class Account:
    """What is known of an account, and what is true of it."""

    kind: str
    group: int
    campaign: str | None
    operator: int | None
    created: float
    channel: str
    country: str
    mail: str
    organization: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where an account calls from: addresses, taken in turn over the weeks or at random, or a prefix of IPv6."""

    addresses: Sequence[str] = ()
    wanders: bool = False
    prefix: str = ""


class Part(NamedTuple):
    """A share of what an account asks: free prompts on topics, or fillings of templates."""

    weight: float
    topics: Sequence[int] | None = None
    templates: Sequence[int] | None = None


@dataclass(slots=True)
class Codes:
    """Values of each column by the number they were given."""

    ip: dict[str, int] = field(default_factory=dict)
    device: dict[str, int] = field(default_factory=dict)
    model: dict[str, int] = field(default_factory=dict)


def zipf(count: int, power: float) -> Array:
    """Shares that fall with rank."""
    weights = 1 / np.arange(1, count + 1) ** power
    shares: Array = weights / weights.sum()
    return shares


class World:
    """A world in the making. Every draw comes from one generator: their order is the world."""

    def __init__(self, seed: int, size: int, options: Options) -> None:
        self.random = np.random.default_rng([seed, 977])
        self.size = size
        self.options = options
        self.accounts: list[Account] = []
        self.exchanges: list[tuple[Array, ...]] = []
        self.payments: list[tuple[int, str, str, float, float]] = []
        self.prompts: list[tuple[Array, ...]] = []
        self.networks: dict[str, tuple[str, int]] = {}
        self.codes = Codes()
        self.groups = 0
        self.template_topics: list[int] = []
        self.template_spreads: list[float] = []
        self.homes: list[str] = []  # addresses of honest homes
        self._taken: set[tuple[int, ...]] = set()
        self._lay_networks()
        self._stock()

    def _lay_networks(self) -> None:
        """Lay out who holds which addresses."""
        draw = self.random
        self._providers = [(3000 + i, f"2a0{i % 16:x}:{0x100 + i * 7:x}") for i in range(25)]
        chosen = draw.choice(25, max(40, self.size // 60), p=zipf(25, 1))
        self.home_nets = [(self.net("residential", self._providers[k][0]), int(k)) for k in chosen]
        for number, prefix in self._providers:
            self.networks[f"{prefix}::/32"] = ("residential", number)
        self.mobile = [self._scattered("mobile", 5000 + k) for k in range(5)]
        self.vpn = [self._scattered("vpn", 6000 + k) for k in range(3)]
        self.cloud = [
            [f"{net}.{j}" for net in [self.net("hosting", 7000 + k) for _ in range(6)] for j in range(1, 255)]
            for k in range(5)
        ]
        self.serverless = [[f"{self.net('hosting', 7100 + k)}.{j}" for j in range(1, 9)] for k in range(2)]

    def _scattered(self, kind: str, number: int) -> list[str]:
        """Twelve addresses, each in a network of its own."""
        return [f"{self.net(kind, number)}.{j}" for j in self.random.choice(254, 12, False) + 1]

    def _stock(self) -> None:
        """Make the browsers, clients, card issuers and prompt templates that people take from."""
        draw = self.random
        self.browsers = [
            f"t13d{draw.integers(1000, 1999)}h2_{draw.integers(16**6):06x}_{draw.integers(16**6):06x}"
            for _ in range(1500)
        ]
        parts = (draw.choice(CLIENTS, 60), draw.integers(0, 4, 60), draw.integers(0, 70, 60), draw.integers(0, 9, 60))
        self.clients = [f"{name}/{a}.{b}.{c}" for name, a, b, c in zip(*parts, strict=True)]
        self.issuers = [f"{draw.integers(400000, 559999)}" for _ in range(300)]
        self.virtual_issuers = [f"{draw.integers(400000, 559999)}" for _ in range(4)]
        self.viral = self.templates(150)
        self.public_tasks = self.templates(900, spread=0.02)
        self.browser_shares, self.client_shares = zipf(1500, 1.1), zipf(60, 1.2)
        self.issuer_shares, self.viral_shares = zipf(300, 0.9), zipf(150, 1.1)

    # ---- parts of an identity

    def net(self, kind: str, number: int) -> str:
        """Three bytes of a network that nobody has yet; most are in the table of networks."""
        draw = self.random
        while True:
            taken = (int(draw.integers(11, 220)), int(draw.integers(256)), int(draw.integers(256)))
            if taken not in self._taken and taken[0] not in RESERVED:
                break
        self._taken.add(taken)
        prefix = ".".join(map(str, taken))
        if draw.random() < 0.85:
            self.networks[f"{prefix}.0/24"] = (kind, number)
        return prefix

    def home(self) -> Place:
        """A home, of IPv6 or of a few addresses."""
        draw = self.random
        net, provider = self.home_nets[draw.integers(len(self.home_nets))]
        if draw.random() < 0.25:
            prefix = self._providers[provider][1]
            return Place(prefix=f"{prefix}:{draw.integers(1, 65535):x}:{draw.integers(1, 65535):x}")
        addresses = [f"{net}.{j}" for j in draw.integers(1, 255, int(draw.choice([1, 1, 2, 3, 6])))]
        self.homes += addresses
        return Place(addresses)

    def at(self, place: Place, times: Array) -> Array:
        """The codes of a place's addresses at these times."""
        draw = self.random
        if place.prefix:
            days = (times // DAY).astype(int)
            daily = {}
            for day in np.unique(days):
                rest = ":".join(f"{part:x}" for part in draw.integers(1, 65535, 4))
                daily[day] = self.ip(f"{place.prefix}:{rest}")
            return np.array([daily[day] for day in days], np.int64)
        codes = np.array([self.ip(each) for each in place.addresses], np.int64)
        if place.wanders:
            return codes[draw.integers(len(codes), size=len(times))]
        return in_turn(codes, times)

    def ip(self, value: str) -> int:
        """The code of an address."""
        return self.codes.ip.setdefault(str(value), len(self.codes.ip))

    def device(self, value: str) -> int:
        """The code of a device."""
        return self.codes.device.setdefault(str(value), len(self.codes.device))

    def model(self, value: str) -> int:
        """The code of a model."""
        return self.codes.model.setdefault(value, len(self.codes.model))

    def browser(self) -> str:
        """A browser; some are common."""
        return self.browsers[self.random.choice(1500, p=self.browser_shares)]

    def client(self) -> str:
        """A client library; some are common."""
        return self.clients[self.random.choice(60, p=self.client_shares)]

    def issuer(self, virtual: float = 0.04) -> str:
        """Who issued a card: with this chance one of the issuers of virtual cards."""
        draw = self.random
        if draw.random() < virtual:
            return self.virtual_issuers[draw.integers(4)]
        return self.issuers[draw.choice(300, p=self.issuer_shares)]

    def card(self) -> str:
        """A card of one's own."""
        return f"c{self.random.integers(16**15):015x}"

    def group(self) -> int:
        """The number of a new group."""
        self.groups += 1
        return self.groups - 1

    # ---- what is asked

    def templates(self, count: int, spread: float | None = None) -> list[int]:
        """New templates; fillings of one differ by its spread."""
        first = len(self.template_topics)
        for _ in range(count):
            self.template_topics.append(int(self.random.integers(self.options.topics)))
            self.template_spreads.append(float(self.random.uniform(0.05, 0.35)) if spread is None else spread)
        return list(range(first, first + count))

    def topics(self, count: int | None = None) -> list[int]:
        """Some topics, one to four if not told."""
        return list(self.random.choice(self.options.topics, count or self.random.integers(1, 5)))

    def some(self, templates: Sequence[int], count: int) -> list[int]:
        """This many of the templates."""
        return list(self.random.choice(templates, count, False))

    def mixture(self, extra: Sequence[Part] = ()) -> list[Part]:
        """What an honest person asks."""
        draw = self.random
        parts = [Part(1.0, self.topics())]
        if draw.random() < 0.35:
            parts.append(Part(draw.uniform(0.3, 3), None, self.templates(int(draw.integers(1, 4)))))
        if draw.random() < 0.4:
            weight = draw.uniform(0.02, 0.4)
            parts.append(Part(weight, None, [self.viral[x] for x in draw.choice(150, 3, p=self.viral_shares)]))
        return [*parts, *extra]


def in_turn(codes: Array, times: Array) -> Array:
    """Codes used one after another over the days of a world."""
    turn = ((times - START) / (DAYS * DAY) * len(codes)).astype(int).clip(0, len(codes) - 1)
    used: Array = codes[turn]
    return used
