"""What a build does, phase by phase: each is a few stages, and hands on what they made."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage import attribution, campaigns, communities, decisions, graph, identifiers, io, report, similarity
from linkage.graph import Linked
from linkage.identifiers import Shared
from linkage.lineage import Previous
from linkage.pipeline import binding, masking
from linkage.pipeline.alike import Alike, Written
from linkage.pipeline.begun import Begun, begun
from linkage.pipeline.channels import describe, of_groups
from linkage.pipeline.details import details
from linkage.pipeline.device import Chosen
from linkage.pipeline.lasting import note, told
from linkage.pipeline.manifest import manifest, repeatable
from linkage.pipeline.outputs import outputs
from linkage.pipeline.queued import one_queue
from linkage.pipeline.undecided import Undecided, undecided
from linkage.progress import Progress
from linkage.settings import Settings


class Logs(NamedTuple):
    """The input, and what the passes over its exchanges leave of them; None without exchanges."""

    tables: io.Tables
    touched: pl.DataFrame | None  # account, ip, device, count, first_seen, last_seen
    usage: pl.DataFrame | None  # USAGE
    moments: NDArray[np.uint64] | None  # of all exchanges, see `similarity.once`; until `active`
    active: pl.DataFrame | None = None  # ACTIVITY: of `active`

    @property
    def accounts(self) -> int:
        """How many there are."""
        return self.tables.accounts.height

    @property
    def models(self) -> pl.DataFrame | None:
        """USAGE of the models that are named."""
        return None if self.usage is None else self.usage.filter(pl.col("model").is_not_null())


class Used(NamedTuple):
    """Who used which value, and which of these are shared."""

    uses: pl.DataFrame  # USES
    shared: Shared


class Tied(NamedTuple):
    """Links, what made them, and what decisions made of them."""

    values: pl.DataFrame  # VALUES, pairs included
    used: pl.DataFrame  # CODED_USES, pairs included
    known: decisions.Resolved
    ruled: binding.Bound


class Grouped(NamedTuple):
    """Communities, and the links they were settled on."""

    memberships: pl.DataFrame  # MEMBERSHIPS
    stood: pl.DataFrame  # the same before they were made to agree with decisions
    bridges: pl.DataFrame  # BRIDGES
    values: pl.DataFrame  # VALUES and those of accounts that begin alike
    used: pl.DataFrame  # CODED_USES, likewise
    alike: Begun
    plain: Undecided  # what they would be had nobody decided anything

    @property
    def linked(self) -> Linked:
        """All links."""
        return self.alike.linked


class Concluded(NamedTuple):
    """Campaigns under the ids that last, who runs them, and the evidence."""

    assessed: campaigns.Assessment
    lineage: pl.DataFrame  # OUTPUT["lineage"]
    runs: attribution.Attribution
    evidence: pl.DataFrame
    inside: dict[str, pl.DataFrame]  # what members did, in figures


def read(
    source: Path | str | Mapping[str, pl.DataFrame | pl.LazyFrame], settings: Settings, progress: Progress
) -> Logs:
    """Check the input, and reduce the exchanges."""
    with progress.stage("read") as stage:
        tables = io.read(source, settings.input, identifiers.touches)
        stage.rows = sum(rows for file in tables.files if isinstance(rows := file["rows"], int))
        stage.detail = f"{tables.accounts.height:,} accounts"
    with progress.stage("activity") as stage, io.guard("exchanges"):
        touched = usage = moments = None
        if tables.exchanges is not None:
            touched = tables.reduced
            if touched is None:
                touched = identifiers.touches(tables.exchanges).collect(engine="streaming")
            usage, moments = similarity.once(tables.exchanges)
        stage.rows = 0 if touched is None else touched.height
        stage.detail = "accounts x addresses x devices"
    return Logs(tables, touched, usage, moments)


def active(logs: Logs, did: Alike) -> Logs:
    """The logs with what each account did. The timeline knows its hours; without one they take a pass of their own."""
    exchanges = logs.tables.exchanges
    if exchanges is None or logs.touched is None or logs.usage is None:
        return logs
    with io.guard("exchanges"):
        known = did.sent
        hours = campaigns.hours(exchanges).collect(engine="streaming") if known is None else similarity.hours(known)
    return logs._replace(active=campaigns.activity(logs.touched, logs.usage, hours), moments=None)


def share(logs: Logs, wrote: Written, settings: Settings, progress: Progress) -> Used:
    """Values that accounts share, templates among them."""
    tables = logs.tables
    with progress.stage("identifiers") as stage, io.guard("payments, identifiers"):
        uses = identifiers.gather(
            tables.accounts, logs.touched, tables.addresses, tables.payments, tables.identifiers, tables.beyond
        )
        every = pl.concat([uses, wrote.uses])
        others = identifiers.strangers(uses, tables.beyond)
        shared = identifiers.share(every, logs.accounts, settings.identifiers, others)
        shared = identifiers.with_crowds(shared, every, logs.accounts, settings.identifiers, settings.seed)
        shared = identifiers.restore(shared, every, logs.accounts, settings.identifiers)
        stage.rows = uses.height
        stage.detail = f"{shared.values.height:,} shared values, {shared.hubs.height:,} suppressed"
    return Used(uses, shared)


def tie(logs: Logs, found: Used, did: Alike, settings: Settings, progress: Progress) -> Tied:
    """Links, as far as decisions let them stand."""
    tables = logs.tables
    known = decisions.resolve(tables.decisions, tables.accounts)
    with progress.stage("links") as stage:
        values, used = graph.with_pairs(found.shared.values, found.shared.uses, binding.tied(did, known, settings))
        linked = graph.link(values, used, logs.accounts, settings.identifiers, settings.graph)
        decided = graph.decided_pairs(linked.links, tables.decisions, tables.accounts)
        linked = graph.learn(linked, decided, settings.graph)
        ruled = binding.bound(linked, values, used, found.uses, logs.active, known, settings)
        stage.rows = ruled.linked.links.height
        stage.detail = f"from {int(found.shared.values['pairs'].sum()):,} shared pairs"
    return Tied(values, used, known, ruled)


def group(logs: Logs, found: Used, wrote: Written, tied: Tied, settings: Settings, progress: Progress) -> Grouped:
    """Communities of the linked accounts, and of those that only begin alike."""
    linked = tied.ruled.linked
    with progress.stage("communities") as stage:
        memberships = communities.group(linked.links, linked.prior_bits, settings.communities, settings.seed)
        parted = communities.bridges(memberships, linked.links, linked.channels, settings.communities)
        pooled = communities.pool(parted.memberships, linked.links, linked.channels, wrote.profiles, settings.pooling)
        memberships = one_queue(logs.tables, found.shared, pooled.memberships, settings)
        stage.rows = memberships["community"].n_unique()
        joined = int(pooled.compared["joined"].sum())
        stage.detail = f"of {memberships.height:,} linked accounts" + (f", {joined} of pieces" if joined else "")
    alike = begun(logs.tables, found.uses, found.shared, memberships, linked, tied.ruled.decided, settings, progress)
    values, used = graph.with_pairs(tied.values, tied.used, alike.pairs)
    ruled = tied.ruled
    plain = undecided(ruled.before, alike.linked, alike.memberships, ruled.decided, wrote.profiles, settings)
    memberships = decisions.bind(alike.memberships, alike.linked.links, ruled.decided, settings.decisions)
    return Grouped(memberships, alike.memberships, parted.bridges, values, used, alike, plain)


def _view(
    logs: Logs, found: Used, wrote: Written, grouped: Grouped, ruled: binding.Bound, settings: Settings
) -> campaigns.View:
    """What the assessment may look at."""
    usage, linked = logs.models, grouped.linked
    return campaigns.View(
        logs.tables.accounts,
        logs.active,
        logs.touched,
        logs.tables.addresses,
        found.uses,
        found.shared.hubs,
        linked.channels,
        wrote.content,
        binding.known_to(ruled, logs.accounts, grouped.stood, settings),
        usage,
        None if usage is None else similarity.moves(usage, settings.similarity.releases),
        campaigns.Weighing(
            linked.prior_bits,
            linked.caps,
            settings.graph.min_probability,
            {kind: settings.identifiers.kind(kind).group for kind in found.uses["kind"].unique().sort()},
        ),
        identifiers.crowds(found.shared),
    )


def assess(
    logs: Logs, found: Used, wrote: Written, tied: Tied, grouped: Grouped, settings: Settings, progress: Progress
) -> tuple[campaigns.View, campaigns.Assessment]:
    """Communities judged by the rules, and what these looked at."""
    with progress.stage("campaigns") as stage:
        seen = _view(logs, found, wrote, grouped, tied.ruled, settings)
        assessed = campaigns.assess(grouped.memberships, grouped.linked.links, seen, settings.campaigns)
        stage.rows = assessed.campaigns.height
        stage.detail = f"{assessed.members.height:,} accounts in them"
    return seen, assessed


def conclude(
    logs: Logs,
    found: Used,
    wrote: Written,
    did: Alike,
    grouped: Grouped,
    lasting: tuple[campaigns.Assessment, pl.DataFrame],
    settings: Settings,
    progress: Progress,
) -> Concluded:
    """Who runs the campaigns, and what their links rest on."""
    assessed, lived = lasting
    tables = logs.tables
    with progress.stage("attribution") as stage:
        placeholders = found.shared.hubs.filter(pl.col("reason") == "placeholder")
        runs = attribution.attribute(
            assessed.members, pl.concat([found.uses, wrote.uses]), logs.touched, tables.addresses, tables.dossiers,
            placeholders, settings.attribution,
        )  # fmt: skip
        stage.rows = runs.operators.height
        stage.detail = f"of {assessed.campaigns.height:,} campaigns have an operator"
    with progress.stage("evidence") as stage:
        inside = campaigns.links_inside(grouped.linked.links, assessed.members)
        evidence = graph.evidence(
            grouped.values, grouped.used, inside, settings.identifiers, settings.graph.reasons_per_link
        )
        stage.rows = evidence.height
        stage.detail = f"behind {inside.height:,} links"
    inside_them = details(tables, logs.models, did.sent, wrote, assessed, progress)
    return Concluded(assessed, lived, runs, evidence, inside_them)


def tell(
    logs: Logs,
    found: Used,
    wrote: Written,
    did: Alike,
    tied: Tied,
    grouped: Grouped,
    done: Concluded,
    model: dict[str, Any],
    before: Previous | None,
    chosen: Chosen,
    key: bytes | None,
    settings: Settings,
    progress: Progress,
) -> io.Run:
    """The run: its tables, masked where asked for, its manifest and its page."""
    tables, shared, linked, decided = logs.tables, found.shared, grouped.linked, tied.ruled.decided
    assessed = done.assessed
    with progress.stage("report") as stage:
        given = graph.assessed(linked, assessed.accounts, assessed.communities, assessed.members)
        files = outputs(
            tables, logs.active, shared.hubs, linked, given, assessed, done.runs, done.evidence, wrote.shared,
            grouped.bridges,
        )  # fmt: skip
        files |= done.inside
        channels = describe(tables, shared.kinds, linked, settings, wrote, did)
        channels["born"] = {
            "kinds": ["born"],
            "group": settings.identifiers.kind("born").group,
            **grouped.alike.figures,
        }
        files["lineage"] = done.lineage
        files["decisions"] = decisions.outcomes(decided, files["accounts"], tables.accounts)
        figures = binding.told(tied.known, tied.ruled, files["decisions"], tables)
        files, hidden = masking.masked(files, key, found.uses, settings)
        notes = (
            *wrote.notes, *did.notes, *grouped.alike.notes, *done.runs.notes, *note(before, done.lineage),
            *binding.notes(figures),
        )  # fmt: skip
        described = manifest(tables, settings, chosen, channels, shared, linked, files, progress, notes)
        described |= {
            "assessed_links": of_groups(linked, given, assessed, tables),
            "model": model,
            "decisions": figures,
            "lineage": told(done.lineage),
        }
        described["privacy"] = masking.told(key, hidden, settings)
        told_of = repeatable(described)
        stage.rows = sum(frame.height for frame in files.values())
        stage.detail = f"of {len(files)} tables"
    return io.Run(tables=files, manifest=described, report=lambda: report.render(files, told_of), masked=hidden)
