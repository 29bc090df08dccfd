"""What accounts do alike, channel by channel: as uses of templates, and as pairs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage import campaigns, communities, graph, io, similarity
from linkage.identifiers import Shared
from linkage.progress import Progress
from linkage.settings import Settings
from linkage.tables import PAIRS, TIME, USES, empty


@dataclass(slots=True)
class Written:
    """What the prompts gave."""

    uses: pl.DataFrame = field(default_factory=lambda: empty(USES))
    content: campaigns.Content | None = None
    shared: pl.DataFrame = field(default_factory=lambda: empty(similarity.SHARED))
    templates: pl.DataFrame | None = None  # account, sent_at, template: prompts with a template and a time
    figures: dict[str, Any] = field(default_factory=dict)  # of the templates, for the manifest
    pairs: pl.DataFrame = field(default_factory=lambda: empty(PAIRS))  # accounts that write alike as a whole
    nearest: dict[str, Any] | None = None  # figures of these
    profiles: communities.Profiles | None = None  # what accounts write as a whole
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Alike:
    """Pairs of all channels that find pairs, and how hard each looked."""

    pairs: pl.DataFrame = field(default_factory=lambda: empty(PAIRS))
    figures: dict[str, dict[str, Any]] = field(default_factory=dict)  # channel -> figures for the manifest
    notes: tuple[str, ...] = ()
    sent: similarity.Sent | None = None  # when exchanges were made, where the timeline was looked at and knows


def written(tables: io.Tables, settings: Settings, device: str, progress: Progress) -> Written:
    """Prompts -> vectors -> templates, and accounts that write alike as a whole."""
    asked = settings.similarity
    if tables.prompts is None or not asked.prompts.enabled:
        return Written()
    with progress.stage("vectors") as stage, io.guard("prompts"):
        found = similarity.vectors(
            tables.prompts, tables.embedding_width, asked.text, similarity.chosen_folder(asked.text.cache)
        )
        stage.rows = len(found.unit)
        stage.detail = f"{found.unit.shape[1]} wide, from {found.source}s; {found.poor:,} say too little"
    with progress.stage("templates") as stage:
        threshold = found.threshold if found.threshold is not None else asked.prompts.threshold
        covered = similarity.templates(
            found.unit, found.account, found.sent_at, found.row, threshold, asked.prompts, settings.seed, device
        )
        stage.rows = covered.figures["templates"]
        stage.detail = f"of {covered.figures['in_templates']:,} near-duplicate prompts"
    compared = pl.DataFrame({"account": found.account, "said": found.said})
    prompts = compared.filter("said").group_by("account").agg(prompts=pl.len().cast(pl.Int64)).sort("account")
    timed = (covered.template >= 0) & (found.sent_at != similarity.UNTIMED)
    dated = pl.DataFrame(
        {
            "account": found.account[timed],
            "sent_at": pl.Series(found.sent_at[timed]).cast(TIME),
            "template": covered.template[timed].astype("uint32"),
        }
    )
    exemplars = _exemplars(tables.prompts, covered.shared) if settings.privacy.prompt_words else None
    content = campaigns.Content(covered.counts, prompts, dated, exemplars)
    figures = {"vectors": found.source, "width": found.unit.shape[1], "threshold": threshold, **covered.figures}
    wrote = Written(covered.uses, content, covered.shared, dated, figures, notes=found.notes)
    if settings.pooling.enabled:
        wrote.profiles = communities.Profiles(*similarity.means(found.unit, found.account))
    if asked.nearest.enabled:
        with progress.stage("nearest") as stage:
            accounts = tables.accounts.height
            alike = similarity.nearest(
                found.unit, found.account, accounts, asked.nearest, settings.seed, covered.template, device
            )
            wrote.pairs, wrote.nearest = alike.pairs, alike.figures
            stage.rows = alike.pairs.height
            stage.detail = f"pairs, of {alike.figures['accounts']:,} accounts with enough prompts"
    return wrote


def _exemplars(prompts: pl.LazyFrame, shared: pl.DataFrame) -> pl.DataFrame | None:
    """template (number), text of the prompts that stand for a shared template; null where prompts have no text."""
    wanted = shared.select(
        template=pl.col("template").str.strip_prefix("template ").cast(pl.Int32),
        row=pl.col("exemplar_row").cast(pl.UInt32),
    )
    found = (
        prompts.select("text")
        .with_row_index("row")
        .filter(pl.col("row").is_in(wanted["row"].implode()) & pl.col("text").is_not_null())
        .collect(engine="streaming")
    )
    texts = wanted.join(found, on="row").select("template", "text").sort("template")
    return texts if texts.height else None


def pairs(
    tables: io.Tables,
    moments: NDArray[np.uint64] | None,
    shared: Shared,
    wrote: Written,
    settings: Settings,
    progress: Progress,
) -> Alike:
    """What the times of exchanges say: activity in step, failover, successions. And what was found before.

    `moments` of all exchanges (`similarity.once`) are put in order where they lie.
    """
    asked = settings.similarity
    wanted = asked.activity.enabled or asked.failover.enabled or asked.succession.enabled
    out = Alike(wrote.pairs)
    if wrote.nearest is not None and wrote.nearest["accounts"] > 1:
        out.figures["alike"] = wrote.nearest
    if moments is None or not wanted:
        return out
    accounts = tables.accounts.height
    with progress.stage("timeline") as stage:
        timeline = similarity.ordered(moments, accounts)
        stage.rows = len(timeline.key)
        out.sent = similarity.sent(timeline)
        values, uses = graph.with_pairs(shared.values, shared.uses, wrote.pairs)
        suspected = graph.link(values, uses, accounts, settings.identifiers, settings.graph).links
        # The weightiest are those of small groups, whose accounts meet often enough to tell.
        candidates = _weightiest(suspected, asked.suspected_pairs)
        stage.detail = f"{candidates.height:,} of {suspected.height:,} pairs suspected so far"
    born = tables.accounts.select("account", "created_at")
    channels: dict[str, Callable[[], similarity.Found]] = {
        "activity": lambda: similarity.activity(timeline, asked.activity, settings.seed, candidates),
        "failover": lambda: similarity.failover(timeline, asked.failover, candidates, wrote.templates),
        "succession": lambda: similarity.succession(timeline, candidates, asked.succession, born),
    }
    parts = [out.pairs]
    for name, find in channels.items():
        if not getattr(asked, name).enabled:
            continue
        with progress.stage(name if name != "activity" else "in step") as stage:
            found = find()
            stage.rows = found.pairs.height
            stage.detail = f"pairs, of {found.examined:,} looked at closely"
        parts.append(found.pairs)
        out.figures[name] = {"pairs": found.pairs.height, "tested": found.tested, "examined": found.examined}
        out.notes += found.notes
    out.pairs = pl.concat(parts)
    return out


def _weightiest(links: pl.DataFrame, most: int) -> pl.DataFrame:
    """account_a, account_b of the links of most weight, ties by the accounts; the heaviest first."""
    few = links.select("account_a", "account_b", "weight")
    if 0 < most < few.height:
        weight = few["weight"].to_numpy()
        # Only what may be among them is sorted.
        few = few.filter(pl.col("weight") >= np.partition(weight, len(weight) - most)[len(weight) - most])
    by_weight = few.sort(["weight", "account_a", "account_b"], descending=[True, False, False])
    return by_weight.head(most).select("account_a", "account_b")
