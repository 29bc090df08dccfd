"""Campaigns that public prompts alone hold together, told apart by what each writes that nobody else does."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.campaigns import content, ties
from linkage.campaigns.view import View
from linkage.settings import CampaignSettings
from linkage_kernels.pieces import components

#: Evidence groups that links between parts are not asked for: prompts count as templates, addresses as pools.
_ELSEWHERE = frozenset({ties.CONTENT, "network"})
#: Two parts are one from this share of the own templates of the one that has fewer.
_COMMON = 0.25
#: Users a template needs in a part to be in common, and the share of all its users that both parts must be.
_USERS, _INSIDE = 2, 0.5
#: A part is of a pool if most of its accounts are.
_MOST = 0.5

Rows = NDArray[np.int64]
#: Parts of one community that one operator runs, `a` before `b`.
_SAME = {"a": pl.Int64, "b": pl.Int64}


class _Links(NamedTuple):
    """Links inside the communities in question, between parts 0..parts-1."""

    parts: int
    source: Rows  # [m]
    target: Rows  # [m]
    otherwise: NDArray[np.float64]  # [m] bits of other evidence than prompts and addresses
    probability: NDArray[np.float64]  # [m]


def apart(
    memberships: pl.DataFrame, judged: pl.DataFrame, links: pl.DataFrame, view: View, settings: CampaignSettings
) -> pl.DataFrame:
    """Make each campaign in a suspected community a community of its own.

    In a small log one prompt that everybody uses makes links, and modularity puts campaigns into one community. A part
    *stands* where `min_accounts` of its accounts write templates of the part's own, and other evidence than prompts and
    addresses is found inside. Two standing parts are one
    operator's if they have a fair share of such templates in common (public ones do not count: most users of a template
    are of the two), if such evidence ties them as it would if they were mixed (`apart_flow`), if most accounts of both
    are of one pool, or if people enforced both as one campaign. Standing parts that no chain of these holds together
    part; each other part goes where most of its links to them lead.

    Args:
        memberships: MEMBERSHIPS.
        judged: community, suspect.
        links: LINKS with a column of bits for each channel.
        view: templates, pools, channels and decisions. Without templates nothing parts.
        settings: `min_accounts` and `apart_flow`.

    Returns:
        MEMBERSHIPS. The largest piece of a community keeps its number, the others get new ones.
    """
    suspect = pl.col("community").is_in(judged.filter("suspect")["community"].implode())
    inside = memberships.filter(suspect & (pl.col("part").n_unique().over("community") > 1))
    if view.content is None or inside.is_empty():
        return memberships
    between = _between(inside, links, view)
    stands = _standing(inside, view.content, between, settings.min_accounts)
    standing = np.zeros(between.parts, np.bool_)
    standing[stands["part"].to_numpy()] = True
    same = pl.concat(
        [
            _by_templates(inside, view.content, stands),
            _by_links(between, settings.apart_flow),
            _by_pool(inside, view.crowds),
            _by_decision(inside, view),
        ]
    ).to_numpy()
    same = same[standing[same].all(axis=1)]
    label = components(between.parts, same[:, 0], same[:, 1])
    return _renumbered(memberships, inside, _followed(label, standing, between))


def _standing(inside: pl.DataFrame, wrote: content.Content, between: _Links, least: int) -> pl.DataFrame:
    """community, part, own (templates) of the parts that stand."""
    has_other = np.flatnonzero(_within(between))
    return (
        content.own_uses(inside.lazy().select("account", community="part"), wrote)
        .group_by(part="community")
        .agg(own=pl.col("template").n_unique(), users=pl.col("account").n_unique())
        .filter((pl.col("users") >= least) & pl.col("part").is_in(has_other))
        .join(inside.select("community", "part").unique(), on="part")
        .select("community", "part", "own")
    )


def _between(inside: pl.DataFrame, links: pl.DataFrame, view: View) -> _Links:
    """The links whose accounts are of one of the communities."""
    a, b = links["account_a"].to_numpy(), links["account_b"].to_numpy()
    account = inside["account"].to_numpy()
    part = np.full(max(int(account.max()), int(b.max(initial=0))) + 1, -1, np.int64)
    group = part.copy()
    part[account], group[account] = inside["part"].to_numpy(), inside["community"].to_numpy()
    kept = np.flatnonzero((group[a] >= 0) & (group[a] == group[b]))
    here = links[kept]
    said = [bits for name, bits in ties.by_group(view.channels).items() if name not in _ELSEWHERE]
    bits = here.select(bits=pl.sum_horizontal(said))["bits"].to_numpy() if said else np.zeros(len(kept))
    return _Links(
        int(part.max()) + 1,
        part[a[kept]],
        part[b[kept]],
        bits.astype(np.float64),
        here["probability"].to_numpy().astype(np.float64),
    )


def _by_templates(inside: pl.DataFrame, wrote: content.Content, stands: pl.DataFrame) -> pl.DataFrame:
    """Pairs of standing parts with templates in common that few others use."""
    uses = wrote.uses if "everywhere" in wrote.uses.columns else content.candidates(wrote, wrote.uses)
    each = (
        uses.join(inside.select("account", "part"), on="account")
        .group_by("part", "template", "everywhere")
        .agg(users=pl.len())
        .filter(pl.col("users") >= _USERS)
        .join(stands, on="part")
    )
    # One of two parts that hold most users of a template holds half of these: few parts do.
    major = each.filter(2 * pl.col("users") >= _INSIDE * pl.col("everywhere"))
    both = major.join(each, on=["community", "template"], suffix="_b").filter(pl.col("part") != pl.col("part_b"))
    found = (
        both.filter(pl.col("users") + pl.col("users_b") >= _INSIDE * pl.col("everywhere"))
        .with_columns(a=pl.min_horizontal("part", "part_b"), b=pl.max_horizontal("part", "part_b"))
        .with_columns(fewer=pl.min_horizontal("own", "own_b"), more=pl.max_horizontal("own", "own_b"))
        .with_columns(small=pl.when(pl.col("own") < pl.col("own_b")).then("part").otherwise("part_b"))
        .group_by(pl.col("a", "b").cast(pl.Int64), "small", "fewer", "more")
        .agg(common=pl.col("template").n_unique())
        .filter(pl.col("common") >= _COMMON * pl.col("fewer"))
        .sort(["small", "common", "a", "b"], descending=[False, True, False, False])
    )
    # What writes little of its own goes with one part, lest strangers of some campaigns hold these together.
    alike = (pl.col("common") >= _COMMON * pl.col("more")) | (pl.int_range(pl.len()).over("small") == 0)
    return found.filter(alike).select("a", "b")


def _within(between: _Links) -> NDArray[np.float64]:
    """Bits of other evidence inside each part, seen from both ends of a link."""
    inside = between.source == between.target
    return np.asarray(2.0 * np.bincount(between.source[inside], between.otherwise[inside], between.parts))


def _by_links(between: _Links, least: float) -> pl.DataFrame:
    """Pairs of parts that other evidence ties, as a share of what it would if the two were mixed."""
    parts, own = between.parts, _within(between)
    out = np.flatnonzero((between.source != between.target) & (between.otherwise > 0.0))
    one, other = between.source[out], between.target[out]
    pair, at = np.unique(np.minimum(one, other) * parts + np.maximum(one, other), return_inverse=True)
    tied = np.bincount(at, between.otherwise[out], len(pair))
    a, b = pair // parts, pair % parts
    ends_a, ends_b = own[a] + tied, own[b] + tied
    same = tied >= least * ends_a * ends_b / (ends_a + ends_b)
    return pl.DataFrame({"a": a[same], "b": b[same]}, schema=_SAME)


def _by_pool(inside: pl.DataFrame, crowds: pl.DataFrame | None) -> pl.DataFrame:
    """Parts of which most accounts are of one pool, each beside the first of them."""
    if crowds is None:
        return pl.DataFrame(schema=_SAME)
    return _chained(
        inside.with_columns(size=pl.len().over("part"))
        .join(crowds, on="account")
        .group_by("community", "part", "size", "crowd")
        .agg(users=pl.len())
        .filter(pl.col("users") > _MOST * pl.col("size")),
        "crowd",
    )


def _by_decision(inside: pl.DataFrame, view: View) -> pl.DataFrame:
    """Parts with accounts that people enforced as one campaign, each beside the first of them."""
    if view.known is None:
        return pl.DataFrame(schema=_SAME)
    decided = view.known.decided.filter((pl.col("decision") == "enforced") & pl.col("campaign").is_not_null())
    return _chained(inside.join(decided.select("account", "campaign"), on="account"), "campaign")


def _chained(parts: pl.DataFrame, key: str) -> pl.DataFrame:
    """Pairs of the parts of a community that have a key in common: each, and the first of them."""
    first = pl.col("part").min().over("community", key)
    return parts.select(a=first.cast(pl.Int64), b=pl.col("part").cast(pl.Int64)).filter(pl.col("a") != pl.col("b"))


def _followed(label: Rows, standing: NDArray[np.bool_], between: _Links) -> Rows:
    """Piece of each part: a standing one's label, else the piece most of its links lead to; -1 without such links."""
    parts = between.parts
    source = np.concatenate((between.source, between.target))
    target = np.concatenate((between.target, between.source))
    out = np.flatnonzero(~standing[source] & standing[target])
    pair, at = np.unique(source[out] * parts + label[target[out]], return_inverse=True)
    total = np.bincount(at, np.tile(between.probability, 2)[out], len(pair))
    order = np.lexsort((pair, -total, pair // parts))
    follower, first = np.unique(pair[order] // parts, return_index=True)
    found = np.where(standing, label, -1)
    found[follower] = (pair % parts)[order][first]
    return found


def _renumbered(memberships: pl.DataFrame, inside: pl.DataFrame, piece: Rows) -> pl.DataFrame:
    """Memberships with each piece but a community's largest as a community of its own."""
    pieces = inside.select("account", "community", piece=pl.Series(piece[inside["part"].to_numpy()], dtype=pl.Int64))
    leaving = (
        pieces.filter(pl.col("piece") >= 0)
        .group_by("community", "piece")
        .agg(size=pl.len())
        .sort(["community", "size", "piece"], descending=[False, True, False])
        .filter(pl.int_range(pl.len()).over("community") > 0)
        .with_columns(number=pl.int_range(1, pl.len() + 1) + memberships["community"].cast(pl.Int64).max())
    )
    moved = pieces.join(leaving, on=["community", "piece"]).select("account", "number")
    return (
        memberships.join(moved, on="account", how="left", maintain_order="left")
        .with_columns(community=pl.coalesce("number", "community").cast(memberships.schema["community"]))
        .drop("number")
    )
