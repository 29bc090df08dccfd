"""A campaign's accounts in pieces that hang together, so that a picture of thousands stays legible.

Pieces are Leiden's communities of the strongest links (Traag, Waltman & van Eck 2019). They are a way to look at the
campaign, not findings: the build's own decisions rest on other links.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from linkage.report.model import Campaign
from linkage.report.plain import plain

#: Accounts that are drawn one by one, without pieces.
SMALL: Final = 120
#: Pieces that are shown for themselves; the accounts of smaller ones are shown together, as are those without a link.
MOST: Final = 24
#: Links of an account that group it, and that are drawn.
_GROUPING: Final = 8
_DRAWN: Final = 2

Ints = npt.NDArray[np.int64]


class Ties(NamedTuple):
    """Links as places in the campaign's list of accounts, strongest first."""

    ends: Ints  # int64[m, 2]
    bits: npt.NDArray[np.float64]


class Piece(NamedTuple):
    """Accounts that hang together; `rest`: those of all smaller pieces and without links."""

    name: str
    accounts: Ints  # places in the campaign's list: core first, the surest first
    core: int
    exchanges: int
    links: int  # between its accounts, of those that group
    rest: bool


class Pieces(NamedTuple):
    """A campaign in pieces, the largest first, and what is drawn of its links."""

    pieces: tuple[Piece, ...]
    of: Ints  # int64[n]: piece of each account
    between: tuple[tuple[int, int, int], ...]  # pieces and the links between them
    drawn: Ties


def pieces(campaign: Campaign, links: pl.DataFrame) -> Pieces:
    """The campaign's accounts in pieces. links: account_a, account_b, weight."""
    n = len(campaign.accounts)
    ties = _strongest(_coded(campaign, links), n, _GROUPING)
    whole = np.zeros(n, dtype=np.int64)
    of = whole if n <= SMALL else _merged(_leiden(n, ties), ties)
    return Pieces(
        pieces=tuple(_pieces(campaign, of, ties)),
        of=of,
        between=_between(of, ties),
        drawn=_strongest(ties, n, _GROUPING if n <= SMALL else _DRAWN),
    )


def _coded(campaign: Campaign, links: pl.DataFrame) -> Ties:
    """The links between places in the list of accounts; model and tables spell accounts differently where they are
    hostile.
    """
    place = {each.account_id: i for i, each in enumerate(campaign.accounts)}
    ids = pl.concat([links["account_a"], links["account_b"]]).unique().to_list()
    known = {each: place.get(str(plain(each))) for each in ids}
    code = pl.DataFrame(
        {"id": list(known), "place": list(known.values())}, schema={"id": pl.String, "place": pl.Int64}
    ).drop_nulls()
    both = (
        links.select("account_a", "account_b", "weight")
        .join(code.rename({"id": "account_a", "place": "a"}), on="account_a")
        .join(code.rename({"id": "account_b", "place": "b"}), on="account_b")
        .sort(["weight", "a", "b"], descending=[True, False, False], nulls_last=True)
    )
    return Ties(
        both.select("a", "b").to_numpy().astype(np.int64).reshape(-1, 2), both["weight"].fill_null(0).to_numpy()
    )


def _strongest(ties: Ties, n: int, most: int) -> Ties:
    """Links that are among the strongest of either end."""
    flat = np.repeat(np.arange(len(ties.ends)), 2)
    ends = ties.ends.reshape(-1)
    order = np.argsort(ends, kind="stable")  # ties come strongest first
    first = np.searchsorted(ends[order], np.arange(n))
    rank = np.arange(len(order)) - first[ends[order]]
    kept = np.unique(flat[order[rank < most]])
    return Ties(ties.ends[kept], ties.bits[kept])


def _leiden(n: int, ties: Ties) -> Ints:
    import igraph

    with seeded():
        graph = igraph.Graph(n=n, edges=ties.ends)
        found = graph.community_leiden("modularity", weights=np.maximum(ties.bits, 0.01).tolist(), n_iterations=4)
    return np.asarray(found.membership, dtype=np.int64)


