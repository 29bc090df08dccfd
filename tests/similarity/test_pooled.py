"""Windows of strangers stand out from a reference, windows of its own do not."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from linkage.pooling_settings import PooledSettings
from linkage.similarity import pooled
from linkage.similarity.shapes import shapes

SETTINGS = PooledSettings(nearest=(1, 5), bins=8, splits=6, windows=8)


def prompts(n: int, centre: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Around one of the axes of a space of eight."""
    rows = rng.standard_normal((n, 8)).astype(np.float32)
    rows[:, centre] += 2.0
    unit: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


def test_a_window_holds_every_row_before_one_twice() -> None:
    rng = np.random.default_rng(0)
    counts = np.bincount(pooled.window(np.arange(5), 13, rng), minlength=5)
    assert sorted(counts) == [2, 2, 3, 3, 3]
    groups = pooled.grouped([np.array([3, 1, 3]), np.array([], np.int64)])
    assert groups.member.tolist() == [1, 3]
    assert groups.weight.tolist() == [1.0, 2.0]
    assert groups.start.tolist() == [0, 2, 2]


@pytest.mark.slow
@pytest.mark.parametrize("size", [20, 60])
def test_strangers_in_a_window_are_noticed(size: int) -> None:
    rng = np.random.default_rng(1)
    rows = np.concatenate((prompts(600, 0, rng), prompts(1200, 0, rng), prompts(200, 5, rng)))
    honest, test, strange = np.arange(600), np.arange(600, 1800), np.arange(1800, 2000)
    learned = pooled.calibrate(pooled.partings([rows], honest, SETTINGS, rng), size, SETTINGS, rng)
    kernels = pooled.features([rows], honest, SETTINGS)

    def found(share: float) -> float:
        many = round(size * share)
        drawn = [
            np.concatenate((pooled.window(strange, many, rng), pooled.window(test, size - many, rng)))
            for _ in range(40)
        ]
        scores = pooled.scores(pooled.strays(kernels, pooled.grouped(drawn)), learned)
        return float((scores > learned.threshold(0.05)).mean())

    assert found(0.0) <= 0.15
    assert found(0.5) == 1.0


@pytest.mark.slow
def test_few_queries_in_no_order_are_noticed_whatever_they_are_about() -> None:
    rng = np.random.default_rng(3)
    words = np.array([f"{a}{b}{c}" for a in "ptkbdg" for b in "aeiou" for c in "nrsl"])
    after = {word: rng.permutation(words)[:4] for word in words.tolist()}  # what may follow a word

    def said() -> str:
        sentence = [str(rng.choice(words))]
        while len(sentence) < 25:
            sentence.append(str(rng.choice(after[sentence[-1]])))
        return " ".join(sentence)

    ordered = [said() for _ in range(900)]
    mixed = [" ".join(rng.permutation(text.split()).tolist()) for text in ordered[850:]]
    texts = pl.Series(ordered[:850] + mixed)
    flat = np.ones((len(texts), 1), np.float32)  # nothing but the order of words tells them apart
    honest, test, strange = np.arange(450), np.arange(450, 850), np.arange(850, 900)
    learned = pooled.calibrate(pooled.partings([flat], honest, SETTINGS, rng, texts), 200, SETTINGS, rng)
    kernels = pooled.features([flat], honest, SETTINGS, texts)

    def found(share: float) -> float:
        many = round(200 * share)
        drawn = [
            np.concatenate((pooled.window(strange, many, rng), pooled.window(test, 200 - many, rng))) for _ in range(20)
        ]
        scores = pooled.scores(pooled.strays(kernels, pooled.grouped(drawn)), learned)
        return float((scores > learned.threshold(0.01)).mean())

    assert found(0.0) <= 0.1
    assert found(0.1) == 1.0


def test_a_form_knows_marks_and_capitals_of_any_script() -> None:
    texts = pl.Series(
        ["Good, weather 42.", "Всем, ребята 42.", "good; Weather", "", None, "\u4f60\u597d\uff0c\u4e16\u754c\u3002"]
    )
    found = shapes(texts).to_list()
    assert found[0] == found[1]
    assert found[2] != found[0]
    assert found[3] == found[4] == ""
    assert len(found[5]) == 4
