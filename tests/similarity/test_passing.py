from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from linkage import tables
from linkage.similarity import passing
from linkage.similarity.passing import once
from linkage.similarity.releases import USAGE, usage
from linkage.similarity.timeline import ordered, timeline


def exchanges(rows: int) -> pl.LazyFrame:
    rng = np.random.default_rng(1)
    began = datetime(2025, 1, 1, tzinfo=UTC)
    return pl.LazyFrame(
        {
            "account": rng.integers(0, 20, rows),
            "sent_at": [began + timedelta(seconds=int(s)) for s in rng.integers(0, 400_000, rows)],
            "model": rng.choice(["m-1", "m-2", None], rows),  # type: ignore[arg-type]
            "input_tokens": pl.Series(rng.integers(0, 99, rows)).set(pl.Series(rng.random(rows) < 0.1), None),
            "output_tokens": rng.integers(0, 99, rows),
            "status": rng.choice([200, 403, 429, 503], rows),
        },
        schema={"account": pl.UInt32} | {c: t for c, t in tables.INPUT["exchanges"].items() if c in _GIVEN},
    )


_GIVEN = ("sent_at", "model", "input_tokens", "output_tokens", "status")


@pytest.mark.parametrize("rows", [0, 1, 3_000])
def test_one_pass_leaves_what_two_would(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passing, "_ROWS", 500)
    of = exchanges(rows)
    found = once(of)
    day = ["account", "model", "day"]
    assert found.usage.schema == USAGE
    assert found.usage.sort(day).equals(usage(of).collect().sort(day))
    two, by = timeline(of, 20), ordered(found.key, 20)
    for name in ("key", "start", "second", "outcome"):
        assert np.array_equal(getattr(by, name), getattr(two, name))
    assert by.origin == two.origin
