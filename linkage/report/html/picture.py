"""The graph of a campaign as SVG: complete without a script; a script makes its pieces open and its accounts speak."""

from __future__ import annotations

from typing import Final

import numpy as np
from markupsafe import Markup

from linkage.report.html.pieces import SMALL, Piece, Pieces
from linkage.report.html.places import HEIGHT, WIDTH, Disc, Floats, discs, single, sunflower
from linkage.report.html.svg import dots, el, joined, shown
from linkage.report.model import Campaign

_DOTS: Final = 0.93  # of a disc's radius; its rim stays free


def picture(campaign: Campaign, found: Pieces, key: str) -> Markup:
    """The campaign's graph; `key` names it in the page."""
    n = len(campaign.accounts)
    small = n <= SMALL
    many = sum(not piece.rest for piece in found.pieces)
    said = (
        f"Graph of {n:,} accounts and the strongest links between them"
        if small
        else f"Graph of {n:,} accounts in {many:,} pieces; a line joins pieces with links between them"
    )
    return el(
        "svg",
        el("title", said),
        _accounts(campaign, found) if small else _discs(campaign, found),
        class_="drawing graph",
        id=f"{key}-svg",
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        width=WIDTH,
        height=HEIGHT,
        role="group",
        aria_labelledby=f"{key}-graph-says",
        data_drawn="accounts" if small else "pieces",
    )


def _accounts(campaign: Campaign, found: Pieces) -> Markup:
    at = single(found, len(campaign.accounts))
    core = np.array([each.tier == "core" for each in campaign.accounts], dtype=bool)
    return joined(
        [
            el("path", class_="links", d=_lines(at, found.drawn.ends)),
            el("path", class_="dots core large", d=dots(at[core])),
            el("path", class_="dots edge large", d=dots(at[~core])),
            el("path", class_="dots hollow", d=dots(at[~core])),
        ]
    )


def places(campaign: Campaign, found: Pieces) -> list[float]:
    """x, y of each account of a small campaign, one after the other, for the script."""
    return [round(float(each), 1) for each in single(found, len(campaign.accounts)).reshape(-1)]


def _discs(campaign: Campaign, found: Pieces) -> Markup:
    at = discs(found)
    most = max((k for _, _, k in found.between), default=1)
    lines = [
        el(
            "path",
            el("title", f"{found.pieces[a].name} and {found.pieces[b].name}: {k:,} links"),
            d=f"M{shown(at[a].x)} {shown(at[a].y)}L{shown(at[b].x)} {shown(at[b].y)}",
            stroke_width=1.0 + 9.0 * (k / most) ** 0.5,
        )
        for a, b, k in sorted(found.between, key=lambda each: each[2])
    ]
    drawn = [_disc(campaign, piece, disc, i) for i, (piece, disc) in enumerate(zip(found.pieces, at, strict=True))]
    return joined([el("g", *lines, class_="between"), *drawn])


def _disc(campaign: Campaign, piece: Piece, disc: Disc, i: int) -> Markup:
    middle = np.array([disc.x, disc.y])
    at = middle + sunflower(len(piece.accounts)) * disc.r * _DOTS
    core = np.array([campaign.accounts[k].tier == "core" for k in piece.accounts], dtype=bool)
    wide = min(max(0.95 * disc.r * _DOTS / max(len(piece.accounts), 1) ** 0.5, 0.8), 10.0)
    said = f"{piece.name}: {len(piece.accounts):,} accounts, {piece.core:,} of the core, {piece.links:,} links inside"
    return el(
        "g",
        el("title", said),
        el("circle", cx=disc.x, cy=disc.y, r=disc.r),
        el("path", class_="dots core", d=dots(at[core]), stroke_width=f"{wide:.2f}"),
        el("path", class_="dots edge", d=dots(at[~core]), stroke_width=f"{wide:.2f}"),
        el("text", piece.name, x=disc.x, y=disc.y - disc.r - 3, class_="label"),
        class_="piece rest" if piece.rest else "piece",
        data_piece=i,
    )


def _lines(at: Floats, ends: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> str:
    drawn = np.round(at, 1)
    return "".join(f"M{drawn[a][0]:g} {drawn[a][1]:g}L{drawn[b][0]:g} {drawn[b][1]:g}" for a, b in ends)
