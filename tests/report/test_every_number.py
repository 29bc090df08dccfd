"""Every number of every format is one of the tables', and the tables' numbers are in every format."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from typing import Any
from xml.etree import ElementTree

import polars as pl
import pytest

from linkage import report as pages
from linkage.report.compose import repeatable
from linkage.report.formats import graphs, markdown, misp, pdf, plain_json, spreadsheet, stix
from tests.report import runs, truth
from tests.report.pages import Reader

FRAMES, MANIFEST = runs.tables(), runs.manifest()
REPORT = runs.report()
MODEL = REPORT.document.model_dump()
TOLD = truth.told(FRAMES, MANIFEST)
#: Strings of the logs and of the run: a digit in them is no figure.
NAMES = sorted(
    {
        text
        for frame in FRAMES.values()
        for column in frame.columns
        if frame.schema[column] == pl.String and column not in ("reasons_for", "reasons_against", "explanations")
        for text in frame[column].drop_nulls()
    }
    | {REPORT.document.overview.header.run_hash, str(REPORT.document.custody.settings_hash), "ab" * 32, "0.1.0"}
    | {"STIX 2.1", "SHA-256", "Directive 203 (2015)", "TLP 2.0"}
)
#: Figures of the model's own texts: of reasons and explanations as the tables hold them.
QUOTED = {
    number
    for name, columns in {"campaigns": ("reasons_for", "reasons_against"), "communities": ("explanations",)}.items()
    for column in columns
    for text in FRAMES[name][column].drop_nulls()
    for number in truth.said(text, NAMES)
} | {number for text in FRAMES["communities"]["reasons_against"] for number in truth.said(text, NAMES)}


def lengths(value: Any) -> set[int]:
    """How many there are of whatever is listed."""
    found = {len(value)} if isinstance(value, list | tuple) else set()
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return found.union(*map(lengths, below))


def sums() -> set[int]:
    """Sums that a report draws over the rows listed: exchanges by day and by hour, groups of evidence."""
    found: set[int] = set()
    for campaign in TOLD["campaigns"]:
        hours: Counter[int] = Counter()
        for each in campaign["activity"]:
            hours[each["hour"]] += each["exchanges"]
        found |= set(hours.values())
    by_day = FRAMES["activity"].group_by("campaign_id", "day").agg(pl.col("exchanges").sum())
    groups = {len(campaign.evidence.groups) for campaign in REPORT.document.campaigns}
    ungrouped = {len({c.group or "other" for c in one.evidence.channels}) for one in REPORT.document.campaigns}
    return found | set(by_day["exchanges"]) | groups | ungrouped | {0}


#: Every way to write a number of the tables.
ALLOWED = {
    form
    for number in [*(each for _, each in truth.leaves(TOLD)), *lengths(MODEL), *sums()]
    for form in truth.shown(number)
} | QUOTED
#: Of lineage, told in sentences.
ALLOWED |= {f"{number:,}" for row in FRAMES["lineage"].to_dicts() for number in row.values() if isinstance(number, int)}
ALLOWED |= {str(each) for each in (runs.START.year, 1)}  # "1 days"
#: What a model's days differ in, and what part of everybody's a day was: see `test_compose`.
ALLOWED |= {"0", "100"}
#: The share of innocents among a campaign's accounts, told in a sentence.
ALLOWED |= {f"{row['innocents_expected'] / row['accounts']:.1%}"[:-1] for row in FRAMES["campaigns"].to_dicts()}


def flat(value: Any) -> dict[tuple[Any, ...], float]:
    return dict(truth.leaves(value))


def test_every_number_of_the_model_is_counted_from_the_tables() -> None:
    found, wanted = flat(MODEL), flat(TOLD)
    assert set(found) == set(wanted)
    for path, number in wanted.items():
        assert found[path] == pytest.approx(number, rel=1e-6), path


def test_json() -> None:
    assert flat(json.loads(plain_json.render(REPORT.document))) == flat(MODEL)


def test_csv() -> None:
    """Each cell of figures against the model's, table by table, in order."""
    tables = {
        name.removesuffix(".csv"): list(csv.DictReader(io.StringIO(text, newline="")))
        for name, text in spreadsheet.render(REPORT.document).items()
        if name.endswith(".csv")
    }
    campaigns = MODEL["campaigns"]
    of: dict[str, list[dict[str, Any]]] = {
        "run": [{**MODEL["overview"]["header"], **MODEL["overview"]["counts"]}],
        "campaigns": MODEL["overview"]["campaigns"],
        "honest_groups": MODEL["overview"]["honest"],
        "hubs": MODEL["overview"]["hubs"],
        "judgements": [each for one in campaigns for each in one["judgements"]],
        "scale": [one["scale"] for one in campaigns],
        "timeline": [each for one in campaigns for each in one["timeline"]["events"]],
        "days": [each for one in campaigns for each in one["timeline"]["days"]],
        "evidence": [each for one in campaigns for each in one["evidence"]["channels"]],
        "attribution": [each for one in campaigns for each in one["attribution"]["rungs"]],
        "attribution_rests_on": _below(campaigns, "rests_on"),
        "attribution_rivals": _below(campaigns, "rivals"),
        "robustness": [each for one in campaigns for each in one["robustness"]["tests"]],
        "explanations": [each for one in campaigns for each in one["innocent"]["explanations"]],
        "doubts": [each for one in campaigns for each in one["innocent"]["doubts"]],
        "models_by_day": [each for one in campaigns for each in one["ramp"]],
        **{
            name: [each for one in campaigns for each in one[name]]
            for name in ("activity", "models", "templates", "bridges", "actions", "accounts", "indicators")
        },
        "custody": [MODEL["custody"]],
        "custody_inputs": MODEL["custody"]["inputs"],
        "custody_versions": MODEL["custody"]["versions"],
    }
    assert set(tables) == set(of) | {"sentences"}
    for name, rows in of.items():
        assert len(tables[name]) == len(rows), name
        for line, row in zip(tables[name], rows, strict=True):
            for column, value in row.items():
                if isinstance(value, int | float) and not isinstance(value, bool):
                    assert float(line[column]) == value, (name, column)
                elif value is None and column in line:
                    assert line[column] == "", (name, column)


