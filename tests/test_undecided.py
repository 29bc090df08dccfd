"""What models are tested on must not know the decisions that are the test: it is what a build without them finds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import linkage
from linkage import gnn
from linkage.settings import Settings
from tests.test_pipeline import load

pytest.importorskip("sklearn")

WORLD = Path(__file__).parent.parent / "fixtures" / "world"


def seen(monkeypatch: pytest.MonkeyPatch, tables: dict[str, pl.DataFrame]) -> gnn.Case:
    """The case that a build puts to the models."""
    asked: list[gnn.Case] = []

    def opinion(case: gnn.Case, *_: Any, **__: Any) -> gnn.Opinion:
        asked.append(case)
        return gnn.Opinion(None, {"used": "none", "why": "asked for the case"})

    monkeypatch.setattr("linkage.pipeline.scored.gnn.opinion", opinion)
    # What decisions teach the link model are a few numbers for all links alike, nothing of an account.
    linkage.build(tables, Settings.model_validate({"graph": {"learn": {"enabled": False}}}))
    return asked[0]


def decisions(plain: gnn.Case) -> pl.DataFrame:
    """Half of the members of campaigns enforced, a few of each in another campaign, and others cleared."""
    rng = np.random.default_rng(0)
    of = plain.whole.accounts.join(plain.ids, on="account").sort("account")
    draw = pl.Series(rng.random(of.height))
    inside = of.filter(pl.col("campaign_id").is_not_null() & (draw < 0.5))
    enforced = inside.select(
        "account_id",
        decision=pl.lit("enforced"),
        campaign=pl.when(pl.Series(rng.random(inside.height)) < 0.2).then(pl.lit("another")).otherwise("campaign_id"),
    )
    cleared = of.filter(draw > 0.8).select("account_id", decision=pl.lit("cleared"), campaign=pl.lit(None, pl.String))
    return pl.concat([enforced, cleared]).with_columns(decided_at=pl.lit(None, pl.Datetime("us", "UTC")))


@pytest.mark.slow
def test_models_are_tested_as_though_nothing_had_been_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = seen(monkeypatch, load())
    told = seen(monkeypatch, load() | {"decisions": decisions(plain)})
    assert told.links.equals(plain.links)
    assert told.community.equals(plain.community)
    every = told.community["community"].unique().sort()
    rules = told.untold(every)
    assert rules.accounts.equals(plain.whole.accounts)
    assert rules.communities.equals(plain.whole.communities)
    # The test can fail: what the decisions change is there to be seen.
    assert not told.whole.accounts.equals(plain.whole.accounts)
