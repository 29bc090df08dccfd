"""One account, several campaigns: a relay's traffic is not all one customer's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest

from linkage.campaigns.assess import links_inside
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
    uses: list[tuple[int, str, int]],
    links: Sequence[tuple[int, int, float, float]] = (),
    touched: list[tuple[int, int, str, int]] | None = None,
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
    through = None
    if touched is not None:
        columns = {"account": pl.UInt32, "ip": pl.Int64, "device": pl.String, "count": pl.Int64}
        through = pl.DataFrame(touched, schema=columns, orient="row")
    view = View(empty(ACCOUNTS), None, through, None, empty(USES), empty(OUTPUT["hubs"]), channels, content)
    return also(MAIN, frame, view, CampaignSettings()).select("account", "campaign_id", "share").rows()


def test_nobody_is_in_two_campaigns_without_a_reason() -> None:
    assert second(OWN) == []


def test_who_writes_what_another_campaign_writes_is_in_both() -> None:
    ((account, campaign, share),) = second([*OWN, *((0, f"B{k}", 5) for k in range(4))])
    assert (account, campaign, round(share, 6)) == (0, "B", 0.4)


def test_a_template_or_two_prove_nothing() -> None:
    assert second([*OWN, *((0, f"B{k}", 20) for k in range(2))]) == []


AMONG = [(a, b, 9.0, 9.0) for a in range(8, 16) for b in range(a + 1, 16)]
INTO = [*AMONG, *((0, b, 9.0, 9.0) for b in range(8, 14))]


def test_who_is_tied_into_another_campaign_by_several_kinds_and_does_its_work_is_in_both() -> None:
    wrote = [*OWN, (0, "B0", 5)]
    [(account, campaign, share)] = second(wrote, INTO)
    assert (account, campaign) == (0, "B")
    assert share == pytest.approx(0.1)
    assert second(wrote, AMONG + [(0, b, 9.0, 0.0) for b in range(8, 14)]) == []
    assert second(wrote, [*AMONG, (0, 8, 9.0, 9.0)]) == []


def test_who_has_no_share_in_what_another_campaign_does_is_no_member_of_it() -> None:
    assert second(OWN, INTO) == []
    assert second([], INTO) == []
    met = [(0, 1, "a", 30), (0, 2, "b", 8), (0, 3, "c", 2), (8, 2, "x", 5), (9, 4, "c", 5), (1, 1, "a", 9)]
    assert second([], INTO, met) == [(0, "B", 0.25)]
    assert second([], INTO, met[:1] + met[3:]) == []
    # Prompts, where they tell, are asked first.
    assert second(OWN, INTO, met) == []


def test_links_inside_campaigns_are_those_that_a_loop_finds() -> None:
    rng = np.random.default_rng(1)
    pairs = sorted({(int(a), int(b)) for a, b in rng.integers(0, 40, (500, 2)) if a < b})
    links = pl.DataFrame(pairs, schema={"account_a": pl.UInt32, "account_b": pl.UInt32}, orient="row")
    # Accounts 6 to 11 are in two campaigns, those from 30 on in none.
    of = [(i, f"C-{i % 3}") for i in range(30)] + [(i, f"C-{(i + 1) % 3}") for i in range(6, 12)]
    joined = pl.DataFrame(of, schema={"account": pl.UInt32, "campaign_id": pl.String}, orient="row")
    names = {c for _, c in of}
    wanted = [(a, b) for a, b in pairs if any((a, c) in of and (b, c) in of for c in names)]
    assert links_inside(links, joined).rows() == wanted
    assert links_inside(links, joined.clear()).is_empty()
    assert links_inside(links.clear(), joined).is_empty()
