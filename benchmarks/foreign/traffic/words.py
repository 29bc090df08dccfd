"""What is asked: a topic, a form (a tool's or a template's words), a language, a question; as vectors or as text.

Vectors lie in a narrow cone with a long spectrum, and short general prompts near its axis are neighbours of many.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import polars as pl

from benchmarks.foreign.traffic.nets import Array

DOMAINS: Final = 30
EACH: Final = 8
TOPICS: Final = DOMAINS * EACH
LANGUAGES: Final = 8
#: Shares of the variance: the axis of the cone, topic, language, question, and what no two prompts share.
AXIS, TOPIC, TONGUE, QUESTION, NOISE = 0.33, 0.30, 0.06, 0.24, 0.07
COLUMNS: Final = ("topic", "form", "lang", "item", "drift")


@dataclass(frozen=True)
class Voice:
    """How an account writes: topics and how often, forms and how often (-1: none), languages, a bank of questions."""

    topics: Array
    shares: Array
    forms: tuple[int, ...] = (-1,)
    often: tuple[float, ...] = (1.0,)
    langs: tuple[int, ...] = (0,)
    bank: Array | None = None
    banked: float = 0.0  # share of prompts that come from the bank
    drift: float = 0.0  # how far a question from the bank is put in other words each time
    bank_topics: Array | None = None


@dataclass
class Speech:
    """All prompts of a world, and the numbers given to forms and questions."""

    rng: np.random.Generator
    hefts: list[float] = field(default_factory=list)  # how much of a prompt a form is
    items: int = 40  # the first are short and general: "hi", "go on"
    rows: list[tuple[Array, ...]] = field(default_factory=list)

    def form(self, heft: float) -> int:
        self.hefts.append(heft)
        return len(self.hefts) - 1

    def bank(self, size: int, topics: Array) -> tuple[Array, Array]:
        """Questions, and the topic of each."""
        self.items += size
        return np.arange(self.items - size, self.items), self.rng.choice(topics, size)

    def voice(self, number: int = 4, code: float = 0.3, **more: Any) -> Voice:
        """Somebody's own few topics; the first domains are code, and popular."""
        rng = self.rng
        popular = 1 / np.arange(1, DOMAINS + 1) ** 0.7
        popular[:4] *= code / (1 - code) * popular[4:].sum() / popular[:4].sum()
        domains = rng.choice(DOMAINS, number, p=popular / popular.sum())
        return Voice(domains * EACH + rng.integers(EACH, size=number), rng.dirichlet(np.full(number, 0.7)), **more)

    def say(self, voice: Voice, number: int) -> tuple[Array, ...]:
        """Topic, form, language, question and drift of so many prompts."""
        rng = self.rng
        topic = rng.choice(voice.topics, number, p=voice.shares)
        form = rng.choice(voice.forms, number, p=np.array(voice.often) / sum(voice.often))
        lang = rng.choice(voice.langs, number)
        item = np.arange(self.items, self.items + number)
        self.items += number
        drift = np.zeros(number)
        if voice.bank is not None and voice.bank_topics is not None:
            asked = rng.random(number) < voice.banked
            which = rng.integers(len(voice.bank), size=number)
            item, topic = np.where(asked, voice.bank[which], item), np.where(asked, voice.bank_topics[which], topic)
            drift = np.where(asked, voice.drift, 0.0)
        short = (rng.random(number) < 0.06) & (form < 0)
        item = np.where(short, rng.zipf(1.6, number) % 40, item)
        return np.where(short, TOPICS, topic), form, lang, item, drift

    def vectors(self, rows: tuple[Array, ...], width: int) -> pl.Series:
        """float32[n, width], rows of length 1."""
        rng = self.rng
        topic, form, lang, item, drift = rows
        spectrum = np.arange(1, width + 1) ** -0.45
        turn = np.linalg.qr(rng.normal(size=(width, width)))[0]

        def drawn(number: int) -> Array:
            made = rng.normal(size=(number, width)) * spectrum
            return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), np.float32)

        axis, domains = drawn(1), drawn(DOMAINS)
        topics = np.vstack([np.sqrt(0.5) * np.repeat(domains, EACH, axis=0) + np.sqrt(0.5) * drawn(TOPICS), 0.2 * axis])
        _, asked = np.unique(item, return_inverse=True)
        questions = drawn(int(asked.max()) + 1)
        away = drift[:, None]
        heft = np.where(form >= 0, np.array([*self.hefts, 0.0])[form], 0.0)[:, None]
        question = np.sqrt(1 - away**2) * questions[asked] + away * drawn(len(item))
        own = np.sqrt(TOPIC) * topics[topic] + np.sqrt(TONGUE) * drawn(LANGUAGES)[lang]
        own += np.sqrt(QUESTION) * question + np.sqrt(NOISE) * drawn(len(item))
        forms = drawn(len(self.hefts) + 1)[form]
        made = (np.sqrt(AXIS) * axis + np.sqrt(heft) * forms + np.sqrt(np.maximum(0.08, 1 - heft)) * own) @ turn
        made /= np.linalg.norm(made, axis=1, keepdims=True)
        return pl.Series("embedding", made.astype(np.float32))
