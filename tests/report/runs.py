"""A run with something in every table, in strings of one's choice, and one large campaign."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from linkage.report.compose import Report, compose
from linkage.tables import OUTPUT, empty
from tests.report import pages

START = datetime(2026, 3, 1, 4, 5, 6, 789_012, tzinfo=UTC)
IDS = ("C-big", "C-small")


def tables(text: str = "card-1", account: str = "acc") -> dict[str, pl.DataFrame]:
    """`pages.tables` with names, rivals, explanations, lineage and decisions; every string of the logs is `text`."""
    frames = pages.tables(text, account)
    big, small = (frames["members"].filter(pl.col("campaign_id") == each)["account_id"] for each in IDS)
    rests = [{"kind": "instrument", "value": text, "bits": 7.512, "source": text, "members": 3}]
    rivals = [{"name": f"{text} rival", "posterior": 0.123, "bits": 2.5}]
    tested = [
        {"name": "vendor", "fit": 0.663, "bits": -2.652, "text": text},
        {"name": "campus", "fit": 0.0, "bits": -0.0, "text": "0% of the traffic comes from a campus network"},
    ]
    day = START.date()
    runs: dict[str, list[tuple[Any, ...]]] = {
        "activity": [
            *((IDS[0], day + timedelta(days=i), hour, 100 + i) for i in range(30) for hour in (0, 23)),
            (IDS[0], day + timedelta(days=40), 5, 2_815),
            (IDS[1], day, 7, 186),
        ],
        "models": [
            *((IDS[0], day + timedelta(days=i), text, 150) for i in range(30)),
            (IDS[0], day + timedelta(days=20), "large", 2_000),
            (IDS[1], day, "large", 86),
            (None, day, text, 4_600),
            (None, day + timedelta(days=20), "large", 2_090),
        ],
        "own_templates": [
            (IDS[0], text, 40, 90, 7, f"{text}, proof"),
            (IDS[0], "template 8", 90, 200, 8, ""),
            (IDS[1], "template 9", 5, 6, None, None),
        ],
        "bridges": [
            ("G-C-big", big[3], big[9], 5, 1, 1, True),
            ("G-C-big", big[4], None, 7, 3, 2, False),
            ("H-0", text, None, 2, 1, 1, False),
        ],
        "attributions": [
            (IDS[0], "beneficiary", None, None, "[]", "[]", True, f"no dossier says {text}", "A dossier."),
            (IDS[0], "operator", text, 0.91, json.dumps(rests), json.dumps(rivals), False, text, text),
            (IDS[1], "operator", None, None, "[]", json.dumps(rivals), True, "only one kind of evidence", "Another."),
        ],
        "robustness": [
            (IDS[0], "money", 100, 100 / 130, 4.321, True),
            (IDS[0], "network", 7, 7 / 130, -1.25, False),
            (IDS[1], "money", 12, 1.0, 4.0, True),
        ],
        "lineage": [
            (IDS[0], IDS[0], "grew", 90, 130, 88, 1, 1, 0, 0),
            (text, IDS[0], "merged", 20, 130, 19, 0, 0, 1, 2),
            (None, IDS[1], "born", 0, 12, 0, 0, 0, 0, 0),
        ],
        "decisions": [
            (big[0], "enforced", text, START, IDS[0], 0.9, False, text),
            (big[1], "enforced", text, START + timedelta(hours=3), IDS[0], 0.9, False, text),
            (small[0], "cleared", None, None, IDS[1], 0.9, True, text),
        ],
    }
    later = START + timedelta(days=20)
    more = [
        (small[0], small[1], "succession", f"one began after {text}", 2.1, later, later),
        (big[0], big[5], text, text, 3.3, None, None),
        (big[0], small[0], "instrument", "across", 9.0, None, None),
    ]
    frames["evidence"] = pl.concat([frames["evidence"], pl.DataFrame(more, schema=OUTPUT["evidence"], orient="row")])
    named = pl.col("campaign_id") == IDS[0]
    frames["campaigns"] = frames["campaigns"].with_columns(
        operator=pl.when(named).then(pl.lit(text)),
        operator_confidence=pl.when(named).then(pl.lit(0.91, pl.Float32)),
        capability=pl.when(named).then(pl.lit(text)),
        suspicion=pl.when(named).then(pl.lit(0.9712345, pl.Float32)).otherwise(pl.lit(0.6, pl.Float32)),
        innocents_expected=pl.col("innocents_expected") + pl.lit(0.1, pl.Float32),
    )
    frames["communities"] = frames["communities"].with_columns(
        explanations=pl.when(pl.col("campaign_id") == IDS[0]).then(pl.lit(json.dumps(tested))).otherwise("explanations")
    )
    return frames | {name: pl.DataFrame(rows, schema=OUTPUT[name], orient="row") for name, rows in runs.items()}


def manifest(text: str = "accounts.parquet") -> dict[str, object]:
    """`pages.manifest` with the kinds of its channels and timings."""
    return {
        **pages.manifest(text),
        "channels": {
            "ip": {"present": True, "group": "network", "kinds": ["ip"]},
            "payment": {"present": True, "group": "money", "kinds": ["instrument"]},
            "succession": {"present": True, "group": "birth", "kinds": ["succession"]},
            "prompt": {"present": False, "group": "content", "kinds": ["prompt"], "why": text},
        },
        "stages": [{"name": "read", "rows": 5_000, "detail": text, "seconds": 1.25, "peak_bytes": 9}],
        "not_reproducible": ["stages.seconds", "stages.peak_bytes"],
    }


def report(text: str = "card-1", account: str = "acc", **options: Any) -> Report:
    """The report on such a run."""
    return compose(tables(text, account), manifest(text), **options)


def large(accounts: int, exchanges: int, links: int) -> Report:
    """The report on one campaign of so many accounts, with as many links along a ring of neighbours."""
    ids = [f"acc-{i:06}" for i in range(accounts)]
    ends = [(i, (i + 1 + i // accounts) % accounts) for i in range(links)]
    pairs = sorted({(min(a % accounts, b), max(a % accounts, b)) for a, b in ends if a % accounts != b})
    one = pl.int_range(pl.len())
    frames = {name: empty(schema) for name, schema in OUTPUT.items()}
    each = pl.DataFrame({"account_id": ids}).with_columns(
        campaign_id=pl.lit("C-1"),
        community_id=pl.lit("G-1"),
        suspicion=pl.lit(0.9, pl.Float32),
        stability=pl.lit(1.0, pl.Float32),
        share=pl.lit(0.5, pl.Float32),
        tier=pl.when(one % 4 == 0).then(pl.lit("periphery")).otherwise(pl.lit("core")),
        operator=pl.lit("heron"),
        exchanges=pl.lit(exchanges // accounts, pl.Int64),
        first_seen=pl.lit(START) + pl.duration(hours=one % 1000),
        last_seen=pl.lit(START + timedelta(days=45)),
    )
    linked = pl.DataFrame(
        {"account_a": [ids[a] for a, _ in pairs], "account_b": [ids[b] for _, b in pairs]}
    ).with_columns(probability=pl.lit(0.9, pl.Float32), weight=pl.lit(12.5, pl.Float32))
    proof = linked.select("account_a", "account_b").with_columns(
        kind=pl.when(one % 2 == 0).then(pl.lit("ip")).otherwise(pl.lit("device")),
        value=pl.format("10.{}.{}.7", one // 3 // 250, one // 3 % 250),
        weight=pl.lit(9.5, pl.Float32),
        first_seen=pl.lit(START),
        last_seen=pl.lit(START),
    )
    frames |= {"accounts": each, "members": each, "links": linked, "evidence": proof}
    seen = START, START + timedelta(days=45)
    frames["campaigns"] = pl.DataFrame(
        [
            (
                "C-1",
                accounts,
                exchanges // accounts * accounts,
                1,
                2,
                *seen,
                0.99,
                1.0,
                "heron",
                0.9,
                None,
                3.0,
                "[]",
                "[]",
            )
        ],
        schema=OUTPUT["campaigns"],
        orient="row",
    )
    frames = {name: frame.select(pl.col(c).cast(t) for c, t in OUTPUT[name].items()) for name, frame in frames.items()}
    return compose(frames, manifest())


def members(frames: dict[str, pl.DataFrame], campaign: str) -> list[str]:
    """Ids of a campaign's members."""
    return frames["members"].filter(pl.col("campaign_id") == campaign)["account_id"].to_list()


def inside(frames: dict[str, pl.DataFrame], name: str, campaign: str) -> list[dict[str, Any]]:
    """Rows of a table of pairs, of which both accounts are members; the slow way."""
    whose = set(members(frames, campaign))
    return [row for row in frames[name].to_dicts() if row["account_a"] in whose and row["account_b"] in whose]
