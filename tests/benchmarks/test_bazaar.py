"""The sixth simulator: its tables can be read, they say what is true, and a seed is a world."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from benchmarks.foreign.bazaar.families import BAZAAR, make
from benchmarks.foreign.bazaar.write import write
from benchmarks.other_worlds import EVERY
from linkage.io import read
from linkage.settings import InputSettings


@pytest.mark.parametrize(
    ("name", "lacks"), [("souk", set()), ("drip", {"device"}), ("murmur", {"ip"}), ("twins", set())]
)
def test_a_world_is_read_whole(tmp_path: Path, name: str, lacks: set[str]) -> None:
    scene = BAZAAR[name](400)
    write(make(scene, 1), tmp_path / "world")
    tables = read(tmp_path / "world", InputSettings())
    truth = pl.read_parquet(tmp_path / "world" / "truth.parquet")
    assert tables.rejected.is_empty()
    assert tables.accounts.height == truth.height >= 350
    assert set(truth["campaign"].drop_nulls()) == {each.name for each in scene.rings}
    assert tables.prompts is not None
    columns = pl.read_parquet_schema(tmp_path / "world" / "exchanges.parquet")
    assert {"ip", "device"} - set(columns) == lacks


def test_a_seed_is_a_world(tmp_path: Path) -> None:
    for name, seed in (("one", 3), ("same", 3), ("other", 4)):
        write(make(BAZAAR["carried"](200), seed), tmp_path / name)
    files = sorted(each.name for each in (tmp_path / "one").iterdir())
    assert len(files) == 7
    for each in files:
        assert (tmp_path / "one" / each).read_bytes() == (tmp_path / "same" / each).read_bytes() != b""
    assert (tmp_path / "one/truth.parquet").read_bytes() != (tmp_path / "other/truth.parquet").read_bytes()


def test_campaigns_are_a_small_part_of_a_world_and_two_worlds_have_none() -> None:
    sizes = {name: sum(ring.size for ring in scene(3_000).rings) for name, scene in BAZAAR.items()}
    assert {name for name, size in sizes.items() if not size} == {"fairday", "guildhall"}
    assert all(60 <= size <= 240 for size in sizes.values() if size)


def test_no_two_makers_have_a_family_of_one_name() -> None:
    assert len(set(EVERY)) == len(EVERY)
