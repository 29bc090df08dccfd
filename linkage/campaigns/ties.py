"""How tightly accounts are tied to their own group, by how many kinds of evidence, and to others."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from linkage.campaigns.view import View
from linkage.settings import CampaignSettings

#: An account's share of values that its fellows use is drawn towards its group's, as if it had so many values more.
_USUAL_VALUES = 3.0
#: But to no more than this where belonging is asked: what is not known of an account hardly speaks for it.
_UNKNOWN = 0.65
#: Fewer bits of an independence group say nothing.
_BIT = 1.0
#: Share of accounts from which a crowd holds most of them.
_MOST = 0.5
#: The independence group of what accounts write.
CONTENT = "content"
#: The independence group of what it is sent with.
MACHINE = "machine"


def by_group(channels: Mapping[str, str]) -> dict[str, pl.Expr]:
    """Independence group -> the bits of its channels in a row of links, not capped."""
    groups = sorted(set(channels.values()))
    return {group: pl.sum_horizontal([c for c in channels if channels[c] == group]) for group in groups}


def cohesion(members: pl.DataFrame, links: pl.DataFrame, view: View, settings: CampaignSettings) -> pl.DataFrame:
    """How tightly each account is tied to the fellows of its own community.

    Args:
        members: account, community, and Boolean `fellow` where not all members count as fellows of the others.
        links: LINKS with their channels.
        view: of `scope.narrowed`, for the sign-ups, uses and channels.
        settings: what is near.

    Returns:
        account, community, `partners` (links to fellows, each counted by its probability), `near` (such partners that
        signed up within `birth_days`), `kin` (share of the account's values, hubs aside, that a fellow has too; with
        few values drawn towards what is usual in the community), `kin_shown` (the same, drawn to no more than
        `_UNKNOWN`), `kinds` (independence groups that speak for a link to a fellow). Sorted by account.
    """
    born = view.accounts.select("account", "created_at")
    of = members.select("account", "community", fellow="fellow" if "fellow" in members.columns else pl.lit(True))
    said = {f"said_{group}": bits >= _BIT for group, bits in by_group(view.channels).items()}
    near = (pl.col("created_at") - pl.col("created_at_b")).abs() <= pl.duration(days=settings.birth_days)
    inside = (
        links.lazy()
        .select("account_a", "account_b", "probability", **said)
        .join(of.lazy(), left_on="account_a", right_on="account")
        .join(of.lazy(), left_on=["account_b", "community"], right_on=["account", "community"], suffix="_b")
        .join(born.lazy(), left_on="account_a", right_on="account")
        .join(born.lazy(), left_on="account_b", right_on="account", suffix="_b")
        .with_columns(near=near.fill_null(False).cast(pl.Float64) * pl.col("probability"))
    )
    # An end counts where the other one is a fellow.
    ends = [
        inside.filter(other).select("probability", "near", *said, account=end)
        for end, other in (("account_a", "fellow_b"), ("account_b", "fellow"))
    ]
    # Probabilities are rounded to 2^-20, so that their sums do not depend on the order of threads.
    exact = 1_048_576
    drawn = (
        pl.concat(ends)
        .group_by("account")
        .agg(
            *(
                ((pl.col(name).cast(pl.Float64) * exact).round().cast(pl.Int64).sum() / exact).alias(alias)
                for name, alias in (("probability", "partners"), ("near", "near"))
            ),
            kinds=pl.sum_horizontal([pl.col(name).any().cast(pl.Int32) for name in said] or [pl.lit(0)]),
        )
    )
    return (
        of.lazy()
        .join(drawn, on="account", how="left")
        .join(_kin(of.lazy(), view), on="account", how="left")
        .with_columns(pl.col("partners", "near", "met", "values", "kinds").fill_null(0))
        .with_columns(usual=(pl.col("met").sum() / pl.col("values").sum()).over("community").fill_nan(0.0))
        .with_columns(
            kin=_drawn(pl.col("usual")),
            kin_shown=_drawn(pl.col("usual").clip(upper_bound=_UNKNOWN)),
        )
        .select("account", "community", "partners", "near", "kin", "kin_shown", "kinds")
        .sort("account")
        .collect()
    )


def _drawn(towards: pl.Expr) -> pl.Expr:
    """Share of an account's values that a fellow has too, with few values drawn towards another share."""
    return (pl.col("met") + _USUAL_VALUES * towards) / (pl.col("values") + _USUAL_VALUES)


