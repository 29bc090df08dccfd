"""What would be left of each campaign without one group of evidence: is it held by one thing alone?"""

from __future__ import annotations

import numpy as np
import polars as pl

from linkage.campaigns import figures
from linkage.campaigns.judgement import judge
from linkage.campaigns.scope import narrowed
from linkage.campaigns.ties import by_group
from linkage.campaigns.view import View
from linkage.settings import CampaignSettings
from linkage.tables import OUTPUT, empty
from linkage_kernels.pieces import components

#: Independence group -> subjects of reasons that rest on it.
SUBJECTS = {
    "money": ("money",),
    "network": ("network",),
    "machine": ("machine",),
    "content": ("content",),
    "birth": ("births", "succession"),
    "time": ("tempo",),
}


def robustness(joined: pl.DataFrame, links: pl.DataFrame, view: View, settings: CampaignSettings) -> pl.DataFrame:
    """Each campaign without each independence group in turn.

    Links inside a campaign are weighed again without the group's bits, with the caps of the others; those that fall
    under the least probability are gone. What is still in one piece is assessed without anything that rests on the
    group: its links, its reasons, and the explanations that need it. Linear in the links inside campaigns.

    Args:
        joined: account, campaign_id.
        links: LINKS with their channels, those inside campaigns or all.
        view: what was assessed; `weighing` says how bits become a probability.
        settings: as for the assessment.

    Returns:
        OUTPUT["robustness"], sorted.
    """
    if view.weighing is None or joined.is_empty():
        return empty(OUTPUT["robustness"])
    of = joined.select("account", "campaign_id")
    view = narrowed(view, of["account"])
    ids = of["campaign_id"].unique().sort()
    campaign = pl.col("campaign_id").replace_strict(ids, range(len(ids)), return_dtype=pl.Int32)
    coded = of.sort("campaign_id", "account").with_columns(community=campaign)
    inside = _inside(coded, links)
    size = coded.group_by("campaign_id", "community").agg(all=pl.len())
    # Most campaigns keep all their members whatever is taken away.
    whole = figures.of_members(coded.select("account", "community"), view)
    parts = []
    for without in sorted(set(view.channels.values())):
        left = _weighed(inside, view, without)
        piece = _largest_pieces(coded, left)
        less = _lacking(view, without)
        off = settings.model_copy(update={"reasons_off": (*settings.reasons_off, *SUBJECTS.get(without, ()))})
        here = piece.select("account", "community")
        kept = here.group_by("community").len().join(size, on="community").filter(pl.col("len") == pl.col("all"))
        table = figures.table(here, left, less, off, whole.of(here, kept["community"], less))
        judged = judge(table, off, told=False).select("community", "bits", stands="suspect")
        parts.append(
            piece.group_by("campaign_id", "community")
            .agg(accounts=pl.len())
            .join(judged, on="community")
            .join(size.drop("community"), on="campaign_id")
            .with_columns(without=pl.lit(without), share=pl.col("accounts") / pl.col("all"))
        )
    schema = OUTPUT["robustness"]
    return pl.concat(parts).select(pl.col(c).cast(t) for c, t in schema.items()).sort("campaign_id", "without")


def _weighed(inside: pl.DataFrame, view: View, without: str) -> pl.DataFrame:
    """Links that are still links without a group, with their probability."""
    how = view.weighing
    assert how is not None
    capped = [
        bits.cast(pl.Float64).clip(upper_bound=how.caps[group])
        for group, bits in by_group(view.channels).items()
        if group != without
    ]
    weight = pl.sum_horizontal(capped) if capped else pl.lit(0.0)
    return inside.with_columns(probability=(1.0 / (1.0 + 2.0 ** (how.prior_bits - weight))).cast(pl.Float32)).filter(
        pl.col("probability") >= how.min_probability
    )


def _lacking(view: View, without: str) -> View:
    """The view without what rests on a group."""
    assert view.weighing is not None
    kinds = [kind for kind, group in view.weighing.kinds.items() if group == without]
    less = view._replace(
        uses=view.uses.filter(~pl.col("kind").is_in(kinds)) if kinds else view.uses,
        channels={channel: group for channel, group in view.channels.items() if group != without},
    )
    if without == "content":
        return less._replace(content=None)
    if without == "network":
        return less._replace(touched=None, addresses=None, visits=None, crowds=None)
    if without == "time":
        return less._replace(active=None, moves=None)
    if without == "birth":
        unborn = pl.lit(None, view.accounts.schema["created_at"])
        usual = None if view.everybody is None else view.everybody._replace(born=view.everybody.born.clear())
        return less._replace(accounts=view.accounts.with_columns(created_at=unborn), everybody=usual)
    return less


def _inside(coded: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """The links between two accounts of one campaign, in their order."""
    a, b = links["account_a"].to_numpy(), links["account_b"].to_numpy()
    of = np.full(int(max(coded["account"].to_numpy().max(), b.max(initial=0))) + 1, -1, np.int32)
    of[coded["account"].to_numpy()] = coded["community"].to_numpy()
    return links.filter(pl.Series((of[a] >= 0) & (of[a] == of[b])))


def _largest_pieces(coded: pl.DataFrame, left: pl.DataFrame) -> pl.DataFrame:
    """Of each campaign, the accounts of its largest connected piece; of equal ones the first.

    Args:
        coded: account, campaign_id, sorted by the latter, then the former; one row an account.
        left: links inside campaigns.
    """
    account = coded["account"].to_numpy()
    node = np.empty(int(account.max()) + 1, np.int64)
    node[account] = np.arange(len(account))
    piece = components(len(account), node[left["account_a"].to_numpy()], node[left["account_b"].to_numpy()])
    sized = coded.with_columns(piece=pl.Series(piece)).with_columns(n=pl.len().over("piece"))
    first = pl.col("piece").sort_by(["n", "piece"], descending=[True, False]).first().over("campaign_id")
    return sized.filter(pl.col("piece") == first).drop("piece", "n")
