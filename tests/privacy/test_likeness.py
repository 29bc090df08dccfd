"""Templates told to another lab: only if asked, rounded, and compared where both labs made their vectors alike."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from linkage.cli import app
from linkage.errors import InputError
from linkage.privacy.bundle import Template
from linkage.privacy.likeness import like, rounded
from tests.privacy.runs import key_file

START = datetime(2026, 3, 1, tzinfo=UTC)
WIDTH, CREW, ACCOUNTS = 32, 8, 120
SETTINGS = """
campaigns.prior_bits = 90.0
campaigns.belongs_bits = 30.0
campaigns.explained_bits = 0.0
campaigns.core_stability = 0.5
privacy.pseudonymise = false
gnn.enabled = false
similarity.nearest.enabled = false
"""


def call(*arguments: str | Path) -> str:
    done = CliRunner().invoke(app, list(map(str, arguments)))
    if done.exception is not None:
        raise done.exception
    return done.output


def units(count: int, seed: int, width: int = WIDTH) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    found = np.random.default_rng(seed).standard_normal((count, width))
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)


@pytest.mark.parametrize("width", [16, 64, 384, 1536])
def test_a_rounded_vector_is_nearly_itself_and_holds_few_figures(width: int) -> None:
    unit = units(200, 1, width)
    whole = rounded(unit)
    back = whole / np.linalg.norm(whole, axis=1, keepdims=True)
    assert (back * unit).sum(axis=1).min() > 0.97
    assert len(np.unique(whole)) < 25


def test_near_duplicates_are_like_and_strangers_are_not() -> None:
    unit = units(50, 2, 64)
    near = unit + 0.2 * units(50, 3, 64)
    theirs = [Template(accounts=2, prompts=2, vector=tuple(row)) for row in rounded(unit).tolist()]
    found = like(theirs, (near / np.linalg.norm(near, axis=1, keepdims=True)).astype(np.float32), 0.85)
    assert (found == np.eye(50, dtype=bool)).all()


def lab(folder: Path, seed: int, width: int = WIDTH) -> Path:
    """A lab's tables: a crew with cards of its own that writes what the crew of the other lab writes."""
    folder.mkdir()
    names = [f"{folder.name}{i:03}" for i in range(ACCOUNTS)]
    templates, noise = units(3, 7, width), units(4 * ACCOUNTS, seed, width)
    prompts = [
        (name, START + timedelta(hours=4 * i + j), templates[j % 3] + 0.1 * own if i < CREW else own)
        for i, name in enumerate(names)
        for j, own in enumerate(noise[4 * i : 4 * i + 4])
    ]
    times = pl.Datetime("us", "UTC")
    schema: dict[str, Any] = {"account_id": pl.String, "sent_at": times, "embedding": pl.Array(pl.Float32, width)}
    pl.DataFrame(prompts, schema, orient="row").write_parquet(folder / "prompts.parquet")
    cards = [(name, f"card {i // 2 if i < CREW else i} {seed}", START) for i, name in enumerate(names)]
    cards += [(name, f"card of all {seed}", START) for name in names[:CREW]]
    payments: dict[str, Any] = {"account_id": pl.String, "instrument": pl.String, "paid_at": times}
    pl.DataFrame(cards, payments, orient="row").write_parquet(folder / "payments.parquet")
    shared = [
        (name, kind, f"{kind} {i // 3} {seed}") for i, name in enumerate(names[:CREW]) for kind in ("wallet", "phone")
    ]
    shared += [(name, "phone", f"phone of all {seed}") for name in names[:CREW]]
    pl.DataFrame(shared, ["account_id", "kind", "value"], orient="row").write_parquet(folder / "identifiers.parquet")
    sent = [
        (name, START + timedelta(hours=97 * i % 700 + 5 * j), f"10.{i}.0.{j}", "ours" if i < CREW else f"kit {i}")
        for i, name in enumerate(names)
        for j in range(6)
    ]
    exchanges: dict[str, Any] = {"account_id": pl.String, "sent_at": times, "ip": pl.String, "device": pl.String}
    pl.DataFrame(sent, exchanges, orient="row").write_parquet(folder / "exchanges.parquet")
    pl.DataFrame({"account_id": names}).write_parquet(folder / "accounts.parquet")
    (folder / "linkage.toml").write_text(SETTINGS)
    run = folder.with_suffix(".run")
    call("build", folder, "-o", run, "-c", folder / "linkage.toml", "--quiet")
    return run


@pytest.mark.slow
def test_templates_are_told_if_asked_and_come_back_as_leads(tmp_path: Path) -> None:
    key = key_file(tmp_path / "key")
    run, other = lab(tmp_path / "a", 11), lab(tmp_path / "b", 12)
    campaign = pl.read_parquet(run / "campaigns.parquet")["campaign_id"][0]
    plain, full = tmp_path / "plain", tmp_path / "full"
    call("share", run, campaign, "-o", plain, "--key-file", key)
    assert json.loads(plain.read_text())["templates"] == []
    said = call("share", run, campaign, "-o", full, "--key-file", key, "--templates", tmp_path / "a")
    told = json.loads(full.read_text())
    assert "and 3 templates" in said
    assert told["templates_by"] == f"embedding, {WIDTH} numbers"
    assert all(len(one["vector"]) == WIDTH and one["accounts"] == CREW for one in told["templates"])

    asked = ("match", other, full, "--key-file", key, "--reliability", "B")
    assert "3 templates are told of too; give --templates IN" in call(*asked)
    leads = tmp_path / "leads.csv"
    said = call(*asked, "--templates", tmp_path / "b", "-o", leads)
    assert f"{CREW} of {CREW} accounts use 3 templates that are like some of the 3 told of" in said
    assert "nothing in the run was changed" in said
    (row,) = pl.read_csv(leads).filter(kinds="prompt").rows(named=True)
    assert (row["indicators"], row["accounts"], row["of"], row["reliability"]) == (3, CREW, CREW, "B")
    with pytest.raises(InputError, match="not those the run was built from"):
        call(*asked, "--templates", tmp_path / "a")
    wide = lab(tmp_path / "c", 13, 2 * WIDTH)
    said = call("match", wide, full, "--key-file", key, "--reliability", "B", "--templates", tmp_path / "c")
    assert "cannot be compared" in said
