"""The page in a real Chromium: no request, no error, readable by everybody, and its script only helps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks import _campaign
from linkage import report
from tests.browser import Open, Scheme
from tests.report import runs
from tests.report.test_inert import HOSTILE, spoiled

if TYPE_CHECKING:
    from playwright.sync_api import Locator

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("page") / "report.html"
    file.write_text(report.render(runs.tables(), runs.manifest()))
    return file.as_uri()


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("page") / "large.html"
    file.write_text(report.render(_campaign.made(12_000, 14_000_000), runs.manifest(), [_campaign.ID]))
    return file


def accounts_in(piece: Locator) -> int:
    """How many the piece says it has."""
    return int((piece.locator("title").text_content() or "").split()[1].replace(",", ""))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("view", ["", "#c1", "#c2-evidence"])
def test_it_is_calm_and_readable(visit: Open, run: str, view: str, width: int, scheme: Scheme) -> None:
    one = visit(run + view, scheme=scheme, width=width, offline=True)
    one.page.locator("details").evaluate_all("all => all.forEach(each => { each.open = true; })")
    assert one.grave() == []
    assert one.page.evaluate("document.documentElement.scrollWidth") <= width
    assert one.requests == [run]
    assert one.errors == []


def test_without_a_script_everything_is_there(visit: Open, run: str) -> None:
    one = visit(run, offline=True, script=False)
    assert one.page.locator(".view:visible").count() == 3
    assert one.page.locator("button").count() == 0
    assert one.page.locator("#c1-svg .piece:visible").count() >= 1
    assert "and 30 more" in one.page.locator("#c1-accounts").inner_text()
    assert one.requests == [run]
    assert one.errors == []


def test_one_view_at_a_time_and_the_way_back(visit: Open, run: str) -> None:
    one = visit(run, offline=True)
    shown = one.page.locator(".view:visible")
    assert shown.get_attribute("id") == "overview"
    one.page.get_by_role("link", name="C-big").click()
    assert shown.get_attribute("id") == "c1"
    assert one.page.evaluate("document.activeElement.id") == "c1-name"
    one.page.get_by_role("link", name="Smaller: C-small").click()
    assert shown.get_attribute("id") == "c2"
    one.page.go_back()
    assert shown.get_attribute("id") == "c1"
    one.page.get_by_role("link", name="All campaigns").click()
    assert shown.get_attribute("id") == "overview"


def test_tables_sort_and_filter_over_all_rows(visit: Open, run: str) -> None:
    page = visit(f"{run}#c1", offline=True).page
    table = page.locator("#c1-members")
    assert "1 to 100 of 130 rows" in page.locator("#c1-accounts .tools").inner_text()
    table.get_by_role("button", name="exchanges").click()
    assert table.locator("thead th").nth(5).get_attribute("aria-sort") == "descending"
    assert table.locator("tbody td:nth-child(6)").first.inner_text() == "139"
    table.get_by_role("button", name="exchanges").click()
    assert table.locator("tbody td:nth-child(6)").first.inner_text() == "10"
    assert table.locator("thead [aria-sort]").count() == 1
    page.get_by_role("button", name="Next rows").first.click()
    assert table.locator("tbody tr").count() == 30
    page.get_by_role("searchbox", name="Filter: Members").fill("0017")
    assert table.locator("tbody tr").count() == 1
    assert "acc-C-big-0017" in table.locator("tbody").inner_text()
    page.get_by_role("searchbox", name="Filter: Members").fill("nobody")
    assert "0 rows" in page.locator("#c1-accounts .tools").inner_text()


def test_rows_that_a_script_writes_read_as_those_of_the_page(visit: Open, run: str) -> None:
    cells = "rows => rows.map(row => [...row.cells].map(cell => cell.textContent.trim()))"
    for rows in ("#c1-members tbody tr", "#c1-shared tbody tr"):
        written = visit(f"{run}#c1", offline=True).page.locator(rows).evaluate_all(cells)
        assert written == visit(run, offline=True, script=False).page.locator(rows).evaluate_all(cells)


def test_a_piece_opens_and_an_account_speaks_by_keyboard_alone(visit: Open, run: str) -> None:
    page = visit(f"{run}#c1", offline=True).page
    piece = page.locator("#c1-svg .piece").first
    whole = page.locator("#c1-svg").get_attribute("viewBox")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('piece')"):
            break
    page.keyboard.press("Enter")
    assert piece.get_attribute("aria-expanded") == "true"
    assert page.locator("#c1-svg").get_attribute("viewBox") != whole
    assert page.locator("#c1-svg .one").count() == accounts_in(piece)
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert page.locator("#c1-svg .one.chosen").count() == 1
    assert "bits)" in page.locator("#c1-graph .chosen-says").inner_text()
    page.keyboard.press("Escape")
    assert piece.get_attribute("aria-expanded") == "false"
    assert page.locator("#c1-svg").get_attribute("viewBox") == whole


def test_every_control_is_reached_by_tab(visit: Open, run: str) -> None:
    page = visit(f"{run}#c2", offline=True).page
    wanted = page.locator("#c2 :is(a, button, input, summary, [tabindex='0']):visible").count()
    seen = set()
    for _ in range(wanted + 10):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("[...document.querySelectorAll('*')].indexOf(document.activeElement)"))
    inside = page.locator("#c2 :is(a, button, input, summary, [tabindex='0']):visible").evaluate_all(
        "all => all.filter(each => !each.disabled).map(each => [...document.querySelectorAll('*')].indexOf(each))"
    )
    assert set(inside) <= seen


def test_a_large_campaign_is_small_and_soon_ready(visit: Open, large: Path) -> None:
    assert large.stat().st_size <= 5_000_000
    one = visit(large.as_uri(), offline=True)
    busy = one.page.context.new_cdp_session(one.page)
    # Of the page's own thread, so that a machine with other work does not count.
    busy.send("Performance.enable", {"timeDomain": "threadTicks"})
    took = []
    for _ in range(3):
        one.page.reload()
        one.page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
        metrics = {each["name"]: each["value"] for each in busy.send("Performance.getMetrics")["metrics"]}
        took.append(metrics["ScriptDuration"] + metrics["LayoutDuration"] + metrics["RecalcStyleDuration"])
    assert min(took) <= 2.0
    piece = one.page.locator("#c1-svg .piece").first
    piece.dispatch_event("click")
    assert one.page.locator("#c1-svg .one").count() == accounts_in(piece)
    assert "of 12,000 rows" in one.page.locator("#c1-accounts .tools").inner_text()
    assert one.grave() == []
    assert one.errors == []


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_strings_do_nothing(visit: Open, tmp_path: Path, name: str) -> None:
    file = tmp_path / "page.html"
    text = HOSTILE[name] + "</script><!--<script>\u2028</style></svg>"
    file.write_text(report.render(spoiled(text), runs.manifest(text)))
    one = visit(file.as_uri() + "#c2", offline=True)
    one.page.on("dialog", lambda dialog: one.errors.append(dialog.message))
    for heading in one.page.locator("#c2 button.sort").all()[:12]:
        heading.dispatch_event("click")
    one.page.locator("#c2-svg .one").first.dispatch_event("click")
    assert one.errors == []
    assert one.requests == [file.as_uri()]
    assert one.page.evaluate("document.scripts.length") == 3
    assert one.page.evaluate("document.querySelectorAll('img, iframe, object, embed, form, link, base').length") == 0


def test_on_paper_nothing_is_folded_and_nothing_is_dark(visit: Open, run: str) -> None:
    page = visit(f"{run}#c1", scheme="dark", offline=True).page
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator(".tools:visible, .sections:visible").count() == 0
    assert page.locator("#c1-values").is_visible()
    assert page.pdf().startswith(b"%PDF-")
