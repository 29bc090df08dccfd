"""Groups whose prompts begin less surprisingly than others' lie low; no large group and no rare language says so."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from linkage.predictable_settings import PredictableSettings
from linkage.similarity.predictable import PREDICTABLE, predictable

SETTINGS = PredictableSettings(reference_rows=200, prompts=40)
#: What one half of the groups asks in so many words.
VERBS = ("Write", "Describe", "Explain", "Create")
SYLLABLES = ("ba", "do", "ki", "lu", "me", "no", "ra", "su", "ti", "vo", "wa", "ze")


def word(rng: np.random.Generator) -> str:
    return "".join(rng.choice(SYLLABLES, 3))


def people(rng: np.random.Generator) -> str:
    """Words of anybody's own."""
    return " ".join(word(rng) for _ in range(6))


def program(rng: np.random.Generator) -> str:
    return f"{rng.choice(VERBS)} a short text about the following subject in three sentences: {word(rng)}"


def world(plain: int, groups: int, prompts: int = 30) -> tuple[pl.LazyFrame, pl.DataFrame]:
    """Groups of one account each; the first `plain` of them ask as a program does."""
    rng = np.random.default_rng(1)
    rows = [(group, program(rng) if group < plain else people(rng)) for group in range(groups) for _ in range(prompts)]
    account = pl.Series(range(groups), dtype=pl.UInt32)
    members = pl.DataFrame({"account": account, "community": account.cast(pl.Int32)})
    return pl.DataFrame(rows, schema={"account": pl.UInt32, "text": pl.String}, orient="row").lazy(), members


@pytest.mark.slow
def test_groups_that_write_as_a_program_does_lie_low() -> None:
    found = predictable(*world(2, 10), SETTINGS)
    assert found.schema == PREDICTABLE
    assert found["community"].to_list() == list(range(10))
    assert found["prompts"].to_list() == [30] * 10
    assert (found["bits"][:2] > 4.0).all()
    assert (found["bits"][2:] < 4.0).all()


@pytest.mark.slow
def test_a_group_that_nobody_writes_like_is_no_more_suspected() -> None:
    prompts, members = world(0, 10)
    rare = pl.lit("Привет, как дела, что нового и где ты сейчас")
    alien = prompts.with_columns(text=pl.when(pl.col("account") == 3).then(rare + pl.col("text")).otherwise("text"))
    found = predictable(alien, members, SETTINGS)
    assert found["surprise"].arg_max() == 3
    assert found["bits"][3] == 0.0


@pytest.mark.slow
def test_the_order_of_prompts_changes_nothing() -> None:
    prompts, members = world(2, 8, 60)
    shuffled = prompts.collect().sample(fraction=1.0, shuffle=True, seed=5).lazy()
    assert predictable(shuffled, members, SETTINGS).equals(predictable(prompts, members, SETTINGS))


@pytest.mark.slow
def test_no_more_prompts_of_a_group_are_judged_than_asked() -> None:
    prompts, members = world(2, 8, 60)
    assert predictable(prompts, members, SETTINGS)["prompts"].to_list() == [40] * 8


@pytest.mark.slow
@pytest.mark.parametrize("text", [None, "", "  "])
def test_groups_without_text_are_left_out(text: str | None) -> None:
    prompts, members = world(1, 8)
    blank = prompts.with_columns(text=pl.when(pl.col("account") == 0).then(pl.lit(text)).otherwise("text"))
    assert predictable(blank, members, SETTINGS)["community"].to_list() == list(range(1, 8))


def test_too_few_groups_say_nothing() -> None:
    assert predictable(*world(2, 5), SETTINGS).is_empty()
