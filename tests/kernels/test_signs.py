"""Signs: rows differ in as many as the angle between them says."""

from __future__ import annotations

import numpy as np
import pytest

from linkage_kernels.signs import COUNT, flips, signs, table


@pytest.mark.parametrize("width", [1, 3, 64, 65, 300])
def test_signs_differ_as_the_angle_says(width: int) -> None:
    rng = np.random.default_rng(width)
    one = rng.standard_normal((40, width)).astype(np.float32)
    other = one + 0.5 * rng.standard_normal((40, width)).astype(np.float32)
    cosine = np.einsum("ij,ij->i", one, other) / np.linalg.norm(one, axis=1) / np.linalg.norm(other, axis=1)
    differ = np.bitwise_count(signs(one) ^ signs(other)).sum(axis=1)
    assert abs(differ.mean() - 128 * np.arccos(np.clip(cosine, -1, 1)).mean() / np.pi) < 6


def test_a_row_has_the_same_signs_wherever_it_stands() -> None:
    unit = np.random.default_rng(0).standard_normal((50, 20)).astype(np.float32)
    np.testing.assert_array_equal(signs(unit)[7:12], signs(unit[7:12].copy()))


def test_zeros_have_no_sign() -> None:
    assert not signs(np.zeros((3, 5), np.float32)).any()


def test_fewer_signs_may_differ_the_smaller_the_angle() -> None:
    allowed = table(0.01)
    assert allowed.shape == (257,)
    assert (np.diff(allowed) <= 0).all()
    assert allowed[-1] == 0
    assert allowed[0] == COUNT
    # Of rows at a right angle half of the signs differ, and the 99th percentile of a binomial distribution is this.
    assert allowed[128] == 147
    assert (table(1e-5) >= allowed).all()


def test_every_lane_has_the_same_flips() -> None:
    lanes = flips(64).reshape(4, 2, 64, 16)
    assert set(np.unique(lanes)) == {-1.0, 1.0}
    assert (lanes == lanes[..., :1]).all()
