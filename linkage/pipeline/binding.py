"""What people decided before, on its way through the stages."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import polars as pl

from linkage import campaigns, decisions, graph, io
from linkage.graph import Linked
from linkage.pipeline.alike import Alike
from linkage.settings import Settings
from linkage.tables import USES


class Bound(NamedTuple):
    """Links that agree with the decisions, and what became of these."""

    linked: Linked
    decided: pl.DataFrame  # DECIDED, with who comes back
    apart: decisions.Apart
    before: pl.DataFrame  # LINKS, those among them that people contradicted

    @property
    def cleared(self) -> pl.Series:
        """Accounts that were cleared and do not come back."""
        return self.decided.filter((pl.col("decision") == "cleared") & ~pl.col("returns"))["account"]


def tied(did: Alike, known: decisions.Resolved, settings: Settings) -> pl.DataFrame:
    """PAIRS of all channels and those that decisions tie, a channel of their own where there are any."""
    pairs = decisions.together(known.decided, settings.decisions)
    if pairs.height:
        did.figures[decisions.KIND] = {"pairs": pairs.height}
    return pl.concat([did.pairs, pairs])


def bound(
    linked: Linked,
    values: pl.DataFrame,
    used: pl.DataFrame,
    uses: pl.DataFrame,
    active: pl.DataFrame | None,
    known: decisions.Resolved,
    settings: Settings,
) -> Bound:
    """Settle who comes back, and cut the links between accounts that people told apart.

    Args:
        linked: of `graph.link`.
        values: VALUES that made the links.
        used: CODED_USES that made the links.
        uses: USES; says since when the logs know an account where there are no exchanges.
        active: account, first_seen; None without exchanges.
        known: the decisions that hold.
        settings: of the build.
    """
    decided = known.decided
    doubtful = decisions.doubtful(linked.links, decided)
    if doubtful.height:
        reasons = graph.evidence(values, used, doubtful, settings.identifiers)
        kinds = reasons["kind"].unique().sort()
        floor = settings.graph.min_probability
        decided = decisions.returning(
            decided,
            reasons,
            _since(uses, active),
            {kind: settings.identifiers.kind(kind).group for kind in kinds},
            linked.caps,
            linked.prior_bits + math.log2(floor / (1.0 - floor)),
            settings.decisions,
        )
    cut = decisions.apart(linked.links, decided)
    return Bound(linked._replace(links=cut.links), decided, cut, linked.links)


def _since(uses: pl.DataFrame, active: pl.DataFrame | None) -> pl.DataFrame:
    """account, first_seen: since when the logs know each account."""
    if active is not None:
        return active.select("account", "first_seen")
    return uses.select(list(USES)).group_by("account").agg(pl.col("first_seen").min()).drop_nulls()


def known_to(found: Bound, accounts: int, stood: pl.DataFrame, settings: Settings) -> campaigns.Known | None:
    """What the assessment is told of the decisions. `stood`: MEMBERSHIPS before they were made to agree with them."""
    if found.decided.is_empty():
        return None
    return campaigns.Known(found.decided, accounts, settings.decisions, stood.select("account", "community"))


def told(known: decisions.Resolved, found: Bound, outcome: pl.DataFrame, tables: io.Tables) -> dict[str, Any]:
    """For the manifest: how many decisions there were, held, and bound."""
    rejected = tables.rejected_counts.get("decisions", {})
    unknown = sum(count for reason, count in rejected.items() if reason.startswith("unknown account"))
    inside = outcome.filter(pl.col("campaign_id").is_not_null())
    both = outcome.filter(pl.col("decision") == "enforced").drop_nulls(["campaign", "campaign_id"])
    split = both.group_by("campaign").agg(pl.col("campaign_id").n_unique()).filter(pl.col("campaign_id") > 1)
    return {
        "rows": known.rows + unknown,
        "of_accounts_not_in_the_logs": unknown,
        "accounts": outcome.height,
        "enforced": int((outcome["decision"] == "enforced").sum()),
        "cleared": int((outcome["decision"] == "cleared").sum()),
        "overruled_by_later_ones": known.overruled,
        "conflicting": known.conflicting,
        "links_cut_between_campaigns": found.apart.between_campaigns,
        "links_cut_to_cleared": found.apart.to_cleared,
        "enforced_in_campaigns_now": int((inside["decision"] == "enforced").sum()),
        "campaigns_still_in_several": split.height,
        "cleared_that_come_back": int(outcome["returns"].sum()),
        "cleared_in_campaigns_now": int((inside["decision"] == "cleared").sum()),
    }


def notes(figures: dict[str, Any]) -> tuple[str, ...]:
    """What a person should know of them, one line each."""
    if not figures["rows"]:
        return ()
    said = [
        f"decisions: {figures['enforced']:,} enforced and {figures['cleared']:,} cleared accounts bind; "
        f"{figures['links_cut_between_campaigns'] + figures['links_cut_to_cleared']:,} links cut"
    ]
    if figures["of_accounts_not_in_the_logs"]:
        said.append(
            f"decisions: {figures['of_accounts_not_in_the_logs']:,} rows name accounts that the logs do not know"
        )
    if figures["conflicting"]:
        said.append(
            f"decisions: {figures['conflicting']:,} accounts have contradicting decisions of the same time; "
            "cleared holds, and of two campaigns neither"
        )
    if figures["cleared_that_come_back"]:
        said.append(
            f"decisions: new evidence speaks against {figures['cleared_that_come_back']:,} cleared accounts: "
            "see outcome in decisions"
        )
    return tuple(said)
