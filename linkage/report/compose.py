"""A run's tables and manifest -> the report model."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

import polars as pl

from linkage.errors import SettingsError
from linkage.report import narrative
from linkage.report.acting import actions
from linkage.report.custody import custody
from linkage.report.document import Document
from linkage.report.estimative import SOURCE
from linkage.report.events import timeline
from linkage.report.gather import Parts, Tables, parted, tables
from linkage.report.model import Account, Attribution, Campaign, Header, Indicator, Tlp
from linkage.report.overview import limits, overview
from linkage.report.plain import escaped
from linkage.report.portions import attribution, evidence, innocent, robustness, scale
from linkage.report.reading import mapping, sentences, strings, whole
from linkage.report.usage import activity, bridges, models, ramp, templates

#: Where the manifest does not say it.
_SETTLED = 5


class Report(NamedTuple):
    """The model, and what is inside each of its campaigns: too much for a model; pictures are drawn from it.

    Campaigns are spelled as in the model.
    """

    document: Document
    links: Mapping[str, pl.DataFrame]  # account_a, account_b, probability, weight
    uses: Mapping[str, pl.DataFrame]  # account, kind, value: what ties which member, as categories, in no order


def compose(
    given: Mapping[str, pl.DataFrame],
    manifest: Mapping[str, object],
    campaigns: Sequence[str] | None = None,
    tlp: Tlp = "amber",
) -> Report:
    """The report on a run.

    Args:
        given: the run folder's tables by name, as `tables.OUTPUT` declares them; what rests on one that is absent, or
            lacks a column, is left out, and the limits say so.
        manifest: what the run was made from; any key may be absent.
        campaigns: ids of the campaigns to report on; all, largest first, if None.
        tlp: handling mark (Traffic Light Protocol 2.0).

    Raises:
        SettingsError: no such campaign in the run.
    """
    of = tables(given)
    largest = of["campaigns"].sort(["accounts", "campaign_id"], descending=[True, False])
    ids = largest["campaign_id"].to_list()
    wanted = ids if campaigns is None else list(dict.fromkeys(campaigns))
    if unknown := sorted(set(wanted) - set(ids)):
        names = ", ".join(escaped(each[:100]) for each in unknown[:5])
        some = ", ".join(escaped(str(each)[:100]) for each in ids[:5]) + (", ..." if len(ids) > 5 else "")
        raise SettingsError(f"--campaign {names}: the run has no such campaign; it has {len(ids):,}: {some}")
    head = _header(of, manifest, tlp)
    parts = parted(of, wanted)
    document = Document(
        estimative=SOURCE,
        overview=overview(of, manifest, head),
        campaigns=tuple(_campaign(each, of, manifest, head) for each in parts),
        custody=custody(manifest, head.run_hash),
    )
    found = list(zip((each.header.campaign_id or "" for each in document.campaigns), parts, strict=True))
    return Report(document, {name: each.links for name, each in found}, {name: each.uses for name, each in found})


def section(parts: Parts, of: Tables, manifest: Mapping[str, object], tlp: Tlp = "amber") -> Campaign:
    """The report on one campaign from rows already at hand, for readers that keep a run open."""
    return _campaign(parts, of, manifest, _header(of, manifest, tlp))


def run_hash(manifest: Mapping[str, object]) -> str:
    """SHA-256 of the manifest's repeatable part, but for `outputs`: the page in a run's folder is one of them."""
    told = {name: value for name, value in repeatable(manifest).items() if name != "outputs"}
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), default=str)
    return sha256(text.encode()).hexdigest()


def repeatable(manifest: Mapping[str, object]) -> dict[str, object]:
    """The manifest without what its `not_reproducible` names, as `stages.seconds`."""
    kept = dict(manifest)
    for path in strings(manifest.get("not_reproducible")):
        section, _, key = path.partition(".")
        rows = kept.get(section)
        if isinstance(rows, list):
            kept[section] = [{name: value for name, value in mapping(row).items() if name != key} for row in rows]
    return kept


def _header(of: Tables, manifest: Mapping[str, object], tlp: Tlp) -> Header:
    accounts, seed = of["accounts"], manifest.get("seed")
    version = manifest.get("version")
    return Header(
        title="Campaigns found in a run",
        campaign_id=None,
        tlp=tlp,
        linkage_version=None if version is None else str(version),
        run_hash=run_hash(manifest),
        seed=seed if isinstance(seed, int) else None,
        data_first=accounts["first_seen"].min(),
        data_last=accounts["last_seen"].max(),
    )


def _campaign(parts: Parts, of: Tables, manifest: Mapping[str, object], head: Header) -> Campaign:
    row, size = parts.row, scale(parts, of)
    named = attribution(parts, of)
    found = evidence(parts, of, manifest)
    times = timeline(parts, of, _settled(manifest))
    firm = robustness(parts, of, size)
    doubts = innocent(parts, of, size, manifest)
    said = tuple(sentences(row["reasons_for"]))
    expected: float | None = row["innocents_expected"]
    same = (pl.col("operator") == pl.lit(row["operator"], pl.String)) & (pl.col("campaign_id") != row["campaign_id"])
    fellows = of["campaigns"].filter(same)["campaign_id"].sort().to_list()
    returns = int(parts.decisions["returns"].fill_null(False).sum())
    return Campaign(
        header=Header(
            **head.model_dump(exclude={"title", "campaign_id", "data_first", "data_last"}),
            title=f"Campaign {row['campaign_id']}",
            campaign_id=row["campaign_id"],
            data_first=row["first_seen"],
            data_last=row["last_seen"],
        ),
        judgements=narrative.judgements(size, named, expected, firm, fellows),
        scale=size,
        narrative=narrative.narrative(size, named, fellows, times, found, row["capability"], said),
        timeline=times,
        evidence=found,
        capability=row["capability"],
        templates=templates(parts),
        models=models(parts, of, size),
        ramp=ramp(parts),
        activity=activity(parts),
        bridges=bridges(parts),
        reasons=said,
        attribution=named,
        robustness=firm,
        innocent=doubts,
        actions=actions(size, returns, doubts, firm),
        limits=(*_abstained(named), *limits(of, manifest)),
        accounts=tuple(Account(**each) for each in parts.members.select(*Account.model_fields).iter_rows(named=True)),
        indicators=tuple(
            Indicator(**each) for each in parts.values.select(*Indicator.model_fields).iter_rows(named=True)
        ),
    )


def _settled(manifest: Mapping[str, object]) -> int:
    """Days into the logs from which a model counts as new, as the build was set."""
    settings = mapping(manifest.get("settings"))
    releases = mapping(mapping(settings.get("similarity")).get("releases"))
    days = whole(releases.get("settled_days"))
    return _SETTLED if days is None else days


def _abstained(named: Attribution) -> list[str]:
    """Rungs on which nobody is named, and why."""
    return [
        f"Abstained on the {rung.rung}" + (f": {rung.rationale}." if rung.rationale else ".")
        for rung in named.rungs
        if rung.abstained
    ]
