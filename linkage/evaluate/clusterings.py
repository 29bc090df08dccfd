"""Two clusterings of the same accounts compared; campaigns matched by the accounts they share."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.evaluate.model import Clustering, FoundCampaign, Scores, TrueCampaign


def compare(truth: pl.Series, found: pl.Series) -> Clustering:
    """Pairwise and B-cubed scores of `found` against `truth`, row by row; null is a cluster of its own.

    Only the sizes of the overlaps count: any order of rows and any names of clusters give the same figures, to the bit.
    """
    cells = (
        pl.DataFrame({"t": truth.cast(pl.String), "f": found.cast(pl.String)})
        .with_row_index("row")
        .with_columns(
            # Rows without a cluster get one that no other row has.
            pl.when(pl.col(side).is_null()).then(pl.col("row").cast(pl.Int64) + 1).otherwise(0).alias(f"{side}_alone")
            for side in ("t", "f")
        )
        .group_by("t", "t_alone", "f", "f_alone")
        .agg(both=pl.len().cast(pl.Int64))
        .with_columns(
            pl.col("both").sum().over("t", "t_alone").alias("true"),
            pl.col("both").sum().over("f", "f_alone").alias("placed"),
        )
    )
    both, true, placed = (cells[name].to_numpy().astype(np.float64) for name in ("both", "true", "placed"))
    shared = _pairs(both)
    return Clustering(
        accounts=truth.len(),
        pairwise=Scores(
            precision=_ratio(shared, math.fsum(both * (placed - 1) / 2)),
            recall=_ratio(shared, math.fsum(both * (true - 1) / 2)),
        ),
        b_cubed=Scores(
            precision=_ratio(math.fsum(both * both / placed), truth.len()),
            recall=_ratio(math.fsum(both * both / true), truth.len()),
        ),
    )


def detect(truth: pl.Series, found: pl.Series) -> Clustering:
    """The same where null means to be in no campaign at all: precision over the found, recall over the true.

    Pairs are those of `compare`. B-cubed here gives an innocent no precision and a missed account no recall.
    """
    sides = pl.DataFrame({"t": truth.cast(pl.String), "f": found.cast(pl.String)}).filter(
        pl.col("t").is_not_null() | pl.col("f").is_not_null()
    )
    cells = (
        sides.group_by("t", "f")
        .agg(both=pl.len().cast(pl.Int64))
        .with_columns(true=pl.col("both").sum().over("t"), placed=pl.col("both").sum().over("f"))
        .drop_nulls(["t", "f"])
    )
    both, true, placed = (cells[name].to_numpy().astype(np.float64) for name in ("both", "true", "placed"))
    return Clustering(
        accounts=sides.height,
        pairwise=compare(sides["t"], sides["f"]).pairwise,
        b_cubed=Scores(
            precision=_ratio(math.fsum(both * both / placed), sides["f"].count()),
            recall=_ratio(math.fsum(both * both / true), sides["t"].count()),
        ),
    )


def true_campaigns(both: pl.DataFrame) -> tuple[TrueCampaign, ...]:
    """Each campaign of truth, largest first, and the found campaign that shares most accounts with it."""
    placed = both.filter(pl.col("campaign_id").is_not_null()).group_by("campaign_id").agg(placed=pl.len())
    cells = (
        both.filter(pl.col("campaign").is_not_null() & pl.col("campaign_id").is_not_null())
        .group_by("campaign", "campaign_id")
        .agg(shared=pl.len())
        .join(placed, on="campaign_id")
        .sort(["campaign", "shared", "placed", "campaign_id"], descending=[False, True, False, False])
    )
    best = cells.group_by("campaign").agg(pl.all().first(), pieces=pl.len())
    sizes = both.filter(pl.col("campaign").is_not_null()).group_by("campaign").agg(accounts=pl.len())
    rows = sizes.join(best, on="campaign", how="left").sort(["accounts", "campaign"], descending=[True, False])
    return tuple(
        TrueCampaign(
            campaign=row["campaign"],
            accounts=row["accounts"],
            found_as=row["campaign_id"],
            shared=row["shared"] or 0,
            recall=(row["shared"] or 0) / row["accounts"],
            precision=row["shared"] / row["placed"] if row["placed"] else None,
            pieces=row["pieces"] or 0,
        )
        for row in rows.iter_rows(named=True)
    )


def found_campaigns(both: pl.DataFrame) -> tuple[FoundCampaign, ...]:
    """Each found campaign that holds a labelled account, largest first, and what it is made of."""
    inside = both.filter(pl.col("campaign_id").is_not_null())
    mostly = (
        inside.filter(pl.col("campaign").is_not_null())
        .group_by("campaign_id", "campaign")
        .agg(shared=pl.len())
        .sort(["campaign_id", "shared", "campaign"], descending=[False, True, False])
        .group_by("campaign_id")
        .agg(pl.all().first())
    )
    rows = (
        inside.group_by("campaign_id")
        .agg(accounts=pl.len(), guilty=pl.col("guilty").fill_null(False).sum())
        .join(mostly, on="campaign_id", how="left")
        .sort(["accounts", "campaign_id"], descending=[True, False])
    )
    return tuple(
        FoundCampaign(
            campaign_id=row["campaign_id"],
            accounts=row["accounts"],
            guilty=row["guilty"],
            mostly=row["campaign"],
            purity=(row["shared"] or 0) / row["accounts"],
        )
        for row in rows.iter_rows(named=True)
    )


def _pairs(sizes: NDArray[np.float64]) -> float:
    return math.fsum(sizes * (sizes - 1) / 2)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 1.0