def _kin(of: pl.LazyFrame, view: View) -> pl.LazyFrame:
    """account, `values` (hubs aside) and how many of them a fellow uses too, `met`."""
    others = pl.col("fellow").sum().over("community", "code") - pl.col("fellow").cast(pl.Int64)
    return (
        view.uses.lazy()
        .filter(~pl.col("hub"))
        .select("account", "code")
        .join(of, on="account")
        .with_columns(others=others)
        .group_by("account")
        .agg(values=pl.len().cast(pl.Int64), met=(pl.col("others") > 0).sum().cast(pl.Int64))
    )


def bridges(
    memberships: pl.DataFrame, links: pl.DataFrame, channels: Mapping[str, str], crowds: pl.DataFrame | None = None
) -> pl.DataFrame:
    """How far the parts of a community are tied to one another, by links or by the pool of addresses they use.

    Args:
        memberships: MEMBERSHIPS.
        links: LINKS.
        channels: channel -> independence group.
        crowds: account, crowd. An account of the crowd that most accounts of the other parts are of is tied to them:
            parting sorts accounts by card, and a pool has no cards.

    Returns:
        part, `bridging` (share of a part's accounts that are tied to another part of the same community),
        `bridging_otherwise` (by something else than prompts alone).
    """
    of = memberships.lazy().select("account", "community", "part")
    between = (
        links.lazy()
        .select("account_a", "account_b", otherwise=~_prompts_alone(channels))
        .join(of, left_on="account_a", right_on="account")
        .join(of, left_on=["account_b", "community"], right_on=["account", "community"], suffix="_b")
        .filter(pl.col("part") != pl.col("part_b"))
    )
    ends = pl.concat([between.select("otherwise", account=end) for end in ("account_a", "account_b")])
    met = ends.group_by("account").agg(pl.col("otherwise").any(), met=pl.lit(True))
    return (
        of.join(met, on="account", how="left")
        .join(_pooled(of, crowds), on="account", how="left")
        .with_columns(pl.col("met", "otherwise", "pooled").fill_null(False))
        .group_by("part")
        .agg(
            bridging=(pl.col("met") | pl.col("pooled")).mean(),
            bridging_otherwise=(pl.col("otherwise") | pl.col("pooled")).mean(),
        )
        .collect()
    )


def _pooled(of: pl.LazyFrame, crowds: pl.DataFrame | None) -> pl.LazyFrame:
    """account, `pooled`: who is of the crowd that most accounts of the other parts of its community are of."""
    if crowds is None:
        crowds = pl.DataFrame(schema={"account": pl.UInt32, "crowd": pl.UInt32})
    sized = of.with_columns(
        others=pl.len().over("community").cast(pl.Int64) - pl.len().over("part").cast(pl.Int64),
    )
    here, there = (pl.len().over(*keys, "crowd").cast(pl.Int64) for keys in (["part"], ["community"]))
    return (
        sized.join(crowds.lazy(), on="account")
        .with_columns(elsewhere=there - here)
        .select("account", pooled=pl.col("elsewhere") > _MOST * pl.col("others"))
    )


def _prompts_alone(channels: Mapping[str, str]) -> pl.Expr:
    """Whether a link rests on prompts and on nothing else."""
    groups = by_group(channels)
    if CONTENT not in groups:
        return pl.lit(False)
    said = pl.sum_horizontal((bits >= _BIT).cast(pl.Int32) for bits in groups.values())
    return (said < 2) & (groups[CONTENT] >= _BIT)


def corroboration(members: pl.DataFrame, links: pl.DataFrame, channels: Mapping[str, str]) -> pl.DataFrame:
    """How many kinds of evidence hold a community together.

    Returns:
        community, `single` (share of its links that rest on one independence group), `by_content` (share that rest on
        prompts alone), `by_program` (on prompts, and on nothing else but machines). No rows where there is only one
        group.
    """
    groups = by_group(channels)
    if len(groups) < 2:
        return pl.DataFrame(
            schema={"community": members.schema["community"]}
            | dict.fromkeys(("single", "by_content", "by_program"), pl.Float64)
        )
    said = pl.sum_horizontal((bits >= _BIT).cast(pl.Int32) for bits in groups.values())
    of = members.lazy().select("account", "community")
    return (
        links.lazy()
        .select(
            "account_a",
            "account_b",
            said=said,
            prompts=_prompts_alone(channels),
            program=_prompts_alone({name: group for name, group in channels.items() if group != MACHINE}),
        )
        .join(of, left_on="account_a", right_on="account")
        .join(of, left_on=["account_b", "community"], right_on=["account", "community"])
        .group_by("community")
        .agg(
            single=(pl.col("said") < 2).mean(),
            by_content=pl.col("prompts").mean(),
            by_program=pl.col("program").mean(),
        )
        .collect()
    )
