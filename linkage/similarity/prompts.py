"""Near-duplicate prompts: each dense neighbourhood is a template, which accounts share like any other value."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.similarity_settings import PromptSettings
from linkage.tables import TIME, USES, empty

KIND = "prompt"


class Templates(NamedTuple):
    """Which template each prompt is of, and who used which."""

    uses: pl.DataFrame  # USES: one row an account and template; the value names the exemplar's row
    template: NDArray[np.int32]  # [n]: template of each prompt, -1 for none
    exemplar: NDArray[np.int64]  # [t]: row of each template's exemplar in the table as read
    figures: dict[str, float | int]  # for the manifest


def templates(
    unit: NDArray[np.float32],
    account: NDArray[np.uint32],
    sent_at: NDArray[np.int64],
    row: NDArray[np.int64],
    threshold: float,
    settings: PromptSettings,
    seed: int,
) -> Templates:
    """Find the templates among the prompts.

    Args:
        unit: float32[n, d], rows of length 1; a zero row is no prompt to compare.
        account: [n].
        sent_at: [n], microseconds since 1970; the least int64 where unknown.
        row: [n], the prompt's row number in the table as read.
        threshold: least cosine of near-duplicates.
        settings: recall.
        seed: of samples.
    """
    from linkage_kernels.templates import templates as cover

    if not len(unit):
        return Templates(empty(USES), np.zeros(0, np.int32), np.zeros(0, np.int64), {"prompts": 0, "templates": 0})
    found = cover(unit, threshold, settings.recall, seed)
    exemplar = row[found.exemplar]
    held = found.template >= 0
    used = (
        pl.DataFrame(
            {
                "account": account[held],
                "template": found.template[held],
                "sent_at": pl.Series(sent_at[held]).replace(np.iinfo(np.int64).min, None).cast(TIME),
            }
        )
        .lazy()
        .group_by("account", "template")
        .agg(
            count=pl.len().cast(pl.Int64),
            first_seen=pl.col("sent_at").min(),
            last_seen=pl.col("sent_at").max(),
        )
        .collect(engine="streaming")
    )
    names = pl.Series("value", exemplar).cast(pl.String)
    uses = used.select(
        "account",
        kind=pl.lit(KIND),
        value="row " + pl.lit(names).gather(pl.col("template")),
        count="count",
        first_seen="first_seen",
        last_seen="last_seen",
    )
    return Templates(
        uses.cast(USES),
        found.template,
        exemplar,
        {
            "prompts": len(unit),
            "distinct": found.distinct,
            "templates": len(exemplar),
            "in_templates": int(held.sum()),
            "pairs_followed": found.pairs,
            "recall": round(found.recall, 4),
            "recall_sampled_pairs": found.sampled_pairs,
        },
    )
