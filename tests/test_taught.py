"""A model taught on a run folder scores another day."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import linkage
from linkage import pipeline
from linkage.errors import LinkageError
from linkage.gnn import load as load_model
from linkage.settings import Settings
from tests.test_pipeline import WORLD, load

pytest.importorskip("sklearn")

SETTINGS = Settings.model_validate(
    {"gnn": {"encoder": False, "min_communities": 4, "min_campaigns": 2, "min_decisions": 10}}
)


@pytest.mark.slow
def test_a_model_of_a_run_is_listened_to_where_decisions_test_it(tmp_path: Path) -> None:
    first = linkage.build(WORLD, SETTINGS)
    first.save(tmp_path / "run")
    figures = pipeline.train(tmp_path / "run", tmp_path / "model", SETTINGS)
    assert "nothing to test it on" in figures["why"]
    model, won = load_model(tmp_path / "model")
    assert (model.name, won) == ("trees", False)
    once = (tmp_path / "model").read_bytes()
    pipeline.train(str(tmp_path / "run"), tmp_path / "model", SETTINGS)
    assert (tmp_path / "model").read_bytes() == once

    untested = linkage.build(WORLD, SETTINGS, model=tmp_path / "model").manifest["model"]
    assert isinstance(untested, dict)
    assert untested["used"] == "none"
    members = first.accounts.filter(pl.col("campaign_id").is_not_null())["account_id"].to_list()[::4]
    others = first.accounts.filter(pl.col("campaign_id").is_null())["account_id"].to_list()[::4]
    said = pl.DataFrame(
        {
            "account_id": members + others,
            "decision": ["enforced"] * len(members) + ["cleared"] * len(others),
            "campaign": None,
            "decided_at": None,
        },
        schema_overrides={"campaign": pl.String, "decided_at": pl.Datetime("us", "UTC")},
    )
    tested = linkage.build(load() | {"decisions": said}, SETTINGS, model=tmp_path / "model").manifest["model"]
    assert isinstance(tested, dict)
    assert tested["tested_on"] == "decisions"
    assert set(tested["scores"]) == {"none", "trees"}


def test_half_a_run_teaches_nothing(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(LinkageError, match="the run lacks"):
        pipeline.train(tmp_path, tmp_path / "model")
