"""What holds a community together."""

from __future__ import annotations

import polars as pl

from linkage.campaigns.ties import cohesion, corroboration
from linkage.campaigns.view import View
from linkage.settings import CampaignSettings

CHANNELS = {"ip": "network", "device": "machine", "prompts": "content"}


def test_kinds_of_evidence_are_told_apart() -> None:
    bits = [(0.0, 0.0, 6.0), (0.0, 4.0, 6.0), (5.0, 4.0, 6.0), (0.0, 4.0, 0.0)]
    links = pl.DataFrame(
        [(0, other, *each) for other, each in enumerate(bits, 1)],
        schema={"account_a": pl.UInt32, "account_b": pl.UInt32, **dict.fromkeys(CHANNELS, pl.Float32)},
        orient="row",
    )
    members = pl.DataFrame({"account": range(5), "community": 7}, schema={"account": pl.UInt32, "community": pl.Int32})
    (found,) = corroboration(members, links, CHANNELS).rows(named=True)
    assert found == {
        "community": 7,
        "single": 0.5,
        "themes": 0.0,
        "by_content": 0.25,
        "by_program": 0.5,
        "by_given": 0.5,
    }
    (found,) = corroboration(members, links, CHANNELS, ("ip",)).rows(named=True)
    assert found["by_given"] == 0.75
    assert corroboration(members, links, {"ip": "network"}).is_empty()
    (found,) = corroboration(members, links.rename({"prompts": "alike"}), {"ip": "network", "alike": "content"}).rows(
        named=True
    )
    assert found["themes"] == 0.75


def test_who_is_tied_by_nothing_but_where_and_with_what_he_calls() -> None:
    bits = {1: (5.0, 4.0, 0.0), 2: (5.0, 0.0, 6.0), 3: (0.0, 4.0, 0.5)}
    links = pl.DataFrame(
        [(0, other, 0.9, *each) for other, each in bits.items()],
        schema={"account_a": pl.UInt32, "account_b": pl.UInt32, "probability": pl.Float32}
        | dict.fromkeys(CHANNELS, pl.Float32),
        orient="row",
    )
    members = pl.DataFrame({"account": range(4), "community": 7}, schema={"account": pl.UInt32, "community": pl.Int32})
    accounts = members.select("account", created_at=pl.lit(None, pl.Datetime("us", "UTC")))
    uses = pl.DataFrame(schema={"account": pl.UInt32, "code": pl.UInt32, "hub": pl.Boolean})
    view = View(accounts, None, None, None, uses, uses, CHANNELS)
    found = cohesion(members, links, view, CampaignSettings())
    assert found["sent"].to_list() == [False, True, False, True]
    assert found["wrote"].to_list() == [False, False, False, False]
    prompts = cohesion(members, links, view._replace(channels=dict.fromkeys(CHANNELS, "content")), CampaignSettings())
    assert prompts["wrote"].all()
    assert found["kinds"].to_list() == [3, 2, 2, 1]
    # No account has a value: what fellows have in common is not known, and neither little nor much.
    assert found["kin"].null_count() == found["kin_shown"].null_count() == 4
    common = pl.DataFrame({"account": [0, 1, 2, 3], "code": [5, 5, 5, 6], "hub": [False] * 4}, schema=uses.schema)
    known = cohesion(members, links, view._replace(uses=common), CampaignSettings())
    assert known["kin"].to_list() == [0.8125, 0.8125, 0.8125, 0.5625]
