"""Random traffic for the kernels that look at time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def packed(seed: int, accounts: int, exchanges: int, span: int, refused: float = 0.2) -> NDArray[np.uint64]:
    """Sorted keys of random exchanges: second, account and outcome."""
    rng = np.random.default_rng(seed)
    second = rng.integers(1_700_000_000, 1_700_000_000 + span, exchanges).astype(np.uint64)
    account = rng.integers(0, accounts, exchanges).astype(np.uint64)
    outcome = np.where(rng.random(exchanges) < refused, rng.integers(1, 3, exchanges), 0).astype(np.uint64)
    return np.sort((second << np.uint64(32)) | (account << np.uint64(2)) | outcome)


def unpacked(key: NDArray[np.uint64]) -> list[tuple[int, int, int]]:
    """second, account, outcome of each key."""
    return [(k >> 32, (k >> 2) & 0x3FFFFFFF, k & 3) for k in key.tolist()]
