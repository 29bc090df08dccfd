"""Parts of a community that an innocent explanation of their own sets free."""

from __future__ import annotations

import polars as pl

from linkage.campaigns import figures, ties
from linkage.campaigns.explanations import STRANGERS
from linkage.campaigns.judgement import judge
from linkage.campaigns.view import View
from linkage.settings import CampaignSettings

#: Share of a community's accounts in parts of strangers, and in parts that nothing speaks against, from which the
#: prompts that hold it together are public.
_MANY, _ALL = 0.3, 0.9


def detach(
    memberships: pl.DataFrame, links: pl.DataFrame, view: View, settings: CampaignSettings
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Make parts that have an innocent explanation of their own communities of their own.

    One bought account can tie a whole firm to a campaign, and two offices that share a landlord's address look like
    one group that spreads. A part leaves only where an explanation fits it, what speaks for it does not outweigh that,
    and few of its accounts have links to the rest: the pieces of a campaign are tied together by most of theirs.
    Parts that would leave but for their ties to one another are tried once more as one. Where strangers are among
    them, who share prompts and nothing else, these prompts are public and tie nobody: if then nearly all are in parts
    that nothing speaks against, each stands alone that other evidence does not tie to others (laboratories that ran a
    benchmark, and everybody else who did).

    Returns:
        Memberships; and part, explanation, settled of all parts that nothing speaks against.
    """
    memberships = _strangers_apart(memberships, links, view, settings)
    alone, judged = _leave(memberships, links, view, settings)
    found = _quiet(judged)
    parts = found.rename({"community": "part"})
    innocent = found.filter(pl.col("explanation").is_not_null())["community"]
    together = pl.col("part").is_in(innocent.implode())
    strangers = pl.col("part").is_in(found.filter(pl.col("explanation").is_in(STRANGERS))["community"].implode())
    quiet = pl.col("part").is_in(found["community"].implode())
    # What other evidence ties was one before the prompts were public, and is one still.
    tied = ties.bridges(alone, links, view.channels, view.crowds)
    held = tied.filter(pl.col("bridging_beyond") > settings.bridging_share)["part"]
    free = quiet & ~pl.col("part").is_in(held.implode())
    public = (strangers.mean().over("community") >= _MANY) & (quiet.mean().over("community") >= _ALL)
    alone = alone.with_columns(
        community=pl.when(public & free).then(pl.col("part") + pl.col("community").max() + 1).otherwise("community")
    )
    staying = alone.filter(together).group_by("community").agg(parts=pl.col("part").n_unique())
    if staying.filter(pl.col("parts") > 1).is_empty():
        return alone, parts
    blocks = alone.with_columns(
        part=pl.when(together).then(pl.col("part").min().over("community", together)).otherwise("part")
    )
    again = _leave(blocks, links, view, settings, _unchanged(judged, alone, blocks, view))[0].drop("part")
    return again.join(memberships.select("account", "part"), on="account", maintain_order="left"), parts


def detach_again(
    memberships: pl.DataFrame, before: pl.DataFrame, links: pl.DataFrame, view: View, settings: CampaignSettings
) -> pl.DataFrame:
    """MEMBERSHIPS after `detach` for the communities that have other accounts than they had `before`.

    A campaign that wrote what a laboratory and others ask as well had kept these together: most of a community was then
    not innocent, and its prompts not public. Freed of it, they are looked at once more.

    Args:
        memberships: MEMBERSHIPS.
        before: the same accounts in the same order.
        links: LINKS.
        view: as for `detach`.
        settings: as for `detach`.
    """
    changed = memberships.filter(changed_from(memberships, before))
    if changed.is_empty():
        return memberships
    left = detach(changed, links, view, settings)[0]
    # New numbers are none that a community elsewhere has.
    known = pl.col("community").is_in(changed["community"].unique().implode())
    beyond = memberships["community"].max()
    now = pl.when(known).then("community").otherwise(pl.col("community") + beyond + 1)
    return (
        memberships.join(left.select("account", "part", now=now), on="account", how="left", maintain_order="left")
        .with_columns(
            community=pl.coalesce("now", "community").cast(memberships.schema["community"]),
            part=pl.coalesce("part_right", "part"),
        )
        .select(memberships.columns)
    )


def changed_from(memberships: pl.DataFrame, before: pl.DataFrame) -> pl.Expr:
    """Whether a community has other accounts than it had; the same accounts in the same order."""
    moved = memberships.select(now="community", was=before["community"]).filter(pl.col("now") != pl.col("was"))
    return pl.col("community").is_in(pl.concat([moved["now"], moved["was"]]).unique().implode())


def _strangers_apart(
    memberships: pl.DataFrame, links: pl.DataFrame, view: View, settings: CampaignSettings
) -> pl.DataFrame:
    """Memberships with strangers as parts of their own, where they are many in a part.

    Whom nothing but prompts, and what sends them, ties to a community is no stranger for that: an explanation must fit
    all such accounts of a part together. Who asked what everybody asks is otherwise in one part with a laboratory.
    """
    if view.content is None:
        return memberships
    every = memberships.with_columns(loose=pl.Series(ties.loose(memberships, links, view.channels)))
    many = pl.col("loose").mean().over("part") >= _MANY
    asked = every.filter(many & pl.col("loose") & ~pl.col("loose").all().over("part"))
    asked = asked.filter(pl.len().over("part") >= settings.min_accounts)
    if asked.is_empty():
        return memberships
    looked = figures.table(asked.select("account", community="part"), links, view, settings)
    found = _quiet(judge(looked, settings, told=False)).filter(pl.col("explanation").is_in(STRANGERS))["community"]
    apart = pl.col("loose") & pl.col("part").is_in(found.implode())
    return every.with_columns(
        part=pl.when(apart).then(pl.col("part") + pl.col("part").max() + 1).otherwise("part")
    ).select(memberships.columns)


def _leave(
    memberships: pl.DataFrame,
    links: pl.DataFrame,
    view: View,
    settings: CampaignSettings,
    known: pl.DataFrame | None = None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Memberships with the parts that can leave on their own; and what was judged of all parts that could.

    `known` is what was judged before of parts that are as they were.
    """
    several = memberships.filter(pl.col("part").n_unique().over("community") > 1)
    if several.is_empty():
        return memberships, judge(several.select(community="part").clear(), settings)
    parts = several.select("account", community="part")
    if known is None:
        judged = judge(figures.table(parts, links, view, settings), settings, told=False)
    else:
        new = parts.filter(~pl.col("community").is_in(known["community"].implode()))
        there = pl.col("community").is_in(parts["community"].implode())
        judged = pl.concat(
            [known.filter(there), judge(figures.table(new, links, view, settings), settings, told=False)]
        )
    innocent = _quiet(judged).filter(pl.col("explanation").is_not_null())
    tied = ties.bridges(several, links, view.channels, view.crowds).filter(pl.col("bridging") > settings.bridging_share)
    leaving = innocent.join(tied, left_on="community", right_on="part", how="anti")["community"]
    moved = memberships.with_columns(
        # Parts are numbered apart from communities: shift them out of the way.
        community=pl.when(pl.col("part").is_in(leaving.implode()))
        .then(pl.col("part") + pl.col("community").max() + 1)
        .otherwise("community")
    )
    return moved, judged


def _quiet(judged: pl.DataFrame) -> pl.DataFrame:
    """community, explanation, settled of those that nothing speaks against."""
    return judged.filter(pl.col("bits") < 0).select("community", "explanation", "settled")


def _unchanged(judged: pl.DataFrame, before: pl.DataFrame, after: pl.DataFrame, view: View) -> pl.DataFrame | None:
    """What was judged of the parts that have the accounts they had.

    Where people decided anything, nothing: what was decided of one part can say something of another.
    """
    if view.known is not None:
        return None
    grown = after.filter(after["part"] != before["part"])["part"].unique()
    return judged.filter(~pl.col("community").is_in(grown.implode()))


def freed_of_prompts(
    memberships: pl.DataFrame,
    quiet: pl.DataFrame,
    judged: pl.DataFrame,
    bridges: pl.DataFrame,
    settings: CampaignSettings,
) -> pl.DataFrame:
    """Let parts with an innocent explanation leave a suspected community that prompts alone tie them to.

    Strangers, who share prompts and nothing else, are not held by prompts to a campaign that wrote the same; and where
    nearly all parts have an explanation, the whole is no worse than they are (an agency and a firm that asked the
    same, perhaps with one program, each at a place of its own). A part of a campaign may look innocent too, since
    parting sorts accounts by card, so others stay; and nobody leaves what is not suspected, since strangers are what
    speaks for the laboratory among them.

    Args:
        memberships: MEMBERSHIPS.
        quiet: part, explanation, settled: parts that nothing speaks against.
        judged: community, suspect.
        bridges: `ties.bridges` of the memberships.
        settings: how far a part may be tied to others otherwise.
    """
    explained = quiet.filter(pl.col("explanation").is_not_null())
    strangers = explained.filter(pl.col("explanation").is_in(STRANGERS))["part"]
    loose = bridges.filter(pl.col("bridging_otherwise") <= settings.bridging_share)["part"]
    # Whoever asks the same may use the same program: strangers, and those whose places differ, are not tied by it.
    apart = bridges.filter(pl.col("bridging_beyond") <= settings.bridging_share)["part"]
    settled = explained.filter(pl.col("settled") & pl.col("part").is_in(apart.implode()))["part"]
    suspect = pl.col("community").is_in(judged.filter("suspect")["community"].implode())
    innocent = pl.col("part").is_in(explained["part"].implode())
    harmless = innocent.mean().over("community") >= _ALL
    several = pl.col("part").n_unique().over("community") > 1
    public = pl.col("part").is_in(strangers.implode()) & pl.col("part").is_in(apart.implode())
    leaving = public | harmless & innocent & pl.col("part").is_in(pl.concat([loose, settled]).implode())
    return memberships.with_columns(
        # Parts are numbered apart from communities: shift them out of the way.
        community=pl.when(suspect & several & leaving)
        .then(pl.col("part") + pl.col("community").max() + 1)
        .otherwise("community")
    )
