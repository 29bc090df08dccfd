"""The page an investigator opens: one HTML file that needs no network, and no script to be read.

`render` draws a run's tables and its manifest by way of the report model. Every figure on the page is one of theirs.
The same tables and manifest give the same bytes: leave timings out of the manifest where two runs must agree. Strings
of the logs are inert: all are escaped, and characters that do not print are shown as codes. The page's policy lets
nothing run and nothing load but its own style and script, by their SHA-256.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

import jinja2
import polars as pl
from markupsafe import Markup

from linkage.report import words
from linkage.report.compose import Report, compose
from linkage.report.document import Document
from linkage.report.html.charts import bar, level, life
from linkage.report.html.sheet import DOUBTS, LISTED, Sheet, rooms, sheet
from linkage.report.model import Tlp
from linkage.report.page import page
from linkage.tables import OUTPUT, empty

HERE: Final = Path(__file__).parent
TEMPLATES: Final = HERE / "templates"
STATIC: Final = HERE / "static"
SCRIPTS: Final = ("view.js", "rows.js", "graph.js")
#: Campaigns that have a page of their own in the file of a run.
CAMPAIGNS: Final = 50


def render(
    tables: Mapping[str, pl.DataFrame],
    manifest: Mapping[str, object],
    campaigns: Sequence[str] | None = None,
    tlp: Tlp = "amber",
) -> str:
    """The report as HTML.

    Args:
        tables: the run folder's tables by name, as `tables.OUTPUT` declares them; one that is absent counts as empty.
        manifest: what the run was made from; any key may be absent, and its section then says so.
        campaigns: ids of the campaigns to report on, and of nothing else; if None, the run as a whole and its largest.
        tlp: handling mark (Traffic Light Protocol 2.0).

    Returns:
        A whole HTML document.

    Raises:
        SettingsError: no such campaign in the run.
    """
    chosen = _largest(tables) if campaigns is None else campaigns
    report = compose(tables, manifest, chosen, tlp)
    document = report.document
    found = document.overview.campaigns
    title = "Campaigns found in a run" if campaigns is None else _title(document)
    style, script = (STATIC / "report.css").read_text(), "\n".join((STATIC / name).read_text() for name in SCRIPTS)
    return _environment().get_template("page.html").render(
        document=document,
        header=document.overview.header,
        title=title,
        lead=_lead(document) if found else "No campaign was found.",
        page=page(tables, manifest) if campaigns is None else None,
        sheets=sheets(report),
        listed=LISTED,
        style=Markup(style),
        script=Markup(script),
        style_hash=_hash(style),
        script_hash=_hash(script),
    )  # fmt: skip


def sheets(report: Report) -> list[Sheet]:
    """A sheet for each campaign of the report, in its order."""
    campaigns = report.document.campaigns
    room = rooms([len(each.accounts) for each in campaigns])
    last = report.document.overview.header.data_last
    end = None if last is None else last.date()
    return [
        sheet(each, f"c{i + 1}", report.links[name], report.uses[name], end, room[i])
        for i, each in enumerate(campaigns)
        for name in (each.header.campaign_id or "",)
    ]


def _largest(tables: Mapping[str, pl.DataFrame]) -> list[str]:
    campaigns = tables.get("campaigns", empty(OUTPUT["campaigns"]))
    most = campaigns.sort(["accounts", "campaign_id"], descending=[True, False], nulls_last=True)
    return [str(each) for each in most["campaign_id"].drop_nulls().head(CAMPAIGNS)]


def _title(document: Document) -> str:
    some = document.campaigns
    return some[0].header.title if len(some) == 1 else f"{len(some):,} campaigns of a run"


def _lead(document: Document) -> str:
    counts, head = document.overview.counts, document.overview.header
    many = f"{counts.campaigns:,} campaign" + ("" if counts.campaigns == 1 else "s")
    accounts = "" if counts.accounts_in_campaigns is None else f" of {counts.accounts_in_campaigns:,} accounts"
    made = f" made {counts.exchanges_in_campaigns:,} exchanges"
    part = f", {counts.exchanges_in_campaigns / counts.exchanges:.1%} of all" if counts.exchanges else ""
    when = "" if head.data_first is None or head.data_last is None else (
        f" from {head.data_first:%Y-%m-%d} to {head.data_last:%Y-%m-%d}"
    )  # fmt: skip
    return f"{many}{accounts}{made}{part}{when}."


def _hash(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()


def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        finalize=words.inert,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(words.FILTERS)
    made.globals.update(
        bar=bar, life=life, said=words.said, step=lambda part: level(part, 1.0), listed=LISTED, doubted=DOUBTS
    )
    return made
