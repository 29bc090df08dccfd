"""Each format is valid to the tools that read it, the same bytes twice, and quick where a campaign is large."""

from __future__ import annotations

import csv
import io
import json
import time
import zipfile
from pathlib import Path
from typing import Any

import networkx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.errors import MissingExtraError
from linkage.report.annexes import ACCOUNTS
from linkage.report.compose import Report
from linkage.report.formats import RENDERERS, files, graphs, pdf, spreadsheet, stix
from linkage.report.formats.observables import observable, pattern
from tests.report import runs

REPORT = runs.report()


@pytest.mark.parametrize("name", RENDERERS)
def test_the_same_report_is_the_same_bytes(name: str) -> None:
    assert RENDERERS[name](runs.report()) == RENDERERS[name](REPORT)


def test_the_bundle_is_valid_to_stix2_and_the_validator() -> None:
    stix2 = pytest.importorskip("stix2")
    validator = pytest.importorskip("stix2validator")
    for tlp in stix.TLP:
        text = stix.render(runs.report(tlp=tlp, campaigns=["C-small"]).document)
        parsed = stix2.parse(text)
        assert len(parsed.objects) == len(json.loads(text)["objects"])
        assert [each.id for each in parsed.objects if each.type == "marking-definition"] == [stix.TLP[tlp]]
    text = stix.render(REPORT.document)
    results = validator.validate_string(text, validator.ValidationOptions(version="2.1", silent=True))
    assert results.is_valid, results.errors
    assert not results.errors
    broken = text.replace('"confidence": 97', '"confidence": 970')
    assert broken != text
    assert not validator.validate_string(broken, validator.ValidationOptions(version="2.1", silent=True)).is_valid


def test_observables_have_the_ids_that_stix2_gives_them() -> None:
    stix2 = pytest.importorskip("stix2")
    for each in stix.bundle(REPORT.document)["objects"]:
        if each["type"] in ("user-account", "ipv4-addr"):
            values = {name: each[name] for name in ("user_id", "value") if name in each}
            made = (stix2.v21.UserAccount if "user_id" in values else stix2.v21.IPv4Address)(**values)
            assert made.id == each["id"]


def test_a_bundle_names_the_operator_and_says_how_sure() -> None:
    objects = stix.bundle(REPORT.document)["objects"]
    by_id = {each["id"]: each for each in objects}
    (named,) = [each for each in objects if each.get("relationship_type") == "attributed-to"]
    assert by_id[named["source_ref"]]["name"] == "Campaign C-big"
    assert (by_id[named["target_ref"]]["type"], named["confidence"]) == ("intrusion-set", 91)
    assert len(by_id) == len(objects)
    for report in (each for each in objects if each["type"] == "report"):
        assert set(report["object_refs"]) <= set(by_id)


def test_what_is_not_certain_never_reads_as_certain() -> None:
    assert [stix.percent(chance) for chance in (None, 0.0, 0.001, 0.5, 0.9999, 1.0)] == [None, 1, 1, 50, 99, 99]


def test_a_campaign_keeps_its_id_in_another_run() -> None:
    def ids(report: Report) -> set[str]:
        return {each["id"] for each in stix.bundle(report.document)["objects"] if each["type"] == "campaign"}

    assert ids(runs.report(campaigns=["C-big"])) < ids(REPORT)


@pytest.mark.parametrize(
    ("kind", "value", "wanted"),
    [
        ("ip", "203.0.113.7", "[ipv4-addr:value = '203.0.113.7']"),
        ("ip", "2001:db8::1", "[ipv6-addr:value = '2001:db8::1']"),
        ("prefix", "203.0.113.0/24", "[ipv4-addr:value ISSUBSET '203.0.113.0/24']"),
        ("email_domain", "mail.example", "[domain-name:value = 'mail.example']"),
        ("asn", "64500", "[autonomous-system:number = 64500]"),
        ("ip", "a71a789bfde4", "[user-account:x_linkage_ip = 'a71a789bfde4']"),
        ("Card-No", "it's \\", "[user-account:x_linkage_card_no = 'it\\'s \\\\']"),
    ],
)
def test_patterns(kind: str, value: str, wanted: str) -> None:
    stix2 = pytest.importorskip("stix2")
    assert pattern(kind, value) == wanted
    stix2.v21.Indicator(pattern=wanted, pattern_type="stix", valid_from="2026-01-01T00:00:00Z")
    assert (observable(kind, value) is None) == ("x_linkage" in wanted)


