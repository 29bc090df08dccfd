"""The app in a real Chromium: a campaign is taken, looked at, decided by two people, and the next build honours it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pytest

import linkage
from linkage.serve.app import App
from linkage.settings import Settings
from tests.browser import Open, Scheme, Visit
from tests.serve import apps

pytestmark = pytest.mark.slow


class Served(NamedTuple):
    """An app on a port."""

    app: App
    base: str


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """On a run made by hand."""
    port = apps.free_port()
    app = apps.app(tmp_path_factory.mktemp("app"), apps.run(), port=port)
    with apps.served(app, port) as base:
        yield Served(app, base)


def entered(visit: Open, served: Served, user: str = "ann", **options: object) -> Visit:
    one = visit(f"{served.base}/login", **options)
    one.page.set_default_timeout(120_000)  # of a machine with much else to do
    one.page.fill("#token", apps.TOKENS[user])
    one.page.click("button:has-text('Log in')")
    one.page.wait_for_url(f"{served.base}/")
    return one


def calm(one: Visit, served: Served) -> None:
    """No line in the console, no request to anywhere else, nothing that axe-core finds grave."""
    assert one.errors == []
    assert [each for each in one.requests if not each.startswith(served.base)] == []
    assert one.grave() == []


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_calm_and_can_be_read(visit: Open, made_up: Served, scheme: Scheme, width: int) -> None:
    one = entered(visit, made_up, scheme=scheme, width=width)
    account = made_up.app.site.of.members(0)["account_id"]
    paths = [
        "/", f"/campaign/{apps.BIG}", f"/account/{account[0]}", f"/pair?one={account[0]}&other={account[1]}",
        "/value/0",
        "/hubs", "/hub/0", "/search?q=acc-C", "/decisions", "/log", "/help",
    ]  # fmt: skip
    for path in paths:
        one.page.goto(made_up.base + path)
        calm(one, made_up)
        assert one.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path


def test_filters_follow_without_a_reload(visit: Open, made_up: Served) -> None:
    one = entered(visit, made_up)
    one.page.goto(f"{made_up.base}/campaign/{apps.BIG}")
    one.page.evaluate("window.here = 1")
    members = made_up.app.site.of.members(made_up.app.site.campaign(apps.BIG))
    edge = members.filter(tier="periphery").height
    one.page.select_option("#tier", "periphery")
    one.page.locator("#view .lead", has_text=f"{edge} of {members.height} accounts pass").wait_for()
    assert one.page.locator("#view svg.graph circle").count() == edge
    assert one.page.evaluate("window.here") == 1
    calm(one, made_up)


def test_keys_lead_and_decide_nothing(visit: Open, made_up: Served) -> None:
    one = entered(visit, made_up)
    page, last = one.page, made_up.app.site.desk.log.last()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url("**/campaign/**")
    page.keyboard.press("c")
    assert page.locator("details[open] button:has-text('Propose')").count() == 1
    assert page.evaluate("document.activeElement.closest('form').getAttribute('action').endsWith('/confirm')")
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("x")
    assert page.evaluate("document.activeElement.closest('form').getAttribute('action').endsWith('/clear')")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.wait_for_url("**/help")
    page.keyboard.press("q")
    page.wait_for_url(f"{made_up.base}/")
    assert made_up.app.site.desk.log.last() == last
    calm(one, made_up)


def test_it_works_without_a_script(visit: Open, made_up: Served) -> None:
    one = entered(visit, made_up, script=False)
    page, here = one.page, f"{made_up.base}/campaign/{apps.SMALL}"
    page.goto(here)
    page.click("button:has-text('Take')")
    page.select_option("#tier", "core")
    page.click("form.filters button:has-text('Show')")
    assert "tier=core" in page.url
    page.locator("input[name=account]").first.check()
    page.fill("#why-several", "a student")
    page.click("button:has-text('Clear'):not(:has-text('campaign'))")
    assert page.locator("#members .state.cleared").count() == 1
    assert "tier=core" in page.url
    page.click("button:has-text('Give back')")
    assert made_up.app.site.desk.state.case(apps.SMALL).taken_by is None


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small world's tables."""
    from linkage.simulate import World, simulate

    folder = tmp_path_factory.mktemp("world") / "tables"
    simulate(folder, World(accounts=3_000, scenario="plain", seed=1))
    (folder / "truth.parquet").unlink(missing_ok=True)
    return folder


def test_a_case_from_login_to_the_next_build(visit: Open, world: Path, tmp_path: Path) -> None:
    from linkage.pipeline import keep_values

    vault = tmp_path / "v" / "vault.sqlite"
    settings = Settings.model_validate(
        {"seed": 1, "gnn": {"enabled": False}, "privacy": {"vault": True, "vault_file": str(vault)}}
    )
    made = linkage.build(world, settings)
    keep_values(made, settings)
    built = made.save(tmp_path / "run")
    port = apps.free_port()
    app = apps.app(tmp_path, built, port=port, vault=vault)
    line = app.site.lines[0]
    with apps.served(app, port) as base:
        served = Served(app, base)
        one = entered(visit, served)
        page = one.page
        page.click(f"a:has-text('{line.campaign_id}')")
        page.click("button:has-text('Take')")
        # Pivot: an address that its accounts share, whom it stands for, one of these accounts.
        page.click("table.evidence a:has-text('ip:')")
        page.click("button:has-text('Unmask')")
        assert page.locator(".unmasked code").inner_text().count(".") == 3
        page.locator("a[href^='/account/']").first.click()
        account = page.url.rsplit("/", 1)[1]
        page.click("summary:has-text('Clear')")
        page.fill("#why-clear", "Their invoices are in order.")
        page.click("button:has-text('Clear the account')")
        assert page.locator("h1 .state.cleared").count() == 1
        page.goto(f"{base}/campaign/{line.campaign_id}")
        page.click("summary:has-text('Confirm')")
        page.check("input[name=scope][value=all]")
        page.fill("#why-confirm", "Cards rotated over one pool of exits.")
        page.click("button:has-text('Propose'):visible >> nth=0")
        assert page.locator(".state.proposed").count() == 1
        assert page.locator("button:has-text('Approve')").count() == 0
        other = entered(visit, served, "bob")
        other.page.click("a:has-text('Decisions')")
        other.page.click("button:has-text('Approve as second person')")
        assert other.page.locator(".state.confirmed").count() == 1
        other.page.goto(f"{base}/decisions")
        with other.page.expect_download() as coming:
            other.page.click("button:has-text('Download decisions.parquet')")
        next_world = tmp_path / "next"
        shutil.copytree(world, next_world)
        shutil.copy(coming.value.path(), next_world / "decisions.parquet")
        for each in (one, other):
            calm(each, served)
    assert app.site.desk.log.check().broken is None
    told = pl.read_parquet(next_world / "decisions.parquet")
    assert told.filter(decision="cleared")["account_id"].to_list() == [account]
    again = linkage.build(next_world, settings, previous=tmp_path / "run")
    assert account in built.members["account_id"]
    assert account not in again.members["account_id"]
    enforced = told.filter(decision="enforced")["account_id"]
    inside = again.members.filter(campaign_id=line.campaign_id)["account_id"]
    assert enforced.len() == line.accounts - 1
    assert inside.is_in(enforced.implode()).sum() == enforced.len()
