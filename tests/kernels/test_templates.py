"""Templates: what near-duplicates have in common, and what must not become one."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from linkage_kernels import near
from linkage_kernels.templates import templates
from tests.kernels.test_near import clustered

Floats = NDArray[np.float32]


def naive(unit: Floats, threshold: float) -> NDArray[np.int64]:
    """Star clustering by the book: exemplar of each row, -1 for rows alone."""
    cosine = unit @ unit.T
    near_by = (cosine >= threshold) & (np.abs(unit).sum(1) > 0)[:, None]
    np.fill_diagonal(near_by, False)
    degree, leader = near_by.sum(1), np.full(len(unit), -1)
    for row in sorted(range(len(unit)), key=lambda r: (-degree[r], r)):
        if leader[row] < 0 and degree[row] > 0:
            leader[row] = row
            leader[near_by[row] & (leader < 0)] = row
    alone = np.bincount(leader[leader >= 0], minlength=len(unit)) < 2
    leader[(leader >= 0) & alone[leader]] = -1
    return leader


def exemplars(unit: Floats, threshold: float = 0.85) -> NDArray[np.int64]:
    found = templates(unit, threshold)
    return np.where(found.template >= 0, found.exemplar[found.template], -1)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_stars_as_by_the_book(seed: int) -> None:
    unit = clustered(180, 12, seed, noise=0.15)
    np.testing.assert_array_equal(exemplars(unit), naive(unit, 0.85))


def test_a_chain_is_not_one_template() -> None:
    angle = np.linspace(0, np.pi, 40)
    unit = np.column_stack((np.cos(angle), np.sin(angle))).astype(np.float32)
    found = templates(unit, 0.85)
    assert len(found.exemplar) > 2
    cosine = np.einsum("ij,ij->i", unit, unit[found.exemplar[found.template]])
    assert (cosine[found.template >= 0] >= 0.85 - 1e-6).all()


def test_equal_prompts_are_one_template_whatever_their_number() -> None:
    unit = np.vstack((np.tile([0.6, 0.8, 0.0], (500, 1)), np.eye(3))).astype(np.float32)
    found = templates(unit, 0.85)
    assert found.template.tolist() == [0] * 500 + [-1] * 3
    assert found.distinct == 4


def test_zero_rows_have_no_template() -> None:
    unit = np.zeros((6, 4), np.float32)
    unit[4:] = 0.5
    assert templates(unit, 0.85).template.tolist() == [-1, -1, -1, -1, 0, 0]


def test_nothing_gives_nothing() -> None:
    assert templates(np.zeros((0, 8), np.float32), 0.85).template.shape == (0,)


@pytest.mark.slow
def test_a_neighbourhood_cut_into_cells_is_one_template(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near, "_LARGEST", 32)
    monkeypatch.setattr(near, "_FEW", 0)
    rng = np.random.default_rng(0)
    unit = np.ones((6000, 16), np.float32) + 1e-3 * rng.standard_normal((6000, 16)).astype(np.float32)
    unit /= np.linalg.norm(unit, axis=1)[:, None]
    found = templates(unit, 0.85)
    assert len(found.exemplar) == 1
    assert (found.template == 0).all()


@pytest.mark.slow
def test_one_prompt_a_million_times() -> None:
    unit = np.tile(np.full(16, 0.25, np.float32), (1_000_000, 1))
    found = templates(unit, 0.85)
    assert len(found.exemplar) == 1
    assert found.pairs == 0
