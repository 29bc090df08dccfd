"""Surprise is what an obvious model of texts says it is."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from linkage.similarity.vectors import utf8
from linkage_kernels.novelty import FIGURES, surprise


def obvious(texts: list[bytes], reference: list[int], order: int, span: int) -> NDArray[np.float64]:
    """Every n-gram looked for in every other text of the reference."""
    out = np.zeros((len(texts), FIGURES))
    for at, text in enumerate(texts):
        others = [texts[r] for r in reference if r != at]
        cost, plain = [], []
        for i in range(len(text)):
            chance = 1.0 / 256.0
            backed = [chance]
            for k in range(min(order, i + 1)):
                gram = text[i - k : i + 1]
                chance = (sum(gram in t for t in others) + chance) / (sum(gram[:-1] in t for t in others) + 1.0)
                backed.append(chance)
            cost.append(-math.log2(chance))
            plain.append(-math.log2(backed[min(2, len(backed) - 1)]))
        if cost:
            spans = [cost[i : i + span] for i in range(max(1, len(cost) - span + 1))]
            means = [sum(each) / len(each) for each in spans]
            out[at] = (sum(cost) / len(cost), (sum(cost) - sum(plain)) / len(cost), max(means), means[0], means[-1])
    return out


@pytest.mark.parametrize(("order", "span"), [(2, 3), (4, 6), (8, 64)])
def test_surprise_is_that_of_the_obvious_model(order: int, span: int) -> None:
    texts = [
        "the cat sat",
        "the cat ran away",
        "a dog ran",
        "",
        "x",
        "\u4f60\u597d \u4f60\u597d",
        "cat cat cat",
        "sat the cat",
    ]
    reference = [5, 0, 1, 2, 3, 6]
    found = surprise(*utf8(pl.Series(texts)), np.array(reference), order, span)
    assert np.allclose(found, obvious([t.encode() for t in texts], reference, order, span), atol=1e-5)


def test_a_reference_of_nothing_makes_every_byte_cost_eight_bits() -> None:
    found = surprise(*utf8(pl.Series(["abc", ""])), np.zeros(0, np.int64), 4, 2)
    assert found.tolist() == [[8.0, 0.0, 8.0, 8.0, 8.0], [0.0] * FIGURES]


def test_order_and_span_are_checked() -> None:
    texts = utf8(pl.Series(["abc"]))
    for order, span in ((1, 4), (17, 4), (4, 0)):
        with pytest.raises(ValueError, match="order must be"):
            surprise(*texts, np.array([0]), order, span)
