"""Input made to hurt: bounded time, no false campaign, and the right answer where there is one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl
import pytest

import linkage

THEN = datetime(2025, 3, 3, tzinfo=UTC)


def prompts(account: Any, unit: Any) -> pl.DataFrame:
    unit = np.asarray(unit, np.float32)
    return pl.DataFrame(
        {
            "account_id": pl.Series(account).cast(pl.String),
            "sent_at": pl.Series(np.arange(len(unit)) * 1_000_000).cast(pl.Datetime("us", "UTC")),
            "embedding": pl.Series(unit, dtype=pl.Array(pl.Float32, unit.shape[1])),
        }
    )


def channel(run: linkage.Run, name: str) -> dict[str, Any]:
    channels: Any = run.manifest["channels"]
    found: dict[str, Any] = channels[name]
    return found


@pytest.mark.slow
def test_one_prompt_a_million_times_is_popular_and_links_nobody() -> None:
    unit = np.tile(np.full(16, 0.25), (1_000_000, 1))
    run = linkage.build({"prompts": prompts(np.arange(1_000_000) % 5_000, unit)})
    assert run.templates["accounts"].to_list() == [5_000]
    assert run.hubs.filter(pl.col("kind") == "prompt")["degree"].to_list() == [5_000]
    assert run.links.is_empty() or (run.links["prompt"] == 0).all()
    assert run.campaigns.is_empty()


@pytest.mark.slow
def test_nearly_one_prompt_many_times_is_one_template() -> None:
    rng = np.random.default_rng(0)
    unit = 1.0 + 0.01 * rng.standard_normal((60_000, 16))
    run = linkage.build({"prompts": prompts(np.arange(60_000) % 500, unit)})
    assert run.templates["accounts"].to_list() == [500]
    assert run.campaigns.is_empty()


def test_vectors_of_zeros_are_no_prompts() -> None:
    run = linkage.build({"prompts": prompts(np.arange(60) % 6, np.zeros((60, 4)))})
    assert run.links.is_empty()
    assert run.templates.is_empty()


def test_numbers_that_are_none_are_rejected() -> None:
    unit = np.eye(4, dtype=np.float32)[np.arange(40) % 4]
    unit[3, 1], unit[7, 2] = np.nan, np.inf
    run = linkage.build({"prompts": prompts(np.arange(40) % 8, unit)})
    assert run.rejected.height == 2
    assert channel(run, "prompt")["prompts"] == 38


def test_one_account_with_all_prompts_is_linked_to_nobody() -> None:
    rng = np.random.default_rng(0)
    unit = rng.standard_normal((3_000, 8))[rng.integers(0, 50, 3_000)]
    run = linkage.build({"prompts": prompts(np.zeros(3_000, np.int64), unit)})
    assert run.links.is_empty()
    assert run.templates.is_empty()


def test_embeddings_one_wide_are_two_templates_at_most() -> None:
    rng = np.random.default_rng(0)
    run = linkage.build({"prompts": prompts(np.arange(2_000) % 200, rng.standard_normal((2_000, 1)))})
    assert run.templates.height == 2
    assert min(run.templates["accounts"].to_list()) > 150
    assert run.campaigns.is_empty()


@pytest.mark.slow
def test_all_accounts_active_in_one_second_are_in_step_with_nobody() -> None:
    rows = 200_000
    exchanges = pl.DataFrame({"account_id": pl.Series(np.arange(rows) % 20_000).cast(pl.String)}).with_columns(
        sent_at=pl.lit(THEN), status=pl.when(pl.int_range(pl.len()) % 5 == 0).then(429).otherwise(200)
    )
    run = linkage.build({"exchanges": exchanges})
    assert channel(run, "activity")["links"] == 0
    assert channel(run, "failover")["links"] == 0
    assert run.campaigns.is_empty()
