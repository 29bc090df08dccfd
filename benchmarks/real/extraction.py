"""Is traffic that extracts a model told from the same service's honest traffic, window by window, without labels?

    python benchmarks/real/extraction.py [--data ../shared/data] [--seeds 1 2 3] [--model minilm]

Queries of published extraction attacks and honest queries of the same service, in windows of 1,500 as published, and
of 50, 80 and 200, alone and several together as the accounts of one campaign. The honest queries (1,887 or 2,000) are
parted in halves by the seed. Of the first everything is learned: reference, kernels, threshold; ours at the false
positives that are asked for, the others', which cannot tell so few, at the protocol's 5 %. Honest test windows
and the honest part of mixed ones come from the second. Where a window is larger than its half, queries are drawn in
rounds, none again before all others came: windows of 1,500 overlap, and their false positives come in clumps, by
the seed. The data are not part of the project (licences); where they are absent this says so and ends. Beside it, in
the same run, by the same windows and calibration: the distance of mean vectors, that by the covariance of the
reference (Mahalanobis), and the mean distance to the ten nearest queries of the reference. Prints a JSON line last.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks._harness import RESULTS, keep, machine, table
from linkage.pooling_settings import PooledSettings
from linkage.similarity import pooled
from linkage.similarity.shapes import shapes
from linkage.similarity.vectors import utf8

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Longs = NDArray[np.int64]
#: Windows -> one figure each; built of all views, the rows of the reference.
Measure = Callable[[Sequence[Floats], Longs, pooled.Groups], Doubles]

SHARES: Final = (1.0, 0.5, 0.25, 0.1, 0.05)
#: Queries a window, and windows that are judged together.
SIZES: Final = ((1500, 1), (50, 1), (50, 20), (80, 1), (80, 20), (200, 1), (200, 8))
#: False positives that are asked for, to which ours is calibrated; and those of the published protocol.
ASKED: Final = (0.003, 0.905)
RATE: Final = 0.05
WINDOWS: Final = 100
#: Partings of the honest queries on which a baseline is calibrated.
PARTINGS: Final = 6
NGRAM: Final = 3
#: Published figures of MMD and others at windows of 1,500, false and true positives (the data's README).
PUBLISHED: Final = {
    "Meaeq_IMDB": (0.013, 1.0),
    "Meaeq_SST-2": (0.0, 0.989),
    "ME_BERT_boolq_random": (0.0, 0.981),
    "ME_BERT_boolq_wiki": (0.0, 0.711),
}


def vectors(texts: pl.Series, size: int, width: int = 256) -> Floats:
    """Vectors of n-grams; short queries count too, since a window has many."""
    from linkage_kernels import ngrams

    out = np.empty((len(texts), width), np.float32)
    ngrams.vectors(*utf8(texts), size, 1, out)
    return out


def embedded(texts: pl.Series) -> Floats:
    """Vectors by the language model of the extra `embed`; slow the first time."""
    from linkage.similarity import chosen_folder
    from linkage.similarity.embed import WIDTH, Embedder

    out = np.zeros((len(texts), WIDTH), np.float32)
    Embedder(chosen_folder("auto")).write(texts, out)
    return out


def means(views: Sequence[Floats], reference: Longs, groups: pooled.Groups) -> Doubles:
    """Distance of mean vectors."""
    from linkage_kernels.mmd import sums

    total, mass = sums(views[0], *groups)
    return np.asarray(np.linalg.norm(total / mass[:, :1] - views[0][reference].mean(axis=0), axis=1))


def mahalanobis(views: Sequence[Floats], reference: Longs, groups: pooled.Groups) -> Doubles:
    """Mean over a window's queries of their Mahalanobis distance, covariance shrunk by a tenth."""
    held = views[0][reference].astype(np.float64)
    covariance = np.cov(held.T)
    covariance = 0.9 * covariance + 0.1 * np.eye(len(covariance)) * np.trace(covariance) / len(covariance)
    rest = views[0] - held.mean(axis=0)
    return _mean(np.sqrt(np.einsum("ij,ij->i", rest @ np.linalg.inv(covariance), rest)), groups)


