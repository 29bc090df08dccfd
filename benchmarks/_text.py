"""What `text.py` compares: real prompts with near-duplicates made of them, an independent judge, and the methods."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
from numba import njit, prange
from numpy.typing import NDArray

Pairs = NDArray[np.int64]  # [p, 2], a < b
#: Pairs, the method's own similarity, seconds, and processor seconds of all its threads.
Found = tuple[Pairs, NDArray[np.float64], float, float]
PERMUTATIONS: Final = 128
SEED: Final = 7


def corpus(data: Path, characters: int = 2000) -> tuple[pl.DataFrame, Pairs]:
    """Prompts, a third of them with edited copies -> text and part (0: a third, to tune on; 1); and the pairs made."""
    given = pl.read_parquet(data / "prompts" / "prompts.parquet")["text"].str.head(characters)
    texts = given.filter(given.str.len_chars() >= 30).unique(maintain_order=True).to_list()
    rng = random.Random(SEED)
    words = [word for text in rng.sample(texts, 5000) for word in text.split()]
    out, part = list(texts), [int(rng.random() > 1 / 3) for _ in texts]
    made: list[tuple[int, int]] = []
    for origin in rng.sample(range(len(texts)), len(texts) // 3):
        family = [origin]
        for _ in range(rng.choice((1, 1, 2))):
            made.extend((each, len(out)) for each in family)
            family.append(len(out))
            part.append(part[origin])
            out.append(rng.choice(EDITS)(texts[origin], rng, words))
    return pl.DataFrame({"text": out, "part": part}), np.array(made, np.int64)


def replaced(share: float) -> Callable[[str, random.Random, list[str]], str]:
    """An edit: this share of the words, at least one, become others."""

    def edit(text: str, rng: random.Random, words: list[str]) -> str:
        parts = text.split(" ")
        for at in rng.sample(range(len(parts)), max(1, round(len(parts) * share))):
            parts[at] = rng.choice(words)
        return " ".join(parts)

    return edit


def slot(text: str, rng: random.Random, words: list[str]) -> str:
    """An edit: another name and number at one place."""
    parts = text.split(" ")
    parts.insert(rng.randrange(len(parts) + 1), f"{rng.choice(words)} {rng.randrange(10_000)}")
    return " ".join(parts)


def cut(text: str, rng: random.Random, words: list[str]) -> str:
    """An edit: the end is missing."""
    return text[: int(len(text) * rng.uniform(0.6, 0.95))]


def respelled(text: str, rng: random.Random, words: list[str]) -> str:
    """An edit: case and punctuation."""
    return re.sub(r"[.,;:!?]", "", text).upper() if rng.random() < 0.5 else text.lower() + " !!"


def framed(text: str, rng: random.Random, words: list[str]) -> str:
    """An edit: a polite opening."""
    return "Could you please help me with this: " + text


EDITS: Final = (
    replaced(0.0),
    replaced(0.1),
    replaced(0.2),
    replaced(0.35),
    replaced(0.5),
    slot,
    cut,
    respelled,
    framed,
)


def folded(text: str) -> str:
    """Lower case, anything but letters and digits as one space."""
    return " ".join(re.sub(r"[\W_]+", " ", text.casefold()).split())


def judge(texts: list[str], pairs: Pairs) -> NDArray[np.float64]:
    """2 x longest common subsequence of characters / both lengths, of each pair of folded texts -> float64[p]."""
    codes = [np.frombuffer(text.encode("utf-32-le"), np.uint32) for text in texts]
    start = np.concatenate(([0], np.cumsum([len(each) for each in codes])))
    dense = np.unique(np.concatenate(codes), return_inverse=True)[1].astype(np.int64)
    ratios: NDArray[np.float64] = _ratios(dense, start, pairs, int(dense.max()) + 1)
    return ratios


@njit(cache=True, parallel=True)
def _ratios(codes, start, pairs, alphabet):  # type: ignore[no-untyped-def]
    """Bit-parallel (Hyyrö 2004): a column of the table is as many bits as the first text is long."""
    out = np.zeros(len(pairs))
    for p in prange(len(pairs)):
        a, b = codes[start[pairs[p, 0]] : start[pairs[p, 0] + 1]], codes[start[pairs[p, 1]] : start[pairs[p, 1] + 1]]
        words = (len(a) + 63) // 64
        match = np.zeros((alphabet, words), np.uint64)
        for k in range(len(a)):
            match[a[k], k >> 6] |= np.uint64(1) << np.uint64(k & 63)
        column = np.full(words, np.uint64(0xFFFFFFFFFFFFFFFF))
        for k in range(len(b)):
            carry = np.uint64(0)
            for w in range(words):
                v = column[w]
                u = v & match[b[k], w]
                total = v + u
                over = np.uint64(1) if total < v else np.uint64(0)
                total += carry
                if total < carry:
                    over = np.uint64(1)
                carry = over
                column[w] = total | (v & ~u)
        common = 0
        for k in range(len(a)):
            if not column[k >> 6] >> np.uint64(k & 63) & np.uint64(1):
                common += 1
        out[p] = 2.0 * common / max(len(a) + len(b), 1)
    return out


def shingles(texts: list[str], kind: str) -> list[list[bytes]]:
    """The set of a folded text's shingles: `char4`, `char5`, `word1`, `word2`."""
    size = int(kind[-1])
    if kind.startswith("char"):
        return [list({text[k : k + size].encode() for k in range(max(1, len(text) - size + 1))}) for text in texts]
    out = []
    for text in texts:
        words = text.split()
        out.append(list({" ".join(words[k : k + size]).encode() for k in range(max(1, len(words) - size + 1))}))
    return out


