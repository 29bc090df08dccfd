"""How good a run is, against accounts whose operator is known.

**Truth** is a table with one row an account, in either form:

- *world truth*, as `linkage simulate` writes it: `account_id`, `campaign` (null: honest), and if known `kind` and
  `operator`;
- *labelled groups*, for real data: `account_id`, `group` (null: none) and if known `source` (who labelled it) and
  `guilty` (or `sybil`): true, false, or null where nobody knows.

Without `guilty`, an account of world truth is guilty when it has a campaign; of labelled groups nobody knows. Accounts
that truth lacks are left out everywhere, and counted; accounts that the run lacks count as not found.

**Clusterings.** 0/0 is 1: who claims nothing claims nothing wrong. *Pairwise*: precision is the share of pairs placed
together that belong together, recall the share of pairs that belong together placed together. *B-cubed* (Bagga and
Baldwin, 1998; among extrinsic measures the one that meets the constraints of Amigó et al., 2009): for each account, the
share of its cluster that is of its campaign (precision) and of its campaign that is in its cluster (recall), averaged
over accounts. F1 is the harmonic mean of the two averages.

- `campaigns` measures finding. Precision is averaged over accounts in a campaign of the run, and is 0 for an innocent;
  recall over accounts in a true campaign, and is 0 for one that was missed (as Pradhan et al., 2014, do where truth and
  answer do not cover the same items). Were honest accounts clusters of their own, each innocent accused would add to
  the recall: groups of innocents alone have been seen to lift F1 from 0.06 to 0.51. An account of several campaigns
  counts in its `accounts.campaign_id`.
- `communities` measures grouping, whoever judges: over accounts with a true campaign or group only, in all and for each
  source on its own; an account in no community is a cluster of its own. Nobody else is there to be wrong about.

**Suspicion**, over accounts whose guilt is known: average precision (sum over distinct scores of recall gained times
precision there, so that the order of ties cannot matter), precision among the k highest (ties count by expectation),
and calibration: ten bins of equal width, the expected calibration error (mean distance of the mean score of a bin from
its share of guilty accounts, weighted by accounts; Naeini et al., 2015), the Brier score (mean squared error).

**Links**, between accounts that truth knows: mean probability against the share that is together in truth, in ten bins,
and the expected calibration error. What "one operator" means of honest accounts is a matter of definition; both
readings are given. *One hand*: one operator or campaign, or one honest group that a single hand pays for and runs
(somebody with several accounts, a firm, a vendor). *One circle*: households, campuses, a reseller's customers as well.
The same is said of what the assessment of groups makes of links, where it makes anything of them.

**Operators**: a named account is right when truth names the same operator; a named campaign when most of its accounts
with a known operator have that one. Nameable is what truth names an operator for.
"""

from __future__ import annotations

from typing import Protocol

import polars as pl

from linkage.evaluate.clusterings import compare, detect, found_campaigns, true_campaigns
from linkage.evaluate.links import reliability
from linkage.evaluate.model import Clustering, Evaluation, Scores
from linkage.evaluate.scores import innocents, named_accounts, named_campaigns, rank
from linkage.evaluate.text import render
from linkage.evaluate.truth import TRUTH, as_truth, read_truth

__all__ = [
    "TRUTH",
    "Clustering",
    "Evaluation",
    "Scores",
    "as_truth",
    "compare",
    "detect",
    "evaluate",
    "read_truth",
    "reliability",
    "render",
]


class RunTables(Protocol):
    """What is read of a run."""

    @property
    def accounts(self) -> pl.DataFrame: ...
    @property
    def members(self) -> pl.DataFrame: ...
    @property
    def campaigns(self) -> pl.DataFrame: ...
    @property
    def links(self) -> pl.DataFrame: ...


def evaluate(run: RunTables, truth: pl.DataFrame) -> Evaluation:
    """Measure a run against truth (either form; see above)."""
    truth = as_truth(truth)
    members = run.members.select("account_id", "campaign_id").filter(pl.col("campaign_id").is_not_null())
    found = run.accounts.select(
        "account_id",
        "community_id",
        "campaign_id",
        pl.col("suspicion").cast(pl.Float64).fill_nan(0.0),
        pl.col("operator").alias("named"),
    ).with_columns(
        inside=pl.col("campaign_id").is_not_null()
        | pl.col("account_id").is_in(members["account_id"].unique().to_list())
    )
    both = (
        truth.join(found, on="account_id", how="left", coalesce=True, maintain_order="left")
        .with_columns(pl.col("suspicion").fill_null(0.0), pl.col("inside").fill_null(False))
        .filter(pl.col("campaign").is_not_null() | pl.col("guilty").is_not_null())
    )
    grouped = both.filter(pl.col("campaign").is_not_null())
    known = both.filter(pl.col("guilty").is_not_null())
    sources = grouped["source"].drop_nulls().unique().sort().to_list()
    return Evaluation(
        accounts=found.height,
        labelled=both.height,
        not_in_truth=found.join(both, on="account_id", how="anti").height,
        not_in_run=both.join(found, on="account_id", how="anti").height,
        campaigns=detect(both["campaign"], both["campaign_id"]),
        communities={
            "all": compare(grouped["campaign"], grouped["community_id"]),
            **{
                each: compare(part["campaign"], part["community_id"])
                for each in sources
                for part in [grouped.filter(pl.col("source") == each)]
            },
        },
        suspicion=rank(known),
        innocents=innocents(known),
        true_campaigns=true_campaigns(both),
        found_campaigns=found_campaigns(both),
        operators_of_accounts=named_accounts(both),
        operators_of_campaigns=named_campaigns(both, run.campaigns),
        links=reliability(run.links, truth),
        assessed_links=reliability(getattr(run, "assessed_links", run.links.clear()), truth),
    )
