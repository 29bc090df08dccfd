"""What a provider writes down: accounts, calls, payments, prompts, and other values they have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
#: Times of calls -> the address of each.
Seat = Callable[[Array], Array]
#: Weight, and frames; None are free prompts on topics of one's own.
Ask = tuple[float, Sequence[int] | None]

DAY: Final = 86_400.0
HOUR: Final = 3_600.0
START: Final = 1_772_323_200.0  # 2026-03-01
MAILS: Final = ("gmail.com", "outlook.com", "yahoo.com", "icloud.com", "proton.me", "163.com", "gmx.de")
#: When a new model comes out, as a share of the window.
RELEASE: Final = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How a world is logged."""

    days: int = 30
    width: int = 128  # of the vectors; 0: prompts as text
    sampled: float = 0.25
    coarse: float = 0.001  # seconds that times are cut to
    without: frozenset[str] = frozenset()  # tables, or `table.column`
    hashed: bool = False  # addresses
    uuids: bool = False  # accounts are named by UUIDs
    nulls: float = 0.0  # share of values that are not known
    filler: str | None = None  # what stands for them
    script: str = "latin"
    fresh: bool = False  # nobody signed up in the window


@dataclass(slots=True)
class Known:
    """An account, and what is true of it."""

    kind: str
    group: int
    campaign: str | None
    operator: str | None
    created: float
    organization: str | None
    mail: str
    channel: str
    country: str


