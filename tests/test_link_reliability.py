"""Whether the probability of links is compared with the right accounts, in both readings of "one operator"."""

from __future__ import annotations

import polars as pl
import pytest

from linkage.evaluate import as_truth, reliability

WORLD = pl.DataFrame(
    {
        "account_id": list("abcdefghij"),
        "campaign": ["c1", "c1", "c2", None, None, None, None, None, None, None],
        "operator": ["o1", "o1", "o1", None, None, None, None, None, None, None],
        "kind": ["campaign"] * 3 + ["firm", "firm", "household", "household", "individual", "individual", "several"],
        "group": [-1, -1, -1, 0, 0, 1, 1, -1, -1, 0],
    }
)


def links(*rows: tuple[str, str, float]) -> pl.DataFrame:
    schema = {"account_a": pl.String, "account_b": pl.String, "probability": pl.Float32}
    return pl.DataFrame(rows, schema=schema, orient="row")


def test_a_firm_is_one_hand_a_household_is_one_circle_and_two_loners_are_neither() -> None:
    given = links(("a", "b", 0.95), ("a", "c", 0.95), ("d", "e", 0.95), ("f", "g", 0.95), ("h", "i", 0.95))
    found = reliability(given, as_truth(WORLD))
    assert (found["one hand"].links, found["one hand"].same) == (5, 3)
    assert found["one circle"].same == 4
    assert found["one hand"].calibration_error == pytest.approx(0.35, abs=1e-6)
    top = found["one circle"].bins[9]
    assert (top.links, top.same) == (5, 0.8)
    assert top.probability == pytest.approx(0.95)
    assert all(each.links == 0 and each.probability is None for each in found["one circle"].bins[:9])


def test_an_honest_account_and_a_campaign_are_never_one() -> None:
    found = reliability(links(("a", "d", 0.6), ("c", "j", 0.6)), as_truth(WORLD))
    assert found["one circle"].same == 0


def test_accounts_of_whom_nothing_is_known_are_left_out() -> None:
    groups = pl.DataFrame(
        {"account_id": ["1", "2", "3", "4"], "group": ["g", "g", None, None], "guilty": [True, True, False, None]}
    )
    given = links(("1", "2", 0.9), ("1", "3", 0.5), ("1", "4", 0.9))
    found = reliability(given, as_truth(groups))
    assert (found["one hand"].links, found["one hand"].same) == (2, 1)
    assert reliability(links(("1", "4", 0.9)), as_truth(groups)) == {}


def test_truth_that_was_read_before_says_the_same() -> None:
    world = pl.DataFrame(
        {
            "account_id": ["a", "b", "c"],
            "campaign": [None, None, None],
            "kind": ["firm", "firm", "household"],
            "group": [4, 4, -1],
        },
        schema_overrides={"campaign": pl.String},
    )
    once = as_truth(world)
    assert once["hand"].to_list() == ["group 4", "group 4", None]
    assert as_truth(once).equals(once)
