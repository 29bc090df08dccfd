"""Helpers of the benchmarks at scale: recall, sparse products, growth, what is left out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from benchmarks import _letter, ablation, letter, prompts
from benchmarks._prompts import exhaustive, key, recall
from benchmarks._sparse import USES, multiplied, ours, table, template_uses
from benchmarks.projection import same_pairs
from benchmarks.sparse import most_partners
from linkage.settings import Settings, read_settings
from linkage.simulate import World, simulate


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("texts") / "world"
    few = {"honest": {"exchanges": 8.0}, "campaigns": {"exchanges": 100.0}, "content": {"sample": 1.0}}
    simulate(folder, World.of("plain", 800, 3, prompts="both", **few))
    return folder


def test_all_pairs_of_some_rows_are_found() -> None:
    unit = np.random.default_rng(1).standard_normal((300, 4)).astype(np.float32)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    chosen = np.array([3, 77, 200])
    a, b, cosine = exhaustive(unit, chosen, 0.9)
    every = unit @ unit.T
    wanted = {(i, j) for i in chosen.tolist() for j in range(300) if i != j and every[i, j] >= 0.9}
    assert set(zip(a.tolist(), b.tolist(), strict=True)) == wanted
    assert np.allclose(cosine, every[a, b], atol=1e-6)


def test_recall_counts_pairs_whichever_way_round() -> None:
    wanted = key(np.array([1, 5, 2]), np.array([4, 0, 1]), 10)
    assert recall(key(np.array([4, 0]), np.array([1, 5]), 10), wanted) == pytest.approx(2 / 3)
    assert recall(wanted[:0], wanted) == 0.0
    assert recall(wanted, wanted[:0]) == 1.0


def test_products_and_kernel_give_the_same_pairs(texts: Path, tmp_path: Path) -> None:
    pytest.importorskip("scipy")
    uses = template_uses(texts, 100)
    assert uses.schema == USES
    assert uses.height > 100
    kernel = table(ours(uses, 5.0))
    assert kernel.height > 50
    for block in (None, 30):
        product = table(multiplied(uses, 5.0, block, lambda left, right: left @ right))
        assert same_pairs(kernel, product, 5.0)
    kernel.write_parquet(tmp_path / "pairs.parquet")
    ends = np.concatenate([kernel["a"].to_numpy(), kernel["b"].to_numpy()])
    assert most_partners(tmp_path / "pairs.parquet") == np.bincount(ends).max() + 1


def test_the_bare_pass_meets_every_group(texts: Path) -> None:
    exchanges = pl.read_parquet(texts / "exchanges" / "*.parquet")
    prompts = pl.read_parquet(texts / "prompts" / "*.parquet")
    assert _letter.exchanges(texts) == exchanges.select("account_id", "ip").n_unique()
    assert _letter.vectors(texts) == prompts["account_id"].n_unique()
    assert letter.counts(texts)["prompts"] == prompts.height


def test_growth_is_a_slope_of_logarithms() -> None:
    sizes: list[dict[str, Any]] = [{"accounts": n, "rows": n, "linkage": {"seconds": n**1.5}} for n in (10, 100, 1000)]
    assert letter.exponent(sizes, [each["linkage"]["seconds"] for each in sizes]) == pytest.approx(1.5)
    assert prompts.growth(sizes) == pytest.approx(1.5)
    assert prompts.growth(sizes[:1]) is None


def test_a_channel_is_left_out_by_settings_that_exist(tmp_path: Path) -> None:
    def without(channel: str, *kinds: str) -> Settings:
        (tmp_path / "settings.toml").write_text(ablation.switched_off(channel, kinds))
        return read_settings(tmp_path / "settings.toml")

    assert not without("prompt", "prompt").similarity.prompts.enabled
    assert not without("activity", "activity").similarity.activity.enabled
    assert without("payment", "instrument").identifiers.kind("instrument").scale == 0


def test_a_channel_that_changed_nothing_with_a_seed_counts_as_all() -> None:
    about: dict[str, Any] = {"scenario": "plain", "size": 10}
    found = [
        {**about, "seed": 1, "without": "all", "f1": 0.9},
        {**about, "seed": 2, "without": "all", "f1": 0.7},
        {**about, "seed": 1, "without": "ip", "f1": 0.5},
    ]
    assert ablation.each_left_out(found, "f1", ["all", "ip"]) == [["plain 10", "0.800", "0.600"]]
