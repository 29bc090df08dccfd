"""Near-duplicate prompts: each dense neighbourhood is a template, which accounts share like any other value."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.similarity_settings import PromptSettings
from linkage.tables import TIME, USES, empty, schema

KIND = "prompt"
SHARED = schema(
    {
        "template": pl.String,
        "accounts": pl.Int64,
        "prompts": pl.Int64,
        "exemplar_row": pl.Int64,
        "account": pl.UInt32,
        "sent_at": TIME,
    }
)


class Templates(NamedTuple):
    """Which template each prompt is of, and who used which."""

    uses: pl.DataFrame  # USES: one row an account and template; the value is the template's name. Shared ones only
    counts: pl.DataFrame  # account, template (number), count: the same
    template: NDArray[np.int32]  # [n]: template of each prompt, -1 for none
    shared: pl.DataFrame  # template (name), accounts, prompts, exemplar_row, account, sent_at: those of two or more
    figures: dict[str, Any]  # for the manifest


def templates(
    unit: NDArray[np.float32],
    account: NDArray[np.uint32],
    sent_at: NDArray[np.int64],
    row: NDArray[np.int64],
    threshold: float,
    settings: PromptSettings,
    seed: int,
    device: str = "cpu",
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
        device: of torch, where pairs are met on one; `cpu` uses the kernels.
    """
    from linkage.similarity.cuda import Meeting
    from linkage_kernels.templates import templates as cover

    if not len(unit):
        nothing = {"prompts": 0, "templates": 0, "in_templates": 0}
        counts = pl.DataFrame(schema={"account": pl.UInt32, "template": pl.Int32, "count": pl.Int64})
        return Templates(empty(USES), counts, np.zeros(0, np.int32), empty(SHARED), nothing)
    meeting = None if device == "cpu" else Meeting(device)
    found = cover(unit, threshold, settings.recall, seed, None if meeting is None else meeting.pairs)
    held = found.template >= 0
    used = (
        pl.DataFrame(
            {
                "account": account[held],
                "template": found.template[held],
                "sent_at": _times(sent_at[held]),
            }
        )
        .lazy()
        .group_by("account", "template")
        .agg(
            count=pl.len().cast(pl.Int64),
            first_seen=pl.col("sent_at").min(),
            last_seen=pl.col("sent_at").max(),
        )
        .filter(pl.len().over("template") > 1)
        .collect(engine="streaming")
    )
    # Named by their order, which is that of accounts and times: row numbers would change with the order of the input.
    name = "template " + pl.col("template").cast(pl.String)
    uses = used.select(
        "account", kind=pl.lit(KIND), value=name, count="count", first_seen="first_seen", last_seen="last_seen"
    )
    shared = (
        used.group_by("template").agg(accounts=pl.len().cast(pl.Int64), prompts=pl.col("count").sum()).sort("template")
    )
    at = found.exemplar[shared["template"].to_numpy()]
    shared = shared.select(
        name.alias("template"),
        "accounts",
        "prompts",
        exemplar_row=pl.Series(row[at], dtype=pl.Int64),
        account=pl.Series(account[at], dtype=pl.UInt32),
        sent_at=_times(sent_at[at]),
    )
    return Templates(
        uses.cast(USES),
        used.select("account", "template", "count"),
        found.template,
        shared,
        {
            "prompts": len(unit),
            "distinct": found.distinct,
            "templates": len(found.exemplar),
            "shared_templates": shared.height,
            "in_templates": int(held.sum()),
            "pairs_followed": found.pairs,
            "recall": round(found.recall, 4),
            "recall_sampled_pairs": found.sampled_pairs,
            **({} if meeting is None else {"ties_at_threshold": meeting.ties}),
        },
    )


def _times(microseconds: NDArray[np.int64]) -> pl.Series:
    """Times; the least int64 is an unknown one."""
    return pl.Series(microseconds, dtype=pl.Int64).replace(np.iinfo(np.int64).min, None).cast(TIME)
