"""Are near-duplicate prompts found as well by hashed n-grams as by MinHash, and how much faster?

Real prompts (`../shared/data/prompts`; where it is absent this says so and ends), a third of them with copies edited
by a word, a tenth to a half of the words, a filled slot, a cut end, case and punctuation, or a frame. What is a
near-duplicate is judged by another measure than any method's: characters in common, in order (longest common
subsequence), at least 0.8 of both lengths; judged are all pairs made and all that any method found at any setting.
Shingles and thresholds of each method are tuned on a third and measured on the rest. Seconds are from folded texts to
pairs, the best of the repeats; CPU seconds those of all threads (datasketch and rensa have one).

python benchmarks/text.py [--data ../shared/data]
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks._harness import RESULTS, command_line, keep, machine, table
from benchmarks._text import WAYS, Found, Pairs, Way, corpus, folded, judge, search

ALIKE: Final = 0.8
TARGET: Final = 10.0
METHODS: Final = ("linkage", "datasketch", "rensa")


def keys(pairs: Pairs, rows: int) -> NDArray[np.int64]:
    """A pair as one number."""
    return pairs[:, 0] * rows + pairs[:, 1]


def f1(found: Found, floor: float, true: NDArray[np.int64], rows: int) -> tuple[float, float, float]:
    """F1, precision and recall of the pairs from `floor` on."""
    chosen = keys(found[0][found[1] >= floor], rows)
    hits = int(np.isin(chosen, true).sum())
    precision, recall = hits / max(len(chosen), 1), hits / max(len(true), 1)
    return 2 * hits / max(len(chosen) + len(true), 1), precision, recall


def judged_pairs(texts: list[str], made: Pairs) -> tuple[dict[Way, Found], NDArray[np.int64], int]:
    """All methods at all settings, the pairs that are near-duplicates, and how many were judged."""
    found = {way: search(way, texts) for way in WAYS}
    every = np.unique(np.concatenate([made, *(each[0] for each in found.values())]), axis=0)
    true = every[judge(texts, every) >= ALIKE]
    return found, keys(true, len(texts)), len(every)


def tuned(found: dict[Way, Found], true: NDArray[np.int64], rows: int, method: str) -> tuple[Way, float]:
    """The settings of a method with the best F1; among equals the first."""
    best = (-1.0, WAYS[0], 0.0)
    for way, pairs in found.items():
        if way.method == method:
            for floor in np.arange(way.least, 0.95, 0.01):
                score = f1(pairs, float(floor), true, rows)[0]
                if score > best[0]:
                    best = (score, way, float(floor))
    return best[1], best[2]


def vectorising(texts: list[str], repeats: int) -> dict[str, float]:
    """Texts a second made into vectors, here and by scikit-learn with the same n-grams and width."""
    from sklearn.feature_extraction.text import HashingVectorizer

    from linkage.similarity.vectors import utf8
    from linkage_kernels import ngrams

    many = pl.Series(texts * 8)
    unit = np.empty((len(many), 256), np.float32)
    ours = []
    for _ in range(repeats + 1):
        began = time.perf_counter()
        ngrams.vectors(*utf8(many), 4, 24, unit)
        ours.append(time.perf_counter() - began)
    theirs = HashingVectorizer(analyzer="char", ngram_range=(4, 4), n_features=256)
    began = time.perf_counter()
    theirs.transform(texts)
    return {"linkage": len(many) / min(ours), "scikit-learn": len(texts) / (time.perf_counter() - began)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    shared = Path(os.environ.get("LINKAGE_SHARED_DATA") or "../shared/data")
    parser.add_argument("--data", type=Path, default=shared)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--results", type=Path, default=RESULTS, help="Markdown file whose section is replaced")
    given = parser.parse_args()
    if not (given.data / "prompts").is_dir():
        print(f"no real prompts at {given.data}: nothing measured")
        return
    rows, made = corpus(given.data)
    texts, side = [folded(text) for text in rows["text"]], rows["part"].to_numpy()
    place = np.where(side == 0, np.cumsum(side == 0), np.cumsum(side == 1)) - 1
    parts: list[tuple[list[str], Pairs]] = [
        (
            [text for text, of in zip(texts, side, strict=True) if of == which],
            place[made[side[made[:, 0]] == which]].astype(np.int64),
        )
        for which in (0, 1)
    ]
    (tune_texts, tune_made), (test_texts, test_made) = parts
    search(WAYS[0], tune_texts[:3000])  # kernels loaded
    found, true, _ = judged_pairs(tune_texts, tune_made)
    chosen = {method: tuned(found, true, len(tune_texts), method) for method in METHODS}
    found, true, judged = judged_pairs(test_texts, test_made)
    results: dict[str, Any] = {}
    for method, (way, floor) in chosen.items():
        again = Way(method, way.shingle, floor) if method == "linkage" else way
        runs = [search(again, test_texts) for _ in range(given.repeats + (method == "linkage"))]
        score, precision, recall = f1(runs[0], floor, true, len(test_texts))
        seconds, used = (min(each[k] for each in runs) for k in (2, 3))
        results[method] = {
            "shingle": way.shingle,
            "least": way.least,
            "threshold": round(floor, 2),
            "f1": score,
            "precision": precision,
            "recall": recall,
            "seconds": seconds,
            "cpu_seconds": used,
            "texts_a_second": len(test_texts) / seconds,
        }
    speeds = vectorising(test_texts, given.repeats)
    text = table(
        ("method", "shingles", "threshold", "precision", "recall", "F1", "seconds", "CPU seconds", "texts a second"),
        [
            [
                name,
                each["shingle"],
                f"{each['threshold']:.2f}",
                *(f"{each[figure]:.3f}" for figure in ("precision", "recall", "f1")),
                f"{each['seconds']:.2f}",
                f"{each['cpu_seconds']:.2f}",
                f"{each['texts_a_second']:,.0f}",
            ]
            for name, each in results.items()
        ],
    )
    ours, peer = results["linkage"], results["datasketch"]
    speed = peer["seconds"] / ours["seconds"]
    verdict = (
        f"{len(test_texts):,} texts, {len(true):,} near-duplicate pairs among {judged:,} judged. {speed:.1f} times as "
        f"fast as datasketch (at least {TARGET:.0f}: {'yes' if speed >= TARGET else 'NO'}); F1 no worse: "
        f"{'yes' if ours['f1'] >= peer['f1'] else 'NO'}. Vectors alone: {speeds['linkage']:,.0f} texts a second, "
        f"{speeds['linkage'] / speeds['scikit-learn']:.0f} times scikit-learn's HashingVectorizer "
        f"({speeds['scikit-learn']:,.0f}) with the same n-grams."
    )
    about = machine("polars", "numba", "datasketch", "rensa", "scikit-learn")
    keep(
        "text",
        f"## Near-duplicate prompts from text\n\n{__doc__.strip().splitlines()[0]} `{command_line('text.py')}`\n\n"
        f"{about}\n\n{text}\n\n{verdict}",
        given.results,
    )
    print(f"{text}\n\n{verdict}\n")
    print(json.dumps({"benchmark": "text", "machine": about, "judged": judged, "true": len(true),
                      "texts": len(test_texts), "methods": results, "speed": speed, "vectors": speeds}))  # fmt: skip


if __name__ == "__main__":
    main()
