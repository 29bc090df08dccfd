"""A campaign without each group of evidence: one held by a single thing falls apart."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from linkage.campaigns.robustness import robustness
from linkage.campaigns.view import View, Weighing
from linkage.settings import CampaignSettings
from linkage.tables import ACCOUNTS, OUTPUT, USES, empty

CHANNELS = {"payment": "money", "device": "machine"}


def without(links: list[tuple[int, int, float, float]], accounts: int = 8) -> Mapping[str, tuple[int, bool]]:
    """group left out -> accounts in one piece, and whether they stand."""
    known = pl.DataFrame({"account": range(accounts), "account_id": [f"a{i}" for i in range(accounts)]})
    known = known.with_columns(pl.lit(None, t).alias(c) for c, t in ACCOUNTS.items() if c not in known.columns)
    rows = pl.DataFrame(
        [(a, b, 0.9, pay + device, pay, device) for a, b, pay, device in links],
        schema=["account_a", "account_b", "probability", "weight", "payment", "device"],
        orient="row",
        schema_overrides={"account_a": pl.UInt32, "account_b": pl.UInt32},
    )
    view = View(
        known.cast({"account": pl.UInt32}).select(list(ACCOUNTS)), None, None, None, empty(USES),
        empty(OUTPUT["hubs"]), CHANNELS, weighing=Weighing(8.0, {"money": 12.0, "machine": 12.0}, 0.5, {}),
    )  # fmt: skip
    joined = pl.DataFrame({"account": range(accounts), "campaign_id": ["C-1"] * accounts})
    found = robustness(joined.cast({"account": pl.UInt32}), rows, view, CampaignSettings(prior_bits=0.0))
    assert found.schema == OUTPUT["robustness"]
    assert (found["share"] == (found["accounts"] / accounts).cast(pl.Float32)).all()
    return {row["without"]: (row["accounts"], row["stands"]) for row in found.iter_rows(named=True)}


def test_two_kinds_of_evidence_hold_where_one_would() -> None:
    ring = [(i, i + 1, 10.0, 10.0) for i in range(7)]
    assert {n for n, _ in without(ring).values()} == {8}


def test_what_hangs_by_one_group_falls_with_it() -> None:
    chain = [(i, i + 1, 10.0, 0.0) for i in range(4)] + [(i, i + 1, 10.0, 10.0) for i in range(4, 7)]
    found = without(chain)
    assert found["machine"][0] == 8
    assert found["money"] == (4, False)  # accounts 4 to 7; fewer than a campaign needs


def test_bits_over_the_cap_do_not_count() -> None:
    assert without([(i, i + 1, 40.0, 1.0) for i in range(7)])["money"][0] == 1
