"""Every format says the tables' figures."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import defaultdict
from typing import Any

import polars as pl
import pytest

from linkage.report.blocks import blocks
from linkage.report.formats import graphs, markdown, misp, pdf, plain_json, spreadsheet, stix
from linkage.report.layout import Heading, Table
from tests.report import runs

REPORT = runs.report()
FRAMES = runs.tables()
COUNTED = ("accounts", "exchanges", "input_tokens", "output_tokens")


def row_of(campaign: str) -> dict[str, Any]:
    return FRAMES["campaigns"].row(by_predicate=pl.col("campaign_id") == campaign, named=True)


def members_of(campaign: str) -> list[dict[str, Any]]:
    both = FRAMES["members"].join(FRAMES["accounts"].select("account_id", "suspicion"), on="account_id")
    return both.filter(pl.col("campaign_id") == campaign).sort("account_id").to_dicts()


def told(campaign: str) -> dict[str, float]:
    """What the tables say of a campaign: the truth that every format is held against."""
    tiers = [member["tier"] for member in members_of(campaign)]
    return {
        **{name.replace("_", " "): row_of(campaign)[name] for name in COUNTED},
        "core": tiers.count("core"),
        "periphery": tiers.count("periphery"),
        "links": len(runs.inside(FRAMES, "links", campaign)),
    }


def number(text: str) -> float:
    return float(text.replace(",", ""))


def in_tables(tables: list[tuple[str, str, list[list[str]]]], campaign: str) -> None:
    """Tables of a document for people, each with the heading and the section above it, against the run's tables."""
    mine = [(section, cells) for title, section, cells in tables if title == f"Campaign {campaign}"]
    of = {(section, *cells[0][:2]): cells[1:] for section, cells in mine}
    scale = {line[0]: line[1] for line in of["Scale", "what", "figure"]}
    assert {name: number(scale[name]) for name in told(campaign)} == told(campaign)
    assert number(scale["suspicion"]) == pytest.approx(row_of(campaign)["suspicion"], abs=5e-4)
    listed = of["Annex: accounts by tier", "account", "tier"]
    wanted = members_of(campaign)
    assert sorted((line[0], line[1], number(line[5])) for line in listed) == [
        (member["account_id"], member["tier"], member["exchanges"]) for member in wanted
    ]
    evidence = runs.inside(FRAMES, "evidence", campaign)
    assert {line[0]: number(line[5]) for line in of["Evidence matrix", "kind", "channel"]} == {
        kind: len({row["value"] for row in evidence if row["kind"] == kind}) for kind in {r["kind"] for r in evidence}
    }
    without = FRAMES["robustness"].filter(pl.col("campaign_id") == campaign).sort("without").to_dicts()
    assert [(line[0], number(line[1]), line[4]) for line in of["Robustness", "without", "accounts"]] == [
        (each["without"], each["accounts"], "stands" if each["stands"] else "falls") for each in without
    ]
    expected = number(of["Who may be innocent, and why", "what", "figure"][0][1])
    assert expected == pytest.approx(row_of(campaign)["innocents_expected"], abs=0.0051)


@pytest.mark.parametrize("campaign", runs.IDS)
def test_markdown(campaign: str) -> None:
    tables: list[tuple[str, str, list[list[str]]]] = []
    title = section = ""
    for part in markdown.render(REPORT.document).split("\n\n"):
        plain = part.replace("\\", "").replace("&gt;", ">")
        if part.startswith("# "):
            title = plain[2:].strip()
        elif part.startswith("## "):
            section = plain[3:].strip()
        elif part.startswith("| "):
            lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in plain.splitlines()]
            tables.append((title, section, [lines[0], *lines[2:]]))
    in_tables(tables, campaign)


@pytest.mark.parametrize("campaign", runs.IDS)
def test_the_source_of_the_pdf(campaign: str) -> None:
    tables: list[tuple[str, str, list[list[str]]]] = []
    title = section = ""
    for block in pdf.source(REPORT.document)["blocks"]:
        if block["is"] == "heading":
            title, section = (block["text"], "") if block["level"] == 1 else (title, block["text"])
        elif block["is"] == "table" and block["rows"]:
            tables.append((title, section, [block["columns"], *block["rows"]]))
    in_tables(tables, campaign)


def test_the_overview_counts_the_run() -> None:
    laid = list(blocks(REPORT.document))
    place = laid.index(Heading(2, "The run in figures"))
    table = laid[place + 1]
    assert isinstance(table, Table)
    assert {name: number(value) for name, value in table.rows} == {
        "accounts": FRAMES["accounts"].height,
        "exchanges": FRAMES["accounts"]["exchanges"].sum(),
        "campaigns": 2,
        "accounts in campaigns": FRAMES["members"].height,
        "exchanges in campaigns": FRAMES["campaigns"]["exchanges"].sum(),
        "innocents expected": pytest.approx(FRAMES["campaigns"]["innocents_expected"].sum(), abs=0.0051),
        "communities": FRAMES["communities"].height,
        "honest groups": 3,
        "links": FRAMES["links"].height,
        "hubs": FRAMES["hubs"].height,
        "rejected": 1_030,
    }


