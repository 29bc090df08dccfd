"""Who stands in a community that writes alike and surely takes no part in it: put out, unless other evidence holds him.

An operator may have more than one kind of work done, and a relay sends what its customers write. Accounts that do
another work than most are tied to these as they are to one another, by all that prompts do not say. Whoever met a
campaign by accident is not.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.campaigns.content import own
from linkage.campaigns.ties import CONTENT, by_group
from linkage.campaigns.view import View
from linkage_kernels.pieces import components

#: Bits from which an account surely takes part, surely does not, or is surely held.
_SURE = 2.0
#: Kinds of evidence beside prompts that a link needs to hold anybody, and the bits of each.
_KINDS, _BIT = 2, 1.0
#: Links to those who take part that hold an account: as a share of what these have to one another, where more than so
#: many count as so many, and of what it would have were all mixed; and the fewest.
_SHARE, _MANY, _FEWEST = 0.5, 15, 3
#: Who is held holds others: a chain of so many.
_ROUNDS = 10

Rows = NDArray[np.int64]


class _Tied(NamedTuple):
    """Links inside communities that are links without prompts, by account."""

    a: Rows  # [m]
    b: Rows  # [m]
    community: Rows  # of every account up to the last; -1: none

    def to(self, some: NDArray[np.bool_]) -> Rows:
        """How many of some accounts each account is linked to."""
        many = len(self.community)
        return np.bincount(self.a[some[self.b]], minlength=many) + np.bincount(self.b[some[self.a]], minlength=many)


def outsiders(
    memberships: pl.DataFrame,
    view: View,
    least: int,
    said: pl.DataFrame | None = None,
    links: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Memberships with those who surely take no part in what their community writes put out of it, part by part.

    Whom other evidence surely holds there stays, for `members.belonging` to weigh one against the other: a relay's
    account of which few prompts were sampled may show none of the group's. A pool of addresses holds, and so do links
    of several kinds that would be links without prompts: half as many, to those who take part or are held, as those
    who take part have to one another, and half the share of its own that these would be were all mixed. Parts that are
    put out stay together where such links tie most of the smaller.

    Args:
        memberships: MEMBERSHIPS.
        view: who used which template, channels and weighing. Without templates nobody is put out.
        least: accounts that must surely take part before anybody is put out.
        said: account, `pool_bits`: bits of other evidence for belonging; none where absent.
        links: LINKS with a column of bits for each channel; nobody is held by them where absent.
    """
    if view.content is None:
        return memberships
    each = own(memberships, view.content)
    sure = (pl.col("taking_part") >= _SURE).sum().over("community") >= least
    out = each.filter(sure & (pl.col("taking_part") <= -_SURE))["account"]
    if said is not None:
        held = said.filter(pl.col("pool_bits") >= _SURE)["account"]
        out = out.filter(~out.is_in(held.implode()))
    piece = memberships["part"]
    if links is not None and len(out):
        tied = _tied(memberships, links, view)
        takes = each.filter(pl.col("taking_part") >= _SURE)["account"]
        out = out.filter(pl.Series(~_held(out.to_numpy(), takes.to_numpy(), tied)))
        piece = _together(memberships, out.to_numpy(), tied)
    return memberships.with_columns(
        # Parts are numbered apart from communities: shift them out of the way.
        community=pl.when(pl.col("account").is_in(out.implode()))
        .then(piece + pl.col("community").max() + 1)
        .otherwise("community")
    )


def _tied(memberships: pl.DataFrame, links: pl.DataFrame, view: View) -> _Tied:
    """The links that hold."""
    account = memberships["account"].to_numpy()
    a, b = (links[end].to_numpy().astype(np.int64) for end in ("account_a", "account_b"))
    community = np.full(1 + max(int(account.max()), int(b.max(initial=0))), -1, np.int64)
    community[account] = memberships["community"].to_numpy()
    groups = by_group(view.channels)
    otherwise = [bits for name, bits in groups.items() if name != CONTENT]
    if len(otherwise) < _KINDS:
        return _Tied(a[:0], b[:0], community)
    kinds = pl.sum_horizontal([(bits >= _BIT).cast(pl.Int32) for bits in otherwise])
    prior = 0.0 if view.weighing is None else view.weighing.prior_bits
    holds = links.select((kinds >= _KINDS) & (pl.sum_horizontal(otherwise) >= prior)).to_series().to_numpy()
    inside = holds & (community[a] == community[b]) & (community[a] >= 0)
    return _Tied(a[inside], b[inside], community)


def _held(out: NDArray[np.uint32], takes: NDArray[np.uint32], tied: _Tied) -> NDArray[np.bool_]:
    """Of each of `out`, whether it is tied to those who take part as these are to one another."""
    fellow = np.zeros(len(tied.community), np.bool_)
    fellow[takes] = True
    many = int(tied.community.max()) + 1
    of = tied.community[takes]
    taking = np.maximum(np.bincount(of, minlength=many), 1)
    usual = np.bincount(of, np.minimum(tied.to(fellow)[takes], _MANY), many) / taking
    asked = np.maximum(_SHARE * usual, _FEWEST)[tied.community[out]]
    # Another campaign's accounts are tied to one another, and to those of theirs that seem to take part.
    every = fellow.copy()
    every[out] = True
    mixed = taking / np.maximum(np.bincount(tied.community[every], minlength=many), 1)
    asked = np.maximum(asked, _SHARE * mixed[tied.community[out]] * tied.to(every)[out])
    for _ in range(_ROUNDS):
        held = out[tied.to(fellow)[out] >= asked]
        if fellow[held].all():
            break
        fellow[held] = True
    return np.asarray(fellow[out])


def _together(memberships: pl.DataFrame, out: NDArray[np.uint32], tied: _Tied) -> pl.Series:
    """Part of every account, one number for parts of a community that stay together when they are put out."""
    part = np.full(len(tied.community), -1, np.int64)
    part[memberships["account"].to_numpy()] = memberships["part"].to_numpy()
    gone = np.zeros(len(part), np.bool_)
    gone[out] = True
    between = gone[tied.a] & gone[tied.b] & (part[tied.a] != part[tied.b])
    a, b = tied.a[between], tied.b[between]
    many = int(part.max()) + 1
    # Which account has how many links into which part.
    met, count = np.unique(np.concatenate((a * many + part[b], b * many + part[a])), return_counts=True)
    met = met[count >= _FEWEST]
    reach, accounts = np.unique(part[met // many] * many + met % many, return_counts=True)
    one, other = reach // many, reach % many
    size = np.bincount(part[gone], minlength=many)
    most = (accounts >= _SHARE * size[one]) & (size[one] <= size[other])
    lowest = components(many, one[most], other[most])
    return pl.Series(lowest[memberships["part"].to_numpy()], dtype=pl.Int32)