@dataclass
class Log:
    """A log in the making: every draw comes from one generator."""

    seed: int
    size: int
    how: How
    random: np.random.Generator = field(init=False)
    accounts: list[Known] = field(default_factory=list)
    calls: list[tuple[Array, ...]] = field(default_factory=list)
    payments: list[tuple[int, str, str, float, float]] = field(default_factory=list)
    prompts: list[tuple[Array, Array, Array]] = field(default_factory=list)  # account, time, frame (or -1 - topic)
    tags: list[tuple[int, str, str]] = field(default_factory=list)
    networks: dict[str, tuple[str, int]] = field(default_factory=dict)
    spreads: list[float] = field(default_factory=list)  # of each frame
    homes: list[str] = field(default_factory=list)
    groups: int = 0
    taken: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        draw = self.random = np.random.default_rng([self.seed, self.size, 4241])
        self.isps = [self.net("residential", 100 + k % 30) for k in range(max(60, self.size // 25))]
        self.carriers = [[f"{self.net('mobile', 200 + k)}.{j}" for j in range(1, 17)] for k in range(4)]
        self.vpns = [[f"{self.net('vpn', 300 + k)}.{j}" for j in range(20, 40)] for k in range(3)]
        self.clouds = [self.net("hosting", 400 + k % 6) for k in range(40)]
        self.browsers = [
            f"Mozilla/5.0 ({system}) {name}/{version}"
            for system in ("Windows NT 10.0", "Macintosh", "X11; Linux", "iPhone", "Android 14")
            for name in ("Chrome", "Safari", "Firefox", "Edge")
            for version in range(118, 130)
        ]
        self.programs = [
            f"{n}/1.{v}" for n in ("openai-python", "sdk-node", "langchain", "curl", "Go") for v in range(9)
        ]
        self.bins = [str(400_000 + int(x)) for x in draw.choice(150_000, 250, False)]
        self.apps = [(f"App{k}/2.1", self.frames(3, 0.25)) for k in range(3)]  # default prompts that thousands use
        self.public = self.frames(500, 0.02)  # questions of public benchmarks
        self.attacks = self.frames(40, 0.15)  # a public list of jailbreaks

    @property
    def end(self) -> float:
        """Where the window ends."""
        return START + self.how.days * DAY

    def popular(self, among: Sequence[Any], power: float = 1.0) -> Any:
        """One of these; the first are common."""
        shares = 1.0 / np.arange(1, len(among) + 1) ** power
        return among[int(self.random.choice(len(among), p=shares / shares.sum()))]

    def net(self, kind: str, number: int) -> str:
        """Three bytes of a network nobody has."""
        while True:
            a, b, c = self.random.integers((20, 0, 0), (190, 256, 256))
            name = f"{a}.{b}.{c}"
            if name not in self.taken and a not in (100, 127, 169, 172):
                break
        self.taken.add(name)
        self.networks[f"{name}.0/24"] = (kind, number)
        return name

    def frames(self, count: int, spread: float) -> list[int]:
        """New templates; two fillings of one have a cosine of 1 / (1 + spread²)."""
        self.spreads += [spread] * count
        return list(range(len(self.spreads) - count, len(self.spreads)))

    def group(self) -> int:
        """The number of a new group."""
        self.groups += 1
        return self.groups

    # ---- places

    def home(self) -> Seat:
        """A household's address, which its provider may change every week."""
        draw, net = self.random, self.isps[self.random.integers(len(self.isps))]
        several = [f"{net}.{j}" for j in draw.integers(1, 255, int(draw.choice([1, 1, 1, 4])))]
        self.homes += several
        return lambda times: np.array(several, object)[((times - START) // (7 * DAY)).astype(int) % len(several)]

    def rotating(self, addresses: Sequence[str], hold: float = 0.0) -> Seat:
        """Any of these addresses for each call, or for as many seconds."""
        known, draw = np.array(addresses, object), self.random
        if not hold:
            return lambda times: known[draw.integers(len(known), size=len(times))]
        shift = int(draw.integers(1 << 30))
        return lambda times: known[(((times // hold).astype(np.int64) + shift) * 2_654_435_761 >> 7) % len(known)]

    def somewhere(self) -> Seat:
        """Where anybody calls from."""
        chance = self.random.random()
        if chance < 0.62:
            return self.home()
        if chance < 0.78:
            return self.rotating(self.carriers[self.random.integers(4)], DAY / 4)
        if chance < 0.86:
            return self.rotating(self.vpns[self.random.integers(3)], HOUR * 8)
        cloud = self.clouds[self.random.integers(len(self.clouds))]
        return self.rotating([f"{cloud}.{self.random.integers(1, 255)}"])

    # ---- what is done

    def join(self, kind: str, group: int = -1, **known: Any) -> int:
        """Sign up; what is not given is drawn."""
        draw = self.random
        until = START if self.how.fresh else self.end - 2 * DAY
        created = known.get("created") or float(draw.uniform(START - 300 * DAY, until))
        self.accounts.append(
            Known(
                kind,
                group,
                known.get("campaign"),
                known.get("operator"),
                min(created, START - 60.0) if self.how.fresh else created,
                known.get("organization"),
                known.get("mail") or str(self.popular(MAILS)),
                known.get("channel") or str(draw.choice(["console", "api", "cloud marketplace"], p=[0.4, 0.5, 0.1])),
                str(draw.choice(["US", "DE", "IN", "BR", "JP", "FR", "VN", "CA"])),
            )
        )
        return len(self.accounts) - 1

    def times(self, count: int, since: float, until: float, hours: tuple[float, float] | None = (15.0, 4.0)) -> Array:
        """So many times, round the clock or about an hour of the day."""
        draw = self.random
        since, until = max(since, START), min(until, self.end)
        if until <= since:
            until = since + HOUR
        if hours is None:
            return np.sort(draw.uniform(since, until, count))
        day = np.floor(draw.uniform(since, until, count) / DAY) * DAY
        found: Array = np.sort(np.clip(day + (draw.normal(*hours, count) % 24) * HOUR, since, until - 1))
        return found

    def call(
        self,
        who: int | Array,
        times: Array,
        ip: Array,
        device: Any,
        model: Any = None,
        status: Array | None = None,
        asks: Sequence[Ask] | None = None,
        answer: float = 300.0,
    ) -> None:
        """Calls, and a sample of what was asked in them."""
        draw, count = self.random, len(times)
        if not count:
            return
        status = np.where(draw.random(count) < 0.01, 429, 200) if status is None else status
        if model is None:
            moved = times > START + RELEASE * self.how.days * DAY + draw.exponential(12.0) * DAY
            model = np.where(moved, "m-5", draw.choice(["m-4", "m-4-mini"]))
        account = np.broadcast_to(np.asarray(who), (count,))
        read, wrote = draw.lognormal(6, 0.8, count), draw.lognormal(np.log(answer), 0.7, count)
        agent = np.broadcast_to(np.array(device, object), (count,))
        of = np.broadcast_to(np.array(model, object), (count,))
        self.calls.append((account, times, ip, agent, of, status, read, np.where(status == 200, wrote, 0)))
        sampled = draw.random(count) < self.how.sampled
        if asks is not None and sampled.any():
            self.say(account[sampled], times[sampled], asks)

    def say(self, account: Array, times: Array, asks: Sequence[Ask]) -> None:
        """Prompts; the free ones are on three topics."""
        draw, count = self.random, len(times)
        weights = np.array([weight for weight, _ in asks])
        which, topics = draw.choice(len(asks), count, p=weights / weights.sum()), draw.integers(300, size=3)
        frame = -1 - topics[draw.integers(3, size=count)]
        for k, (_, frames) in enumerate(asks):
            if frames is not None:
                frame[which == k] = draw.choice(np.asarray(frames), (which == k).sum())
        self.prompts.append((account, times, frame))

    def pay(self, who: int, card: str | None = None, issuer: str | None = None, until: float | None = None) -> None:
        """Pay every fortnight."""
        draw = self.random
        card, issuer = card or f"card_{draw.integers(1 << 60):015x}", issuer or self.popular(self.bins, 0.8)
        amount, time = float(draw.choice([5, 10, 20, 50])), max(START, self.accounts[who].created)
        while time < (until or self.end):
            self.payments.append((who, card, str(issuer), time, amount))
            time += 14 * DAY

    def tag(self, who: int, kind: str, value: str) -> None:
        """Another value an account is known by."""
        self.tags.append((who, kind, value))
