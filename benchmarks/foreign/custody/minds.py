"""What is asked, as vectors: an own life, a template with slots, a bank of fixed questions, a plan dealt out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from benchmarks.foreign.custody.ground import Array

WIDTH = 64
DOMAINS = 26


class Mind(Protocol):
    """Somebody's or something's way to ask: n prompts, as rows of vectors or as a list of texts."""

    def say(self, rng: np.random.Generator, count: int) -> Array: ...


@dataclass(frozen=True)
class Own:
    """A person's concerns, some more frequent, said anew each time."""

    topics: Array
    weights: Array
    spread: float

    def say(self, rng: np.random.Generator, count: int) -> Array:
        drawn = self.topics[rng.choice(len(self.topics), size=count, p=self.weights)]
        said: Array = drawn + self.spread * rng.normal(size=drawn.shape) / np.sqrt(drawn.shape[1])
        return said


@dataclass(frozen=True)
class Template:
    """One frame, with what fills it; a part of its uses is edited by hand."""

    frame: Array
    fill: Own
    heft: float
    edited: float

    def say(self, rng: np.random.Generator, count: int) -> Array:
        heft = np.where(rng.random(count) < self.edited, 0.45 * self.heft, self.heft)[:, None]
        said: Array = heft * self.frame + (1 - heft) * self.fill.say(rng, count)
        return said


@dataclass(frozen=True)
class Bank:
    """Fixed questions, word for word; from `low` to `high` of them."""

    items: Array
    low: int = 0
    high: int = 1 << 30

    def say(self, rng: np.random.Generator, count: int) -> Array:
        return self.items[rng.integers(self.low, min(self.high, len(self.items)), size=count)]


@dataclass(frozen=True)
class Mixed:
    """Now this, now that: (share, mind)."""

    parts: tuple[tuple[float, Mind], ...]

    def say(self, rng: np.random.Generator, count: int) -> Array:
        shares = np.array([each[0] for each in self.parts])
        which = rng.choice(len(self.parts), size=count, p=shares / shares.sum())
        said = [mind.say(rng, int((which == k).sum())) for k, (_, mind) in enumerate(self.parts)]
        made = np.concatenate(said)
        out = np.empty_like(made)
        out[np.argsort(which, kind="stable")] = made
        return out


class Minds:
    """Ways to ask of a world: domains that many share, tasks within them, and a mean that all text has."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.mean = 0.55 * self._unit()
        self.domains = [self._unit() for _ in range(DOMAINS)]
        self.tasks: list[Array] = []

    def _unit(self) -> Array:
        drawn = self.rng.normal(size=WIDTH)
        return drawn / np.linalg.norm(drawn)

    def topic(self, novelty: float = 0.5) -> Array:
        """A task: one that others have as well (the more have it the likelier), or a new one in some domain."""
        if self.tasks and self.rng.random() > novelty:
            base = self.tasks[int(self.rng.integers(len(self.tasks)))]
        else:
            domain = self.domains[min(int(self.rng.geometric(0.12)) - 1, DOMAINS - 1)]
            base = self.mean + 0.6 * domain + 0.65 * self._unit()
        self.tasks.append(base)
        return base + 0.25 * self._unit()

    def own(self) -> Mind:
        count = 1 + int(self.rng.geometric(0.35))
        weights = self.rng.dirichlet(np.full(count, 0.8))
        return Own(np.array([self.topic() for _ in range(count)]), weights, float(self.rng.uniform(0.4, 1.0)))

    def template(self, heft: float | None = None, edited: float = 0.05) -> Mind:
        heft = float(self.rng.uniform(0.55, 0.93)) if heft is None else heft
        fill = Own(np.array([self.topic(0.9) for _ in range(12)]), np.full(12, 1 / 12), 0.9)
        return Template(self.topic(1.0) + 0.4 * self._unit(), fill, heft, edited)

    def deal(self, template: Mind) -> Mind:
        """The same frame over a part of the work of its own: what one of many accounts is dealt."""
        assert isinstance(template, Template)
        topics = np.array([self.topic(0.9) for _ in range(3)])
        return replace(template, fill=Own(topics, np.full(3, 1 / 3), 0.9))

    def bank(self, size: int, tight: float = 0.5) -> Bank:
        """Questions of one making; the tighter, the more alike."""
        frame = self.topic(1.0)
        topics = np.array([self.topic(0.9) for _ in range(max(4, size // 40))])
        drawn = topics[self.rng.integers(len(topics), size=size)]
        noise = 0.8 * self.rng.normal(size=(size, WIDTH)) / np.sqrt(WIDTH)
        return Bank(tight * frame + (1 - tight) * drawn + noise * (1.2 - tight))