def test_graphs_read_back_with_the_same_counts(tmp_path: Path) -> None:
    igraph = pytest.importorskip("igraph")
    graph = graphs.graph(REPORT)
    texts = {"graphml": graphs.graphml(REPORT), "gexf": graphs.gexf(REPORT)}
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    read = {
        "graphml": networkx.read_graphml(tmp_path / "graphml"),
        "gexf": networkx.read_gexf(tmp_path / "gexf"),
    }
    edges = {(a, b): (weight, chance) for a, b, weight, chance in graph.edges.iter_rows()}
    for found in read.values():
        assert not found.is_directed()
        assert set(found.nodes) == set(graph.nodes)
        assert found.number_of_edges() == len(edges)
        for node, attributes in found.nodes(data=True):
            for name in ("tier", "suspicion", "exchanges", "campaigns"):
                assert attributes[name] == graph.nodes[node][name]
        for a, b, attributes in found.edges(data=True):
            assert (attributes["weight"], attributes["probability"]) == edges.get((a, b), edges.get((b, a)))
    by_igraph = igraph.Graph.Read_GraphML(str(tmp_path / "graphml"))
    assert (by_igraph.vcount(), by_igraph.ecount()) == (len(graph.nodes), len(edges))
    assert sorted(by_igraph.es["weight"]) == sorted(weight for weight, _ in edges.values())
    assert set(by_igraph.vs["label"]) == set(graph.nodes)


@given(st.lists(st.text(), min_size=1, max_size=8))
def test_a_cell_is_no_formula_and_reads_back(texts: list[str]) -> None:
    written = spreadsheet.table([{f"c{i}": text for i, text in enumerate(texts)}], [f"c{i}" for i in range(len(texts))])
    _, cells = csv.reader(io.StringIO(written, newline=""))
    assert [spreadsheet.restored(cell) for cell in cells] == texts
    assert not any(cell.startswith(tuple("=+-@\t\r")) for cell in cells)


def test_figures_stay_figures() -> None:
    written = spreadsheet.table(
        [{"bits": -2.5, "text": "-2.5", "none": None, "said": True}], ["bits", "text", "none", "said"]
    )
    assert written.splitlines()[1] == '-2.5,"\'-2.5","","true"'


def test_tables_as_a_folder_or_a_zip(tmp_path: Path) -> None:
    made = spreadsheet.render(REPORT.document)
    files.write_all(tmp_path / "new" / "tables", made)
    assert {each.name: each.read_bytes().decode() for each in (tmp_path / "new" / "tables").iterdir()} == made
    files.write_all(tmp_path / "tables.zip", made)
    with zipfile.ZipFile(tmp_path / "tables.zip") as archive:
        assert {name: archive.read(name).decode() for name in archive.namelist()} == made
    assert files.zipped(made) == (tmp_path / "tables.zip").read_bytes()


def test_the_pdf_has_pages() -> None:
    pytest.importorskip("typst")
    made = pdf.render(REPORT.document)
    assert made.startswith(b"%PDF-")
    assert b"/Count " in made or len(made) > 20_000


def test_without_typst_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'account-linkage\[pdf\]'"):
        pdf.render(REPORT.document)


@pytest.mark.slow
def test_a_large_campaign_is_quick() -> None:
    report = runs.large(12_000, 14_000_000, 60_000)
    spent: dict[str, float] = {}
    made: dict[str, Any] = {}
    for name, render in RENDERERS.items():
        begin = time.process_time()
        made[name] = render(report)
        spent[name] = time.process_time() - begin
    assert spent["stix"] < 30
    assert spent["pdf"] < 20
    assert sum(spent.values()) < 60
    assert f"The first {ACCOUNTS:,} of 12,000 accounts" in made["md"]
    assert made["stix"].count('"type": "user-account"') == 12_000


def test_every_table_has_its_columns_with_and_without_rows() -> None:
    full = spreadsheet.render(REPORT.document)
    bare = spreadsheet.render(REPORT.document.model_copy(update={"campaigns": ()}))
    for name, text in bare.items():
        if name.endswith(".csv"):
            head = next(csv.reader(io.StringIO(text)))
            assert head == next(csv.reader(io.StringIO(full[name])))
            assert all(len(row) == len(head) for row in csv.reader(io.StringIO(full[name])))
    first = REPORT.document.campaigns[0]
    assert next(csv.reader(io.StringIO(full["accounts.csv"]))) == ["campaign_id", *type(first.accounts[0]).model_fields]
