"""Who takes part in what a group alone writes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from linkage.campaigns.content import Content, own, topic
from linkage.tables import TIME


def members(*communities: int) -> pl.DataFrame:
    return pl.DataFrame(
        {"account": range(len(communities)), "community": communities},
        schema={"account": pl.UInt32, "community": pl.Int32},
    )


def content(prompts: list[int], uses: list[tuple[int, str, int]]) -> Content:
    return Content(
        pl.DataFrame(uses, schema={"account": pl.UInt32, "template": pl.String, "count": pl.Int64}, orient="row"),
        pl.DataFrame(
            {"account": range(len(prompts)), "prompts": prompts}, schema={"account": pl.UInt32, "prompts": pl.Int64}
        ),
    )


def test_members_take_part_and_a_passer_by_does_not() -> None:
    wrote = content([50] * 6, [(account, f"t{k}", 5) for account in range(4) for k in range(6)])
    found = own(members(0, 0, 0, 0, 0, 0), wrote)
    assert found["own"].to_list() == [30, 30, 30, 30, 0, 0]
    assert found["taking_part"].to_list()[:4] == [8.0] * 4
    assert found["taking_part"].to_list()[4:] == [-8.0] * 2
    assert found["typical"].to_list() == pytest.approx([0.6] * 6)


def test_strangers_with_a_template_of_their_own_do_not_take_part() -> None:
    group = [(account, f"t{k}", 5) for account in range(5) for k in range(6)]
    wrote = content([50] * 5 + [5] * 3, group + [(account, "firm", 5) for account in (5, 6, 7)])
    found = own(members(*[0] * 8), wrote)
    assert found["own"].to_list()[5:] == [0, 0, 0]
    assert (found["taking_part"][5:] < -4.0).all()


def test_one_template_that_outsiders_use_too_says_little_however_often() -> None:
    group = [(account, f"t{k}", 5) for account in range(6) for k in range(6)]
    open_to_all = [(account, "half", 5) for account in (0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11)]
    wrote = content([50] * 6 + [5] * 6, group + open_to_all)
    found = own(members(*[0] * 7, *range(1, 6)), wrote)
    assert found["own"][6] == 5
    assert 0.0 <= found["taking_part"][6] < 1.0
    assert found["taking_part"][0] == 8.0


def test_what_bystanders_of_the_group_write_too_is_not_its_own() -> None:
    group = [(account, f"t{k}", 5) for account in range(6) for k in range(6)]
    public = [(account, f"public{k}", 4) for account in (0, 1, 2, 6, 7, 8, 9) for k in range(2)]
    wrote = content([50] * 6 + [10] * 4, group + public)
    everybody = own(members(*[0] * 10), wrote)
    assert (everybody["taking_part"][6:] > 2.0).all()
    known = own(members(*[0] * 10).with_columns(fellow=pl.col("account") < 6), wrote)
    assert (known["taking_part"][6:] < -4.0).all()
    assert known["own"].to_list() == [30] * 6 + [0] * 4
    assert known["taking_part"][:6].to_list() == [8.0] * 6


def test_few_prompts_say_little() -> None:
    wrote = content([50, 50, 50, 1], [(account, "t", 25) for account in range(3)])
    assert -2.0 < own(members(0, 0, 0, 0), wrote)["taking_part"][3] < 0.0


def test_a_popular_prompt_is_nobodys_own() -> None:
    wrote = content([50] * 9, [(account, "popular", 20) for account in range(9)])
    found = own(members(0, 0, 0, 0, 1, 2, 3, 4, 5), wrote)
    assert found["own"].sum() == 0
    assert found["taking_part"].to_list() == [0.0] * 9
    assert found["typical"].null_count() == 9


def test_a_topic_is_narrow_and_short() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    wrote = content([50] * 3, [(account, name, 5) for account in range(3) for name in ("t0", "t1", "t1b")])
    sent = [(account, start + timedelta(days=account * 5), "t0") for account in range(3)]
    dated = pl.DataFrame(sent, schema={"account": pl.UInt32, "sent_at": TIME, "template": pl.String}, orient="row")
    found = topic(members(0, 0, 0), wrote._replace(dated=dated)).row(0, named=True)
    assert found == {
        "community": 0,
        "templates": 3,
        "template_top": pytest.approx(1 / 3),
        "span_days": 10.0,
        "strangers": 0.0,
    }
    assert topic(members(0, 0, 0), wrote)["span_days"].to_list() == [None]


def test_strangers_are_counted_template_by_template() -> None:
    group = [(account, name, 5) for account in range(3) for name in ("t0", "t1")]
    wrote = content([50] * 5, [*group, (3, "t0", 90), (4, "t0", 1), (4, "t1", 1)])
    assert topic(members(0, 0, 0), wrote)["strangers"].to_list() == [pytest.approx(3 / 9)]


def test_without_prompts_nothing_is_said() -> None:
    found = own(members(0, 0, 1), None)
    assert found["taking_part"].to_list() == [0.0] * 3
