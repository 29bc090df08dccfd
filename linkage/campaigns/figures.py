"""All figures of communities together: what follows from who the members are, asked once, and what their links add."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import polars as pl

from linkage.campaigns.content import own, own_uses, topic
from linkage.campaigns.features import (
    births,
    lives,
    mail,
    neighbours,
    networks,
    organizations,
    pivots,
    rhythm,
    spread,
)
from linkage.campaigns.houses import houses
from linkage.campaigns.invitations import codes
from linkage.campaigns.known import counts
from linkage.campaigns.lives import own_lives
from linkage.campaigns.machines import pooled
from linkage.campaigns.payers import payers
from linkage.campaigns.places import places
from linkage.campaigns.takeovers import takeovers
from linkage.campaigns.ties import beside, cohesion, corroboration
from linkage.campaigns.view import SPREAD, Everybody, View
from linkage.settings import CampaignSettings

SHARES = ("holders", "sharers")  # columns of `spread` that `table` turns into shares of the members


def _written(members: pl.DataFrame, view: View) -> pl.DataFrame:
    theirs = None if view.content is None else own_uses(members.lazy().select("account", "community"), view.content)
    prompts = pl.col("prompts").sum()
    shares = (
        own(members, view.content, theirs)
        .group_by("community")
        .agg(content=(pl.col("own").sum() / prompts).fill_nan(None), prompts=prompts)
    )
    return shares.join(topic(members, view.content, theirs), on="community", how="left")


def _spreads(members: pl.DataFrame, view: View) -> pl.DataFrame:
    """The columns of `spread` as `{kind}_{column}`, `issuer_usual` and `email_domain_users`."""
    out = members.select("community").unique()
    spreads = spread(members, view.uses)
    for kind in SPREAD:
        of = spreads.filter(pl.col("kind") == kind).drop("kind")
        out = out.join(of.rename({c: f"{kind}_{c}" for c in of.columns[1:]}), on="community", how="left")
    out = out.join(_usual(view).issuers, on="issuer_top_value", how="left")
    return out.join(_usual(view).domains, on="email_domain_top_value", how="left")


def _usual(view: View) -> Everybody:
    assert view.everybody is not None
    return view.everybody


#: Figures that follow from who the members are, and fields of the view that each reads.
_OF_MEMBERS: tuple[tuple[tuple[str, ...], Callable[[pl.DataFrame, View], pl.DataFrame]], ...] = (
    (("content",), _written),
    (
        ("everybody",),
        lambda of, view: (
            births(of, _usual(view).born).group_by("community").agg(wave=pl.col("near").mean(), dated=pl.len())
        ),
    ),
    (("accounts", "known"), lambda of, view: counts(of, view.accounts, view.known)),
    (("active", "everybody"), lambda of, view: rhythm(of, view.active, _usual(view).exchanges)),
    (("active",), lambda of, view: lives(of, view.active)),
    (("uses",), lambda of, view: mail(of, view.uses)),
    (("uses",), lambda of, view: payers(of, view.uses)),
    (("uses", "everybody"), lambda of, view: codes(of, view.uses, _usual(view).handed)),
    (("moves", "everybody"), lambda of, view: pivots(of, view.moves, _usual(view).moved)),
    (("touched",), lambda of, view: networks(of, view.touched)),
    (("touched",), lambda of, view: own_lives(of, view.touched)),
    (
        ("uses", "touched", "everybody"),
        lambda of, view: houses(of, view.uses, _usual(view).domains, view.touched),
    ),
    (("visits", "everybody"), lambda of, view: places(of, view.visits, _usual(view).accounts)),
    (
        ("accounts", "active", "everybody"),
        lambda of, view: takeovers(of, view.accounts, view.active, _usual(view).signed_up),
    ),
    (("accounts",), lambda of, view: organizations(of, view.accounts)),
    (("uses", "everybody"), lambda of, view: pooled(of, view.uses, _usual(view).machines)),
    (("uses", "everybody"), _spreads),
)


class Figures(NamedTuple):
    """What `of_members` found: a frame for each of `_OF_MEMBERS`, one row a community."""

    view: View
    parts: tuple[pl.DataFrame, ...]

    def of(self, members: pl.DataFrame, same: pl.Series, view: View) -> Figures:
        """The same of `members` in another view; the `same` communities are looked at again only for other tables."""
        there = pl.col("community").is_in(same.implode())
        new = members.filter(~there)
        parts = []
        for (reads, part), old in zip(_OF_MEMBERS, self.parts, strict=True):
            if any(getattr(view, name) is not getattr(self.view, name) for name in reads):
                parts.append(part(members, view))
            else:
                kept = old.filter(there)
                parts.append(kept if new.is_empty() else pl.concat([kept, part(new, view).select(old.columns)]))
        return Figures(view, tuple(parts))


def of_members(members: pl.DataFrame, view: View) -> Figures:
    """What follows of communities from who their members are, whatever links there are: see `table`."""
    return Figures(view, tuple(part(members, view) for _, part in _OF_MEMBERS))


def table(
    members: pl.DataFrame, links: pl.DataFrame, view: View, settings: CampaignSettings, known: Figures | None = None
) -> pl.DataFrame:
    """All features: one row a community, sorted. Absent figures are null.

    `accounts`; means over members of `cohesion`, `near` above chance (`neighbours`); `single` and `by_content` of
    `corroboration`; `beside`; `topic`; `wave` and `dated` from `births`; `known.counts`; `content` (share of the
    prompts that are of the community's own templates) and `prompts`; `rhythm`; `lives`; `mail`; `payers`; `codes`;
    `pivots`; `networks`; `own_lives`; `houses`; `places`; `takeovers`; `organizations`; `machines.pooled`; of each
    kind in `SPREAD` the columns of `spread` as `{kind}_{column}`, with `_holders` and `_sharers` as shares of the
    members; `issuer_usual`, how common the community's top issuer is among all payers; `email_domain_users`, how many
    accounts in all have its top domain; `days` in the logs.

    Args:
        members: account, community.
        links: LINKS.
        view: of `scope.narrowed`.
        settings: what is near.
        known: `of_members` of the same members and view, where it was asked before.
    """
    out = members.group_by("community").agg(accounts=pl.len())
    crowd = neighbours(view.accounts, _usual(view), settings.birth_days)
    # Of many partners some signed up near an account by chance.
    tied = (
        cohesion(members, links, view, settings)
        .join(crowd, on="account")
        .with_columns(near=pl.col("near") - pl.col("partners") * pl.col("crowd"))
        .group_by("community")
        .agg(pl.col("partners", "near", "kin").sort().mean())
        # Some have more than chance and some fewer: cut account by account, chance alone would be something.
        .with_columns(pl.col("near").clip(0.0))
    )
    out = out.join(tied, on="community", how="left")
    out = out.join(corroboration(members, links, view.channels, _usual(view).handed), on="community", how="left")
    out = out.join(beside(members, links, view.channels), on="community", how="left")
    for part in (of_members(members, view) if known is None else known).parts:
        out = out.join(part, on="community", how="left")
    shares = [(pl.col(f"{kind}_{c}") / pl.col("accounts")).alias(f"{kind}_{c}") for kind in SPREAD for c in SHARES]
    return out.with_columns(shares, days=pl.lit(_usual(view).days, pl.Float64)).sort("community")
