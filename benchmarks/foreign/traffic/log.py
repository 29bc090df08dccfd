"""What a provider writes down: accounts, calls, prompts, payments, other values; and the habits of its log."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from benchmarks.foreign.traffic.nets import COUNTRIES, DAY, HOUR, Array, Nets
from benchmarks.foreign.traffic.words import Speech, Voice

MODELS: Final = ("small-2", "large-2", "large-3")
PROVIDERS: Final = ("gmail.com", "outlook.com", "qq.com", "yahoo.com", "icloud.com", "proton.me", "naver.com")


@dataclass(frozen=True)
class Habits:
    """How this provider logs."""

    days: int = 45
    width: int = 96  # of embeddings; 0: prompts are kept as text
    sampled: float = 0.3  # share of calls whose prompt is kept
    most: int = 40  # prompts kept of an account
    ip: str = "plain"  # plain, hashed (a kind of identifier), truncated (the last byte or the low half is gone), none
    six: float = 0.25  # share of homes with IPv6
    device: str = "print"  # print (fingerprints), agent (user agents, few and popular), none
    lost: float = 0.0  # share of calls without a device
    clock: str = "us"  # us, ms, zone (CSV with offsets)
    known: float = 0.8  # share of address blocks whose network is known; 0: no such table
    outages: int = 0
    holidays: int = 0
    pays: bool = True
    release: float | None = None  # the day a new model appears
    tags: tuple[str, ...] = ("phone", "referral_code", "oauth_client", "sso_tenant", "email_hash")


@dataclass
class Account:
    """A row of the accounts table, and the truth of it."""

    name: str
    kind: str
    created: float
    channel: str
    country: int
    domain: str | None
    organization: str | None
    group: int
    campaign: str | None = None


@dataclass
class Log:
    """A world while it is made. Times are seconds since the log begins; signing up may be earlier."""

    habits: Habits
    seed: int
    wanted: int
    rng: np.random.Generator = field(init=False)
    accounts: list[Account] = field(default_factory=list)
    calls: list[tuple[Array, ...]] = field(default_factory=list)
    said: list[tuple[Array, ...]] = field(default_factory=list)
    payments: list[tuple[int, str, str, float, float]] = field(default_factory=list)
    tags: list[tuple[int, str, str]] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    groups: int = 0
    campaigns: int = 0

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng([self.seed, 20_617])
        self.nets = Nets(self.rng, self.code, self.habits.six)
        self.speech = Speech(self.rng)
        self.end = self.habits.days * DAY
        rng = self.rng
        self.coders = [self.speech.form(0.6) for _ in range(6)]  # coding agents: long instructions, the same for all
        self.frames = [self.speech.form(0.45) for _ in range(6)]  # frameworks' default templates
        self.viral = [self.speech.form(0.3) for _ in range(5)]
        self.exams = [self.speech.bank(600, rng.integers(0, 240, 40)) for _ in range(3)]  # public benchmarks
        self.exam_forms = [self.speech.form(0.35) for _ in range(3)]
        self.images = [self.token("img", 8) for _ in range(5)]  # machine images: one fingerprint for all who start one
        self.phones = [self.token("ph", 6) for _ in range(40)]  # models of phone
        self.sdks = [f"sdk-{name}/{k}.{m}" for name in ("py", "js", "go") for k in (1, 2) for m in range(4)]
        self.agents = [f"Browser/{v} ({os})" for v in range(110, 124) for os in ("Win", "Mac", "Lin", "And", "iOS")]
        self.issuers = [[self.token("bin", 6) for _ in range(9)] for _ in COUNTRIES]
        self.prepaid = [self.token("bin", 6) for _ in range(4)]
        self.outage = rng.uniform(0, self.end, self.habits.outages)
        self.holiday = rng.integers(3, max(4, self.habits.days - 3), self.habits.holidays)

    def code(self, value: str) -> int:
        return self.names.setdefault(value, len(self.names))

    def token(self, prefix: str, digits: int = 12) -> str:
        return prefix + "_" + "".join("0123456789abcdefghjkmnpqrstvwxyz"[k] for k in self.rng.integers(32, size=digits))

    def group(self) -> int:
        self.groups += 1
        return self.groups

    def add(self, account: Account) -> int:
        self.accounts.append(account)
        return len(self.accounts) - 1

    def full(self) -> bool:
        return len(self.accounts) >= self.wanted

    def machine(self, kind: str = "desk") -> str:
        """A client's fingerprint or user agent, as this provider takes them."""
        rng = self.rng
        if self.habits.device == "agent":
            if kind == "server":
                return self.sdks[min(len(self.sdks), int(rng.zipf(1.4))) - 1]
            return self.agents[min(len(self.agents), int(rng.zipf(1.25))) - 1]
        if kind == "phone":
            return self.phones[min(40, int(rng.zipf(1.3))) - 1]
        if kind == "server" and rng.random() < 0.35:
            return self.sdks[min(len(self.sdks), int(rng.zipf(1.5))) - 1]
        return self.token("fp", 10)

    def use(
        self,
        who: int,
        times: Array,
        ips: Array,
        devices: Array,
        voice: Voice,
        size: float = 300.0,
        models: tuple[float, ...] = (0.5, 0.5, 0.0),
        banned: float | None = None,
        machine: bool = False,
    ) -> None:
        """An account's calls, some of their prompts, and what became of them."""
        rng, number = self.rng, len(times)
        if self.habits.holidays and not machine:
            kept = ~np.isin(times // DAY, self.holiday) | (rng.random(number) < 0.25)
            times, ips, devices, number = times[kept], ips[kept], devices[kept], int(kept.sum())
        if not number:
            return
        status = rng.choice([200, 429, 400, 500], number, p=[0.965, 0.02, 0.01, 0.005])
        for start in self.outage:
            down = (times >= start) & (times < start + 2.5 * HOUR) & (rng.random(number) < 0.75)
            status = np.where(down, rng.choice([429, 503, 529, 500], number), status)
        if banned is not None:
            status = np.where(times > banned, 403, status)
        model = rng.choice(3, number, p=np.array(models) / sum(models))
        entered = rng.lognormal(np.log(size), 0.6 if machine else 1.0, number).astype(np.int64) + 3
        given = rng.lognormal(np.log(250), 0.9, number).astype(np.int64) * (status == 200)
        self.calls.append((np.full(number, who), times, ips, devices, model, status, entered, given))
        heard = np.flatnonzero((rng.random(number) < self.habits.sampled) & (status == 200))
        if len(heard) > self.habits.most:
            heard = np.sort(rng.choice(heard, self.habits.most, False))
        if len(heard):
            self.said.append((np.full(len(heard), who), times[heard], *self.speech.say(voice, len(heard))))

    def pay(self, who: int, card: str, issuer: str, begins: float, ends: float, amount: float = 20.0) -> None:
        """Monthly, or once."""
        at = max(begins, -10 * DAY) + float(self.rng.uniform(0, DAY))
        while at < min(ends, self.end):
            self.payments.append((who, card, issuer, at, amount))
            at += 30 * DAY

    def tag(self, who: int, kind: str, value: str) -> None:
        if kind in self.habits.tags:
            self.tags.append((who, kind, value))

    def campaign(self) -> str:
        self.campaigns += 1
        return f"ring-{self.campaigns}"
