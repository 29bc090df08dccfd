"""Pictures: pieces that cover all accounts, discs that lie apart, areas and bars that are as their figures."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import _campaign
from linkage.report.blocks import blocks
from linkage.report.compose import compose
from linkage.report.html import charts, sheets
from linkage.report.html.pieces import MOST, SMALL, Pieces, name, pieces
from linkage.report.html.places import HEIGHT, WIDTH, discs, single, sunflower
from linkage.report.html.sheet import EMBEDDED, INDICATORS, LISTED, rooms
from linkage.report.html.svg import el, shown
from linkage.report.html.treemap import squarified
from linkage.report.layout import Bullets, Chart
from linkage.report.model import Campaign, Day, Event, Timeline
from linkage.serve.charts import timeline as app_timeline
from tests.report import runs


def taken(accounts: int) -> tuple[Campaign, pl.DataFrame]:
    report = compose(_campaign.made(accounts, 50_000), runs.manifest())
    return report.document.campaigns[0], report.links[_campaign.ID]


@pytest.fixture(scope="module")
def large() -> tuple[Campaign, Pieces]:
    campaign, links = taken(800)
    return campaign, pieces(campaign, links)


def test_every_account_is_in_one_piece(large: tuple[Campaign, Pieces]) -> None:
    campaign, found = large
    listed = np.concatenate([piece.accounts for piece in found.pieces])
    assert sorted(listed) == list(range(len(campaign.accounts)))
    assert 1 < len(found.pieces) <= MOST + 1
    sizes = [len(piece.accounts) for piece in found.pieces if not piece.rest]
    assert sizes == sorted(sizes, reverse=True)
    assert sum(piece.exchanges for piece in found.pieces) == campaign.scale.exchanges
    assert sum(piece.core for piece in found.pieces) == campaign.scale.core


def test_the_same_links_in_another_order_give_the_same_picture(large: tuple[Campaign, Pieces]) -> None:
    campaign, found = large
    _, links = taken(800)
    again = pieces(campaign, links.sample(fraction=1, shuffle=True, seed=5))
    assert np.array_equal(found.of, again.of)
    assert np.array_equal(found.drawn.ends, again.drawn.ends)
    assert discs(found) == discs(again)


def test_no_disc_lies_on_another_and_all_lie_in_the_picture(large: tuple[Campaign, Pieces]) -> None:
    found = discs(large[1])
    for i, a in enumerate(found):
        assert a.r <= a.x <= WIDTH - a.r
        assert a.r <= a.y <= HEIGHT - a.r
        for b in found[:i]:
            assert np.hypot(a.x - b.x, a.y - b.y) >= a.r + b.r
    areas = [a.r**2 / len(piece.accounts) for a, piece in zip(found, large[1].pieces, strict=True)]
    assert max(areas) / min(areas) < 2.5


def test_few_accounts_are_drawn_one_by_one() -> None:
    campaign, links = taken(SMALL)
    found = pieces(campaign, links)
    at = single(found, SMALL)
    assert len(found.pieces) == 1
    assert ((at >= 0) & (at <= [WIDTH, HEIGHT])).all()
    assert np.ptp(at[:, 0]) > WIDTH / 2
    apart = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1)) + np.eye(SMALL) * 99
    assert apart.min() > 1


def test_accounts_without_a_link_are_shown_together() -> None:
    campaign, links = taken(400)
    alone = {each.account_id for each in campaign.accounts[:50]}
    kept = links.filter(~pl.col("account_a").is_in(alone) & ~pl.col("account_b").is_in(alone))
    found = pieces(campaign, kept)
    assert found.pieces[-1].rest
    assert set(range(50)) <= set(found.pieces[-1].accounts.tolist())
    assert not any(piece.rest for piece in found.pieces[:-1])
    nothing = pieces(campaign, links.clear())
    assert [piece.rest for piece in nothing.pieces] == [True]
    assert len(discs(nothing)) == 1


def test_what_holds_a_piece_is_counted_from_the_evidence() -> None:
    tables = _campaign.made(300, 9_000)
    one = sheets(compose(tables, runs.manifest()))[0]
    for piece, held in zip(one.found.pieces, one.held, strict=True):
        ids = {one.campaign.accounts[i].account_id for i in piece.accounts}
        for kind, count in held.kinds.items():
            rows = tables["evidence"].filter(pl.col("kind") == kind)
            ends = set(rows["account_a"]) | set(rows["account_b"])
            assert count == len(ids & ends)
        assert held.value is not None
        kind, value, most = held.value
        rows = tables["evidence"].filter((pl.col("kind") == kind) & (pl.col("value") == value))
        assert most == len(ids & (set(rows["account_a"]) | set(rows["account_b"])))


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=60))
def test_areas_are_as_values(values: list[int]) -> None:
    values = sorted(values, reverse=True)
    boxes = squarified([float(each) for each in values], 960.0, 360.0)
    for value, (x, y, width, height) in zip(values, boxes, strict=True):
        assert width * height == pytest.approx(value * 960 * 360 / sum(values), rel=1e-6)
        assert min(x, y) >= 0
        assert x + width <= 960 + 1e-6
        assert y + height <= 360 + 1e-6


def test_a_sunflower_fills_its_disc_evenly() -> None:
    at = sunflower(500)
    far = np.hypot(*at.T)
    assert far.max() <= 1
    assert ((far**2 * 500).astype(int) == np.arange(500)).all()


def test_many_days_are_drawn_in_groups_and_who_is_active_at_the_end_has_not_ended() -> None:
    days = tuple(Day(day=date(2020, 1, 1) + timedelta(days=i), began=1, ended=0) for i in range(1000))
    last = Day(day=date(2022, 9, 27), began=0, ended=1000)
    event = Event(at=None, kind="lineage: grew", text="grew")
    times = Timeline(begin="sign-up", days=(*days, last), undated=0, events=(event,), notes=())
    drawn = charts.timeline(times, last.day)
    assert drawn is not None
    assert "in 9 days" in drawn
    assert 'class="ended" d=""' in drawn
    assert 'class="ended" d=""' not in str(charts.timeline(times, None))


def test_who_is_active_at_the_end_has_not_ended_on_paper_and_in_the_app_either() -> None:
    document = runs.report(campaigns=["C-big"]).document
    (campaign,), header = document.campaigns, document.overview.header
    gone = campaign.timeline.days[-1]
    assert gone.ended > 0
    for last, lasting in ((gone.day, gone.ended), (gone.day + timedelta(days=1), 0)):
        end = datetime(last.year, last.month, last.day, 23, tzinfo=UTC)
        overview = document.overview.model_copy(update={"header": header.model_copy(update={"data_last": end})})
        laid = list(blocks(document.model_copy(update={"overview": overview})))
        (chart,) = (block for block in laid if isinstance(block, Chart) and block.upright and "ended" in block.series)
        assert chart.rows[-1] == (str(gone.day), (gone.began, gone.ended - lasting))
        told = f"{lasting:,} were active on the day the data end and are not counted as ended."
        assert any(told in block.items for block in laid if isinstance(block, Bullets)) == (lasting > 0)
        seen = pl.DataFrame({"first_seen": [end - timedelta(days=9)] * 3, "last_seen": [end, end, None]})
        drawn = app_timeline(seen, end.date() + timedelta(days=0 if lasting else 1))
        assert ('class="ended"' in drawn.svg) == (lasting == 0)
        assert ("2 were active on the day the data end" in drawn.text) == (lasting > 0)


def test_an_hour_has_the_colour_of_its_traffic() -> None:
    cells = [(date(2026, 3, 1), 5, 100), (date(2026, 3, 1), 6, 1), (date(2026, 3, 2), 5, 50)]
    drawn = str(charts.heat(cells))
    steps = [charts.level(each, 100) for each in (1, 50, 100)]
    assert steps == [0, 4, 5]
    assert all(f'class="q{step}" d="M' in drawn for step in steps)
    assert charts.hours(cells)[5:7] == [150, 1]
    assert charts.heat([]) is None


def test_numbers_and_texts_of_a_picture_are_safe() -> None:
    assert [shown(each) for each in (1.0, -0.04, 2.26, 3, "x")] == ["1", "0", "2.3", "3", "x"]
    assert (
        el("text", '<b>&"', x=1.25, class_='a"b', y=None) == '<text x="1.2" class="a&#34;b">&lt;b&gt;&amp;&#34;</text>'
    )
    assert [name(i) for i in (0, 25, 26, 51, 52)] == ["A", "Z", "AA", "AZ", "BA"]


def test_a_page_holds_all_rows_of_the_largest_campaigns_that_fit() -> None:
    assert [room.accounts for room in rooms([EMBEDDED - 10, 20, 10, 1])] == [True, False, True, False]
    assert rooms([5])[0].indicators == INDICATORS
    assert {room.indicators for room in rooms([5] * 50)} == {200}
    assert {room.indicators for room in rooms([5] * 1_000)} == {LISTED}
