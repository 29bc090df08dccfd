"""Products in whole numbers against those of the rows themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numba import njit
from numpy.typing import NDArray

from linkage_kernels.lanes import LANES, ROWS, SCALE, ahead, at_least, products, reaching, slack
from linkage_kernels.routes import route


@njit
def _multiplied(q, first, tile, begin, out):  # type: ignore[no-untyped-def]
    ahead(q, first)
    products(q, first, tile, begin, out)


@njit
def _reached(q, first, tile, begin, least, out):  # type: ignore[no-untyped-def]
    reaching(q, first, tile, begin, least, out)


def whole(rows: int, width: int, seed: int) -> NDArray[np.int16]:
    """Rows of length `SCALE`, of which the first is along one dimension."""
    unit = np.random.default_rng(seed).standard_normal((rows, width))
    unit[0] = np.arange(width) == 0
    unit *= SCALE / np.linalg.norm(unit, axis=1)[:, None]
    return np.floor(unit + 0.5).astype(np.int16)


@pytest.mark.parametrize("width", [4, 12, 64])
@pytest.mark.parametrize("begin", [0, 1])
def test_products_are_exact(width: int, begin: int) -> None:
    rows, columns = whole(2 * ROWS, width, 1), whole(LANES, width, 2)
    tile = np.concatenate([[np.int16(7)] * begin, columns.reshape(LANES, -1, 2).transpose(1, 0, 2).ravel()])
    found, bits = np.zeros(ROWS * LANES, np.int32), np.zeros(ROWS, np.uint32)
    given: tuple[Any, ...] = (rows.view(np.int32), ROWS - 2, tile.astype(np.int16), begin)
    _multiplied(*given, found)
    wanted = rows[ROWS - 2 : 2 * ROWS - 2].astype(np.int64) @ columns.T.astype(np.int64)
    np.testing.assert_array_equal(found.reshape(ROWS, LANES), wanted)
    least = int(np.median(wanted))
    _reached(*given, least, bits)
    np.testing.assert_array_equal((bits[:, None] >> np.arange(LANES, dtype=np.uint32)) & 1, wanted >= least)


def test_no_product_of_rows_of_length_one_leaves_32_bits() -> None:
    rows = np.repeat(whole(1, 4, 0), 2 * ROWS, axis=0)
    tile, found = np.repeat(rows[:1].reshape(-1, 1, 2), LANES, axis=1).ravel(), np.zeros(ROWS * LANES, np.int32)
    _multiplied(rows.view(np.int32), 0, tile, 0, found)
    assert (found == SCALE**2).all()


@pytest.mark.parametrize("width", [4, 64])
def test_rounding_costs_less_than_is_left_for_it(width: int) -> None:
    unit = np.random.default_rng(0).standard_normal((400, width))
    unit /= np.linalg.norm(unit, axis=1)[:, None]
    rounded = np.floor(unit * SCALE + 0.5)
    assert np.abs(rounded @ rounded.T / SCALE**2 - unit @ unit.T).max() < slack(width)
    assert (rounded @ rounded.T >= at_least(0.5, width))[unit @ unit.T >= 0.5].all()


def test_a_row_is_led_to_its_nearest_leaves() -> None:
    rng = np.random.default_rng(3)
    rows, leaves = (rng.standard_normal((many, 8)).astype(np.float32) for many in (20, 70))
    rows[4] = 0.0
    leaves /= np.linalg.norm(leaves, axis=1)[:, None]
    rows[np.arange(20) != 4] /= np.linalg.norm(rows[np.arange(20) != 4], axis=1)[:, None]
    cells, cosines = np.empty((20, 5), np.int32), np.empty((20, 5), np.float32)
    route(rows, leaves, np.float32(0.2), cells, cosines)
    cosine = rows @ leaves.T
    for row in range(20):
        order = np.argsort(-cosine[row], kind="stable")[:5]
        order = order[cosine[row, order] >= cosine[row].max() - 0.2] if row != 4 else order[:0]
        assert cells[row].tolist() == [*order, *[-1] * (5 - len(order))]
        np.testing.assert_allclose(cosines[row, : len(order)], cosine[row, order], atol=slack(8))
        assert (cosines[row, len(order) :] == -2.0).all()