@dataclass(frozen=True, slots=True)
class Way:
    """A method with its settings, and the least similarity at which it looks for pairs."""

    method: str
    shingle: str
    least: float


WAYS: Final = (
    *(Way("linkage", f"char{size}", 0.5) for size in (3, 4, 5)),
    *(Way("datasketch", kind, least) for kind in ("char4", "char5", "word1", "word2") for least in (0.4, 0.5, 0.6)),
    *(Way("rensa", kind, least) for kind in ("char4", "char5", "word1", "word2") for least in (0.4, 0.5, 0.6)),
)


def search(way: Way, texts: list[str]) -> Found:
    """All pairs a method finds among folded texts, with the similarity it gives them."""
    began, used = time.perf_counter(), time.process_time()
    found = {"linkage": _linkage, "datasketch": _datasketch, "rensa": _rensa}[way.method](way, texts)
    return *found, time.perf_counter() - began, time.process_time() - used


def _linkage(way: Way, texts: list[str]) -> tuple[Pairs, NDArray[np.float64]]:
    from linkage.similarity.vectors import utf8
    from linkage_kernels import near, ngrams

    unit = np.empty((len(texts), 256), np.float32)
    ngrams.vectors(*utf8(pl.Series(texts)), int(way.shingle[-1]), 1, unit)
    found, _ = near.join(unit, way.least)
    pairs = np.sort(np.column_stack((found.a, found.b)).astype(np.int64), axis=1)
    return pairs, found.cosine.astype(np.float64)


def _datasketch(way: Way, texts: list[str]) -> tuple[Pairs, NDArray[np.float64]]:
    from datasketch import MinHash, MinHashLSH

    hashes = list(MinHash.generator(shingles(texts, way.shingle), num_perm=PERMUTATIONS, seed=SEED))
    index = MinHashLSH(threshold=way.least, num_perm=PERMUTATIONS)
    with index.insertion_session() as session:
        for row, each in enumerate(hashes):
            session.insert(row, each, check_duplication=False)
    asked = [index.query(each) for each in hashes]
    return _verified(asked, np.array([each.hashvalues for each in hashes]))


def _rensa(way: Way, texts: list[str]) -> tuple[Pairs, NDArray[np.float64]]:
    from rensa import RMinHash, RMinHashLSH

    hashes = RMinHash.from_token_sets(shingles(texts, way.shingle), PERMUTATIONS, SEED)
    bands = {0.4: 32, 0.5: 32, 0.6: 16}[way.least]
    index = RMinHashLSH(way.least, PERMUTATIONS, bands)
    index.insert_many(hashes)
    asked = index.query_all(hashes)
    return _verified(asked, np.array([each.digest() for each in hashes]))


def _verified(asked: list[Any], digests: NDArray[Any]) -> tuple[Pairs, NDArray[np.float64]]:
    """Candidates of each row as pairs, each once, with the share of equal permutations."""
    a = np.repeat(np.arange(len(asked)), [len(each) for each in asked])
    b = np.array([other for each in asked for other in each], np.int64)
    pairs = np.column_stack((a, b))[a < b]
    alike = [np.mean(digests[part[:, 0]] == digests[part[:, 1]], axis=1) for part in np.array_split(pairs, 64)]
    return pairs, np.concatenate(alike)
