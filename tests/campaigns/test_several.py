"""One account, several campaigns: a relay's traffic is not all one customer's."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from linkage.campaigns.content import Content
from linkage.campaigns.several import also
from linkage.campaigns.view import View
from linkage.settings import CampaignSettings
from linkage.tables import ACCOUNTS, LINKS, OUTPUT, USES, empty

#: Accounts 0 to 7 are campaign A's, 8 to 15 campaign B's.
MAIN = pl.DataFrame(
    {"account": range(16), "campaign_id": ["A"] * 8 + ["B"] * 8}, schema_overrides={"account": pl.UInt32}
)
OWN = [(account, f"{'A' if account < 8 else 'B'}{k}", 5) for account in range(16) for k in range(6)]


def second(
    uses: list[tuple[int, str, int]], links: Sequence[tuple[int, int, float, float]] = ()
) -> list[tuple[int, str, float]]:
    content = Content(
        pl.DataFrame(uses, schema={"account": pl.UInt32, "template": pl.String, "count": pl.Int64}, orient="row"),
        pl.DataFrame({"account": range(16), "prompts": [50] * 16}, schema={"account": pl.UInt32, "prompts": pl.Int64}),
    )
    frame = pl.DataFrame(
        [(a, b, 0.9, pay + device, pay, device) for a, b, pay, device in links],
        schema=pl.Schema({**LINKS, "payment": pl.Float32(), "device": pl.Float32()}),
        orient="row",
    )
    channels = {"payment": "money", "device": "machine"}
    view = View(empty(ACCOUNTS), None, None, None, empty(USES), empty(OUTPUT["hubs"]), channels, content)
    return also(MAIN, frame, view, CampaignSettings()).select("account", "campaign_id", "share").rows()


def test_nobody_is_in_two_campaigns_without_a_reason() -> None:
    assert second(OWN) == []


def test_who_writes_what_another_campaign_writes_is_in_both() -> None:
    ((account, campaign, share),) = second([*OWN, *((0, f"B{k}", 5) for k in range(4))])
    assert (account, campaign, round(share, 6)) == (0, "B", 0.4)


def test_a_template_or_two_prove_nothing() -> None:
    assert second([*OWN, *((0, f"B{k}", 20) for k in range(2))]) == []


def test_who_is_tied_into_another_campaign_by_several_kinds_is_in_both() -> None:
    among = [(a, b, 9.0, 9.0) for a in range(8, 16) for b in range(a + 1, 16)]
    assert second(OWN, among + [(0, b, 9.0, 9.0) for b in range(8, 14)]) == [(0, "B", 0.0)]
    assert second(OWN, among + [(0, b, 9.0, 0.0) for b in range(8, 14)]) == []
    assert second(OWN, [*among, (0, 8, 9.0, 9.0)]) == []
