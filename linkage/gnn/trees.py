"""The baseline: boosted trees on features aggregated over the neighbours of an account.

On public fraud benchmarks this beats most graph neural networks (Tang et al. 2023, "GADBench").
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from linkage.gnn.graph import Graph

Matrix = NDArray[np.float32]

#: Pieces that a column is cut into.
_BINS = 63


def aggregated(x: Matrix, of: Graph, rows: NDArray[np.int64] | None = None) -> Matrix:
    """Features beside what the neighbours' are: their mean by probability, and the largest.

    Args:
        x: float32[n, f], NaN where unknown.
        of: the graph.
        rows: int64[k]: nodes asked for; all where absent.

    Returns:
        float32[k, 3 f], NaN where no neighbour says anything.
    """
    from linkage_kernels.neighbours import summaries

    rows = np.arange(len(x)) if rows is None else rows
    return np.concatenate((x[rows], summaries(of.start, of.to, of.probability, x, rows)), axis=1)


def edges(x: Matrix) -> list[NDArray[np.float64]]:
    """Of each column, the values at which it is cut into at most `_BINS` pieces of alike many rows.

    scikit-learn would do this with weights, which took longer than all trees.

    Args:
        x: float32[n, f], NaN where unknown.
    """
    at = np.linspace(0.0, 1.0, _BINS + 1)[1:-1]
    known = (column[np.isfinite(column)] for column in x.T)
    cuts = (np.unique(np.quantile(c, at, method="lower")) if len(c) else np.zeros(0) for c in known)
    return [cut.astype(np.float64) for cut in cuts]


def pieces(x: Matrix, cuts: list[NDArray[np.float64]]) -> Matrix:
    """float32[n, f]: in which piece each value lies, NaN where unknown. At most the first cut: piece 0."""
    out = np.empty_like(x)
    for column, cut in enumerate(cuts):
        out[:, column] = np.searchsorted(cut, x[:, column].astype(np.float64), side="left")
    out[np.isnan(x)] = np.nan
    return out


class Forest(NamedTuple):
    """Boosted trees as arrays: node i goes left where its feature is at most the threshold (or unknown, if so)."""

    root: NDArray[np.int32]  # [trees]: where each tree begins
    feature: NDArray[np.int32]  # [nodes], -1 for a leaf
    threshold: NDArray[np.float64]  # [nodes]
    unknown_left: NDArray[np.bool_]  # [nodes]
    left: NDArray[np.int32]  # [nodes]
    right: NDArray[np.int32]  # [nodes]
    value: NDArray[np.float64]  # [nodes]: what a leaf adds to the log odds
    baseline: NDArray[np.float64]  # [1]


def fit(x: Matrix, y: NDArray[np.int8], weight: NDArray[np.float32], seed: int) -> Forest:
    """Histogram gradient boosting, few shallow trees: the lessons are few communities, not many accounts.

    Args:
        x: float32[n, f], NaN where unknown.
        y: int8[n], 0 or 1, both there.
        weight: float32[n].
        seed: of its random choices.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    model = HistGradientBoostingClassifier(
        learning_rate=0.15,
        max_iter=40,
        max_leaf_nodes=8,
        min_samples_leaf=20,
        l2_regularization=1.0,
        max_features=0.3,
        max_bins=_BINS,
        early_stopping=False,  # it would hold out accounts, not communities
        random_state=seed,
    )
    cuts = edges(x)
    binned = pieces(x, cuts)
    low, high = np.fmin.reduce(binned, axis=0), np.fmax.reduce(binned, axis=0)
    telling = np.flatnonzero(low < high)  # the rest costs time, and scikit-learn cannot bin a column of nothing
    with threadpool_limits(1):  # scikit-learn cuts its sums of gradients by threads
        model.fit(binned[:, telling], y == 1, sample_weight=weight)
    trees = [each[0].nodes for each in model._predictors]
    root = np.concatenate(([0], np.cumsum([len(tree) for tree in trees])[:-1])).astype(np.int32)
    nodes = np.concatenate(trees)
    shift = np.repeat(root, [len(tree) for tree in trees])
    leaf = nodes["is_leaf"].astype(bool)
    feature = np.where(leaf, -1, telling[nodes["feature_idx"]]).astype(np.int32)
    # A node that asks only whether a feature is known has no cut: its threshold is infinite.
    threshold = [
        cuts[column][int(at)] if column >= 0 and at < len(cuts[column]) else at
        for column, at in zip(feature, nodes["num_threshold"], strict=True)
    ]
    return Forest(
        root,
        feature,
        np.array(threshold, np.float64),
        nodes["missing_go_to_left"].astype(bool),
        (nodes["left"] + shift).astype(np.int32),
        (nodes["right"] + shift).astype(np.int32),
        nodes["value"].astype(np.float64),
        np.asarray(model._baseline_prediction, np.float64).ravel(),
    )


def predict(forest: Forest, x: Matrix) -> NDArray[np.float32]:
    """float32[n]: chance of 1. x: float32[n, f] as it was fitted on."""
    from linkage_kernels.forest import leaves

    odds = forest.baseline[0] + leaves(x, *forest[:-1])
    return np.asarray(1.0 / (1.0 + np.exp(-odds)), np.float32)
