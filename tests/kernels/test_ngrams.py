# ruff: noqa: RUF001  (letters of other scripts that look like Latin ones are what is tested)
"""Hashed n-grams against an obvious oracle; rows brought to length 1 and into order."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from linkage_kernels import ngrams, rows

SCRIPTS = "ab É1 .,\t\n€ЖжىعربיתकाखगไทยกขΣς中文字かなカナ한글😀🏽\u200d\ufe0f\u0301ﬁＡ𝐀"
TEXTS = st.lists(st.text(st.sampled_from(SCRIPTS), max_size=40) | st.text(max_size=20), max_size=12)
MASK = (1 << 64) - 1


def packed(texts: list[str]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    coded = [text.encode("utf-8", "replace") for text in texts]
    start = np.concatenate(([0], np.cumsum([len(each) for each in coded]))).astype(np.int64)
    return np.frombuffer(b"".join(coded), np.uint8), start


def vectors(texts: list[str], size: int = 4, least: int = 1, width: int = 64) -> tuple[NDArray[np.float32], list[int]]:
    out = np.full((len(texts), width), np.nan, np.float32)
    counts = ngrams.vectors(*packed(texts), size, least, out)
    return out, counts.tolist()


def grams(text: str, size: int) -> set[tuple[int, ...]]:
    """The n-grams of a text, as they are meant."""
    fold = ngrams.folding()
    codes = [32]
    for character in text.encode("utf-8", "replace").decode():
        code = int(fold[ord(character)]) if ord(character) < len(fold) else ord(character)
        if code and not (code == 32 and codes[-1] == 32):
            codes.append(code)
    if codes[-1] != 32:
        codes.append(32)
    found = set()
    for end in range(1, len(codes) + 1):
        for first in range(end - 1, -1, -1):
            if sum(2 if code >= 0x2E80 else 1 for code in codes[first:end]) >= size:
                found.add(tuple(codes[first:end]))
                break
    return found


def hashed(gram: tuple[int, ...]) -> int:
    value = 0
    for code in gram:
        value = (value * 0x9E3779B97F4A7C15 + code) & MASK
    for _ in range(2):
        value = ((value ^ (value >> 32)) * 0xD6E8FEB86659FD93) & MASK
    return value >> 32


@given(TEXTS, st.integers(2, 8), st.sampled_from([16, 100]), st.sampled_from([1, 5]))
def test_vectors_equal_the_oracle(texts: list[str], size: int, width: int, least: int) -> None:
    found, counts = vectors(texts, size, least, width)
    for text, row, count in zip(texts, found, counts, strict=True):
        expected = np.zeros(width)
        for gram in grams(text, size):
            value = hashed(gram)
            expected[(value >> 8) * width >> 24] += 1 if value % 2 == 0 else -1
        assert count == len(grams(text, size))
        length = math.sqrt((expected**2).sum())
        assert row == pytest.approx(expected / length if length and count >= least else 0 * expected, abs=1e-6)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Write a poem about Paris!", "  write a  POEM about paris "),
        ("café crème, s'il vous plaît", "cafe\u0301 creme s il vous plait"),
        ("ｗｒｉｔｅ ａ ｐｏｅｍ ＡＢＯＵＴ ｉｔ", "write a poem about it"),
        ("ПИШИ стихи о весне", "пиши СТИХИ о весне"),
        ("wr\u200bite a po\u00adem about it", "write a poem about it"),
        ("请写一首诗。关于春天", "请写一首诗, 关于春天"),
    ],
)
def test_what_must_not_matter_does_not(one: str, other: str) -> None:
    found, _ = vectors([one, other], width=256)
    assert found[0].tolist() == found[1].tolist()


@pytest.mark.parametrize(
    ("one", "edited", "unrelated"),
    [
        (
            "Explain step by step how a compiler turns source code into machine code, with an example in C.",
            "Explain step by step how a compiler turns source code into machine code, with an example in Rust.",
            "What should I cook tonight for four people when there is only rice and some vegetables left?",
        ),
        (
            "请一步一步地解释编译器如何把源代码变成机器代码,并用C语言举一个例子说明。",
            "请一步一步地解释编译器如何把源代码变成机器代码,并用Rust语言举一个例子说明。",
            "今天晚上家里只剩下米饭和一些蔬菜,四个人应该做什么菜吃比较好呢?",
        ),
        (
            "اشرح خطوة بخطوة كيف يحول المترجم الشيفرة المصدرية إلى شيفرة الآلة مع مثال بلغة سي",
            "اشرح خطوة بخطوة كيف يحول المترجم الشيفرة المصدرية إلى شيفرة الآلة مع مثال بلغة رست",
            "ماذا أطبخ الليلة لأربعة أشخاص ولم يبق في البيت سوى الأرز وبعض الخضروات",
        ),
    ],
)
def test_edits_stay_near_and_others_far(one: str, edited: str, unrelated: str) -> None:
    found, _ = vectors([one, edited, unrelated], width=512)
    assert found[0] @ found[1] > 0.85
    assert found[0] @ found[2] < 0.3


def test_short_and_monotonous_texts_say_too_little() -> None:
    found, counts = vectors(["hi", "continue", "yes!", "a" * 5000, "na " * 900, ""], least=24)
    assert max(counts) < 24
    assert not found.any()


def test_a_row_depends_on_its_text_alone() -> None:
    texts = [f"text number {k} of many, about {k * k}" for k in range(40)]
    together, _ = vectors(texts)
    alone = np.vstack([vectors([text])[0] for text in texts])
    assert together.tobytes() == alone.tobytes()


@pytest.mark.slow
def test_threads_change_nothing() -> None:
    import numba

    texts = ["".join(chr(97 + (k * j * j) % 26) for j in range(k % 300)) for k in range(3000)]
    given_rows = np.random.default_rng(0).standard_normal((3000, 33)).astype(np.float32)
    results = []
    before = numba.get_num_threads()
    for threads in (1, before):
        numba.set_num_threads(threads)
        unit = np.empty_like(given_rows)
        rows.unit(given_rows, unit)
        results.append((vectors(texts)[0].tobytes(), unit.tobytes(), rows.hashes(unit).tobytes()))
    numba.set_num_threads(before)
    assert results[0] == results[1]


def test_bytes_that_are_no_utf8_are_survived() -> None:
    data = np.array([0xFF, 0xE2, 0x82, 0xF0, 0x9F, 0x41, 0xC3], np.uint8)
    out = np.empty((2, 16), np.float32)
    ngrams.vectors(data, np.array([0, 3, 7]), 2, 1, out)
    assert np.isfinite(out).all()


@pytest.mark.parametrize(
    ("start", "size", "out"),
    [
        ([0, 2], 4, np.empty((1, 16), np.float32)),
        ([0, 5, 3], 4, np.empty((2, 16), np.float32)),
        ([0, 3], 1, np.empty((1, 16), np.float32)),
        ([0, 3], 4, np.empty((2, 16), np.float32)),
        ([0, 3], 4, np.empty((1, 16))),
    ],
)
def test_arrays_that_do_not_fit_are_refused(start: list[int], size: int, out: NDArray[np.float32]) -> None:
    with pytest.raises(ValueError, match="must"):
        ngrams.vectors(np.zeros(3, np.uint8), np.array(start), size, 1, out)


def test_rows_come_to_length_one_and_odd_ones_to_zero() -> None:
    given_rows = np.array([[3, 4], [0, 0], [np.nan, 1], [np.inf, 1], [1e-30, 0], [1e30, 1e30]], np.float32)
    out = np.empty_like(given_rows)
    rows.unit(given_rows, out)
    half = math.sqrt(0.5)
    assert out.ravel().tolist() == pytest.approx([0.6, 0.8, 0, 0, 0, 0, 0, 0, 1, 0, half, half])
    given_rows.flags.writeable = False
    again = np.empty_like(out)
    rows.unit(given_rows, again)
    assert again.tobytes() == out.tobytes()


def test_hashes_tell_rows_apart_but_not_zeros() -> None:
    random = np.random.default_rng(1).uniform(-1, 1, (500, 7)).astype(np.float32)
    found = rows.hashes(np.vstack((random, random[:3], np.zeros((1, 7)), -np.zeros((1, 7)))).astype(np.float32))
    assert len(set(found[:500].tolist())) == 500
    assert found[500:503].tolist() == found[:3].tolist()
    assert found[503] == found[504]


@given(st.permutations(range(9)))
def test_rows_are_put_in_order_where_they_lie(order: list[int]) -> None:
    given_rows = np.arange(27, dtype=np.float32).reshape(9, 3)
    expected = given_rows[order]
    rows.arrange(given_rows, np.array(order, np.int64))
    assert given_rows.tolist() == expected.tolist()


@pytest.mark.parametrize("order", [[0, 0, 1], [0, 1, 3], [0, 1], [2, 2, 0]])
def test_what_is_no_order_is_refused(order: list[int]) -> None:
    with pytest.raises(ValueError, match="order"):
        rows.arrange(np.zeros((3, 2), np.float32), np.array(order, np.int64))
