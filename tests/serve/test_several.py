"""Accounts that stand in several campaigns: who clears one is told what else it changes, and the log keeps it."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from linkage.serve.app import App
from tests.report import runs
from tests.serve import apps

BOTH = 2


@pytest.fixture
def app(tmp_path: Path) -> App:
    """The first accounts of the small campaign are the big one's too."""
    frames = dict(runs.tables("card-1"))
    members = frames["members"]
    shared = members.filter(campaign_id=apps.SMALL).head(BOTH).with_columns(campaign_id=pl.lit(apps.BIG))
    return apps.app(tmp_path, apps.run(frames={**frames, "members": pl.concat([members, shared])}))


def both(app: App) -> pl.DataFrame:
    code = app.site.of.campaign(apps.SMALL)
    assert code is not None
    return app.site.of.elsewhere(code, app.site.of.members(code)["account"])


def test_forms_name_the_other_campaigns_and_who_has_them(app: App) -> None:
    ann, bob = apps.login(app), apps.login(app, "bob")
    here = f"/campaign/{apps.SMALL}"
    page = ann.get(here).text
    assert page.count("stand in other campaigns too:") == 3
    assert f'<a href="/campaign/{apps.BIG}"><bdi>{apps.BIG}</bdi></a> ({BOTH})' in page
    assert page.count("also in <a") == BOTH
    bob.form(f"/campaign/{apps.BIG}/take", here)
    assert f"({BOTH}; bob has it)" in ann.get(here).text
    assert "bob has it" not in bob.get(here).text


def test_filters_narrow_the_warning_with_the_members(app: App) -> None:
    page = apps.login(app).get(f"/campaign/{apps.SMALL}?until=1999-01-01").text
    assert page.count("stand in other campaigns too:") == 2  # of the campaign's own two forms
    assert "also in <a" not in page


def test_the_page_of_such_an_account_says_that_it_is_cleared_from_all(app: App) -> None:
    ann = apps.login(app)
    account, alone = both(app)["account_id"][0], app.site.of.small["members"].filter(campaign_id=apps.SMALL)
    page = ann.get(f"/account/{account}").text
    assert "It stands in 2 campaigns and is cleared from all of them" in page
    assert "cleared from all of them" not in ann.get(f"/account/{alone['account_id'][-1]}").text
    ann.form(f"/account/{account}/clear", f"/account/{account}", campaign=apps.SMALL, why="it answered")
    assert app.site.desk.log.entries()[-1].detail["elsewhere"] == [apps.BIG]


def test_clearing_a_campaign_keeps_in_the_log_what_else_it_touched(app: App) -> None:
    ann, here = apps.login(app), f"/campaign/{apps.SMALL}"
    ann.form(f"{here}/clear", here, scope="all", why="a class")
    assert app.site.desk.log.entries()[-1].detail["elsewhere"] == [apps.BIG]
    assert f"cleared: {BOTH}" in ann.get(f"/campaign/{apps.BIG}").text


def test_without_such_accounts_nothing_is_warned_of(tmp_path: Path) -> None:
    app = apps.app(tmp_path)
    page = apps.login(app).get(f"/campaign/{apps.SMALL}").text
    assert "other campaigns too" not in page
    assert both(app).is_empty()
