from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from linkage.gnn.compare import bits, blended, gain, held_out, score, winner
from linkage.gnn_settings import GnnSettings

SETTINGS = GnnSettings(margin=0.01)


LABEL = np.array([1, 1, 0, 0, 0, 0, 0, 0], np.int8)
EVEN = np.ones(8, np.float32)
COMMUNITY = np.arange(8, dtype=np.int32) // 2


def sure(by: float) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Suspicion that ranks all rightly, the surer the larger `by`."""
    return np.where(LABEL == 1, 0.5 + by, 0.5 - by)


def reversed_ranks(by: float) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The same, but one honest account is above all others, by little."""
    out = sure(by)
    out[7] = 0.501 + by
    return out


@pytest.mark.parametrize(
    ("trees", "encoder", "wins"),
    [
        (sure(0.3), sure(0.3), "none"),
        (sure(0.301), sure(0.301), "none"),  # below the margin
        (sure(0.4), sure(0.4), "trees"),
        (sure(0.4), sure(0.35), "trees"),
        (sure(0.4), sure(0.401), "encoder"),  # a margin over none is asked for, not over other models
        (reversed_ranks(0.49), reversed_ranks(0.49), "none"),  # neither may rank worse
        (sure(0.2), sure(0.4), "encoder"),
    ],
)
def test_a_model_wins_over_none_by_a_margin_and_ties_go_to_the_simpler(trees: Any, encoder: Any, wins: str) -> None:
    held = {"none": sure(0.3), "trees": trees, "encoder": encoder}
    assert winner(held, LABEL, EVEN, COMMUNITY, SETTINGS) == wins


def test_a_gain_in_one_community_alone_wins_nothing() -> None:
    trees = sure(0.3)
    trees[:2] = 0.99
    by, error = gain(sure(0.3), trees, LABEL, EVEN, COMMUNITY)
    assert by > 0.05
    assert by == pytest.approx(error)
    assert winner({"none": sure(0.3), "trees": trees}, LABEL, EVEN, COMMUNITY, SETTINGS) == "none"


def test_the_error_of_a_gain_is_that_of_drawing_communities_anew() -> None:
    rng = np.random.default_rng(0)
    community = np.repeat(np.arange(200), rng.integers(1, 9, 200)).astype(np.int32)
    label = (rng.random(200) < 0.3)[community].astype(np.int8)
    one, other = (
        np.clip(0.5 + rng.normal(0.2, 0.2, 200)[community] * np.where(label, 1, -1), 0.01, 0.99) for _ in "ab"
    )
    weight = np.ones(len(label), np.float32)
    _, error = gain(one, other, label, weight, community)
    again = []
    for _ in range(400):
        at = np.concatenate([np.flatnonzero(community == c) for c in rng.integers(0, 200, 200)])
        again.append(gain(one[at], other[at], label[at], weight[at], community[at])[0])
    assert error == pytest.approx(np.std(again), rel=0.2)


def test_trust_is_chosen_on_other_parts() -> None:
    # In each part a model is right where it is wrong in the other: chosen where it is used, trust would look good.
    label = np.array([1, 0] * 20, np.int8)
    part = np.repeat([0, 1], 20)
    said = np.where((label == 1) == (part == 0), 4.0, -4.0)
    suspicion, inside = np.where(label == 1, 0.6, 0.4), np.ones(40, bool)
    settings = GnnSettings(trust=(0.0, 1.0))
    held, _ = held_out(suspicion, said, inside, label, np.ones(40, np.float32), part, 0.5, settings)
    assert np.array_equal(held[part == 0], suspicion[part == 0])  # part 1 advised against
    assert not np.array_equal(held[part == 1], suspicion[part == 1])  # part 0 advised for


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
    ranks = blended(suspicion, said, inside, 0.5, 1.0, 6.0, members=False)
    assert ranks[0] == 0.9  # a member stays as he was
    assert ranks[4] == 0.8
    assert 0.1 < ranks[1] < 0.5  # and nobody becomes one


def test_what_rules_hold_against_an_account_is_bounded_and_no_rank_is_lost() -> None:
    suspicion, said = np.array([1e-6, 1e-4, 1e-4, 1e-4]), np.array([6.0, -6.0, 3.0, 9.0])
    new = blended(suspicion, said, np.zeros(4, bool), 0.5, 1.0, 6.0)
    assert new[0] > new[2] > new[1]
    assert (new < 0.5).all()
    assert new[0] == new[3]  # neither is held more than six bits, nor given more
    assert new[0] == pytest.approx(0.99 * 0.5 * 0.5)


def test_bits_are_against_how_common_guilt_was() -> None:
    assert bits(np.array([0.2], np.float32), 0.2) == pytest.approx(0.0)
    assert bits(np.array([0.8], np.float32), 0.2) == pytest.approx(4.0)
