from __future__ import annotations

import numpy as np
import pytest

from linkage.gnn.compare import Score, bits, blended, score, winner
from linkage.gnn_settings import GnnSettings

SETTINGS = GnnSettings(margin=0.01)


@pytest.mark.parametrize(
    ("trees", "encoder", "wins"),
    [
        (Score(0.9, 0.20), Score(0.9, 0.20), "none"),
        (Score(0.9, 0.195), Score(0.9, 0.195), "none"),  # below the margin
        (Score(0.9, 0.10), Score(0.9, 0.095), "trees"),  # the encoder's gain over the trees is below it
        (Score(0.9, 0.10), Score(0.95, 0.05), "encoder"),
        (Score(0.5, 0.10), Score(0.5, 0.05), "none"),  # neither may rank worse
        (Score(0.9, 0.30), Score(0.9, 0.15), "encoder"),
    ],
)
def test_a_model_wins_by_a_margin_and_ties_go_to_the_simpler(trees: Score, encoder: Score, wins: str) -> None:
    assert winner({"none": Score(0.9, 0.20), "trees": trees, "encoder": encoder}, SETTINGS) == wins


def test_average_precision_is_that_of_scikit_learn() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(0)
    suspicion, weight = np.round(rng.random(300), 2), rng.random(300).astype(np.float32)
    label = rng.integers(-1, 2, 300).astype(np.int8)
    known = label >= 0
    found = score(suspicion, label, weight)
    wanted = metrics.average_precision_score(label[known], suspicion[known], sample_weight=weight[known])
    assert found.average_precision == pytest.approx(wanted)
    loss = metrics.log_loss(label[known], suspicion[known].clip(1e-6, 1 - 1e-6), sample_weight=weight[known])
    assert found.log_loss == pytest.approx(loss / np.log(2))


def test_a_model_moves_members_but_makes_no_campaign() -> None:
    said = np.array([-20.0, 20.0, 20.0, -20.0, 3.0])
    inside = np.array([True, True, False, False, False])
    suspicion = np.array([0.9, 0.1, 0.1, 0.1, 0.8])
    new = blended(suspicion, said, inside, 0.5, 1.0, 6.0)
    assert new[0] < 0.5 < new[1]
    assert 0.1 < new[2] < 0.5
    assert new[3] < 0.1
    assert new[4] <= 0.8


def test_bits_are_against_how_common_guilt_was() -> None:
    assert bits(np.array([0.2], np.float32), 0.2) == pytest.approx(0.0)
    assert bits(np.array([0.8], np.float32), 0.2) == pytest.approx(4.0)
