"""The baseline: boosted trees on features aggregated over the neighbours of an account.

On public fraud benchmarks this beats most graph neural networks (Tang et al. 2023, "GADBench").
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from linkage.gnn.features import GROUPS
from linkage.gnn.graph import Graph

Matrix = NDArray[np.float32]


def aggregated(x: Matrix, of: Graph) -> Matrix:
    """Features beside what the neighbours' are: mean, largest, by probability, by bits of each evidence group.

    Args:
        x: float32[n, f], NaN where unknown.
        of: the graph.

    Returns:
        float32[n, f * (4 + len(GROUPS))], NaN where no neighbour says anything: as wide for any graph.
    """
    parts = [x, _mean(x, of, np.ones(len(of.to), np.float32)), _mean(x, of, of.probability), _largest(x, of)]
    parts += [_mean(x, of, of.typed[:, g]) for g in range(len(GROUPS))]
    return np.concatenate(parts, axis=1)


def _mean(x: Matrix, of: Graph, weight: NDArray[np.float32]) -> Matrix:
    """Weighted mean over neighbours that know."""
    from scipy.sparse import csr_array

    n = len(of.accounts)
    by = csr_array((weight.astype(np.float64), of.to, of.start), shape=(n, n))
    known = np.isfinite(x)
    total, mass = by @ np.where(known, x, 0.0), by @ known.astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(mass > 0, total / mass, np.nan).astype(np.float32)


def _largest(x: Matrix, of: Graph) -> Matrix:
    """Largest over neighbours that know."""
    out = np.full(x.shape, np.nan, np.float32)
    rows = np.flatnonzero(np.diff(of.start))
    for column in range(x.shape[1]):
        theirs = np.where(np.isfinite(x[:, column]), x[:, column], -np.inf)[of.to]
        best = np.maximum.reduceat(theirs, of.start[rows]) if len(rows) else np.zeros(0, np.float32)
        out[rows, column] = np.where(np.isfinite(best), best, np.nan)
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
    """Histogram gradient boosting, shallow trees: the lessons are few communities, not many accounts.

    Args:
        x: float32[n, f], NaN where unknown.
        y: int8[n], 0 or 1, both there.
        weight: float32[n].
        seed: of its random choices.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(
        learning_rate=0.1,
        max_iter=60,
        max_leaf_nodes=8,
        min_samples_leaf=20,
        l2_regularization=1.0,
        max_features=0.3,
        early_stopping=False,
        random_state=seed,
    )
    low, high = np.fmin.reduce(x, axis=0), np.fmax.reduce(x, axis=0)
    telling = np.flatnonzero(low < high)  # the rest costs time, and scikit-learn cannot bin a column of nothing
    model.fit(x[:, telling], y == 1, sample_weight=weight)
    trees = [each[0].nodes for each in model._predictors]
    root = np.concatenate(([0], np.cumsum([len(tree) for tree in trees])[:-1])).astype(np.int32)
    nodes = np.concatenate(trees)
    shift = np.repeat(root, [len(tree) for tree in trees])
    leaf = nodes["is_leaf"].astype(bool)
    return Forest(
        root,
        np.where(leaf, -1, telling[nodes["feature_idx"]]).astype(np.int32),
        nodes["num_threshold"].astype(np.float64),
        nodes["missing_go_to_left"].astype(bool),
        (nodes["left"] + shift).astype(np.int32),
        (nodes["right"] + shift).astype(np.int32),
        nodes["value"].astype(np.float64),
        np.asarray(model._baseline_prediction, np.float64).ravel(),
    )


def predict(forest: Forest, x: Matrix) -> NDArray[np.float32]:
    """float32[n]: chance of 1. x: float32[n, f] as it was fitted on."""
    odds = np.full(len(x), forest.baseline[0])
    rows = np.arange(len(x))
    for root in forest.root:
        at = np.full(len(x), root)
        while (inner := forest.feature[at] >= 0).any():
            seen = x[rows, np.maximum(forest.feature[at], 0)]
            left = np.where(np.isnan(seen), forest.unknown_left[at], seen <= forest.threshold[at])
            at = np.where(inner, np.where(left, forest.left[at], forest.right[at]), at)
        odds += forest.value[at]
    return np.asarray(1.0 / (1.0 + np.exp(-odds)), np.float32)
