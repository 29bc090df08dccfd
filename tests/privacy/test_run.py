"""A whole build: nothing of anybody in the folder it writes."""

from __future__ import annotations

import json
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import linkage
from linkage import privacy
from linkage.identifiers.placeholders import PATTERNS, WORDS
from linkage.pipeline import keep_values
from linkage.settings import PrivacySettings, Settings

pytestmark = pytest.mark.slow  # builds a world

WORLD = Path(__file__).parent.parent.parent / "fixtures" / "world"
#: Where identifiers stand in the logs.
IDENTIFYING = {
    "exchanges": ("ip", "device"),
    "payments": ("instrument", "issuer"),
    "accounts": ("email_domain", "organization"),
    "identifiers": ("value",),
    "dossiers": ("value",),
}


def tables() -> dict[str, pl.DataFrame]:
    """The committed world with rows that are rejected."""
    found = {}
    for name in (*IDENTIFYING, "prompts", "networks"):
        file, folder = WORLD / f"{name}.parquet", WORLD / name
        if file.exists() or folder.exists():
            found[name] = pl.read_parquet(file if file.exists() else folder / "*.parquet")
    bad = found["exchanges"].head(3).with_columns(ip=pl.Series(["192.0.2.777", "card_number_4000", "unknown"]))
    found["exchanges"] = pl.concat([found["exchanges"], bad])
    return found


def identifiers(of: dict[str, pl.DataFrame]) -> set[str]:
    every = pl.concat([of[name].select(value=column) for name, columns in IDENTIFYING.items() for column in columns])
    nobodys = privacy.Nobodys.of(WORDS, PATTERNS)
    return {value for value in every["value"].drop_nulls().unique() if len(value) >= 6 and value not in nobodys}


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """What anybody can read of a run folder, decoded."""
    for file in sorted(folder.iterdir()):
        if file.suffix == ".parquet":
            frame = pl.read_parquet(file)
            strings = [frame[name].drop_nulls().unique() for name, kind in frame.schema.items() if kind == pl.String]
            yield file.name, "\n".join(each for column in strings for each in column)
        else:
            yield file.name, file.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def built() -> linkage.Run:
    return linkage.build(tables())


def test_no_identifier_is_anywhere_in_the_folder(built: linkage.Run, tmp_path: Path) -> None:
    raw = identifiers(tables()) | {"192.0.2.777", "card_number_4000"}
    assert len(raw) > 500
    built.save(tmp_path / "run")
    assert built.evidence.height > 0
    assert built.rejected["value"].drop_nulls().str.contains("^ip:[0-9a-f]{16}$").any()
    for name, text in texts(tmp_path / "run"):
        found = pl.Series([text]).str.extract_many(sorted(raw), overlapping=True)[0]
        assert found.is_empty(), (name, found.to_list()[:5])


def test_the_manifest_tells_the_key_by_a_fingerprint_only(built: linkage.Run) -> None:
    about: Any = built.manifest["privacy"]
    assert about["pseudonymised"] is True
    assert about["key_fingerprint"] == privacy.fingerprint(privacy.user_key())
    key = (privacy.keys.data_folder() / "key").read_text().strip()
    for text in (json.dumps(built.manifest, default=str), built.html):
        assert key not in text
        assert privacy.user_key().hex() not in text


def test_the_same_world_without_masking_differs_in_the_values_alone(built: linkage.Run) -> None:
    raw = linkage.build(tables(), Settings(privacy=PrivacySettings(pseudonymise=False)))
    assert raw.masked is None
    assert built.masked is not None
    for name in ("accounts", "members", "links", "campaigns", "communities"):
        assert getattr(built, name).equals(getattr(raw, name)), name
    back = built.evidence.join(built.masked.rename({"value": "raw"}), left_on="value", right_on="pseudonym", how="left")
    back = back.with_columns(value=pl.coalesce("raw", "value")).select(raw.evidence.columns)
    assert back.sort(back.columns).equals(raw.evidence.sort(back.columns))


def test_values_go_to_the_vault_only_where_they_are_wanted(
    built: linkage.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    vault = tmp_path / "own" / "vault.sqlite"
    keep_values(built, Settings(privacy=PrivacySettings(vault_file=str(vault), retention_days=30)))
    assert stat.S_IMODE(vault.stat().st_mode) == 0o600
    with sqlite3.connect(vault) as opened:
        rows = opened.execute("SELECT count(*), min(keep_until IS NOT NULL) FROM vault").fetchone()
    opened.close()
    assert built.masked is not None
    assert rows == (built.masked.height, 1)
    assert not (privacy.keys.data_folder() / "vault.sqlite").exists()
