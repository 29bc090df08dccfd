"""Pairs inside campaigns, against the slow way."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from linkage.report.gather import distinct, inside


def test_pairs_inside_campaigns_as_a_loop_finds_them() -> None:
    rng = np.random.default_rng(3)
    ids = [f"a{i:02}" for i in range(30)]
    # Half of them are in two campaigns, and some pairs name accounts that are in none.
    whose = [(f"C-{i % 4}", each) for i, each in enumerate(ids[:24])] + [("C-3", each) for each in ids[12:24]]
    whose = list(dict.fromkeys(whose))
    pairs = [tuple(sorted(rng.choice(ids, 2, replace=False).tolist())) for _ in range(400)]
    frame = pl.DataFrame(pairs, schema=["account_a", "account_b"], orient="row").with_row_index("n")
    members = pl.DataFrame(whose, schema=["campaign_id", "account_id"], orient="row")
    found = inside(frame, members, pl.Enum(members["account_id"].unique().sort()))
    wanted = sorted(
        (n, campaign) for n, (a, b) in enumerate(pairs) for campaign in sorted({c for c, _ in whose})
        if (campaign, a) in whose and (campaign, b) in whose
    )  # fmt: skip
    words = found.with_columns(pl.col("campaign_id", "account_a", "account_b").cast(pl.String))
    assert sorted(words.select("n", "campaign_id").rows()) == wanted
    assert all(pairs[n] == (a, b) for n, a, b in words.select("n", "account_a", "account_b").rows())
    assert len({n for n, _ in wanted}) < len(wanted)  # some pairs are in two campaigns


def test_no_members_have_no_pairs() -> None:
    nobody = pl.DataFrame(schema={"campaign_id": pl.String, "account_id": pl.String})
    pairs = pl.DataFrame({"account_a": ["a"], "account_b": ["b"]})
    assert inside(pairs, nobody, pl.Enum([])).is_empty()


@pytest.mark.parametrize("step", [1, 800])
@pytest.mark.parametrize("columns", [2, 5])
def test_each_row_once_whatever_is_missing(columns: int, step: int) -> None:
    # Five columns of 31,200 values are more than one number holds.
    words = pl.Series([None, *(f"v{i}" for i in range(39 * step))])
    codes = np.random.default_rng(0).integers(0, 40, (columns, 3_000)) * step
    frame = pl.DataFrame({f"c{i}": words.gather(code) for i, code in enumerate(codes)})
    coded = [pl.col(frame.columns[1:]).cast(pl.Enum(words.drop_nulls())), pl.col("c0").cast(pl.Categorical)]
    frame = frame.with_columns(coded)
    frame = frame[np.random.default_rng(1).integers(0, 3_000, 9_000)]
    assert distinct(frame).schema == frame.schema
    assert distinct(frame).sort(frame.columns).equals(frame.unique().sort(frame.columns))
    assert distinct(frame.clear()).equals(frame.clear())
