"""Tables in, a run out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import polars as pl

from linkage import campaigns, communities, graph, identifiers, io, report
from linkage.pipeline.alike import pairs, written
from linkage.pipeline.channels import describe
from linkage.pipeline.device import choose
from linkage.pipeline.manifest import manifest, repeatable
from linkage.pipeline.outputs import outputs
from linkage.progress import Progress
from linkage.settings import Settings

Device = Literal["auto", "cpu", "cuda"]


def build(
    source: Path | str | Mapping[str, pl.DataFrame | pl.LazyFrame],
    settings: Settings | None = None,
    *,
    device: Device = "auto",
    progress: Progress | None = None,
) -> io.Run:
    """Link the accounts in `source` into campaigns.

    Args:
        source: folder of tables, or the tables by name.
        settings: all settings; the defaults where absent.
        device: where near-duplicate prompts are compared; the manifest says which was used, and why.
        progress: told of every stage; silent where absent.

    Returns:
        The run, in memory; `Run.save` writes it.

    Raises:
        InputError: the input cannot be used.
        SettingsError: the device asked for is not there.
    """
    settings = settings or Settings()
    progress = progress or Progress()
    chosen = choose(device)
    with progress.stage("read") as stage:
        tables = io.read(source, settings.input)
        n = tables.accounts.height
        stage.rows = sum(rows for file in tables.files if isinstance(rows := file["rows"], int))
        stage.detail = f"{n:,} accounts"
    with progress.stage("activity") as stage, io.guard("exchanges"):
        active = touched = None
        if tables.exchanges is not None:
            # One after the other: collected together, Polars keeps all decoded rows to read them once.
            hours = campaigns.by_hour(tables.exchanges).collect(engine="streaming")
            touched = identifiers.touches(tables.exchanges).collect(engine="streaming")
            active = campaigns.activity(hours)
        stage.rows = 0 if touched is None else touched.height
        stage.detail = "accounts x addresses x devices"
    wrote = written(tables, settings, chosen.used, progress)
    with progress.stage("identifiers") as stage, io.guard("payments, identifiers"):
        uses = identifiers.gather(tables.accounts, touched, tables.addresses, tables.payments, tables.identifiers)
        shared = identifiers.share(pl.concat([uses, wrote.uses]), n, settings.identifiers)
        stage.rows = uses.height
        stage.detail = f"{shared.values.height:,} shared values, {shared.hubs.height:,} suppressed"
    did = pairs(tables, shared, wrote, settings, progress)
    with progress.stage("links") as stage:
        values, used = graph.with_pairs(shared.values, shared.uses, did.pairs)
        linked = graph.link(values, used, n, settings.identifiers, settings.graph)
        stage.rows = linked.links.height
        stage.detail = f"from {int(shared.values['pairs'].sum()):,} shared pairs"
    with progress.stage("communities") as stage:
        memberships = communities.group(linked.links, linked.prior_bits, settings.communities, settings.seed)
        tied = communities.bridges(memberships, linked.links, linked.channels, settings.communities)
        memberships = tied.memberships
        stage.rows = memberships["community"].n_unique()
        stage.detail = f"of {memberships.height:,} linked accounts"
    with progress.stage("campaigns") as stage:
        view = campaigns.View(
            tables.accounts,
            active,
            touched,
            tables.addresses,
            uses,
            shared.hubs,
            linked.channels,
            wrote.content,
        )
        assessed = campaigns.assess(memberships, linked.links, view, settings.campaigns)
        stage.rows = assessed.campaigns.height
        stage.detail = f"{assessed.members.height:,} accounts in them"
    with progress.stage("evidence") as stage:
        inside = campaigns.links_inside(linked.links, assessed.members)
        found = graph.evidence(values, used, inside, settings.identifiers, settings.graph.reasons_per_link)
        stage.rows = found.height
        stage.detail = f"behind {inside.height:,} links"
    with progress.stage("report") as stage:
        files = outputs(tables, active, shared.hubs, linked, assessed, found, wrote.shared, tied.bridges)
        channels = describe(tables, shared.kinds, linked, settings, wrote, did)
        notes = (*wrote.notes, *did.notes)
        described = manifest(tables, settings, chosen, channels, shared, linked, files, progress, notes)
        page = report.render(files, repeatable(described))
        stage.rows = len(page)
        stage.detail = "bytes of HTML"
    return io.Run(tables=files, manifest=described, report=page)
