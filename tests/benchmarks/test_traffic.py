"""The fourth simulator: its tables can be read, they say what is true, and a seed is a world."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from benchmarks.foreign.traffic.families import TRAFFIC, Scene, make
from benchmarks.foreign.traffic.write import write
from linkage.io import read
from linkage.settings import InputSettings

QUIET = {"lectures", "gateways", "coupons", "events"}


def small(name: str) -> Scene:
    """A family cut down: rings of at most 20 accounts, one household and one who hunts for credits."""
    scene = TRAFFIC[name](300)
    rings = tuple(replace(ring, size=min(ring.size, 20), volume=30) for ring in scene.rings)
    return replace(scene, groups={"family": 1, "hunter": 1}, rings=rings)


@pytest.mark.parametrize("name", ["carriers", "exits", "outage", "third", "tongues"])
def test_a_world_is_read_whole(tmp_path: Path, name: str) -> None:
    write(make(small(name), 1, 120), tmp_path / "world")
    tables = read(tmp_path / "world", InputSettings())
    truth = pl.read_parquet(tmp_path / "world" / "truth.parquet")
    assert tables.rejected.is_empty()
    assert tables.accounts.height == truth.height >= 120
    assert truth["campaign"].drop_nulls().n_unique() == len(small(name).rings)
    assert tables.prompts is not None


def test_a_seed_is_a_world(tmp_path: Path) -> None:
    for name, seed in (("one", 3), ("same", 3), ("other", 4)):
        write(make(small("tenants"), seed, 80), tmp_path / name)
    files = sorted(each.name for each in (tmp_path / "one").iterdir())
    assert len(files) == 7
    for each in files:
        assert (tmp_path / "one" / each).read_bytes() == (tmp_path / "same" / each).read_bytes() != b""
    assert (tmp_path / "one/truth.parquet").read_bytes() != (tmp_path / "other/truth.parquet").read_bytes()


def test_some_worlds_hold_no_campaign() -> None:
    assert {name for name, scene in TRAFFIC.items() if not scene(3_000).rings} == QUIET
