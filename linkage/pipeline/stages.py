"""Tables in, a run out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import polars as pl

from linkage import (
    __version__,
    attribution,
    campaigns,
    communities,
    decisions,
    graph,
    identifiers,
    io,
    report,
    similarity,
)
from linkage.gnn import ModelError, load, save
from linkage.pipeline import binding, masking
from linkage.pipeline.alike import pairs, written
from linkage.pipeline.begun import begun
from linkage.pipeline.channels import describe
from linkage.pipeline.details import details
from linkage.pipeline.device import choose
from linkage.pipeline.lasting import carried, note, opened, told
from linkage.pipeline.manifest import manifest, repeatable
from linkage.pipeline.outputs import outputs
from linkage.pipeline.scored import Scored, score
from linkage.progress import Progress
from linkage.settings import Settings

Device = Literal["auto", "cpu", "cuda"]


def build(
    source: Path | str | Mapping[str, pl.DataFrame | pl.LazyFrame],
    settings: Settings | None = None,
    *,
    previous: io.Run | Path | str | None = None,
    device: Device = "auto",
    progress: Progress | None = None,
    model: Path | str | None = None,
) -> io.Run:
    """Link the accounts in `source` into campaigns.

    Args:
        source: folder of tables, or the tables by name.
        settings: all settings; the defaults where absent.
        previous: the build before, or its folder: its campaigns keep their ids.
        device: where near-duplicate prompts are compared; the manifest says which was used, and why.
        progress: told of every stage; silent where absent.
        model: file of a model that `train` made on another day, to be used instead of teaching one.

    Returns:
        The run, in memory; `Run.save` writes it.

    Raises:
        InputError: the input cannot be used.
        RunFolderError: the previous run cannot be used.
        SettingsError: the device asked for is not there.
        ModelError: the model cannot be used.
    """
    settings = settings or Settings()
    run = _whole(source, settings, device, progress or Progress(), previous, model, False)[0]
    if settings.privacy.vault:
        masking.keep_values(run, settings)
    return run


def train(
    source: Path | str | Mapping[str, pl.DataFrame | pl.LazyFrame],
    out: Path | str,
    settings: Settings | None = None,
    *,
    device: Device = "auto",
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Teach a model on the accounts in `source` and write it to the file `out`.

    Args:
        source: folder of tables, or the tables by name.
        out: the model's file.
        settings: all settings; the defaults where absent.
        device: where the encoder learns.
        progress: told of every stage; silent where absent.

    Returns:
        How the models did beside no model: the manifest's `model`.

    Raises:
        InputError: the input cannot be used.
        SettingsError: the device asked for is not there.
        ModelError: there is too little to learn from, or the file cannot be written.
    """
    settings = settings or Settings()
    scored = _whole(source, settings, device, progress or Progress(), None, None, True)[1]
    if scored.model is None:
        raise ModelError(f"no model was made: {scored.figures['why']}")
    won = scored.figures["used"] == scored.model.name
    save(scored.model, Path(out), settings.gnn, __version__, won)
    return scored.figures


