"""Every text column of every table, filled with what means harm, in every format and in the terminal."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final
from unicodedata import category
from xml.etree import ElementTree

import polars as pl
import pytest
from typer.testing import CliRunner

from linkage import cli
from linkage import report as pages
from linkage.errors import LinkageError
from linkage.io import Run
from linkage.report.compose import compose, repeatable
from linkage.report.formats import RENDERERS, pdf, spreadsheet
from linkage.tables import OUTPUT
from tests.report import runs

BEGINS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＠")  # noqa: RUF001
PAYLOADS: Final = (
    *(f'{begin}HYPERLINK("http://evil.example","x")|\' /C calc\'!A0' for begin in BEGINS),
    "</title></style></script><script>alert(1)</script><img src=x onerror=alert(2)>",
    "\"'><svg onload=alert(3)>{{7*7}}{% raw %}${1}#{2}",
    "![x](http://evil.example) [y](javascript:alert(4)) `z` | <http://evil.example> www.evil.example",
    "]]><!ENTITY x SYSTEM 'file:///etc/passwd'>&x; --> #eval(\"1\") $x$ \\input{/etc/passwd}",
    "\x1b]0;owned\x07\x1b[31m\x1b[2J\x9b31m\x00\x7f\x08\ufffe\ud7ff",
    "\u202egpj.exe\u2066\u2067\u2069\u200f\u061c\u2028\u2029\u200b\ufeff",
    "[" * 5_000,
    "M" * 1_000_000,
)
IDS: Final = {
    "account_id": "account",
    "account_a": "account",
    "account_b": "account",
    "campaign_id": "campaign",
    "previous_id": "campaign",
    "community_id": "community",
}
JSON: Final = ("rests_on", "rivals", "explanations", "reasons_for", "reasons_against")
COLUMNS: Final = [
    (name, column) for name, schema in OUTPUT.items() for column, kind in schema.items() if kind == pl.String
]


def spoiled(table: str, column: str) -> dict[str, pl.DataFrame]:
    """The run with that column spoiled: ids wherever they stand, so that rows still find one another."""
    frames = runs.tables()
    if column in IDS:
        kind, known = IDS[column], frames[table][column].drop_nulls().unique().sort().to_list()
        new = dict(zip(known, (f"{PAYLOADS[i % len(PAYLOADS)]}{i}" for i in range(len(known))), strict=True))
        # One row of a megabyte is enough.
        seen = False
        for name, text in new.items():
            if len(text) > 100_000:
                new[name], seen = (name, seen) if seen else (text, True)
        for name, frame in frames.items():
            own = [each for each in frame.columns if IDS.get(each) == kind]
            frames[name] = frame.with_columns(pl.col(own).replace(new))
        return frames
    frame = frames[table]
    payloads = [PAYLOADS[i % len(PAYLOADS)] if i < 2 * len(PAYLOADS) else PAYLOADS[0] for i in range(frame.height)]
    if column in JSON:
        payloads = [_json(column, text) if i % 2 else text for i, text in enumerate(payloads)]
    frames[table] = frame.with_columns(pl.Series(column, payloads, dtype=pl.String))
    return frames


def _json(column: str, text: str) -> str:
    names = {"rests_on": ("kind", "value", "source"), "rivals": ("name",), "explanations": ("name", "text")}
    return json.dumps([dict.fromkeys(names[column], text)] if column in names else [text])


def manifest() -> dict[str, Any]:
    given: dict[str, Any] = runs.manifest()
    graph = {"min_probability": 0.5, "reasons_per_link": 20}
    return {**given, "settings": {"graph": graph}, "link_model": {"prior_bits": 10.5, "group_cap_bits": {}}}


class Tags(HTMLParser):
    """Tags and attributes of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.leads: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.leads |= {value or "" for name, value in attrs if name in ("href", "src", "action", "xlink:href")}


CLEAN: Final = Tags(pages.render(runs.tables(), repeatable(manifest())))