@pytest.mark.parametrize("campaign", runs.IDS)
def test_json(campaign: str) -> None:
    document = json.loads(plain_json.render(REPORT.document))
    found = next(each for each in document["campaigns"] if each["header"]["campaign_id"] == campaign)
    assert {name: found["scale"][name.replace(" ", "_")] for name in told(campaign)} == told(campaign)
    assert sorted((each["account_id"], each["exchanges"]) for each in found["accounts"]) == [
        (member["account_id"], member["exchanges"]) for member in members_of(campaign)
    ]


@pytest.mark.parametrize("campaign", runs.IDS)
def test_csv(campaign: str) -> None:
    files = spreadsheet.render(REPORT.document)

    def rows(name: str) -> list[dict[str, str]]:
        found = csv.DictReader(io.StringIO(files[f"{name}.csv"], newline=""))
        return [row for row in found if row["campaign_id"] == campaign]

    (scale,) = rows("scale")
    assert {name: number(scale[name.replace(" ", "_")]) for name in told(campaign)} == told(campaign)
    assert sorted((row["account_id"], row["tier"], int(row["exchanges"])) for row in rows("accounts")) == [
        (member["account_id"], member["tier"], member["exchanges"]) for member in members_of(campaign)
    ]
    (line,) = rows("campaigns")
    assert (int(line["accounts"]), int(line["exchanges"])) == (told(campaign)["accounts"], told(campaign)["exchanges"])
    without = FRAMES["robustness"].filter(pl.col("campaign_id") == campaign)
    assert sorted(row["group"] for row in rows("robustness")) == sorted(without["without"])
    evidence = runs.inside(FRAMES, "evidence", campaign)
    assert {row["kind"]: int(row["values"]) for row in rows("evidence")} == {
        kind: len({row["value"] for row in evidence if row["kind"] == kind}) for kind in {r["kind"] for r in evidence}
    }


@pytest.mark.parametrize("campaign", runs.IDS)
def test_stix(campaign: str) -> None:
    objects = {each["id"]: each for each in stix.bundle(REPORT.document)["objects"]}
    found = next(each for each in objects.values() if each.get("name") == f"Campaign {campaign}")
    assert found["confidence"] == round(row_of(campaign)["suspicion"] * 100)
    for name in ("accounts", "exchanges"):
        assert f"{row_of(campaign)[name]:,} {name}" in found["description"]
    pool = next(each for each in objects.values() if each.get("name") == f"Accounts of Campaign {campaign}")
    held = [each for each in objects.values() if each.get("source_ref") == pool["id"]]
    said = re.compile(r"(\w+) tier, ([\d,]+) exchanges")
    accounts = []
    for each in held:
        of = said.fullmatch(each["description"])
        assert of is not None
        accounts.append((objects[each["target_ref"]]["user_id"], of[1], number(of[2])))
    wanted = members_of(campaign)
    assert sorted(accounts) == [(member["account_id"], member["tier"], member["exchanges"]) for member in wanted]
    chances = {objects[each["target_ref"]]["user_id"]: each["confidence"] for each in held}
    assert chances == pytest.approx({member["account_id"]: member["suspicion"] * 100 for member in wanted}, abs=0.501)
    shared = defaultdict(set)
    for row in runs.inside(FRAMES, "evidence", campaign):
        if row["kind"] != "succession":
            shared[f"{row['kind']} {row['value']}"].add((row["account_a"], row["account_b"]))
    campaigns = {e["source_ref"] for e in objects.values() if e.get("target_ref") == found["id"]}
    assert {
        objects[one]["name"]: int(objects[one]["description"].split(" links")[0].split()[-1].replace(",", ""))
        for one in campaigns
    } == {name: len(pairs) for name, pairs in shared.items()}


def test_misp() -> None:
    response = json.loads(misp.render(REPORT.document))["response"]
    events = {each["Event"]["info"].split(":")[0]: each["Event"] for each in response}
    for campaign in runs.IDS:
        event, row = events[f"Campaign {campaign}"], row_of(campaign)
        assert event["info"].endswith(f": {row['accounts']:,} accounts, {row['exchanges']:,} exchanges")
        accounts = [each["value"] for each in event["Attribute"] if each["comment"].startswith("account,")]
        assert sorted(accounts) == sorted(runs.members(FRAMES, campaign))
        assert len({each["uuid"] for each in event["Attribute"]}) == len(event["Attribute"])
        assert int(event["attribute_count"]) == len(event["Attribute"])


def test_graph() -> None:
    graph = graphs.graph(REPORT)
    assert {name: node["exchanges"] for name, node in graph.nodes.items()} == {
        member["account_id"]: member["exchanges"] for campaign in runs.IDS for member in members_of(campaign)
    }
    links = [row for campaign in runs.IDS for row in runs.inside(FRAMES, "links", campaign)]
    assert sorted(graph.edges.select("account_a", "account_b", "weight").rows()) == sorted(
        (row["account_a"], row["account_b"], row["weight"]) for row in links
    )
