"""Worlds as an outsider would make them: they can be read, they say what is true, and a seed is a world."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from benchmarks.foreign.outside.families import OUTSIDE, Scene, make
from benchmarks.foreign.outside.write import write
from linkage.io import read
from linkage.settings import InputSettings


def small(name: str) -> Scene:
    """A family cut down: few look-alikes, two small rings."""
    scene = OUTSIDE[name](200)
    rings = [replace(ring, size=8, calls=20) for ring in scene.rings[:2]]
    groups = ("lab", "agency", "migration", "startup", "hackathon")
    return replace(scene, groups=dict.fromkeys(groups, 1), rings=rings)


@pytest.mark.parametrize("name", ["distill", "mules", "han"])
def test_a_world_is_read_whole(tmp_path: Path, name: str) -> None:
    scene = small(name)
    write(make(scene, 1, 300), tmp_path)
    tables = read(tmp_path, InputSettings())
    truth = pl.read_parquet(tmp_path / "truth.parquet")
    assert tables.rejected.is_empty()
    assert tables.accounts.height == truth.height >= 300
    assert truth["campaign"].drop_nulls().n_unique() == len(scene.rings)
    assert truth["guilty"].equals(truth["campaign"].is_not_null())
    assert tables.prompts is not None


def test_what_is_not_logged_is_not_written(tmp_path: Path) -> None:
    write(make(small("only_calls"), 1, 300), tmp_path)
    assert {path.stem for path in tmp_path.iterdir()} == {"exchanges", "truth"}
    scene = small("no_device")
    write(make(scene, 1, 300), tmp_path / "more")
    assert "device" not in pl.read_parquet_schema(tmp_path / "more" / "exchanges.parquet")


def test_a_seed_is_a_world() -> None:
    one, same, other = (make(small("trickle"), seed, 300) for seed in (3, 3, 4))
    assert one.accounts == same.accounts != other.accounts
    assert one.payments == same.payments