def _whole(
    source: Path | str | Mapping[str, pl.DataFrame | pl.LazyFrame],
    settings: Settings,
    device: Device,
    progress: Progress,
    previous: io.Run | Path | str | None,
    model: Path | str | None,
    keep: bool,
) -> tuple[io.Run, Scored]:
    """All stages. `keep`: teach a model to be saved."""
    saved = None if model is None else load(Path(model))
    chosen = choose(device)
    key = None if keep else masking.key(settings)
    before = opened(previous)
    with progress.stage("read") as stage:
        tables = io.read(source, settings.input)
        n = tables.accounts.height
        stage.rows = sum(rows for file in tables.files if isinstance(rows := file["rows"], int))
        stage.detail = f"{n:,} accounts"
    with progress.stage("activity") as stage, io.guard("exchanges"):
        active = touched = used_models = None
        if tables.exchanges is not None:
            # One after the other: collected together, Polars keeps all decoded rows to read them once.
            hours = campaigns.by_hour(tables.exchanges).collect(engine="streaming")
            touched = identifiers.touches(tables.exchanges).collect(engine="streaming")
            active = campaigns.activity(hours)
            used_models = similarity.usage(tables.exchanges).collect(engine="streaming")
        stage.rows = 0 if touched is None else touched.height
        stage.detail = "accounts x addresses x devices"
    wrote = written(tables, settings, chosen.used, progress)
    with progress.stage("identifiers") as stage, io.guard("payments, identifiers"):
        uses = identifiers.gather(tables.accounts, touched, tables.addresses, tables.payments, tables.identifiers)
        shared = identifiers.share(pl.concat([uses, wrote.uses]), n, settings.identifiers)
        stage.rows = uses.height
        stage.detail = f"{shared.values.height:,} shared values, {shared.hubs.height:,} suppressed"
    did = pairs(tables, shared, wrote, settings, progress)
    known = decisions.resolve(tables.decisions, tables.accounts)
    with progress.stage("links") as stage:
        values, used = graph.with_pairs(shared.values, shared.uses, binding.tied(did, known, settings))
        linked = graph.link(values, used, n, settings.identifiers, settings.graph)
        decided = graph.decided_pairs(linked.links, tables.decisions, tables.accounts)
        linked = graph.learn(linked, decided, settings.graph)
        ruled = binding.bound(linked, values, used, uses, active, known, settings)
        linked = ruled.linked
        stage.rows = linked.links.height
        stage.detail = f"from {int(shared.values['pairs'].sum()):,} shared pairs"
    with progress.stage("communities") as stage:
        memberships = communities.group(linked.links, linked.prior_bits, settings.communities, settings.seed)
        tied = communities.bridges(memberships, linked.links, linked.channels, settings.communities)
        pooled = communities.pool(tied.memberships, linked.links, linked.channels, wrote.profiles, settings.pooling)
        memberships = pooled.memberships
        stage.rows = memberships["community"].n_unique()
        joined = int(pooled.compared["joined"].sum())
        stage.detail = f"of {memberships.height:,} linked accounts" + (f", {joined} of pieces" if joined else "")
    alike = begun(tables, shared, memberships, linked, ruled.decided, settings, progress)
    memberships, linked = alike.memberships, alike.linked
    values, used = graph.with_pairs(values, used, alike.pairs)
    memberships = decisions.bind(memberships, linked.links, ruled.decided, settings.decisions)
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
            binding.known_to(ruled, n, settings),
            used_models,
            None if used_models is None else similarity.moves(used_models, settings.similarity.releases),
            campaigns.Weighing(
                linked.prior_bits,
                linked.caps,
                settings.graph.min_probability,
                {kind: settings.identifiers.kind(kind).group for kind in uses["kind"].unique().sort()},
            ),
        )
        assessed = campaigns.assess(memberships, linked.links, view, settings.campaigns)
        stage.rows = assessed.campaigns.height
        stage.detail = f"{assessed.members.height:,} accounts in them"
    scored = score(tables, memberships, linked.links, view, assessed, settings, chosen.used, progress, saved, keep)
    assessed, lived = carried(before, tables, scored.assessed, ruled.cleared, settings)
    with progress.stage("attribution") as stage:
        placeholders = shared.hubs.filter(pl.col("reason") == "placeholder")
        runs = attribution.attribute(
            assessed.members, pl.concat([uses, wrote.uses]), touched, tables.addresses, tables.dossiers,
            placeholders, settings.attribution,
        )  # fmt: skip
        stage.rows = runs.operators.height
        stage.detail = f"of {assessed.campaigns.height:,} campaigns have an operator"
    with progress.stage("evidence") as stage:
        inside = campaigns.links_inside(linked.links, assessed.members)
        found = graph.evidence(values, used, inside, settings.identifiers, settings.graph.reasons_per_link)
        stage.rows = found.height
        stage.detail = f"behind {inside.height:,} links"
    did_inside = details(tables, used_models, wrote, assessed, progress)
    with progress.stage("report") as stage:
        files = outputs(tables, active, shared.hubs, linked, assessed, runs, found, wrote.shared, tied.bridges)
        files |= did_inside
        channels = describe(tables, shared.kinds, linked, settings, wrote, did)
        channels["born"] = {"kinds": ["born"], "group": settings.identifiers.kind("born").group, **alike.figures}
        files["lineage"] = lived
        files["decisions"] = decisions.outcomes(ruled.decided, files["accounts"], tables.accounts)
        figures = binding.told(known, ruled, files["decisions"], tables)
        files, hidden = masking.masked(files, key, uses, settings)
        notes = (*wrote.notes, *did.notes, *alike.notes, *runs.notes, *note(before, lived), *binding.notes(figures))
        described = manifest(tables, settings, chosen, channels, shared, linked, files, progress, notes)
        described |= {"model": scored.figures, "decisions": figures, "lineage": told(lived)}
        described["privacy"] = masking.told(key, hidden, settings)
        page = report.render(files, repeatable(described))
        stage.rows = len(page)
        stage.detail = "bytes of HTML"
    return io.Run(tables=files, manifest=described, report=page, masked=hidden), scored
