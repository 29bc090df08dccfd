"""What prompts look like: vectors with a cone, areas and topics, or made-up text."""

from __future__ import annotations

import numpy as np
import polars as pl

from benchmarks.foreign.world import Array, World, zipf

SYLLABLES = ["ka", "lo", "mi", "ter", "san", "ve", "pro", "du", "xi", "ra"]
SYLLABLES += ["men", "gol", "fu", "ne", "sti", "bar", "qu", "ol", "ith", "en"]
BATCH = 100_000


def vectors(world: World, topics: Array, templates: Array) -> pl.Series:
    """A unit vector for each prompt: near its topic, nearer its template, all in one cone."""
    draw, options = world.random, world.options
    width = options.dimensions
    spectrum = 1 / np.arange(1, width + 1) ** options.decay
    spectrum /= np.sqrt((spectrum**2).sum())

    def cloud(count: int) -> Array:
        """Points of norm about 1, wider in the first dimensions."""
        return (draw.standard_normal((count, width)) * spectrum).astype(np.float32)

    mean = cloud(1)[0]
    mean /= np.linalg.norm(mean)
    areas = cloud(max(4, options.topics // 8))
    centres = 0.6 * areas[draw.integers(len(areas), size=options.topics)] + 0.8 * cloud(options.topics)
    frames = options.within * cloud(len(world.template_topics)) + centres[np.asarray(world.template_topics)]
    spreads = np.asarray(world.template_spreads, np.float32)
    made = np.empty((len(topics), width), np.float16 if options.half else np.float32)
    for start in range(0, len(topics), BATCH):
        batch = slice(start, start + BATCH)
        points = centres[topics[batch]] + options.within * cloud(len(topics[batch]))
        filled = templates[batch] >= 0
        used = templates[batch][filled]
        points[filled] = frames[used] + spreads[used, None] * 1.3 * cloud(len(used))
        points += options.cone * 1.35 * mean
        points /= np.linalg.norm(points, axis=1, keepdims=True)
        made[batch] = points
    return pl.Series(made, dtype=pl.Array(pl.Float16 if options.half else pl.Float32, width))


def texts(world: World, topics: Array, templates: Array) -> pl.Series:
    """A text for each prompt: words of its topic among common ones; a filled template keeps most of its words."""
    draw = world.random

    def word() -> str:
        """One to four syllables."""
        return "".join(draw.choice(SYLLABLES, draw.integers(1, 5)))

    common = [word() for _ in range(300)]
    words = [[word() for _ in range(150)] for _ in range(world.options.topics)]
    shares = zipf(300, 1)

    def sentence(topic: int, length: int) -> list[str]:
        """Words of a topic and common ones, half and half."""
        return [
            words[topic][draw.integers(150)] if draw.random() < 0.5 else common[draw.choice(300, p=shares)]
            for _ in range(length)
        ]

    frames = [sentence(topic, int(draw.integers(25, 70))) for topic in world.template_topics]
    made = []
    for topic, template in zip(topics, templates, strict=True):
        if template < 0:
            made.append(" ".join(sentence(topic, int(draw.integers(6, 80)))))
            continue
        text = list(frames[template])
        for _ in range(max(1, int(world.template_spreads[template] * 0.5 * len(text)))):
            new = words[topic][draw.integers(150)]
            text[draw.integers(len(text))] = new
        text += [words[topic][x] for x in draw.integers(0, 150, draw.integers(0, 6))]
        made.append(" ".join(text))
    return pl.Series(made)
