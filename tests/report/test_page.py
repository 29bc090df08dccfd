"""The page shows the tables' figures, opens offline, and lets no string act."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from itertools import pairwise

import polars as pl
import pytest

from linkage import report
from linkage.report.html.sheet import block
from linkage.report.words import chance, inert, size
from linkage.tables import OUTPUT, empty
from tests.report import pages

number = pages.number
#: What is in the page's own style and script elements.
OWN = re.compile(r"<(style|script)>(.*?)</(?:style|script)>", re.DOTALL)


@pytest.fixture(scope="module")
def html() -> str:
    return report.render(pages.tables(), pages.manifest())


def test_the_summary_is_that_of_the_tables(html: str) -> None:
    tables, page = pages.tables(), pages.Reader(html)
    figures = {name: number(text) for (section, name), text in page.figures.items() if section == "summary"}
    assert figures == {
        "accounts": tables["accounts"].height,
        "exchanges": tables["accounts"]["exchanges"].sum(),
        "campaigns": 2,
        "accounts-in-campaigns": tables["members"].height,
        "exchanges-in-campaigns": tables["members"]["exchanges"].sum(),
        "innocents-expected": pytest.approx(tables["campaigns"]["innocents_expected"].sum(), abs=0.06),
        "communities": 5,
        "honest-groups": 3,
        "links": tables["links"].height,
        "hubs": 61,
        "rejected": 1_030,
    }


def test_each_campaign_shows_its_row_and_its_members(html: str) -> None:
    tables, page = pages.tables(), pages.Reader(html)
    rows = tables["campaigns"].sort("accounts", descending=True).to_dicts()
    listed = page.tables["campaigns-table"][1:]
    assert [(line[0], number(line[1]), number(line[2])) for line in listed] == [
        (row["campaign_id"], row["accounts"], row["exchanges"]) for row in rows
    ]
    for place, row in enumerate(rows, 1):
        members = tables["members"].filter(pl.col("campaign_id") == row["campaign_id"])
        shown = {name: text for (section, name), text in page.figures.items() if section == f"c{place}-judgements"}
        for name in ("accounts", "exchanges", "input_tokens", "output_tokens"):
            assert number(shown[name]) == row[name]
        for name in ("suspicion", "stability", "innocents_expected"):
            assert number(shown[name]) == pytest.approx(row[name], abs=0.051)
        for tier in ("core", "periphery"):
            assert number(shown[tier]) == (members["tier"] == tier).sum()
        assert shown["first_seen"] == "2026-03-01 00:00"


def test_members_are_the_first_hundred_core_first_and_the_rest_is_counted(html: str) -> None:
    page = pages.Reader(html)
    lists = [rows for rows in page.tables.values() if rows[0][:3] == ["account", "tier", "suspicion"]]
    assert [len(rows) - 1 for rows in lists] == [100, 12]
    tiers = [row[1] for row in lists[0][1:]]
    assert tiers == sorted(tiers)
    assert "and 30 more" in page.text
    row = lists[1][1]
    member = pages.tables()["accounts"].filter(pl.col("account_id") == row[0]).to_dicts()[0]
    assert number(row[2]) == pytest.approx(member["suspicion"], abs=0.0006)
    assert number(row[5]) == member["exchanges"]


def test_evidence_is_that_of_the_members(html: str) -> None:
    page = pages.Reader(html)
    kinds = [(row[0], *(number(row[i]) for i in (2, 4, 6, 7))) for row in page.tables["c1-channels"][1:]]
    assert kinds == [("instrument", 130, 129, 1, 9.5), ("ip", 130, 129, 1, 3.25)]
    assert page.tables["c1-values"][1:] == [
        ["instrument", "card-1", "130", "129", "9.50"],
        ["ip", "203.0.113.7", "130", "129", "3.25"],
    ]


def test_honest_groups_hubs_channels_and_rejections_are_listed(html: str) -> None:
    page = pages.Reader(html)
    honest = [[number(cell) for cell in row[1:]] for row in page.tables["honest-table"][1:]]
    assert honest == [[2, 6, 0.2], [1, 3, 0.3]]
    assert "one card pays" in page.text
    hubs = [(row[0], number(row[2]), number(row[4])) for row in page.tables["hub-reasons-table"][1:]]
    assert hubs == [("device", 1, 40_495_500), ("ip", 60, sum((100 + i) * (99 + i) // 2 for i in range(60)))]
    assert len(page.tables["hubs-table"]) == 51
    assert "and 11 more" in page.text
    assert [row[:2] for row in page.tables["channels-table"][1:]] == [["ip", "yes"], ["payment", "no"]]
    assert "no payments table" in page.text
    assert page.tables["rejected-table"][1:] == [["exchanges", "not an address", "1,030"]]
    assert page.tables["inputs-table"][1:] == [["accounts", "accounts.parquet", "151", "20.0 KiB", "ab" * 32]]
    assert "graph.min_probability" in page.text


def test_a_run_that_found_nothing_says_why() -> None:
    tables = {name: empty(schema) for name, schema in OUTPUT.items()}
    why = ["No channel that can link accounts was in the input."]
    page = pages.Reader(report.render(tables, {"why_nothing": why}))
    assert "No campaign was found." in page.text
    assert why[0] in page.text
    assert "no proof that nothing is there" in page.text


def test_missing_tables_and_keys_are_borne() -> None:
    pages.Reader(report.render({}, {}))


HOSTILE = "<script>alert(1)</script>\"' onload=x \x00\x1b[31m\u202egnp.exe\u2066\u200f\n{{ 7*7 }}</style></code>"


def test_hostile_strings_are_text_and_nothing_else() -> None:
    html = report.render(pages.tables(HOSTILE, HOSTILE), pages.manifest(HOSTILE))
    page = pages.Reader(html)
    forbidden = {"iframe", "img", "link", "object", "embed", "form", "base"}
    assert not forbidden & {tag for tag, _ in page.tags}
    assert [attrs.get("type") for tag, attrs in page.tags if tag == "script"] == ["application/json"] * 2 + [None]
    assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on") or name == "style"]
    assert "<script>alert(1)</script>" in page.text
    assert "{{ 7*7 }}" in page.text
    assert r"\x00\x1b[31m\u202egnp.exe\u2066\u200f\n" in page.text
    assert all(char.isprintable() or char == "\n" for char in html)


def test_data_for_the_script_ends_nowhere_but_at_its_end(html: str) -> None:
    for text in ("</script>", "<!--", "<script", "]]>", "&", "\u2028"):
        said = block({"a": text})
        assert json.loads(said) == {"a": text}
        assert not set("<>&\u2028") & set(said)
    blocks = re.findall(r'<script type="application/json" id="(c\d+)-data">(.*?)</script>', html)
    assert [name for name, _ in blocks] == ["c1", "c2"]
    for name, text in blocks:
        rows = json.loads(text)["accounts"]["id"]
        assert len(rows) == pages.SIZES["C-big" if name == "c1" else "C-small"]


def test_nothing_loads_and_nothing_runs_but_its_own(html: str) -> None:
    page = pages.Reader(html)
    own = {name: b64encode(sha256(text.encode()).digest()).decode() for name, text in OWN.findall(html)}
    policies = [attrs["content"] for tag, attrs in page.tags if attrs.get("http-equiv") == "Content-Security-Policy"]
    assert policies == [
        f"default-src 'none'; style-src 'sha256-{own['style']}'; script-src 'sha256-{own['script']}'; "
        "base-uri 'none'; form-action 'none'"
    ]
    assert not {"img", "link", "iframe"} & {tag for tag, _ in page.tags}
    assert not [attrs for tag, attrs in page.tags if tag == "script" and "src" in attrs]
    assert {str(attrs["href"])[0] for tag, attrs in page.tags if tag == "a"} == {"#"}
    assert not re.search(r"url\(|@import|https?:", html.replace("http://www.w3.org/2000/svg", ""))


def test_it_can_be_read_without_seeing_it(html: str) -> None:
    page = pages.Reader(html)
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert {str(attrs["href"])[1:] for tag, attrs in page.tags if tag == "a"} <= set(ids)
    labels = {str(attrs["aria-labelledby"]) for _, attrs in page.tags if "aria-labelledby" in attrs}
    assert labels <= set(ids)
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert len(page.captions) == sum(tag == "table" for tag, _ in page.tags)
    assert all(attrs.get("scope") in ("row", "col") for tag, attrs in page.tags if tag == "th")
    assert [attrs.get("lang") for tag, attrs in page.tags if tag == "html"] == ["en"]


def test_the_order_of_rows_changes_no_byte(html: str) -> None:
    mixed = {
        name: table.sample(fraction=1, shuffle=True, seed=3) if name != "rejected" else table
        for name, table in pages.tables().items()
    }
    assert report.render(mixed, pages.manifest()) == html


def test_timings_are_shown_when_they_are_given(html: str) -> None:
    assert "peak memory" not in html.split("</thead>")[0]
    stages = [{"name": "read", "rows": 5, "detail": "", "seconds": 12.34, "peak_bytes": 3 * 1024**3}]
    page = pages.Reader(report.render(pages.tables(), {**pages.manifest(), "stages": stages}))
    assert page.tables["stages-table"][1][3:] == ["12.3", "3.0 GiB"]
    assert pages.Reader(html).tables["stages-table"][0] == ["stage", "rows", "detail"]


def test_only_the_largest_campaigns_get_a_section() -> None:
    tables = pages.tables()
    row = tables["campaigns"].filter(pl.col("campaign_id") == "C-small")
    tables["campaigns"] = pl.concat([row.with_columns(campaign_id=pl.lit(f"C-{i:03}")) for i in range(60)])
    page = pages.Reader(report.render(tables, pages.manifest()))
    assert sum(attrs.get("class") == "view campaign" for _, attrs in page.tags) == 50
    assert len(page.tables["campaigns-table"]) == 61
    assert "The 50 largest have a page here" in page.text


def test_long_values_are_cut_and_their_length_told() -> None:
    assert inert("x" * 5_000) == "x" * 300 + "… (5,000 characters)"
    assert size(1023) == "1,023 bytes"
    assert size(5 * 1024**4) == "5,120.0 GiB"


def test_what_is_not_certain_does_not_read_as_certain() -> None:
    assert [chance(each) for each in (0.9994, 0.9996, 1.0, None)] == ["0.999", ">0.999", "1.000", None]


def test_the_templates_are_packaged() -> None:
    assert {path.name for path in report.TEMPLATES.iterdir()} >= {"page.html", "campaign.html", "macros.html"}
    assert {path.name for path in report.STATIC.iterdir()} == {"report.css", "graph.js", "rows.js", "view.js"}
