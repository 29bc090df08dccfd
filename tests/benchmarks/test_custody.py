"""The fifth simulator: its tables can be read, they say what is true, and a seed is a world."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from benchmarks.foreign.custody.families import CUSTODY, Scene, make
from benchmarks.foreign.custody.write import write
from linkage.io import read
from linkage.settings import InputSettings

QUIET = {"schoolrooms", "papers", "sponsored", "kin"}


def small(name: str) -> Scene:
    """A family cut down: rings of at most twelve accounts that do little."""
    scene = CUSTODY[name](300)
    rings = tuple(replace(ring, size=min(ring.size, 12), rate=2.0) for ring in scene.rings[:3])
    return replace(scene, crowds=dict.fromkeys(scene.crowds, 0.1), rings=rings)


@pytest.mark.parametrize("name", ["counters", "kin", "handsets", "testimony"])
def test_a_world_is_read_whole(tmp_path: Path, name: str) -> None:
    write(make(small(name), 1, 100), tmp_path / "world")
    tables = read(tmp_path / "world", InputSettings())
    truth = pl.read_parquet(tmp_path / "world" / "truth.parquet")
    assert tables.rejected.is_empty()
    assert tables.accounts.height == truth.height >= 100
    assert truth["campaign"].drop_nulls().n_unique() == len(small(name).rings)
    assert tables.prompts is not None


def test_a_seed_is_a_world(tmp_path: Path) -> None:
    for name, seed in (("one", 3), ("same", 3), ("other", 4)):
        write(make(small("mandates"), seed, 60), tmp_path / name)
    files = sorted(each.name for each in (tmp_path / "one").iterdir())
    assert len(files) == 7
    for each in files:
        assert (tmp_path / "one" / each).read_bytes() == (tmp_path / "same" / each).read_bytes() != b""
    assert (tmp_path / "one/truth.parquet").read_bytes() != (tmp_path / "other/truth.parquet").read_bytes()


def test_some_worlds_hold_no_campaign() -> None:
    assert {name for name, scene in CUSTODY.items() if not scene(3_000).rings} == QUIET
