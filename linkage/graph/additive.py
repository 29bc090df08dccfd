"""Bits that add up: the columns of a link after the caps, so that a link's weight is their sum, to the last digit."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

#: Bits are kept in whole steps of this many to a bit: sums of such numbers are exact in Float32, in any order.
STEPS: Final = 1024.0
_ROWS: Final = 1 << 16


def add_up(bits: NDArray[np.float32], group: NDArray[np.int32], cap: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale each pair's channels down to their group's cap, in place, and add them up.

    Args:
        bits: float32[p, c], bits by channel before the caps; afterwards each channel's part of the weight, in steps of
            1 / `STEPS` bits rounded up, so that a pair which reached a threshold stays over it.
        group: int32[c], 0..g-1.
        cap: float32[g], most bits a group adds.

    Returns:
        float32[p]: the sum over the channels. It exceeds the caps by less than c / `STEPS` bits.
    """
    weight = np.empty(len(bits), np.float32)
    for first in range(0, len(bits), _ROWS):
        rows = bits[first : first + _ROWS].astype(np.float64)
        for g, most in enumerate(cap.tolist()):
            inside = group == g
            total = rows[:, inside].sum(axis=1)
            over = total > most
            if over.any():
                rows[np.ix_(over, inside)] *= (most / total[over])[:, None]
        np.ceil(rows * STEPS - 1e-3, out=rows)
        rows /= STEPS
        bits[first : first + _ROWS] = rows
        weight[first : first + _ROWS] = rows.sum(axis=1)
    return weight
