"""Pictures of a campaign under its filters, as inline SVG: attributes only, since the policy forbids styles."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

import numpy as np
import polars as pl
from markupsafe import Markup, escape
from numpy.typing import NDArray

from linkage.serve.catalogue import Catalogue

#: Nodes that are drawn one by one; more are drawn as groups, and as many groups at most.
NODES: Final = 400
#: Lines drawn, the strongest.
_LINES: Final = 1_200
#: Links that tell where groups lie; the strongest of a large campaign.
_LINKS: Final = 400_000
WIDTH, HEIGHT, EDGE = 760, 460, 36


@dataclass(frozen=True, slots=True)
class Graph:
    """A picture, and what it says in words."""

    svg: Markup
    text: str


def groups(of: Catalogue, campaign: int) -> pl.Series | None:
    """A number for each member of a campaign too large to be drawn one by one, by the order of `of.members`.

    Leiden on modularity over the strongest links; the smallest groups are one, the last.
    """
    members = of.members(campaign)["account"].to_numpy()
    if len(members) <= NODES:
        return None
    links = of.links(campaign).head(_LINKS)
    graph = _graph(len(members), *_places(members, links))
    weights = links["weight"].to_list() or None
    with _seeded():
        found = graph.community_leiden("modularity", n_iterations=2, weights=weights).membership
    label = np.asarray(found, np.int64)
    size = np.bincount(label)
    order = np.argsort(-size, kind="stable")
    number = np.empty(len(size), np.int64)
    number[order] = np.minimum(np.arange(len(size)), _GROUPS - 1)
    return pl.Series("group", number[label])


_GROUPS: Final = 60


def graph(members: pl.DataFrame, links: pl.DataFrame, address: Callable[[Any], str]) -> Graph:
    """The graph of the members that pass the filters.

    Args:
        members: as `narrowed` returns them; with `group`, where there are too many to be drawn one by one.
        links: likewise.
        address: an account's id, or a group's number, to where its picture leads.
    """
    if members.is_empty():
        return Graph(Markup(""), "No account passes the filters.")
    if members.height <= NODES or "group" not in members.columns:
        return _accounts(members.head(NODES), links, address, members.height)
    return _groups(members, links, address)


def _accounts(members: pl.DataFrame, links: pl.DataFrame, address: Callable[[Any], str], whole: int) -> Graph:
    shown = members["account"]
    inside = links.filter(pl.col("a").is_in(shown.implode()) & pl.col("b").is_in(shown.implode())).head(_LINES)
    a, b = _places(shown.to_numpy(), inside)
    at = _layout(members.height, a, b, inside["probability"].to_numpy())
    lines = "".join(f"M{at[i][0]:.0f} {at[i][1]:.0f}L{at[j][0]:.0f} {at[j][1]:.0f}" for i, j in zip(a, b, strict=True))
    most = float(members["exchanges"].max() or 1) or 1.0  # type: ignore[arg-type]
    dots = [
        f'<a href="{escape(address(row["account_id"]))}" tabindex="-1">'
        f'<circle class="{"core" if row["core"] else "edge"}" cx="{x:.0f}" cy="{y:.0f}" '
        f'r="{3 + 6 * (row["exchanges"] / most) ** 0.5:.1f}"><title>{escape(_short(row["account_id"]))}</title>'
        "</circle></a>"
        for row, (x, y) in zip(members.iter_rows(named=True), at, strict=True)
    ]
    few = "" if inside.height < _LINES else f", the strongest {_LINES:,} of them drawn"
    first = "" if whole == members.height else f"; the first {members.height:,} of {whole:,} are drawn"
    text = f"{whole:,} accounts and {links.height:,} links{few}{first}. A larger dot made more exchanges."
    return Graph(svg(WIDTH, HEIGHT, "graph", text, f'<path class="links" d="{lines}"/>{"".join(dots)}'), text)


def _groups(members: pl.DataFrame, links: pl.DataFrame, address: Callable[[Any], str]) -> Graph:
    named = members.select("account", "core", "group")
    sizes = named.group_by("group").agg(n=pl.len(), core=pl.col("core").sum()).sort("group")
    code = dict(zip(sizes["group"], range(sizes.height), strict=True))
    of = named.select("account", "group")
    between = (
        links.select("a", "b")
        .join(of.rename({"account": "a", "group": "from"}), on="a")
        .join(of.rename({"account": "b", "group": "to"}), on="b")
        .filter(pl.col("from") != pl.col("to"))
        .select(start=pl.min_horizontal("from", "to"), end=pl.max_horizontal("from", "to"))
        .group_by("start", "end")
        .len()
        .sort("len", "start", "end", descending=[True, False, False])
        .head(_LINES)
    )
    a = np.array([code[each] for each in between["start"]], np.int64)
    b = np.array([code[each] for each in between["end"]], np.int64)
    count = between["len"].to_numpy().astype(float)
    at = _layout(sizes.height, a, b, np.sqrt(count))
    widest = count.max() if len(count) else 1.0
    lines = "".join(
        f'<path class="links" stroke-width="{0.6 + 5 * (n / widest) ** 0.5:.1f}" '
        f'd="M{at[i][0]:.0f} {at[i][1]:.0f}L{at[j][0]:.0f} {at[j][1]:.0f}"/>'
        for i, j, n in zip(a, b, count, strict=True)
    )
    most = float(sizes["n"].max() or 1)  # type: ignore[arg-type]
    discs = []
    for (group, n, core), (x, y) in zip(sizes.iter_rows(), at, strict=True):
        r = 7 + 26 * (n / most) ** 0.5
        discs.append(
            f'<a href="{escape(address(group))}"><circle class="{"core" if core * 2 >= n else "edge"}" cx="{x:.0f}" '
            f'cy="{y:.0f}" r="{r:.1f}"><title>group {group + 1}: {n:,} accounts, {core:,} core</title></circle>'
            + (f'<text x="{x:.0f}" y="{y + 4:.0f}">{n:,}</text>' if r > 13 else "")
            + "</a>"
        )
    text = (
        f"{members.height:,} accounts in {sizes.height:,} groups that are linked most among themselves; a disc's area "
        f"is its accounts, a line's width the links between two. Follow a disc to open it."
    )
    return Graph(svg(WIDTH, HEIGHT, "graph groups", text, lines + "".join(discs)), text)


def svg(width: int, height: int, name: str, text: str, inside: str) -> Markup:
    """A picture that says what it shows; `inside` is escaped already."""
    return Markup(
        f'<svg class="drawing {name}" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="group" '
        f'aria-label="{escape(text)}">{inside}</svg>'
    )


def _short(text: str) -> str:
    shown = "".join(char if char.isprintable() else "�" for char in text[:60])
    return shown if len(text) <= 60 else shown + "…"


def _places(accounts: NDArray[Any], links: pl.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Ends of links as places among the accounts."""
    order = np.argsort(accounts, kind="stable")
    ranked = accounts[order]
    ends = [order[np.searchsorted(ranked, links[end].to_numpy())].astype(np.int64) for end in ("a", "b")]
    return ends[0], ends[1]


