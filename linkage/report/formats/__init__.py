"""The report model in each format: a composed report in, text or bytes out. None reads a clock or a network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from linkage.report.compose import Report


def _md(of: Report) -> str | bytes:
    from linkage.report.formats import markdown

    return markdown.render(of.document)


def _json(of: Report) -> str | bytes:
    from linkage.report.formats import plain_json

    return plain_json.render(of.document)


def _stix(of: Report) -> str | bytes:
    from linkage.report.formats import stix

    return stix.render(of.document)


def _misp(of: Report) -> str | bytes:
    from linkage.report.formats import misp

    return misp.render(of.document)


def _graphml(of: Report) -> str | bytes:
    from linkage.report.formats import graphs

    return graphs.graphml(of)


def _gexf(of: Report) -> str | bytes:
    from linkage.report.formats import graphs

    return graphs.gexf(of)


def _pdf(of: Report) -> str | bytes:
    from linkage.report.formats import pdf

    return pdf.render(of.document)


#: Formats that are one file, by name; CSV is several (`spreadsheet`). Each imports what it needs when it is called.
RENDERERS: Final[dict[str, Callable[[Report], str | bytes]]] = {
    "md": _md,
    "json": _json,
    "stix": _stix,
    "misp": _misp,
    "graphml": _graphml,
    "gexf": _gexf,
    "pdf": _pdf,
}
