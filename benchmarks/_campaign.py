"""A made-up run with one large campaign: links in groups, evidence, hours, models and templates."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from linkage import io
from linkage.tables import OUTPUT, empty

ID: Final = "C-large"
_START: Final = datetime(2026, 3, 1, tzinfo=UTC)
_DAYS: Final = 45
_KINDS: Final = ("ip", "device", "instrument", "prompt", "alike", "phone")
_LINKS: Final = 40  # of an account
_TEMPLATES: Final = 3_000


def made(accounts: int, exchanges: int, seed: int = 1) -> dict[str, pl.DataFrame]:
    """Tables of a run whose one campaign has so many accounts and exchanges."""
    rng = np.random.default_rng(seed)
    ids = pl.Series([f"acc_{i:016x}" for i in rng.integers(0, 1 << 62, accounts)], dtype=pl.String)
    members = _members(ids, exchanges, rng)
    links = _links(ids, rng)
    tables = {name: empty(schema) for name, schema in OUTPUT.items()}
    tables |= {"accounts": members, "members": members, "links": links, "evidence": _evidence(links, rng)}
    tables |= _doings(exchanges, rng)
    tables["campaigns"] = pl.DataFrame(
        {
            "campaign_id": [ID],
            "accounts": [accounts],
            "exchanges": [exchanges],
            "input_tokens": [exchanges * 900],
            "output_tokens": [exchanges * 1_400],
            "first_seen": [_START],
            "last_seen": [_START + timedelta(days=_DAYS - 1, hours=3)],
            "suspicion": [0.9999],
            "stability": [0.99],
            "operator": ["heron"],
            "operator_confidence": [0.97],
            "capability": ["3,000 templates of its own carry 61% of prompts"],
            "innocents_expected": [31.0],
            "reasons_for": ['["4,000 cards are rotated (+3.0 bits)"]'],
            "reasons_against": ['["38% of its links rest on one kind of evidence only (-0.5 bits)"]'],
        }
    )
    return {
        name: table.select(pl.col(column).cast(kind) for column, kind in OUTPUT[name].items())
        for name, table in tables.items()
    }


def _members(ids: pl.Series, exchanges: int, rng: np.random.Generator) -> pl.DataFrame:
    n = ids.len()
    began = rng.gamma(2.0, 6.0, n).clip(0, _DAYS - 2)
    return pl.DataFrame(
        {
            "account_id": ids,
            "exchanges": rng.multinomial(exchanges, rng.dirichlet(np.ones(n))),
            "suspicion": rng.beta(40, 1, n),
            "stability": rng.beta(30, 1, n),
            "share": rng.beta(9, 1, n),
            "tier": np.where(rng.random(n) < 0.8, "core", "periphery"),
            "began": (began * 86_400).astype(np.int64),
            "ended": ((began + rng.random(n) * (_DAYS - 1 - began)) * 86_400).astype(np.int64),
        }
    ).with_columns(
        campaign_id=pl.lit(ID),
        community_id=pl.lit("G-large"),
        operator=pl.lit("heron"),
        first_seen=pl.lit(_START) + pl.duration(seconds="began"),
        last_seen=pl.lit(_START) + pl.duration(seconds="ended"),
    )


def _links(ids: pl.Series, rng: np.random.Generator) -> pl.DataFrame:
    """Links to accounts nearby in an order of groups, and one in fifty to anybody."""
    n = ids.len()
    order = np.argsort(rng.zipf(1.6, n) % 40, kind="stable")
    place = np.empty(n, dtype=np.int64)
    place[order] = np.arange(n)
    a = rng.integers(0, n, n * _LINKS)
    b = order[np.clip(place[a] + rng.integers(-60, 61, len(a)), 0, n - 1)]
    b = np.where(rng.random(len(a)) < 0.02, rng.integers(0, n, len(a)), b)
    pairs = np.unique(np.sort(np.column_stack([a, b])[a != b], axis=1), axis=0)
    ends = pl.DataFrame({"one": ids.gather(pairs[:, 0]), "other": ids.gather(pairs[:, 1])})
    return ends.select(
        account_a=pl.min_horizontal("one", "other"),
        account_b=pl.max_horizontal("one", "other"),
        probability=pl.lit(0.99),
        weight=pl.Series(rng.gamma(9.0, 2.0, len(pairs))),
    ).sort("account_a", "account_b")


def _evidence(links: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    kind = pl.Series(np.array(_KINDS)[rng.integers(0, len(_KINDS), links.height)])
    return links.select(
        "account_a",
        "account_b",
        kind=kind,
        value=pl.format("{}:{}", kind, pl.int_range(pl.len()) // 3),
        weight=pl.lit(8.5),
        first_seen=pl.lit(_START),
        last_seen=pl.lit(_START + timedelta(days=3)),
    )


def _doings(exchanges: int, rng: np.random.Generator) -> dict[str, pl.DataFrame]:
    hours = pl.DataFrame({"day": range(_DAYS)}).join(pl.DataFrame({"hour": range(24)}), how="cross")
    activity = hours.select(
        campaign_id=pl.lit(ID),
        day=pl.lit(_START.date()) + pl.duration(days="day"),
        hour="hour",
        exchanges=pl.Series(rng.multinomial(exchanges, rng.dirichlet(np.full(hours.height, 3.0)))),
    )
    model = pl.when(pl.col("day") < pl.lit(_START.date() + timedelta(days=28))).then(pl.lit("large-1"))
    models = activity.group_by("campaign_id", "day", model=model.otherwise(pl.lit("large-2"))).agg(
        pl.col("exchanges").sum()
    )
    users = np.sort(rng.zipf(1.4, _TEMPLATES).clip(2, 5_000))[::-1]
    templates = pl.DataFrame(
        {
            "template": [f"template {i}" for i in range(_TEMPLATES)],
            "accounts": users,
            "prompts": users * 7,
            "exemplar_row": range(_TEMPLATES),
        }
    ).with_columns(campaign_id=pl.lit(ID), words=pl.lit("prove, lemma, graph, theorem, step"))
    return {"activity": activity, "models": models, "own_templates": templates}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--accounts", type=int, default=12_000)
    parser.add_argument("--exchanges", type=int, default=14_000_000)
    given = parser.parse_args()
    manifest = {"version": "0", "seed": 1, "channels": {}, "not_reproducible": []}
    tables = made(given.accounts, given.exchanges)
    io.Run(tables=tables, manifest=manifest, report="<!doctype html>").save(given.folder, overwrite=True)


if __name__ == "__main__":
    main()