def _graph(nodes: int, a: NDArray[np.int64], b: NDArray[np.int64]) -> Any:
    import igraph

    return igraph.Graph(n=nodes, edges=np.column_stack([a, b]))


@contextmanager
def _seeded() -> Iterator[None]:
    """igraph's random numbers, which all threads share, from the same seed while the block runs."""
    import igraph

    with _ALONE:
        igraph.set_random_number_generator(random.Random(1))
        try:
            yield
        finally:
            igraph.set_random_number_generator(random)


_ALONE: Final = Lock()


def _layout(nodes: int, a: NDArray[np.int64], b: NDArray[np.int64], weight: NDArray[Any]) -> NDArray[np.float64]:
    """x, y within the picture: Fruchterman and Reingold (1991), from a circle, so that it is the same every time."""
    if nodes == 1:
        return np.array([[WIDTH / 2, HEIGHT / 2]])
    angle = np.linspace(0, 2 * np.pi, nodes, endpoint=False)
    start = np.column_stack([np.cos(angle), np.sin(angle)]) * nodes**0.5
    weights = np.maximum(weight.astype(float), 1e-3).tolist() if len(weight) else None
    rounds = 300 if nodes < 150 else 120
    drawn = _graph(nodes, a, b)
    with _seeded():
        found = drawn.layout_fruchterman_reingold(weights=weights, niter=rounds, seed=start.tolist(), grid="nogrid")
    at = np.array(found.coords, float)
    low, high = np.percentile(at, 1, axis=0), np.percentile(at, 99, axis=0)
    room = np.array([WIDTH - 2.0 * EDGE, HEIGHT - 2.0 * EDGE])
    spread = np.where(high - low > 1e-9, high - low, 1.0)
    return np.asarray(np.clip((at - low) / spread, 0.0, 1.0) * room + EDGE)
