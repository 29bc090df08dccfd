"""Where pieces and accounts stand in the picture: numbers in, coordinates out, the same every time."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from linkage.report.html.pieces import Pieces, Ties, seeded

WIDTH: Final = 960
HEIGHT: Final = 560
_EDGE: Final = 18
_RIM: Final = 24
_GAP: Final = 14.0
_GOLDEN: Final = np.pi * (3 - np.sqrt(5))

Floats = npt.NDArray[np.float64]


class Disc(NamedTuple):
    """A piece's place."""

    x: float
    y: float
    r: float


def single(found: Pieces, n: int) -> Floats:
    """float64[n, 2]: accounts drawn one by one, by Fruchterman and Reingold (1991)."""
    even = Ties(found.drawn.ends, np.ones(len(found.drawn.ends)))
    at = _spread(n, even)
    if n < 2:
        at += np.array([WIDTH / 2, HEIGHT / 2])
        return at
    at -= at.min(axis=0)
    at *= (np.array([WIDTH, HEIGHT]) - 2 * _RIM) / np.maximum(at.max(axis=0), 1e-9)
    at += _RIM
    return at


def discs(found: Pieces) -> list[Disc]:
    """Pieces as discs whose areas are as their accounts, linked ones near one another, none on another."""
    n = len(found.pieces)
    count = np.array([len(piece.accounts) for piece in found.pieces], dtype=np.float64)
    r = np.sqrt(count / count.sum()) * 190 + 6
    pairs = np.array([(a, b) for a, b, _ in found.between], dtype=np.int64).reshape(-1, 2)
    links = np.log2(1.0 + np.array([k for _, _, k in found.between], dtype=np.float64))
    at = _spread(n, Ties(pairs, links))
    span = np.ptp(at, axis=0).max() if n > 1 else 1.0
    at = (at - at.mean(axis=0)) / max(span, 1e-9) * 700 * np.array([1.0, 0.62])
    at, scale = _fitted(_apart(at, r), r)
    return [Disc(float(x), float(y), float(each * scale)) for (x, y), each in zip(at, r, strict=True)]


def sunflower(n: int) -> Floats:
    """float64[n, 2]: points spread evenly over the unit disc, the first in its middle (Vogel 1979)."""
    i = np.arange(n)
    r, turn = np.sqrt((i + 0.5) / max(n, 1)), i * _GOLDEN
    return np.column_stack([r * np.cos(turn), r * np.sin(turn)])


def _spread(n: int, ties: Ties) -> Floats:
    import igraph

    if n == 0:
        return np.zeros((0, 2))
    turn = np.arange(n) * 2 * np.pi / n
    start = np.column_stack([np.cos(turn), np.sin(turn)]) * np.sqrt(n)
    with seeded():
        graph = igraph.Graph(n=n, edges=ties.ends)
        weights = np.maximum(ties.bits, 0.1).tolist()
        placed = graph.layout_fruchterman_reingold(weights=weights, niter=400, seed=start.tolist(), grid=False)
    return np.asarray(placed.coords, dtype=np.float64).reshape(-1, 2)


def _apart(at: Floats, r: Floats) -> Floats:
    """The discs moved until none lies on another, and drawn to the middle meanwhile."""
    at = at.copy()
    for turn in range(400):
        if turn < 300:
            at *= 0.985
        way = at[:, None] - at[None]
        far = np.sqrt((way**2).sum(axis=2)) + np.eye(len(at))
        over = np.maximum(r[:, None] + r[None] + _GAP - far, 0.0)
        np.fill_diagonal(over, 0.0)
        at += (way / far[:, :, None] * over[:, :, None] * 0.35).sum(axis=1)
    return at


def _fitted(at: Floats, r: Floats) -> tuple[Floats, float]:
    """Moved and scaled so that all lies within the picture; the scale of lengths beside it."""
    if not len(at):
        return at, 1.0
    low, high = (at - r[:, None]).min(axis=0), (at + r[:, None]).max(axis=0)
    room = np.array([WIDTH - 2 * _EDGE, HEIGHT - 2 * _EDGE])
    span = np.maximum(high - low, 1e-9)
    scale = float((room / span).min())
    middle = np.array([WIDTH / 2, HEIGHT / 2])
    return (at - (low + high) / 2) * scale + middle, scale
