from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from linkage import io
from linkage import tables as schemas
from linkage.settings import InputSettings, TableSource

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def exchanges() -> pl.DataFrame:
    """Twelve good rows of four accounts."""
    rows = range(12)
    return pl.DataFrame(
        {
            "account_id": [f"a{n % 4}" for n in rows],
            "sent_at": [START + timedelta(minutes=n) for n in rows],
            "ip": [f"192.0.2.{n % 5}" for n in rows],
            "device": [f"d{n % 3}" for n in rows],
            "model": ["m"] * 12,
            "status": [200] * 11 + [429],
            "input_tokens": list(rows),
            "output_tokens": [10 * n for n in rows],
        },
        schema=schemas.INPUT["exchanges"],
    )


Read = Callable[..., io.Tables]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read what `write` put into the folder, or frames, with sources and settings as keywords."""

    def read_it(
        source: dict[str, pl.DataFrame | pl.LazyFrame] | Path = tmp_path,
        sources: dict[str, TableSource | list[TableSource]] | None = None,
        **settings: object,
    ) -> io.Tables:
        return io.read(source, InputSettings.model_validate({"tables": sources or {}, **settings}))

    return read_it


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """Put a file into the input folder."""

    def write_it(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write_it


@pytest.fixture
def run() -> io.Run:
    """A small finished run in memory."""
    frames = {name: schemas.empty(schema) for name, schema in schemas.OUTPUT.items()}
    accounts = {"account_id": [f"a{n}" for n in range(5)], "campaign_id": ["C-1", "C-1", None, None, None]}
    frames["accounts"] = pl.concat([frames["accounts"], pl.DataFrame(accounts)], how="diagonal")
    members = {"campaign_id": ["C-1", "C-1"], "account_id": ["a0", "a1"]}
    frames["members"] = pl.concat([frames["members"], pl.DataFrame(members)], how="diagonal")
    frames["campaigns"] = pl.concat([frames["campaigns"], pl.DataFrame({"campaign_id": ["C-1"]})], how="diagonal")
    frames["links"] = frames["links"].with_columns(payment=pl.lit(None, pl.Float32))
    return io.Run(tables=frames, manifest={"version": "0", "seed": 1}, report="<p>two accounts</p>")
