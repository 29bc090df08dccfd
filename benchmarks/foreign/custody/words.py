"""What is asked, as text: frames and words of everyday concerns, typed by people or filled in by programs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from benchmarks.foreign.custody.ground import Array
from benchmarks.foreign.custody.minds import Mind

FIELDS = {
    "cooking": "soup oven dough garlic lentils sauce butter recipe rice grill spices pan yeast curry salad",
    "code": "python function loop list class error traceback sql query index thread docker regex type import",
    "health": "sleep diet fever exercise vitamin knee doctor pain stress rash dose allergy blood heart muscle",
    "school": "essay history photosynthesis equation exam homework triangle revolution poem cell gravity theorem verb",
    "work": "email meeting manager invoice report deadline client proposal budget contract agenda minutes salary",
    "travel": "flight hotel visa train itinerary beach museum luggage passport hiking lisbon kyoto border route",
    "money": "mortgage tax pension loan savings interest stock rent insurance dividend inflation debt refund",
    "garden": "tomato soil pruning compost seeds lawn roses pests watering shade fence hedge bulbs frost",
    "games": "quest level character dungeon loot boss dialogue map guild raid spell weapon lore faction",
    "law": "lease landlord notice clause liability appeal court custody will estate fine permit dispute",
    "shop": "product title description keywords bullet review listing price brand shipping return warranty size",
    "love": "letter message birthday wedding toast apology poem friend gift anniversary date parents speech",
}
ASKS = (
    "how do i {a} with {b}",
    "can you explain {a} and {b} to me like i am five",
    "write a short text about {a}, {b} and {c}",
    "what is the difference between {a} and {b}?",
    "my {a} is not working since i changed the {b}, what should I do?",
    "give me ideas for {a} {b}",
    "is it ok to use {a} when there is {b} or {c}?",
    "Please improve this: the {a} of the {b} was {c} yesterday.",
    "hey so i have a {a} and a {b} but no {c}. help",
    "translate to english: {a} {b} {c}",
    "make a table of {a} by {b}",
    "summarize what I need to know on {a}, mostly {b}",
)
ORDERS = (
    "You are a careful expert in {f}. Think step by step and show all of your reasoning about {a} and {b} before",
    "Act as a senior {f} reviewer. Rate the following {a} for clarity, tone and {b} from one to ten, then",
    "Write a unique, engaging paragraph in {f} about {a} that mentions {b} at least twice. Do not repeat; then",
    "Given the note below, extract each {a}, its {b} and the date as JSON, nothing else. In {f} terms",
    "Continue the dialogue between a customer who wants {a} and an agent who offers {b}. Stay in {f}, and",
)
ENDS = (
    "answer in one sentence.",
    "give the final answer in a box.",
    "list three alternatives.",
    "say how sure you are.",
    "explain why not.",
    "keep it under two hundred words.",
)


@dataclass(frozen=True)
class OwnText:
    """Somebody's questions, with somebody's typing."""

    fields: tuple[str, ...]
    weights: Array
    slips: float
    names: tuple[str, ...]  # of projects, pets and places that only this one writes about

    def say(self, rng: np.random.Generator, count: int) -> Array:
        out = np.empty(count, object)
        for k in range(count):
            field = self.fields[int(rng.choice(len(self.fields), p=self.weights))]
            a, b, c = rng.choice(FIELDS[field].split(), 3, replace=False)
            asked = ASKS[int(rng.integers(len(ASKS)))].format(a=a, b=b, c=c)
            if rng.random() < self.slips:
                cut = int(rng.integers(len(asked)))
                asked = asked[:cut] + asked[cut + 1 :]
            tail = " ".join(rng.choice([*FIELDS[field].split(), *self.names], int(rng.integers(0, 9))))
            out[k] = f"{asked} {tail}".strip()
        return out


@dataclass(frozen=True)
class FrameText:
    """One long order with what it is to work on."""

    order: str
    fields: tuple[str, ...]
    edited: float

    def say(self, rng: np.random.Generator, count: int) -> Array:
        out = np.empty(count, object)
        for k in range(count):
            words = FIELDS[self.fields[int(rng.integers(len(self.fields)))]].split()
            filled = " ".join(rng.choice(words, int(rng.integers(3, 16))))
            asked = f"{self.order} {filled}"
            if rng.random() < self.edited:
                asked = " ".join(each for each in asked.split() if rng.random() < 0.7)
            out[k] = asked
        return out


@dataclass(frozen=True)
class BankText:
    """Fixed questions, word for word."""

    items: Array
    low: int = 0
    high: int = 1 << 30

    def say(self, rng: np.random.Generator, count: int) -> Array:
        return self.items[rng.integers(self.low, min(self.high, len(self.items)), size=count)]


class TextMinds:
    """The doors of `Minds`, for a log that keeps text."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def _fields(self, count: int) -> tuple[str, ...]:
        return tuple(str(each) for each in self.rng.choice(list(FIELDS), count, replace=False))

    def _order(self) -> str:
        field = self._fields(1)[0]
        a, b = self.rng.choice(FIELDS[field].split(), 2, replace=False)
        order, end = (each[int(self.rng.integers(len(each)))] for each in (ORDERS, ENDS))
        return f"{order.format(f=field, a=a, b=b)} {end}"

    def own(self) -> Mind:
        count = int(self.rng.integers(1, 5))
        weights, slips = self.rng.dirichlet(np.full(count, 0.8)), float(self.rng.beta(1, 3))
        return OwnText(self._fields(count), weights, slips, tuple(self._name() for _ in range(6)))

    def _name(self) -> str:
        parts = [str(self.rng.choice(list("bdfgklmnprstvz"))) + str(self.rng.choice(list("aeiou"))) for _ in range(3)]
        return "".join(parts)

    def template(self, heft: float | None = None, edited: float = 0.05) -> Mind:
        return FrameText(self._order(), self._fields(int(self.rng.integers(1, 6))), edited)

    def deal(self, template: Mind) -> Mind:
        assert isinstance(template, FrameText)
        return replace(template, fields=self._fields(2))

    def bank(self, size: int, tight: float = 0.5) -> BankText:
        order = FrameText(self._order() if tight > 0.3 else "", self._fields(4), 0.0)
        return BankText(order.say(self.rng, size))