def drawn(frames: dict[str, pl.DataFrame]) -> Iterator[tuple[str, str]]:
    report = compose(frames, manifest())
    for name, render in RENDERERS.items():
        if name != "pdf":
            made = render(report)
            assert isinstance(made, str)
            yield name, made
    yield "pdf", json.dumps(pdf.source(report.document), ensure_ascii=False)
    yield "html", pages.render(frames, repeatable(manifest()))
    yield from spreadsheet.render(report.document).items()


def acting(text: str, allowed: str) -> set[str]:
    """Characters that a terminal or a reader's eye would be moved by."""
    return {c for c in set(text) if category(c) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") and c not in allowed}


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_no_format_lets_it_act(table: str, column: str) -> None:
    for name, text in drawn(spoiled(table, column)):
        harmless(name, text)


def harmless(name: str, text: str) -> None:
    """What a format holds moves nothing, whoever opens it."""
    assert not acting(text, "\n\r\u200b" if name in ("pdf", "html") else "\n\r"), name
    assert len(text) < 3_000_000, name
    if name in ("json", "stix", "misp", "pdf"):
        json.loads(text)
    if name in ("md", "json", "stix", "misp"):
        assert "<" not in text, name
    if name == "md":
        assert "](http" not in text.replace("\\](", "")
        assert "http:" not in text
        assert "javascript:" not in text
    if name in ("graphml", "gexf"):
        tags = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(text).iter()}
        assert not tags & {"script", "img", "svg"}
        assert "ENTITY" not in text.replace("&lt;!ENTITY", "")
    if name == "html":
        page = Tags(text)
        assert page.tags <= CLEAN.tags | {"details", "summary"}
        assert not {each for each in page.attributes if each.startswith("on")}
        assert not {each for each in page.leads if "evil" in each or "javascript" in each}
    if name.endswith(".csv") and text:
        header, *rows = csv.reader(io.StringIO(text, newline=""))
        assert all(len(row) == len(header) for row in rows), name
        for cell in (cell for row in rows for cell in row):
            assert not cell.startswith(BEGINS) or _is_number(cell), (name, cell[:40])


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_no_terminal_is_driven_by_it(table: str, column: str, tmp_path: Path) -> None:
    run = Run(tables=spoiled(table, column), manifest=manifest(), report="<!doctype html>")
    folder = str(run.save(tmp_path / "run").path)
    small = run.members.filter(pl.col("campaign_id") == run.campaigns["campaign_id"][1])["account_id"]
    campaigns = [["show", folder, "--", each] for each in run.campaigns["campaign_id"]]
    accounts = small.sort().to_list()
    for command in (
        ["campaigns", folder],
        *campaigns,
        ["explain", folder, "--", accounts[0]],
        ["explain", folder, "--", *accounts[:2]],
        ["explain", folder, "--", accounts[0], accounts[-1]],
        ["diff", folder, folder],
        ["report", folder, "--format", "md", "-o", str(tmp_path / "one.md")],
        ["report", folder, "--campaign", PAYLOADS[13], "-o", str(tmp_path / "two.md")],
    ):
        done = CliRunner().invoke(cli.app, command)
        assert done.exit_code == 0 or isinstance(done.exception, LinkageError), (command[0], done.exception)
        shown = done.output if done.exit_code == 0 else cli._message(done.exception or RuntimeError())
        assert not acting(shown, "\n"), command[0]
        assert len(shown) < 200_000, command[0]
        assert max(map(len, shown.split("\n"))) < 3_000, command[0]
    assert not acting(run._repr_html_(), "\n")
    for campaign in run.campaigns:
        page = Tags(campaign._repr_html_())
        assert page.tags <= {"h4", "table", "tr", "th", "td", "p", "b", "ul", "li"}
        assert not acting(campaign._repr_html_(), "\n")
        assert len(campaign._repr_html_()) < 200_000
