"""Fingerprints of a pool, against one program and browsers that everybody has."""

from __future__ import annotations

import polars as pl
import pytest

from linkage.campaigns.machines import everybodys, pooled


def _uses(*of: tuple[int, str]) -> pl.DataFrame:
    """Uses of fingerprints, by account."""
    codes = {value: code for code, value in enumerate(sorted({value for _, value in of}))}
    return pl.DataFrame(
        [(account, "device", value, codes[value], value == "none") for account, value in of],
        schema={
            "account": pl.UInt32,
            "kind": pl.String,
            "value": pl.String,
            "code": pl.UInt32,
            "placeholder": pl.Boolean,
        },
        orient="row",
    )


def _pool(*of: tuple[int, str]) -> dict[int, float]:
    """What is found of accounts 0 to 5 in community 1, the others outside, who have fingerprints `of` their own."""
    uses = _uses(*of)
    members = pl.DataFrame({"account": range(6), "community": [1] * 6}, schema_overrides={"account": pl.UInt32})
    hubs = pl.DataFrame({"kind": ["device"], "value": ["none"], "reason": ["placeholder"]})
    found = pooled(members, uses, everybodys(uses, hubs))
    return dict(zip(found["community"], found["device_pool"], strict=True))


OTHERS = [(account, f"own{account}") for account in range(6, 106)]


def test_a_pool_is_told_by_what_fellows_share_beside_the_commonest() -> None:
    pool = [(0, "a"), (1, "a"), (2, "b"), (3, "b"), (4, "c"), (5, "c")]
    # Of 101 others one may have it, and five fellows have met.
    assert _pool(*pool, *OTHERS)[1] == pytest.approx(4 / 6 * (1 - 1 / 101) ** 5, abs=1e-6)


def test_one_program_is_no_pool() -> None:
    assert _pool(*((account, "a") for account in range(6)), *OTHERS) == {1: 0.0}


def test_what_everybody_has_is_met_by_chance() -> None:
    theirs = [(0, "a"), (1, "a"), (2, "a"), (3, "b"), (4, "b"), (5, "c")]
    rare = _pool(*theirs, *OTHERS)[1]
    common = _pool(*theirs, *((account, "b") for account, _ in OTHERS))[1]
    assert rare > 0.3
    assert common == 0.0


def test_an_account_with_many_counts_once_and_without_any_not_at_all() -> None:
    theirs = [(0, "a"), (1, "a"), (2, "a"), (0, "b"), (1, "b"), (0, "c"), (1, "c"), (3, "none"), (4, "none")]
    assert _pool(*theirs, *OTHERS)[1] == pytest.approx(2 / 3 * (1 - 1 / 101) ** 2, abs=1e-6)
    assert _pool(*OTHERS) == {}