@contextmanager
def seeded() -> Iterator[None]:
    """igraph's random numbers, the same every time while the block runs."""
    import igraph

    igraph.set_random_number_generator(random.Random(0))
    try:
        yield
    finally:
        igraph.set_random_number_generator(random)


def _merged(found: Ints, ties: Ties) -> Ints:
    """Pieces numbered from the largest; those after the largest, and accounts without a link, as one last."""
    linked = np.zeros(len(found), dtype=bool)
    linked[ties.ends.reshape(-1)] = True
    sizes = np.bincount(found, weights=linked)
    first = np.full(len(sizes), len(found))
    np.minimum.at(first, found, np.arange(len(found)))
    order = np.lexsort((first, -sizes))
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    own = rank[found]
    last = min(MOST, int((sizes > 0).sum()))
    return np.where(linked & (own < MOST), own, last)


def _pieces(campaign: Campaign, of: Ints, ties: Ties) -> Iterator[Piece]:
    inside = of[ties.ends[:, 0]] == of[ties.ends[:, 1]]
    links = np.bincount(of[ties.ends[inside, 0]], minlength=int(of.max(initial=0)) + 1)
    linked = np.zeros(len(of), dtype=bool)
    linked[ties.ends.reshape(-1)] = True
    for i in range(int(of.max(initial=0)) + 1):
        here = np.flatnonzero(of == i)
        rest = len(of) > SMALL and (i == MOST or not linked[here].any())
        members = [campaign.accounts[k] for k in here]
        yield Piece(
            name="rest" if rest else name(i),
            accounts=here,
            core=sum(each.tier == "core" for each in members),
            exchanges=sum(each.exchanges for each in members),
            links=int(links[i]),
            rest=bool(rest),
        )


def name(i: int) -> str:
    """A, B, C, …"""
    return chr(ord("A") + i) if i < 26 else f"{name(i // 26 - 1)}{name(i % 26)}"


def _between(of: Ints, ties: Ties) -> tuple[tuple[int, int, int], ...]:
    pairs = np.sort(of[ties.ends], axis=1)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    found, count = np.unique(pairs, axis=0, return_counts=True)
    return tuple((int(a), int(b), int(k)) for (a, b), k in zip(found, count, strict=True))


class Held(NamedTuple):
    """What ties the accounts of a piece: accounts by kind of evidence, and the value on most of them."""

    kinds: Mapping[str, int]
    value: tuple[str, str, int] | None  # kind, value, accounts


def held(campaign: Campaign, found: Pieces, uses: pl.DataFrame, pairwise: Sequence[str]) -> list[Held]:
    """For each piece what holds it. uses: account, kind, value, of this campaign's members."""
    ids = pl.DataFrame({"account": [each.account_id for each in campaign.accounts], "piece": found.of})
    raw = uses["account"].unique()
    ids = pl.DataFrame({"raw": raw, "account": [str(plain(each)) for each in raw]}).join(ids, on="account")
    uses = uses.rename({"account": "raw"}).join(ids.select("raw", "piece"), on="raw")
    kinds = uses.group_by("piece", "kind").agg(n=pl.col("raw").n_unique())
    values = (
        uses.filter(~pl.col("kind").is_in(pairwise))
        .group_by("piece", "kind", "value")
        .agg(n=pl.len())
        .sort(["piece", "n", "kind", "value"], descending=[False, True, False, False])
        .group_by("piece", maintain_order=True)
        .first()
    )
    of: list[dict[str, int]] = [{} for _ in found.pieces]
    for piece, kind, n in kinds.iter_rows():
        of[piece][str(plain(kind))] = n
    most = {piece: (str(plain(kind)), str(plain(value)), n) for piece, kind, value, n in values.iter_rows()}
    return [Held(kinds, most.get(i)) for i, kinds in enumerate(of)]
