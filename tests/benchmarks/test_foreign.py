"""Worlds of another making: they can be read, they say what is true, and a seed is a world."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from benchmarks.foreign.families import FAMILIES, Family, make
from benchmarks.foreign.write import write
from linkage.io import read
from linkage.settings import InputSettings


def small(name: str) -> Family:
    """A family cut down: no campaign over 20 accounts, few look-alikes and topics."""
    family = FAMILIES[name](600)
    plans = [replace(plan, size=min(plan.size, 20), volume=30) for plan in family.plans]
    return replace(family, options=replace(family.options, topics=10), groups={"family": 5, "agency": 1}, plans=plans)


@pytest.mark.parametrize("name", ["homes", "letters"])
def test_a_world_is_read_whole(tmp_path: Path, name: str) -> None:
    write(make(small(name), 1, 600), tmp_path)
    tables = read(tmp_path, InputSettings())
    truth = pl.read_parquet(tmp_path / "truth.parquet")
    assert tables.rejected.is_empty()
    assert tables.accounts.height == truth.height == 600
    assert truth["campaign"].n_unique() == len(small(name).plans) + 1
    assert truth["guilty"].equals(truth["campaign"].is_not_null())
    assert tables.prompts is not None


def test_a_seed_is_a_world() -> None:
    family = small("ledger")
    one, same, other = make(family, 3, 150), make(family, 3, 150), make(family, 4, 150)
    assert one.accounts == same.accounts != other.accounts
    assert one.payments == same.payments
