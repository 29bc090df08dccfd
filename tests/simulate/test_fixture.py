"""The committed world is what its settings make, and its README tells the truth about it."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest
from polars.testing import assert_frame_equal

FIXTURES = Path(__file__).parents[2] / "fixtures"


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fixture_maker", FIXTURES / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_world_is_what_its_settings_make(maker: ModuleType, tmp_path: Path) -> None:
    maker.make(tmp_path)
    names = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*.parquet"))
    assert names == sorted(path.relative_to(FIXTURES) for path in FIXTURES.rglob("*.parquet"))
    for name in names:
        # Another build of a library may round the last bit of an embedding another way.
        assert_frame_equal(pl.read_parquet(tmp_path / name), pl.read_parquet(FIXTURES / name), abs_tol=1e-6)


def test_the_readme_counts_what_is_there(maker: ModuleType) -> None:
    assert (FIXTURES / "README.md").read_text(encoding="utf-8") == maker.readme(FIXTURES / "world")


def test_every_trap_is_planted(maker: ModuleType) -> None:
    assert [what for what, _, count in maker.figures(FIXTURES / "world") if count == 0] == []


def test_the_world_is_small() -> None:
    assert sum(path.stat().st_size for path in FIXTURES.rglob("*") if path.is_file()) < 1_000_000
