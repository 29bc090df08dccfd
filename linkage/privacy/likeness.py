"""Templates that another lab is told of: vectors rounded to some steps, and which of ours they are like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.privacy.bundle import Bundle, Template
from linkage.privacy.exchange import LEADS

Floats = NDArray[np.float32]
#: Templates of a campaign that are told, those of most accounts first; those of one account are nobody's business.
TOLD, _ACCOUNTS = 200, 2
#: Steps that a number is rounded to are this part of the numbers' root mean square. The cosine between a vector and
#: its rounded self is about 1 / sqrt(1 + part² / 12), 0.99, whatever the width.
_PART = 0.5


def worth_telling(own: pl.DataFrame, campaign: str) -> pl.DataFrame:
    """template, accounts, prompts, exemplar_row of the campaign's own templates that are told.

    Args:
        own: OUTPUT["own_templates"].
        campaign: its id.
    """
    found = own.filter((pl.col("campaign_id") == campaign) & (pl.col("accounts") >= _ACCOUNTS)).drop_nulls(
        ["template", "exemplar_row"]
    )
    order = ["accounts", "prompts", "template"]
    return found.sort(order, descending=[True, True, False], nulls_last=True).head(TOLD)


def told(rows: pl.DataFrame, exemplars: NDArray[np.int64], unit: Floats) -> tuple[Template, ...]:
    """Templates as a bundle has them, sorted by their numbers, so that their order tells nothing.

    Args:
        rows: of `worth_telling`.
        exemplars: [n], ascending: rows of prompts.
        unit: [n, width], their vectors.
    """
    place = dict(zip(exemplars.tolist(), rounded(unit).tolist(), strict=True))
    made = [
        Template(accounts=accounts, prompts=prompts or 0, vector=tuple(place[row]))
        for accounts, prompts, row in rows.select("accounts", "prompts", "exemplar_row").iter_rows()
        if row in place
    ]
    return tuple(sorted(made, key=lambda one: one.vector))


def rounded(unit: Floats) -> NDArray[np.int64]:
    """Vectors of length 1 as whole numbers of steps."""
    steps = unit.astype(np.float64) * (unit.shape[1] ** 0.5 / _PART)
    return np.asarray(np.clip(np.rint(steps), -127, 127), np.int64)


def like(theirs: Sequence[Template], unit: Floats, threshold: float) -> NDArray[np.bool_]:
    """[theirs, ours]: which are near-duplicates, both as rounded."""
    return np.asarray(_length_one([one.vector for one in theirs]) @ _length_one(rounded(unit)).T >= threshold)


def leads(tables: Mapping[str, pl.DataFrame], bundle: Bundle, met: Sequence[str], reliability: str) -> pl.DataFrame:
    """LEADS, a row a campaign whose own templates are like what another lab told of.

    Args:
        tables: members, own_templates, evidence of the run.
        bundle: what was told.
        met: templates of ours that are like any of theirs.
        reliability: of the source.
    """
    rows = []
    own = tables["own_templates"].filter(pl.col("template").is_in(met))
    for (campaign,), found in own.sort("campaign_id", "template").partition_by("campaign_id", as_dict=True).items():
        names = found["template"].unique().sort()
        members = tables["members"].filter(pl.col("campaign_id") == campaign)["account_id"]
        ties = tables["evidence"].filter(
            (pl.col("kind") == "prompt")
            & pl.col("value").is_in(names.implode())
            & pl.col("account_a").is_in(members.implode())
            & pl.col("account_b").is_in(members.implode())
        )
        widest = int(found["accounts"].max() or 0)  # type: ignore[arg-type]
        rows.append(
            {
                "campaign_id": campaign,
                "accounts": max(widest, ties["account_a"].append(ties["account_b"]).n_unique()),
                "of": members.len(),
                "indicators": names.len(),
                "kinds": "prompt",
                "rarest_bits": round(float(ties["weight"].max() or 0.0), 2),  # type: ignore[arg-type]
                "users_at_most": int(found["accounts"].min() or 0),  # type: ignore[arg-type]
                "reliability": reliability,
                "source": bundle.source,
                "their_campaign": bundle.campaign_id,
                "tlp": bundle.tlp,
                "expires": bundle.expires,
            }
        )
    table = pl.DataFrame(rows, schema=LEADS, orient="row")
    return table.sort(["indicators", "campaign_id"], descending=[True, False])


def _length_one(rows: object) -> NDArray[np.float64]:
    vectors = np.asarray(rows, np.float64)
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1.0))