def neighbours(views: Sequence[Floats], reference: Longs, groups: pooled.Groups) -> Doubles:
    """Mean over a window's queries of their distance to the ten nearest of the reference."""
    from linkage_kernels.mmd import typical

    own = np.full(len(views[0]), -1)
    own[reference] = np.arange(len(reference))
    return _mean(1.0 - typical(views[0], views[0][reference], own, (10,))[:, 1].astype(np.float64), groups)


def _mean(value: Doubles, groups: pooled.Groups) -> Doubles:
    weight = groups.weight.astype(np.float64)
    return np.asarray(
        np.add.reduceat(value[groups.member] * weight, groups.start[:-1]) / np.add.reduceat(weight, groups.start[:-1])
    )


BASELINES: Final[dict[str, Measure]] = {"means": means, "Mahalanobis": mahalanobis, "nearest": neighbours}


def mixed(honest: Longs, attack: Longs, size: int, share: float, rng: np.random.Generator) -> Longs:
    """A window of which a share is of the attack."""
    of_attack = round(share * size)
    parts = [pooled.window(attack, of_attack, rng)] if of_attack else []
    if of_attack < size:
        parts.append(pooled.window(honest, size - of_attack, rng))
    return np.concatenate(parts)


class Learned(NamedTuple):
    """What the calibration half says, whatever the size of the windows."""

    kernels: pooled.Kernels
    parted: list[pooled.Parting]


def judged(
    views: Sequence[Floats], learned: Learned, calibration: Longs, windows: pooled.Groups, size: int, seed: int
) -> dict[str, NDArray[np.bool_]]:
    """Method -> which windows exceed what hardly any honest ones do."""
    settings = PooledSettings()
    usual = pooled.calibrate(learned.parted, size, settings, np.random.default_rng(seed))
    found = {"pooled": pooled.scores(pooled.strays(learned.kernels, windows), usual) > usual.threshold(ASKED[0])}
    # What is usual of a baseline: halves of the same honest queries. Its figures depend on the size of the reference,
    # so that the windows are held against halves as well.
    rng = np.random.default_rng(seed)
    null: dict[str, list[Doubles]] = {name: [] for name in BASELINES}
    seen: dict[str, list[Doubles]] = {name: [] for name in BASELINES}
    for _ in range(PARTINGS):
        order = rng.permutation(calibration)
        half = len(order) // 2
        drawn = pooled.grouped([pooled.window(order[half:], size, rng) for _ in range(2 * settings.windows)])
        for name, measure in BASELINES.items():
            null[name].append(measure(views, np.sort(order[:half]), drawn))
            seen[name].append(measure(views, np.sort(order[:half]), windows))
    for name in BASELINES:
        limit = np.quantile(np.concatenate(null[name]), 1.0 - RATE)
        found[name] = np.mean(seen[name], axis=0) > limit
    return found


