"""The page an investigator opens: one HTML file that needs no network and runs no script.

`render` draws a run's tables and its manifest. Every figure on the page is one of theirs. The same tables and manifest
give the same bytes: leave timings out of the manifest where two runs must agree. Strings of the logs are inert: all are
escaped, and characters that do not print (controls, marks that turn the direction of text) are shown as codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import jinja2
import polars as pl

from linkage.report import words
from linkage.report.page import page

TEMPLATES = Path(__file__).parent / "templates"


def render(tables: Mapping[str, pl.DataFrame], manifest: Mapping[str, object]) -> str:
    """The page as HTML.

    Args:
        tables: the run folder's tables by name, as `tables.OUTPUT` declares them; one that is absent counts as empty.
        manifest: what the run was made from; any key may be absent, and its section then says so.

    Returns:
        A whole HTML document.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        finalize=words.inert,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(words.FILTERS)
    return environment.get_template("report.html").render(page=page(tables, manifest), said=words.said)
