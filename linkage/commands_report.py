"""The command that draws a run in a format to hand on."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from linkage.progress import printable

if TYPE_CHECKING:
    import polars as pl

    from linkage.io import Run
    from linkage.report.compose import Report


class Format(StrEnum):
    """What a report is drawn as."""

    md = "md"
    json = "json"
    csv = "csv"
    stix = "stix"
    misp = "misp"
    graphml = "graphml"
    gexf = "gexf"
    pdf = "pdf"
    html = "html"


class Tlp(StrEnum):
    """Who may read it: Traffic Light Protocol 2.0."""

    clear = "clear"
    green = "green"
    amber = "amber"
    amber_strict = "amber+strict"
    red = "red"


def add(app: typer.Typer) -> None:
    """Give the command line `linkage report`."""
    app.command()(report)


def report(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder that `linkage build` wrote.")],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="PATH", help="File to write; csv: a .zip or a folder.")],
    kind: Annotated[
        Format, typer.Option("--format", help="html: the run and its campaigns, or those named, in one file.")
    ] = Format.md,
    campaigns: Annotated[
        list[str] | None, typer.Option("--campaign", metavar="ID", help="Only this one; may be repeated.")
    ] = None,
    tlp: Annotated[Tlp, typer.Option(help="Handling mark, Traffic Light Protocol 2.0.")] = Tlp.amber,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what is at PATH.")] = False,
) -> None:
    """Report on the campaigns of a run, in a format to read, to file or to share."""
    from linkage.io import Run
    from linkage.report.formats import files

    files.check(out, overwrite)
    run = Run.open(folder)
    if kind is Format.html:
        written = files.write(out, _page(run, campaigns or None, tlp))
    else:
        from linkage.report.compose import compose

        written = _drawn(compose(_tables(run), run.manifest, campaigns or None, tlp.value), kind, out)
    what = "a folder of tables, " if out.is_dir() else ""
    typer.echo(f"{printable(out)}: {what}{written:,} bytes")


def _drawn(of: Report, kind: Format, out: Path) -> int:
    from linkage.report.formats import RENDERERS, files

    if kind is Format.csv:
        from linkage.report.formats import spreadsheet

        return files.write_all(out, spreadsheet.render(of.document))
    return files.write(out, RENDERERS[kind.value](of))


def _page(run: Run, campaigns: list[str] | None, tlp: Tlp) -> str:
    from linkage import report as pages
    from linkage.report.compose import repeatable

    return pages.render(_tables(run), repeatable(run.manifest), campaigns, tlp.value)


def _tables(run: Run) -> dict[str, pl.DataFrame]:
    from linkage.report.gather import LINKS, USED

    whole = {name: run.table(name) for name in USED if name != "links" and name not in run.lacks}
    return {**whole, "links": run.columns("links", *LINKS)}