def dataset(
    views: Sequence[Floats], texts: pl.Series, honest: Longs, attack: Longs, seed: int
) -> dict[str, dict[str, list[float]]]:
    """One data set and seed: size -> method -> share of windows found, of honest ones and by share of the attack."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(honest)
    calibration, test = np.sort(order[: len(order) // 2]), order[len(order) // 2 :]
    settings = PooledSettings()
    learned = Learned(
        pooled.features(views, calibration, settings, texts),
        pooled.partings(views, calibration, settings, np.random.default_rng(seed), texts),
    )
    out = {}
    for size, together in SIZES:
        rows = size * together
        drawn = [mixed(test, attack, rows, share, rng) for share in (0.0, *SHARES) for _ in range(WINDOWS)]
        found = judged(views, learned, calibration, pooled.grouped(drawn), rows, seed)
        out[f"{together} x {size}"] = {
            name: over.reshape(-1, WINDOWS).mean(axis=1).tolist() for name, over in found.items()
        }
    return out


def measured(queries: pl.DataFrame, views: Sequence[Floats], seeds: list[int]) -> dict[str, dict[str, Doubles]]:
    """`size, dataset` -> method -> mean over seeds of the shares found."""
    gathered: dict[str, dict[str, list[list[float]]]] = {}
    name = queries["dataset"].cast(pl.String).to_numpy()
    label = queries["label"].to_numpy()
    for each in sorted(set(name.tolist())):
        honest, attack = np.flatnonzero((name == each) & (label == 0)), np.flatnonzero((name == each) & (label == 1))
        rows = np.concatenate((honest, attack))
        local = [np.ascontiguousarray(unit[rows]) for unit in views]
        for seed in seeds:
            texts = queries["query"].gather(rows)
            found = dataset(local, texts, np.arange(len(honest)), np.arange(len(honest), len(rows)), seed)
            for size, methods in found.items():
                for method, shares in methods.items():
                    gathered.setdefault(f"{size}, {each}", {}).setdefault(method, []).append(shares)
            print(f"{each}, seed {seed}: {found['1 x 1500']['pooled']}", flush=True)
    return {key: {m: np.mean(s, axis=0) for m, s in of.items()} for key, of in gathered.items()}


def summary(found: dict[str, dict[str, Doubles]]) -> tuple[list[list[str]], dict[str, dict[str, tuple[float, float]]]]:
    """Rows of the table, and by size and method the mean over data sets of false and true positives."""
    rows, means_ = [], {}
    for size, together in SIZES:
        kind = f"{together} x {size}"
        of = {key.split(", ")[1]: each for key, each in found.items() if key.startswith(f"{kind}, ")}
        means_[kind] = {
            method: (
                float(np.mean([each[method][0] for each in of.values()])),
                float(np.mean([each[method][1:].mean() for each in of.values()])),
            )
            for method in ("pooled", *BASELINES)
        }
        for name, each in of.items():
            ours = each["pooled"]
            published = "{:.3f} / {:.3f}".format(*PUBLISHED[name]) if (size, together) == (1500, 1) else ""
            rows.append(
                [f"{kind}, {name}", f"{ours[0]:.3f}", *(f"{x:.2f}" for x in ours[1:]), f"{ours[1:].mean():.3f}"]
                + [f"{each[m][0]:.3f} / {each[m][1:].mean():.3f}" for m in BASELINES]
                + [published]
            )
        rows.append(
            [f"**{kind}, mean**", f"{means_[kind]['pooled'][0]:.3f}", *[""] * len(SHARES)]
            + [f"{means_[kind]['pooled'][1]:.3f}"]
            + ["{:.3f} / {:.3f}".format(*means_[kind][m]) for m in BASELINES]
            + ["0.003 / 0.920" if (size, together) == (1500, 1) else ""]
        )
    return rows, means_


def main() -> int:
    """Exit 1 where the windows of 1,500 fall short."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--model", choices=("ngrams", "minilm"), default="ngrams")
    parser.add_argument("--results", type=Path, default=RESULTS, help="Markdown file whose section is replaced")
    given = parser.parse_args()
    if not (given.data / "llm_extraction_queries").is_dir():
        print(f"no real data at {given.data}: nothing measured")
        return 0
    queries = pl.read_parquet(given.data / "llm_extraction_queries" / "queries.parquet")
    said = vectors(queries["query"], NGRAM) if given.model == "ngrams" else embedded(queries["query"])
    found = measured(queries, [said, vectors(shapes(queries["query"]), 4)], given.seeds)
    rows, averages = summary(found)
    heads = ["windows, queries", "FPR", *(f"{share:.0%}" for share in SHARES), "TPR"]
    text = table([*heads, *(f"{m} FPR / TPR" for m in BASELINES), "published MMD"], rows)
    false, true = averages["1 x 1500"]["pooled"]
    reached = false <= ASKED[0] and true >= ASKED[1]
    verdict = (
        f"Windows of 1,500, mean of data sets and {len(given.seeds)} seeds: false positives {false:.4f} (at most "
        f"{ASKED[0]}), true positives {true:.3f} (at least {ASKED[1]}): {'yes' if reached else 'NO'}."
    )
    title = f"## Extraction attacks, by windows ({given.model})\n\n`python benchmarks/real/extraction.py`"
    keep(f"extraction-{given.model}", f"{title}\n\n{machine('polars', 'numba')}\n\n{text}\n\n{verdict}", given.results)
    print(f"\n{text}\n\n{verdict}\n")
    answer: dict[str, Any] = {"benchmark": "extraction", "model": given.model, "means": averages}
    print(json.dumps(answer))
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
