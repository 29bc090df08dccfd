"""A run to draw, and a reader of what was drawn."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import polars as pl

from linkage.tables import OUTPUT, empty

START = datetime(2026, 3, 1, tzinfo=UTC)
SIZES = {"C-big": 130, "C-small": 12}


def tables(value: str = "card-1", account: str = "acc") -> dict[str, pl.DataFrame]:
    """Two campaigns, three honest groups, evidence, hubs, rejections; `value` and `account` are the logs' strings."""
    members: list[tuple[Any, ...]] = []
    evidence: list[tuple[Any, ...]] = []
    accounts: list[tuple[Any, ...]] = []
    for campaign, size in SIZES.items():
        ids = [f"{account}-{campaign}-{i:04}" for i in range(size)]
        for i, each in enumerate(ids):
            tier = "core" if i % 3 else "periphery"
            seen = START + timedelta(days=i % 30), START + timedelta(days=40)
            accounts.append((each, f"G-{campaign}", campaign, 0.9 - i / 1000, 0.8, tier, None, 10 + i, *seen))
            members.append((campaign, each, 0.75, tier, 0.8, 10 + i))
        for a, b in pairwise(ids):
            evidence.append((a, b, "instrument", value, 9.5, *seen))
            evidence.append((a, b, "ip", "203.0.113.7", 3.25, *seen))
    for i in range(9):
        accounts.append((f"{account}-honest-{i}", f"H-{i // 3}", None, 0.1, 0.5, None, None, 3, None, None))
    rows: dict[str, list[tuple[Any, ...]]] = {
        "accounts": accounts,
        "members": members,
        "evidence": evidence,
        "communities": [
            *((f"G-{c}", n, 0.9, c, None, json.dumps(["many cards"]), json.dumps([]), "[]") for c, n in SIZES.items()),
            ("H-0", 3, 0.1, None, "household", "[]", json.dumps(["one card pays"]), "[]"),
            ("H-1", 3, 0.2, None, "household", "[]", json.dumps(["one address"]), "[]"),
            ("H-2", 3, 0.3, None, None, json.dumps(["waves"]), json.dumps(["few values"]), "[]"),
        ],
        "campaigns": [
            (
                campaign,
                size,
                sum(10 + i for i in range(size)),
                size * 1000,
                size * 2000,
                START,
                START + timedelta(days=40),
                0.875,
                0.8,
                None,
                None,
                None,
                size / 8,
                json.dumps(["12 cards are rotated (+3.0 bits)", value]),
                json.dumps(["active in 9 hours of the day (-1.0 bits)"]),
            )
            for campaign, size in SIZES.items()
        ],
        "links": [(a, b, 0.9, 12.0) for a, b, kind, *_ in evidence if kind == "ip"],
        "hubs": [
            *(("ip", f"198.51.100.{i}", 100 + i, (100 + i) * (99 + i) // 2, "degree") for i in range(60)),
            ("device", value, 9_000, 40_495_500, "placeholder"),
        ],
        "rejected": [("exchanges", i, "ip", "not an address", value) for i in range(30)],
    }
    return {
        name: pl.DataFrame(rows[name], schema=schema, orient="row") if name in rows else empty(schema)
        for name, schema in OUTPUT.items()
    }


def manifest(text: str = "accounts.parquet") -> dict[str, object]:
    """Every key that the page reads, without timings."""
    return {
        "version": "0.1.0",
        "seed": 7,
        "device": {"used": "cpu", "why": "asked for"},
        "settings": {"seed": 7, "graph": {"min_probability": 0.5, "names": {}}, "texts": [text]},
        "inputs": [{"table": "accounts", "path": text, "rows": 151, "bytes": 20_480, "sha256": "ab" * 32}],
        "channels": {
            "ip": {"present": True, "group": "network", "uses": 1_234, "shared": 99, "suppressed": 60, "links": 140},
            "payment": {"present": False, "group": "money", "why": "no payments table", "links": 0},
        },
        "link_model": {"prior_bits": -10.5},
        "rejected": {"exchanges": {"not an address": 1_030}},
        "stages": [{"name": "read", "rows": 5_000, "detail": text}],
        "counts": {},
        "why_nothing": [],
        "notes": [text],
        "not_reproducible": ["stages.seconds"],
    }


class Reader(HTMLParser):
    """Tables by id, figures by section and name, tags with their attributes, all text; and whether tags close."""

    VOID = frozenset({"meta", "br", "link", "input", "img", "hr"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.captions: list[str] = []
        self.figures: dict[tuple[str, str], str] = {}
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self._rows: list[list[str]] = []
        self._section, self._figure = "", ""
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.tags.append((tag, named))
        if tag in self.VOID:
            return
        self._open.append(tag)
        if tag == "section":
            self._section = named.get("id") or ""
        if tag == "table":
            self._rows = self.tables[named.get("id") or f"table-{len(self.tables)}"] = []
        if tag == "tr":
            self._rows.append([])
        if tag in ("td", "th"):
            self._rows[-1].append("")
        if tag == "caption":
            self.captions.append("")
        self._figure = named.get("data-figure") or ""

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag
        self._figure = ""

    def handle_data(self, data: str) -> None:
        if {"style", "script"} & set(self._open):
            return
        self.text += data
        if "td" in self._open or "th" in self._open:
            self._rows[-1][-1] += data.strip()
        if self._open and self._open[-1] == "caption":
            self.captions[-1] += data
        if self._figure:
            self.figures[(self._section, self._figure)] = data


def number(text: str) -> float:
    """What a person reads, as a number."""
    return float(text.replace(",", ""))
