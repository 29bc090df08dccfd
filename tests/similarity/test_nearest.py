"""Accounts that write alike as a whole, on made-up topics and sources."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from linkage.similarity.nearest import Alike, nearest
from linkage.similarity_settings import NearestSettings
from linkage.tables import PAIRS

Floats = NDArray[np.float32]
SETTINGS = NearestSettings()


def unit(rows: NDArray[np.float64]) -> Floats:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def prompts(
    honest: int, operators: int, each: int = 20, wide: int = 16, seed: int = 0, size: int = 8
) -> tuple[Floats, NDArray[np.uint32], NDArray[np.int64]]:
    """Prompts of honest accounts, of three topics each out of forty, and of operators of `size` accounts, of one source
    each; their accounts, in order; and each account's operator, -1 for honest ones."""
    rng = np.random.default_rng(seed)
    topics, sources = rng.standard_normal((40, wide)), rng.standard_normal((max(operators, 1), 3, wide))
    who = np.concatenate((np.full(honest, -1), np.repeat(np.arange(operators), size)))
    who = who[rng.permutation(len(who))]
    account = np.repeat(np.arange(len(who)), each)
    liked = rng.integers(0, 40, (len(who), 3))
    pick = rng.integers(0, 3, len(account))
    said = np.where((who[account] < 0)[:, None], topics[liked[account, pick]], sources[who[account], pick])
    return unit(said + 0.7 * rng.standard_normal(said.shape)), account.astype(np.uint32), who


def split(found: Alike, who: NDArray[np.int64]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Pairs of one operator, and others."""
    a, b = (who[found.pairs[name].to_numpy()] for name in ("account_a", "account_b"))
    same = pl.Series((a == b) & (a >= 0))
    return found.pairs.filter(same), found.pairs.filter(~same)


@pytest.mark.slow
def test_accounts_of_one_source_are_found_and_accounts_of_one_topic_are_not() -> None:
    rows, account, who = prompts(600, 5, each=30, wide=32)
    found = nearest(rows, account, len(who), SETTINGS, 0)
    own, other = split(found, who)
    assert found.pairs.schema == PAIRS
    # What takes a pair to even odds, with the default prior. Honest accounts that drew the same topics do pass it.
    even = np.log2(len(who) / 20)
    assert (own["bits"] > even).sum() > 0.8 * 5 * 28
    assert (other["bits"] > even).sum() < 0.2 * 5 * 28
    assert (found.pairs["account_a"] < found.pairs["account_b"]).all()
    assert found.pairs.equals(found.pairs.sort("account_a", "account_b"))
    assert found.figures["pairs"] == found.pairs.height


@pytest.mark.slow
def test_without_operators_next_to_nothing_is_found() -> None:
    rows, account, who = prompts(600, 0, seed=3)
    found = nearest(rows, account, len(who), SETTINGS, 0)
    assert found.pairs.height < 20


@pytest.mark.slow
def test_fewer_prompts_say_less() -> None:
    many = prompts(400, 4, each=24, seed=4)
    few = prompts(400, 4, each=8, seed=4)
    bits = []
    for rows, account, who in (many, few):
        own, _ = split(nearest(rows, account, len(who), SETTINGS, 0), who)
        bits.append(float(own["bits"].sum()))
    assert bits[1] < bits[0]


def test_accounts_with_few_prompts_or_none_to_compare_are_left_out() -> None:
    rows, account, who = prompts(20, 1, each=9)
    rows[account == 3] = 0.0
    rows[(account == 4) & (np.arange(len(account)) % 3 > 0)] = 0.0
    found = nearest(rows, account, len(who), SETTINGS.model_copy(update={"min_bits": 0.0}), 0)
    assert found.figures["accounts"] == len(who) - 2
    named = pl.concat([found.pairs["account_a"], found.pairs["account_b"]])
    assert not named.is_in([3, 4]).any()


@pytest.mark.parametrize("each", [0, 1, 9])
def test_one_account_or_none(each: int) -> None:
    found = nearest(np.full((each, 4), 0.5, np.float32), np.full(each, 7, np.uint32), 9, SETTINGS, 0)
    assert found.pairs.height == 0
    assert found.pairs.schema == PAIRS


def test_equal_prompts_of_all_give_nothing() -> None:
    rows = np.tile(np.array([[0.6, 0.8]], np.float32), (90, 1))
    found = nearest(rows, np.repeat(np.arange(10), 9).astype(np.uint32), 10, SETTINGS, 0)
    assert found.pairs.height == 0


def test_width_of_one() -> None:
    rows = np.asarray(np.where(np.arange(180) % 3 > 0, 1.0, -1.0), np.float32)[:, None]
    found = nearest(rows, np.repeat(np.arange(20), 9).astype(np.uint32), 20, SETTINGS, 0)
    assert found.pairs.schema == PAIRS


def test_prompts_of_one_template_count_for_a_few() -> None:
    rows, account, who = prompts(20, 1, each=12)
    template = np.where(account < 5, 0, -1).astype(np.int32)
    held = SETTINGS.model_copy(update={"template_prompts": 4})
    found = nearest(rows, account, len(who), held, 0, template)
    assert found.figures["accounts"] == len(who) - 5
    free = nearest(rows, account, len(who), held, 0, np.full(len(account), -1, np.int32))
    assert free.pairs.equals(nearest(rows, account, len(who), held, 0).pairs)


def test_same_again() -> None:
    rows, account, who = prompts(30, 2, each=10)
    one = nearest(rows, account, len(who), SETTINGS, 5)
    other = nearest(rows.copy(), account.copy(), len(who), SETTINGS, 5)
    assert one.pairs.equals(other.pairs)
    assert one.figures == other.figures
