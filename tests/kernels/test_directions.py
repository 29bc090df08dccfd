"""Narrowed rows: the angles between them are nearly those of the rows."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from linkage_kernels.directions import WIDTH, likely, narrow

Floats = NDArray[np.float32]


def pairs(rows: int, width: int, cosine: float) -> tuple[Floats, Floats]:
    """Unit rows and others at this cosine from them."""
    rng = np.random.default_rng(width)
    one, off = rng.standard_normal((2, rows, width))
    one /= np.linalg.norm(one, axis=1)[:, None]
    off -= np.einsum("ij,ij->i", one, off)[:, None] * one
    off /= np.linalg.norm(off, axis=1)[:, None]
    other = cosine * one + (1 - cosine**2) ** 0.5 * off
    return one.astype(np.float32), other.astype(np.float32)


@pytest.mark.parametrize("width", [4, 64])
def test_narrow_rows_stay_as_they_are(width: int) -> None:
    unit = np.ones((3, width), np.float32)
    assert narrow(unit) is unit
    assert likely(0.85, width, 2.0) == 0.85


@pytest.mark.parametrize("width", [1, 7])
def test_a_multiple_of_four_is_made_with_zeros(width: int) -> None:
    unit = np.ones((3, width), np.float32)
    np.testing.assert_array_equal(narrow(unit), np.pad(unit, ((0, 0), (0, -width % 4))))


@pytest.mark.slow
@pytest.mark.parametrize("width", [66, 384])
@pytest.mark.parametrize("deviations", [0.0, 1.0, 2.0])
def test_as_many_pairs_fall_short_as_deviations_say(width: int, deviations: float) -> None:
    one, other = pairs(1500, width, 0.85)
    a, b = narrow(one), narrow(other)
    assert a.shape == (1500, WIDTH)
    np.testing.assert_allclose(np.linalg.norm(a, axis=1), 1.0, atol=1e-5)
    short = float(np.mean(np.einsum("ij,ij->i", a, b) < likely(0.85, width, deviations)))
    chance = {0.0: 0.5, 1.0: 0.16, 2.0: 0.02}[deviations]
    assert short == pytest.approx(chance, abs=0.06) if width == 384 else short <= chance


def test_a_row_becomes_the_same_wherever_it_stands_and_zeros_stay() -> None:
    unit = np.random.default_rng(0).standard_normal((50, 100)).astype(np.float32)
    unit[3] = 0.0
    np.testing.assert_array_equal(narrow(unit)[7:12], narrow(unit[7:12].copy()))
    assert not narrow(unit)[3].any()
