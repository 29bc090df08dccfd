"""Random draws and hashes on arrays that the rest of the simulator shares."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def mixed(values: Array, salt: int = 0) -> Array:
    """Any integers -> uint64 of the same shape, scattered (splitmix64); the same value and salt, the same number."""
    with np.errstate(over="ignore"):
        out = np.asarray(values).astype(np.uint64) + np.uint64((salt * 2 + 1) % 2**64) * _GOLDEN
        out = (out ^ (out >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        out = (out ^ (out >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return out ^ (out >> np.uint64(31))


def below(values: Array, bound: Array | int, salt: int = 0) -> Array:
    """A fixed pseudo-random int64 in [0, bound) for each value."""
    return ((mixed(values, salt) >> np.uint64(1)) % np.asarray(bound).astype(np.uint64)).astype(np.int64)


def chance(values: Array, salt: int = 0) -> Array:
    """A fixed pseudo-random float64 in [0, 1) for each value."""
    return (mixed(values, salt) >> np.uint64(11)).astype(np.float64) / 2.0**53


def hexes(values: Array, digits: int = 16) -> list[str]:
    """uint64[n] -> n hexadecimal texts of up to 16 digits."""
    text = np.asarray(values).astype(">u8").tobytes().hex()
    return [text[i : i + digits] for i in range(0, len(text), 16)]


def zipf(rng: np.random.Generator, values: int, size: int, exponent: float = 1.0, offset: float = 3.0) -> Array:
    """`size` int64 ranks in [0, values), low ranks the more common."""
    weight = np.cumsum((np.arange(values) + offset) ** -exponent)
    return np.asarray(np.searchsorted(weight, rng.random(size) * weight[-1]), dtype=np.int64)


def group_sizes(rng: np.random.Generator, total: int, bounds: tuple[int, int], tail: float) -> Array:
    """Heavy-tailed int64 sizes within bounds that add up to `total` (the last group takes what is left over)."""
    low, high = bounds
    if total < low:
        return np.array([total] if total > 1 else [], dtype=np.int64)
    count = total // low + 1
    sizes = np.minimum((low * (1.0 - rng.random(count)) ** (-1.0 / tail)).astype(np.int64), high)
    ends = np.cumsum(sizes)
    sizes = sizes[: int(np.searchsorted(ends, total)) + 1]
    sizes[-1] -= int(sizes.sum()) - total
    if sizes[-1] < low and len(sizes) > 1:
        rest = int(sizes[-1])
        sizes = sizes[:-1]
        sizes[int(np.argmin(sizes))] += rest
    return np.asarray(sizes)


def normals(keys: Array, width: int, salt: int) -> Array:
    """uint64[n] -> float32[n, width], variance 1/width: the same key, the same vector, whatever else is asked for."""
    half = width // 2
    lanes = np.arange(half, dtype=np.uint64) * np.uint64(0xD6E8FEB86659FD93)
    bits = mixed(mixed(keys, salt)[:, None] ^ lanes[None, :])
    first = ((bits >> np.uint64(40)).astype(np.float32) + 0.5) / np.float32(2**24)
    angle = (bits & np.uint64(0xFFFFFF)).astype(np.float32) * np.float32(2 * np.pi / 2**24)
    length = np.sqrt(np.float32(-2.0 / width) * np.log(first))
    return np.concatenate([length * np.cos(angle), length * np.sin(angle)], axis=1).astype(np.float32)