def _below(campaigns: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [each for one in campaigns for rung in one["attribution"]["rungs"] for each in rung[name]]


def foreign(text: str) -> set[str]:
    """Numbers of a text that no table holds."""
    return truth.said(text, NAMES) - ALLOWED


def held(text: str, campaign: int) -> None:
    """The numbers of the scale, and of every account, are said."""
    numbers = truth.said(text, NAMES)
    for path, number in truth.leaves(TOLD["campaigns"][campaign]["scale"]):
        assert truth.shown(number) & numbers, path
    for path, number in truth.leaves(TOLD["overview"]["counts"]):
        assert truth.shown(number) & numbers, path
    for account in TOLD["campaigns"][campaign]["accounts"]:
        assert f"{account['exchanges']:,}" in numbers
    for name in ("activity", "models", "bridges", "templates"):
        for path, number in truth.leaves(TOLD["campaigns"][campaign][name]):
            if name != "activity":
                assert truth.shown(number) & numbers, (name, path)


def test_markdown_says_no_other_number() -> None:
    text = markdown.render(REPORT.document)
    plain = text.replace("\\", "").replace("&gt;", ">")
    assert foreign(plain) == set()
    for campaign in range(2):
        held(plain, campaign)
    assert foreign(plain.replace("9,685", "9,673")) == {"9,673"}
    assert foreign(plain.replace("140", "141")) == {"141"}


def test_pdf_says_no_other_number() -> None:
    pytest.importorskip("typst")
    pypdf = pytest.importorskip("pypdf")
    made = pypdf.PdfReader(io.BytesIO(pdf.render(REPORT.document)))
    text = "\n".join(page.extract_text() for page in made.pages).replace("\u200b", "")
    footers = {f"{page} / {len(made.pages)}" for page in range(1, len(made.pages) + 1)}
    for footer in footers:
        text = text.replace(footer, " ")
    numbers = truth.said(text, NAMES)
    for _, number in truth.leaves(TOLD["overview"]["counts"]):
        assert truth.shown(number) & numbers
    for campaign in TOLD["campaigns"]:
        for path, number in truth.leaves(campaign["scale"]):
            assert truth.shown(number) & numbers, path
    drawn = {f"{each}" for number in sums() for each in (number, float(number))}
    # A long name is broken into lines: its pieces stand alone.
    pieces = {piece for name in NAMES for piece in re.findall(r"\d+", name)}
    assert numbers - ALLOWED - drawn - pieces == set()


def test_html_says_no_other_number() -> None:
    """Cells of tables and figures; the page also lists hubs one by one, and what the manifest holds."""
    read = Reader(pages.render(FRAMES, repeatable(MANIFEST)))
    listed = {name: rows for name, rows in read.tables.items() if not name.endswith("-pieces")}
    cells = [cell for rows in listed.values() for row in rows for cell in row]
    numbers = truth.said(" ".join([*cells, *read.figures.values()]), NAMES)
    for path, number in truth.leaves(TOLD["overview"]["counts"]):
        assert truth.shown(number) & numbers, path
    for campaign in TOLD["campaigns"]:
        for name in ("accounts", "exchanges", "core", "periphery"):
            assert truth.shown(campaign["scale"][name]) & numbers, name
    columns = [frame[name] for frame in FRAMES.values() for name in frame.columns if frame.schema[name].is_numeric()]
    single = [number for column in columns for number in column.drop_nulls().unique()]
    more = {form for number in [*single, *(n for _, n in truth.leaves(MANIFEST))] for form in truth.shown(number)}
    hours = {f"{hour:02}" for hour in range(24)}
    bits: Counter[tuple[str, str]] = Counter()
    for campaign_id in runs.IDS:
        for row in runs.inside(FRAMES, "evidence", campaign_id):
            bits[campaign_id, row["kind"]] += row["weight"]
    more |= {form for total in bits.values() for form in truth.shown(total)}
    assert numbers - ALLOWED - more - hours == set()
    # A picture's pieces are no rows of a table: together they are the campaign.
    for name, rows in read.tables.items():
        if name.endswith("-pieces"):
            wanted = {f"{campaign['scale']['accounts']:,}": campaign["scale"] for campaign in TOLD["campaigns"]}
            head, *pieces = rows
            sums = {what: sum(_whole(row[head.index(what)]) for row in pieces) for what in ("accounts", "exchanges")}
            assert sums["exchanges"] == wanted[f"{sums['accounts']:,}"]["exchanges"]


def _whole(cell: str) -> int:
    return int(cell.replace(",", ""))


def test_stix_says_no_other_number() -> None:
    for each in stix.bundle(REPORT.document)["objects"]:
        text = " ".join(str(each.get(name, "")) for name in ("name", "description", "objective"))
        assert foreign(text) == set(), text
        if "confidence" in each:
            assert f"{each['confidence']}" in ALLOWED


def test_misp_says_no_other_number() -> None:
    for event in json.loads(misp.render(REPORT.document))["response"]:
        assert foreign(event["Event"]["info"]) == set()
        for each in event["Event"]["Attribute"]:
            assert foreign(f"{each['comment']} {each['value']}") == set()


@pytest.mark.parametrize("name", ["graphml", "gexf"])
def test_graphs_say_no_other_number(name: str) -> None:
    """Every attribute of nodes and edges, as many as the tables hold."""
    links = Counter(
        float(f"{number:.6g}")
        for campaign in runs.IDS
        for row in runs.inside(FRAMES, "links", campaign)
        for number in (row["weight"], row["probability"])
    )
    members = [each for campaign in TOLD["campaigns"] for each in campaign["accounts"]]
    nodes = Counter(number for each in members for number in each.values())
    found: dict[str, Counter[float]] = {"node": Counter(), "edge": Counter()}
    root = ElementTree.fromstring(getattr(graphs, name)(REPORT))
    for element in root.iter():
        place = element.tag.rpartition("}")[2]
        if place in found:
            held_in = [e.text if name == "graphml" else e.get("value") for e in element.iter() if e is not element]
            weight = [element.get("weight")] if place == "edge" else []
            found[place].update(float(text) for text in [*held_in, *weight] if text is not None and _is_figure(text))
    assert found["edge"] == pytest.approx(links)
    assert sorted(found["node"].elements()) == pytest.approx(sorted(float(number) for number in nodes.elements()))


def _is_figure(text: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", text.strip()) is not None
