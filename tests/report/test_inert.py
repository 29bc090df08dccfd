"""Nothing that stands in the logs acts in any format."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import polars as pl
import pytest

from linkage.report.compose import Report, compose
from linkage.report.formats import RENDERERS, spreadsheet
from tests.report import runs

HOSTILE = {
    "markup": "=cmd|' /C calc'!A0<script>alert(1)</script>![x](http://evil.example) `x` | #eval(\"1\") ]]> &amp; $x$",
    "controls": "\x1b]0;owned\x07\x1b[31m\x00\x9b\ufffe\x7f\u202egpj.exe\u2066\u2028\r\n@SUM(1)",
    "long": "+" + "x" * 1_000_000,
}
JOINS = {"account_id", "account_a", "account_b", "campaign_id", "previous_id"}
KEPT = {"tier"}


def spoiled(text: str) -> dict[str, pl.DataFrame]:
    """A run with the text in every text column, an account id and a campaign id among them."""
    frames = runs.tables()
    first = runs.members(frames, "C-small")[0]
    for name, frame in frames.items():
        texts = [column for column, kind in frame.schema.items() if kind == pl.String]
        own = [column for column in texts if column not in JOINS | KEPT]
        named = [column for column in texts if column in JOINS]
        # Every third row: kinds that are known and kinds that are not.
        turn = pl.int_range(pl.len()) % 3 == 0
        frames[name] = frame.with_columns(
            *(pl.when(turn).then(pl.lit(text)).otherwise(pl.col(column)).alias(column) for column in own),
            pl.col(named).replace({first: f"a{text}", "C-small": f"c{text}"}),
        )
    return frames


@pytest.fixture(scope="module", params=HOSTILE)
def report(request: pytest.FixtureRequest) -> Report:
    text = HOSTILE[request.param]
    manifest: dict[str, Any] = runs.manifest(text)
    manifest |= {"version": text, "why_nothing": [text], "channels": {text: {"present": False, "why": text}}}
    return compose(spoiled(text), manifest)


def drawn(report: Report) -> Iterator[tuple[str, str]]:
    for name, render in RENDERERS.items():
        made = render(report)
        if isinstance(made, str):
            yield name, made
    yield from spreadsheet.render(report.document).items()


def test_no_character_acts_in_a_terminal_and_nothing_is_endless(report: Report) -> None:
    for name, text in drawn(report):
        assert all(char.isprintable() or char in "\r\n" for char in set(text)), name
        assert len(text) < 3_000_000, name


def test_it_is_no_markup(report: Report) -> None:
    made = dict(drawn(report))
    for name in ("md", "json", "stix", "misp"):
        assert "<" not in made[name]
    assert "](http" not in made["md"].replace("\\](", "")
    assert "http:" not in made["md"]


def test_xml_and_json_hold_it_as_text(report: Report) -> None:
    made = dict(drawn(report))
    for name in ("json", "stix", "misp"):
        json.loads(made[name])
    for name in ("graphml", "gexf"):
        tags = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(made[name]).iter()}
        assert "script" not in tags
        assert "edge" in tags


def test_no_cell_is_a_formula(report: Report) -> None:
    for name, text in spreadsheet.render(report.document).items():
        if name.endswith(".csv") and text:
            header, *rows = csv.reader(io.StringIO(text, newline=""))
            assert all(len(row) == len(header) for row in rows)
            for cell in (cell for row in rows for cell in row):
                assert not cell.startswith(("=", "+", "@", "\t", "\r"))
                if cell.startswith("-"):
                    float(cell)


def test_stix_stays_valid(report: Report) -> None:
    validator = pytest.importorskip("stix2validator")
    stix2 = pytest.importorskip("stix2")
    text = dict(drawn(report))["stix"]
    stix2.parse(text)
    results = validator.validate_string(text, validator.ValidationOptions(version="2.1", silent=True))
    assert results.is_valid, results.errors


def test_it_is_typeset_as_text(report: Report) -> None:
    pytest.importorskip("typst")
    made = RENDERERS["pdf"](report)
    assert isinstance(made, bytes)
    assert made.startswith(b"%PDF-")
    for act in (b"/JavaScript", b"/Launch", b"/URI"):
        assert act not in made
