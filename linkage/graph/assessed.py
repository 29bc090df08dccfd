"""What the assessment of two accounts' groups says of their having one operator, beside what their link says.

Evidence alone takes a card that a family shares for a card that an operator's accounts share. Once groups are assessed,
more is known: a link inside a campaign is one operator's as surely as both its ends belong to the campaign, and one
inside a household is explained by the household. To the bits of a link come

    group - explained * over

where `group` are the log odds of the group being one hand's, `over` what the evidence says above the prior, and
`explained` how far an innocent explanation makes that evidence usual. Where one group of evidence speaks alone, all of
it counts as explained: it made the group, and was heard when that was assessed. Of what ties groups that were parted
nothing is left either, however much it is: it was heard of both. A link itself stays what its evidence says; what the
assessment makes of it is a table of its own, and nothing that a build decides rests on that. Where logs hold none of
what tells hands apart (`TELLING`) there is none: of texts, times or records alone nobody can say more than the evidence
does.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.graph.additive import STEPS
from linkage.graph.links import Linked, chance
from linkage.graph.trust import SAYS

#: Log2 odds beyond which no group is told: one in so many is otherwise all the same.
SUREST: Final = 12.0
#: Evidence groups that tie the pieces of one firm: who pays, and in whose name.
SIGNED: Final = ("identity", "money")
#: Evidence groups that tell one hand from several; of what was written or done when, or of names, both can be true.
TELLING: Final = ("machine", "money", "network")
#: The channel of what people decided.
DECIDED: Final = "decision"

#: Links whose ends stand in two groups.
BETWEEN: Final = "between"
_ASSESSED: Final = pl.Schema(
    {
        "account_a": pl.UInt32(),
        "account_b": pl.UInt32(),
        **dict.fromkeys(("evidence", "probability", "bits"), pl.Float32()),
    }
)
Bits = NDArray[np.float64]


class _Stands(NamedTuple):
    """What was found of each account, by its code; of those in no community, nothing."""

    community: NDArray[np.int64]  # -1: none
    suspicion: Bits
    group: Bits  # log odds of the community being one hand's
    explained: Bits  # how far an explanation makes usual what is shared in it
    suspected: NDArray[np.bool_]  # its community is a campaign


def assessed(linked: Linked, accounts: pl.DataFrame, communities: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """The probability of each link once groups are assessed.

    Of two ends in one group its log odds count: of a suspected group those of the end that is less sure to belong to
    the campaign, of another those of one honest hand (`one_hand`) or a campaign after all (its suspicion). Of two ends
    in different groups nothing is known where one of these is one hand's and what pays or names ties the ends, since a
    firm may lie in pieces; else the assessment has parted them. What people confirmed is not held against them.

    Args:
        linked: the links that everything else rested on.
        accounts: account, community_id, campaign_id, suspicion: one row a linked account.
        communities: community_id, suspicion, campaign_id, one_hand, explained.
        members: account, campaign_id: an account may be in several.

    Returns:
        account_a, account_b, `evidence` (probability by the evidence alone), `probability`, `bits` (what the assessment
        adds or takes), as links are; empty where nothing tells hands apart.
    """
    if not telling(linked):
        return pl.DataFrame(schema=_ASSESSED)
    links = linked.links
    over = links["weight"].to_numpy().astype(np.float64) - linked.prior_bits
    held = _second(links, accounts, members)
    bits = np.round(_bits(linked, over, _stands(links, accounts, communities), held) * STEPS) / STEPS
    return links.select(
        "account_a",
        "account_b",
        evidence="probability",
        probability=pl.Series(chance(over + bits)),
        bits=pl.Series(bits),
    ).cast(_ASSESSED)


def telling(linked: Linked) -> bool:
    """Whether the logs hold anything that tells one hand from several."""
    return any(group in TELLING for group in linked.channels.values())


def by_group(assessed: pl.DataFrame, accounts: pl.DataFrame, communities: pl.DataFrame) -> list[dict[str, Any]]:
    """Links by what was found of the group they stand in, and what that makes of their probability.

    Args:
        assessed: of `assessed`.
        accounts: account, community_id.
        communities: community_id, campaign_id, explanation.

    Returns:
        A row for links of a `campaign`'s group, of groups by their explanation (null: none fits) and `between` groups:
        `links`, mean `probability`, what the `evidence` alone would say. The most links first.
    """
    suspected = pl.col("campaign_id").is_not_null()
    named = communities.select(
        "community_id", group=pl.when(suspected).then(pl.lit("campaign")).otherwise("explanation")
    )
    of = accounts.select("account", "community_id").join(named, on="community_id", how="left")
    ends = assessed.select("account_a", "account_b", "evidence", "probability")
    for end in ("a", "b"):
        ends = ends.join(
            of, left_on=f"account_{end}", right_on="account", how="left", suffix=f"_{end}", maintain_order="left"
        )
    one = pl.col("community_id").is_not_null() & (pl.col("community_id") == pl.col("community_id_b"))
    units = (pl.col("evidence", "probability").cast(pl.Float64) * 2**20).round().cast(pl.Int64)
    return (
        ends.with_columns(units, group=pl.when(one).then("group").otherwise(pl.lit(BETWEEN)))
        .group_by("group")
        .agg(pl.len().alias("links"), pl.col("evidence", "probability").sum())
        .with_columns((pl.col("evidence", "probability") / (2**20 * pl.col("links"))).round(4))
        .sort("links", "group", descending=[True, False])
        .to_dicts()
    )


def _stands(links: pl.DataFrame, accounts: pl.DataFrame, communities: pl.DataFrame) -> _Stands:
    of = accounts.join(
        communities.select(
            "community_id",
            "one_hand",
            "explained",
            pl.col("suspicion").cast(pl.Float64).alias("campaign"),
            suspected=pl.col("campaign_id").is_not_null(),
        ),
        on="community_id",
        how="left",
        maintain_order="left",
    ).with_columns(pl.col("one_hand", "explained", "campaign").fill_null(0.0), pl.col("suspected").fill_null(False))
    at = of["account"].to_numpy()
    size = 1 + max(
        int(each.max(initial=0)) for each in (at, *(links[end].to_numpy() for end in ("account_a", "account_b")))
    )

    def spread(values: NDArray[Any], absent: float) -> NDArray[Any]:
        found = np.full(size, absent, values.dtype)
        found[at] = values
        return found

    campaign, hand = (of[name].to_numpy().astype(np.float64) for name in ("campaign", "one_hand"))
    return _Stands(
        spread(_coded(of["community_id"]), -1),
        spread(of["suspicion"].to_numpy().astype(np.float64), 0.0),
        spread(_log_odds(campaign + (1.0 - campaign) * hand), -SUREST),
        spread(of["explained"].to_numpy().astype(np.float64), 0.0),
        spread(of["suspected"].to_numpy(), False),
    )


def _coded(ids: pl.Series) -> NDArray[np.int64]:
    """Numbers for ids, -1 for null."""
    return ids.rank("dense").cast(pl.Int64).fill_null(-1).to_numpy()


def _log_odds(probability: Bits) -> Bits:
    kept = np.clip(probability, 1e-9, 1.0 - 1e-9)
    bits: Bits = np.clip(np.log2(kept / (1.0 - kept)), -SUREST, SUREST)
    return bits


def _bits(linked: Linked, over: Bits, of: _Stands, held: NDArray[np.bool_]) -> Bits:
    """What the assessment adds to each link."""
    links = linked.links
    a, b = (links[end].to_numpy() for end in ("account_a", "account_b"))
    together = (of.community[a] == of.community[b]) & (of.community[a] >= 0)
    belonging = _log_odds(np.minimum(of.suspicion[a], of.suspicion[b]))
    explained = np.where(_alone(linked), 1.0, of.explained[a])
    honest = of.group[a] - explained * np.maximum(over, 0.0)
    inside = np.where(of.suspected[a], belonging, honest)
    open_ = _signed(linked) & (np.maximum(of.group[a], of.group[b]) > 0) & ~of.suspected[a] & ~of.suspected[b]
    parted = -SUREST - np.maximum(over, 0.0)
    bits = np.where(together, inside, np.where(open_, 0.0, parted))
    if DECIDED in links.columns:
        held = held | (links[DECIDED].to_numpy() > 0)
    return np.where(held, np.maximum(bits, 0.0), bits)


def _signed(linked: Linked) -> NDArray[np.bool_]:
    """Links that what pays or names speaks for."""
    links = linked.links
    columns = [name for name, group in linked.channels.items() if group in SIGNED and name in links.columns]
    if not columns:
        return np.zeros(links.height, np.bool_)
    said: NDArray[np.bool_] = links.select(pl.sum_horizontal(columns) >= SAYS).to_series().to_numpy()
    return said


def _alone(linked: Linked) -> NDArray[np.bool_]:
    """Links that no two groups of evidence speak for."""
    links, groups = linked.links, sorted(set(linked.channels.values()))
    columns = [
        [name for name, its in linked.channels.items() if its == each and name in links.columns] for each in groups
    ]
    speak = [(pl.sum_horizontal(each) >= SAYS).cast(pl.Int32) for each in columns if each]
    few: NDArray[np.bool_] = links.select(pl.sum_horizontal(pl.lit(0), *speak) < 2).to_series().to_numpy()
    return few


def _second(links: pl.DataFrame, accounts: pl.DataFrame, members: pl.DataFrame) -> NDArray[np.bool_]:
    """Links between two members of a campaign that is not the first one of both."""
    first = accounts.select("account", first="campaign_id")
    further = members.join(first, on="account", how="left").filter(pl.col("campaign_id").ne_missing(pl.col("first")))
    found = np.zeros(links.height, np.bool_)
    if further.is_empty():
        return found
    who = further["account"].unique().implode()
    near = links.select("account_a", "account_b").with_row_index("row")
    near = near.filter(pl.col("account_a").is_in(who) | pl.col("account_b").is_in(who))
    of = members.select("account", "campaign_id")
    both = near.join(of, left_on="account_a", right_on="account").join(
        of, left_on=["account_b", "campaign_id"], right_on=["account", "campaign_id"], how="semi"
    )
    found[both["row"].to_numpy()] = True
    return found
