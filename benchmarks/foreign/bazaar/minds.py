"""What is asked, as vectors: a hum that all share, fields, subjects in a field, forms that are filled in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.foreign.bazaar.ground import Array

WIDTH = 64


def unit(rows: Array) -> Array:
    return np.asarray(rows / np.linalg.norm(rows, axis=-1, keepdims=True))


def near(rng: np.random.Generator, bases: Array, tight: Array | float) -> Array:
    """Children of the rows: two of one base have about cosine `tight`."""
    share = np.broadcast_to(np.asarray(tight, np.float64), bases.shape[:1])[:, None]
    return unit(np.sqrt(share) * bases + np.sqrt(1 - share) * unit(rng.standard_normal(bases.shape)))


@dataclass(frozen=True)
class Talk:
    """Bases (forms, subjects) and how near what is said stays to them; a retry says the same again."""

    bases: Array
    tight: float
    again: float = 0.03

    def say(self, rng: np.random.Generator, count: int) -> Array:
        picked = self.bases[(rng.random(count) ** 1.3 * len(self.bases)).astype(int)]
        said = near(rng, picked, np.clip(rng.normal(self.tight, 0.02, count), 0.05, 0.995))
        same = np.flatnonzero(rng.random(count) < self.again)
        said[same[same > 0]] = said[same[same > 0] - 1]
        return said


class Minds:
    """The fields of a world; `hum` is the cosine of two prompts that have nothing in common."""

    def __init__(self, rng: np.random.Generator, hum: float) -> None:
        self.rng, self.hum = rng, hum
        self.common = unit(rng.standard_normal(WIDTH))
        self.fields = self._out_of_the_hum(24)
        self.daily = Talk(near(rng, self.fields[rng.integers(0, 24, 60)], 0.6), 0.88)  # what everybody asks

    def _out_of_the_hum(self, count: int) -> Array:
        return near(self.rng, np.tile(self.common, (count, 1)), max(self.hum, 1e-6))

    def subjects(self, count: int, field: int | None = None, tight: float = 0.6) -> Array:
        """Subjects of one field, or of any."""
        chosen = np.full(count, field) if field is not None else self.rng.integers(0, len(self.fields), count)
        return near(self.rng, self.fields[chosen], tight)

    def person(self) -> Talk:
        """What a person asks: a few subjects of one field or two, more or less to the point."""
        bases = self.subjects(int(self.rng.integers(1, 5)), int(self.rng.integers(0, 24)))
        if self.rng.random() < 0.5:
            bases = np.concatenate([bases, self.subjects(2)])
        return Talk(bases, float(self.rng.uniform(0.3, 0.75)))

    def forms(self, count: int, tight: float, field: int | None = None) -> Talk:
        """Fixed words with gaps: a tool's, an assignment's, a ring's."""
        field = int(self.rng.integers(0, len(self.fields))) if field is None else field
        return Talk(self.subjects(count, field, 0.55), tight, again=0.06)

    def everything(self) -> Talk:
        """What the customers of a relay ask: all sorts."""
        return Talk(self.subjects(60), 0.5)
