"""Accounts that begin alike in a whole build: where the logs hold little else, and only there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from linkage.io import Run
from linkage.pipeline import build

N, GROUPS, SIZE = 3_000, 30, 12


def _tables() -> dict[str, pl.DataFrame]:
    """Sign-ups and amounts; groups begin within minutes and pay alike, and half of each shares a phone."""
    draw = np.random.default_rng(5)
    second = draw.uniform(0, 100 * 86_400, N)
    amount = np.exp(draw.normal(5.0, 2.0, N))
    for g in range(GROUPS):
        rows = slice(SIZE * g, SIZE * (g + 1))
        second[rows] = draw.uniform(0, 100 * 86_400) + draw.uniform(0, 600, SIZE)
        amount[rows] = np.exp(draw.normal(5.0, 2.0)) * draw.uniform(0.99, 1.01, SIZE)
    names = [f"a{i:04d}" for i in range(N)]
    start = datetime(2025, 1, 1, tzinfo=UTC)
    born = [start + timedelta(seconds=s) for s in second.tolist()]
    phones = [(names[SIZE * g + i], "phone", f"p{g}") for g in range(GROUPS) for i in range(SIZE // 2)]
    return {
        "accounts": pl.DataFrame({"account_id": names, "created_at": born}),
        "payments": pl.DataFrame({"account_id": names, "instrument": "unknown", "paid_at": born, "amount": amount}),
        "identifiers": pl.DataFrame(phones, schema=["account_id", "kind", "value"], orient="row"),
    }


def _channel(run: Run) -> dict[str, Any]:
    channels: Any = run.manifest["channels"]
    found: dict[str, Any] = channels["born"]
    return found


@pytest.mark.slow
def test_they_join_what_is_linked_otherwise() -> None:
    run = build(_tables())
    group = run.accounts["account_id"].str.slice(1).cast(pl.Int64) // SIZE
    placed = run.accounts.with_columns(group=group).filter(pl.col("group") < GROUPS)
    largest = (
        placed.drop_nulls("community_id").group_by("group", "community_id").len().group_by("group").agg(pl.max("len"))
    )
    assert largest["len"].to_numpy().mean() > 0.75 * SIZE
    lone = run.links.filter(pl.col("born") > 0)
    assert lone.height > 0
    assert (lone["weight"] == lone["born"]).all()
    assert run.links.select("account_a", "account_b").is_unique().all()
    assert _channel(run)["present"]


@pytest.mark.slow
def test_they_are_not_asked_where_other_evidence_is() -> None:
    tables = _tables()
    device = pl.DataFrame({"account_id": ["a0000", "a0001"], "kind": "device", "value": "d"})
    wallet = device.with_columns(kind=pl.lit("wallet"), value=pl.lit("w"))
    tables["identifiers"] = pl.concat([tables["identifiers"], device, wallet])
    run = build(tables)
    assert not _channel(run)["present"]
    assert "born" not in run.links.columns
