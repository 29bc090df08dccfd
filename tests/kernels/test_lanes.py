"""Products in whole numbers against those of the rows themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numba import njit
from numpy.typing import NDArray

from linkage_kernels.lanes import LANES, ROWS, SCALE, ahead, among, at_least, raising, reaching, slack
from linkage_kernels.routes import route


@njit
def _multiplied(q, first, tile, begin, out):  # type: ignore[no-untyped-def]
    ahead(q, first)
    raising(q, first, tile, begin, out, 0, out.copy(), 0)


@njit
def _reached(q, first, tile, begin, least, out):  # type: ignore[no-untyped-def]
    reaching(q, first, tile, begin, least, out)


@njit
def _raised(q, first, tile, begin, out, place, best, at):  # type: ignore[no-untyped-def]
    raising(q, first, tile, begin, out, place, best, at)


@njit
def _chosen(out, place, least, at, bits):  # type: ignore[no-untyped-def]
    among(out, place, least, at, bits)


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


def test_products_raise_the_best_and_are_found_among_them() -> None:
    rows, columns = whole(2 * ROWS, 12, 1), whole(LANES, 12, 2)
    tile = columns.reshape(LANES, -1, 2).transpose(1, 0, 2).ravel()
    wanted = rows[ROWS:].astype(np.int64) @ columns.T.astype(np.int64)
    before = np.random.default_rng(3).permutation(wanted.ravel()).astype(np.int32)
    best, out = np.concatenate([[7, 7], before, [7]]).astype(np.int32), np.full(ROWS * LANES + 4, 9, np.int32)
    _raised(rows.view(np.int32), ROWS, tile, 0, out, 3, best, 2)
    np.testing.assert_array_equal(out, [9] * 3 + wanted.ravel().tolist() + [9])
    np.testing.assert_array_equal(best, [7, 7, *np.maximum(before, wanted.ravel()), 7])
    least, bits = np.concatenate([[0], np.median(wanted, axis=1)]).astype(np.int32), np.zeros(ROWS, np.uint32)
    _chosen(out, 3, least, 1, bits)
    reached = (bits[:, None] >> np.arange(LANES, dtype=np.uint32)) & 1
    np.testing.assert_array_equal(reached, wanted >= least[1:, None])


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


@pytest.mark.parametrize(("many", "count", "keep"), [(20, 70, 5), (50, 1700, 12), (7, 1, 2)])
def test_a_row_is_led_to_its_nearest_leaves(many: int, count: int, keep: int) -> None:
    rng = np.random.default_rng(3)
    rows, leaves = (rng.standard_normal((of, 8)).astype(np.float32) for of in (many, count))
    # Numbers of few bits are rounded the same in float32 and in float64.
    leaves, rows = (np.floor(of / np.linalg.norm(of, axis=1)[:, None] * 256) / 256 for of in (leaves, rows))
    leaves, rows = leaves.astype(np.float32), rows.astype(np.float32)
    # The nearest of one row comes late, after many that are near until then.
    leaves[-1] = rows[5]
    rows[4] = 0.0
    cells, cosines = np.empty((many, keep), np.int32), np.empty((many, keep), np.float32)
    route(rows, leaves, np.float32(0.2), cells, cosines)
    a, b = (np.floor(of * np.float32(SCALE) + np.float32(0.5)).astype(np.int64) for of in (rows, leaves))
    product = (a @ b.T).astype(np.float32) * np.float32(1.0 / SCALE**2)
    np.testing.assert_allclose(product, rows @ leaves.T, atol=slack(8))
    for row in range(many):
        order = np.argsort(-product[row], kind="stable")[:keep]
        order = order[product[row, order] >= product[row].max() - 0.2] if row != 4 else order[:0]
        assert cells[row].tolist() == [*order, *[-1] * (keep - len(order))]
        assert cosines[row, : len(order)].tolist() == product[row, order].tolist()
        assert (cosines[row, len(order) :] == -2.0).all()
