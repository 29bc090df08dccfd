"""Pages show what the tables hold, mask identifiers, and do what their forms say."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from linkage.serve.app import App
from linkage.serve.ranking import ranked
from linkage.tables import INPUT
from tests.privacy import runs as private
from tests.report import runs
from tests.serve import apps

SECRET = "4111-secret-card"


@pytest.fixture
def app(tmp_path: Path) -> App:
    return apps.app(tmp_path)


@pytest.fixture
def ann(app: App) -> apps.Client:
    return apps.login(app)


def paths(app: App) -> list[str]:
    account = app.site.of.members(0)["account_id"]
    key = app.site.account_key
    campaigns = [f"/campaign/{app.site.campaign_key(line.campaign_id)}" for line in app.site.lines]
    return [
        "/", "/?state=all", *campaigns,
        f"{campaigns[0]}?kind=ip&tier=core&since=2026-03-01&until=2026-03-09&order=doubtful",
        f"/account/{key(account[0])}", f"/pair?one={key(account[0])}&other={key(account[1])}",
        *(f"/value/{n}" for n in range(min(app.site.of.ties.values.height, 4))), "/hubs", "/hub/0", "/search?q=acc",
        "/decisions", "/log", "/help",
    ]  # fmt: skip


def test_every_page_is_there(app: App, ann: apps.Client) -> None:
    for path in paths(app):
        answer = ann.get(path)
        assert answer.status_code == 200, path
        assert answer.text.startswith("<!doctype html>")
        assert " style=" not in answer.text
        assert "<script>" not in answer.text
        assert not re.search(r'(?:src|href|action)="(?:https?:)?//', answer.text)


NOWHERE = (
    "/campaign/C-nope /campaign/~99 /account/nobody /account/~x /value/999999 /value/-1 /hub/x /pair?one=a&other=b /x"
)


@pytest.mark.parametrize("path", NOWHERE.split())
def test_what_is_not_there_says_so(ann: apps.Client, path: str) -> None:
    assert ann.get(path).status_code == 404


def test_figures_are_those_of_the_tables(app: App, ann: apps.Client) -> None:
    for row in app.site.of.campaigns.to_dicts():
        page = ann.get(f"/campaign/{row['campaign_id']}").text
        for name in ("accounts", "exchanges"):
            assert f">{row[name]:,}" in page, name
    queue = ann.get("/").text
    assert [line.campaign_id for line in app.site.lines] == re.findall(
        r'<th scope="row"><a href="/campaign/([^"]+)"', queue
    )


def test_the_queue_is_ranked_as_it_says(app: App) -> None:
    of, weight = app.site.of, 7.0
    for line in ranked(of, weight):
        row = of.campaigns.filter(campaign_id=line.campaign_id).row(0, named=True)
        doubt = [(1 - m["suspicion"], m["exchanges"]) for m in of.members(line.campaign).to_dicts()]
        use = sum(d * x for d, x in doubt) / sum(d for d, _ in doubt)
        expected = row["exchanges"] * row["suspicion"] * row["stability"] - weight * row["innocents_expected"] * use
        assert line.priority == pytest.approx(expected, rel=1e-6)
    priorities = [line.priority for line in ranked(of, weight)]
    assert priorities == sorted(priorities, reverse=True)
    assert " 10 \u00d7 innocents expected" in app.site.formula


def test_filters_narrow_members_graph_and_time(app: App, ann: apps.Client) -> None:
    big = app.site.of.campaign(apps.BIG)
    assert big is not None
    members = app.site.of.members(big)
    for query, kept in (
        ("tier=core", members.filter(tier="core")),
        ("tier=periphery", members.filter(tier="periphery")),
        ("until=2026-03-02", members.filter(pl.col("first_seen").dt.date() <= pl.date(2026, 3, 2))),
        ("since=2999-01-01", members.clear()),
        ("tier=nonsense&since=nonsense&group=99999999999", members),
    ):
        page = ann.get(f"/campaign/{apps.BIG}?{query}").text
        assert f"{kept.height:,} of {members.height:,} accounts pass" in page, query
        drawn = page.count('<circle class="')
        assert drawn == (min(kept.height, 400) if kept.height else 0)


def test_members_come_a_hundred_at_a_time(app: App, ann: apps.Client) -> None:
    first, second = (ann.get(f"/campaign/{apps.BIG}?page={n}").text for n in (1, 2))
    found = [re.findall(r'name="account" value="(\d+)"', page) for page in (first, second)]
    assert len(found[0]) == 100
    big = app.site.of.campaign(apps.BIG)
    assert big is not None
    assert [int(each) for each in found[0] + found[1]] == app.site.of.members(big)["account"].to_list()[:200]


def test_a_decision_goes_its_way(app: App, ann: apps.Client, tmp_path: Path) -> None:
    bob = apps.login(app, "bob")
    here = f"/campaign/{apps.SMALL}"
    small = app.site.of.campaign(apps.SMALL)
    assert small is not None
    members = app.site.of.members(small)
    cleared = members["account_id"][-1]
    assert "taken by ann" in ann.form(f"{here}/take", here).text
    assert bob.form(f"{here}/clear", here, scope="all", why="no").status_code == 409
    page = ann.form(
        f"{here}/members", here, do="clear", which="ticked", account=str(members["account"][-1]), why="a student"
    )
    assert page.text.count(">cleared</span>") == 1
    page = ann.form(f"{here}/confirm", here, scope="all", why="cards")
    assert "waits for a second person" in page.text
    number = app.site.desk.state.proposals()[0].seq
    assert ann.form(f"/proposal/{number}/approve", here).status_code == 409
    assert app.site.desk.state.case(apps.SMALL).status == "proposed"
    assert "confirmed" in bob.form(f"/proposal/{number}/approve", here).text
    answer = bob.form("/decisions/export", "/decisions")
    assert "attachment" in answer.headers["content-disposition"]
    told = pl.read_parquet(io.BytesIO(answer.content))
    assert told.schema == INPUT["decisions"]
    mine = told.filter(pl.col("account_id").is_in(members["account_id"].implode()))
    assert mine.filter(decision="cleared")["account_id"].to_list() == [cleared]
    assert set(mine.filter(decision="enforced")["campaign"]) == {apps.SMALL}
    assert mine.height == members.height
    assert app.site.desk.log.check().broken is None
    assert "Whole" in bob.get("/log").text


def test_all_that_pass_the_filters_can_be_split_off(app: App, ann: apps.Client) -> None:
    here = f"/campaign/{apps.BIG}"
    big = app.site.of.campaign(apps.BIG)
    assert big is not None
    edge = app.site.of.members(big).filter(tier="periphery")["account_id"]
    page = ann.form(f"{here}/members", here, do="split", which="filtered", tier="periphery", why="other hours")
    assert f"{edge.len():,} stand apart as" in page.text
    assert app.site.desk.state.parts_of(apps.BIG) == {f"{apps.BIG}.2": edge.to_list()}
    ann.form(f"{here}/confirm", here, scope="all", part="1", why="they are one")
    assert set(app.site.desk.state.proposals()[0].accounts) == set(edge)


def test_merge_note_ask_reopen_and_what_is_refused(app: App, ann: apps.Client) -> None:
    here = f"/campaign/{apps.SMALL}"
    assert "Merged into" in ann.form(f"{here}/merge", here, into=apps.BIG, why="same cards").text
    assert "hello <world>" not in (page := ann.form(f"{here}/note", here, why="hello <world>").text)
    assert "hello &lt;world&gt;" in page
    assert "asks for a second person" in ann.form(f"{here}/ask", here, why="the cards").text
    ann.form(f"{here}/reopen", here, why="mistaken")
    assert app.site.desk.state.merged == {}
    for path, fields in (
        (f"{here}/merge", {"into": apps.SMALL, "why": "x"}),
        (f"{here}/members", {"do": "clear", "which": "ticked", "why": "x"}),
        (f"{here}/members", {"do": "clear", "which": "ticked", "account": "0", "why": ""}),
        (f"{here}/members", {"do": "ban", "which": "filtered", "why": "x"}),
        (f"{here}/clear", {"scope": "all", "why": " "}),
        ("/proposal/99/approve", {}),
    ):
        before = app.site.desk.log.last()
        assert ann.form(path, here, **dict[str, Any](fields)).status_code == 409, path
        assert app.site.desk.log.last() == before
    assert ann.form(f"{here}/nonsense", here).status_code == 404


def test_accounts_of_another_campaign_cannot_be_ticked(app: App, ann: apps.Client) -> None:
    here = f"/campaign/{apps.SMALL}"
    big = app.site.of.campaign(apps.BIG)
    assert big is not None
    other = str(app.site.of.members(big)["account"][0])
    answer = ann.form(f"{here}/members", here, do="clear", which="ticked", account=other, why="x")
    assert answer.status_code == 409


def test_an_account_is_cleared_and_reopened(app: App, ann: apps.Client) -> None:
    small = app.site.of.campaign(apps.SMALL)
    assert small is not None
    account = app.site.of.members(small)["account_id"][3]
    here = f"/account/{account}"
    ann.form(f"{here}/clear", here, campaign=apps.SMALL, why="it answered")
    assert app.site.desk.state.verdicts[account].decision == "cleared"
    assert ">cleared</span>" in ann.get(here).text
    ann.form(f"{here}/reopen", here, campaign=apps.SMALL, why="it lied")
    assert account not in app.site.desk.state.verdicts
    assert ann.form(f"{here}/clear", here, campaign="C-nope", why="x").status_code == 404
    assert "written down" in ann.form(f"{here}/note", here, why="written down").text


def test_raw_values_are_masked_until_unmasked(tmp_path: Path) -> None:
    app = apps.app(tmp_path, apps.run(frames=runs.tables(SECRET)))
    ann = apps.login(app)
    shown = [path for path in paths(app) if SECRET in ann.get(path).text]
    # Sentences, ids and names of this run are the same text; values are not shown with them.
    masked = app.site.masks.shown("instrument", SECRET)
    assert masked.startswith("instrument:")
    code = app.site.of.value("instrument", SECRET)
    assert code is not None
    page = ann.get(f"/value/{code}").text
    assert SECRET not in page
    assert masked in page
    assert f"/value/{code}" not in shown
    answer = ann.form(f"/value/{code}/unmask", f"/value/{code}")
    assert SECRET in answer.text
    last = app.site.desk.log.entries()[-1]
    assert (last.action, last.who, last.detail["pseudonym"]) == ("unmask", "ann", masked)
    assert SECRET not in str(last.detail)
    assert SECRET not in ann.get(f"/value/{code}").text
    for wanted in (masked, SECRET):
        found = ann.get("/search", params={"q": wanted}).text
        assert f'href="/value/{code}"' in found


def private_app(tmp_path: Path) -> App:
    vault = tmp_path / "vault" / "vault.sqlite"
    tables = private.tables(
        [("ip", "203.0.113.7", [0, 1, 2], 9.0), ("instrument", SECRET, [0, 1, 4], 9.0)], (("ip", "198.51.100.9"),)
    )
    from linkage.io import Run

    return apps.app(tmp_path, Run.open(private.saved(tmp_path / "run", tables, vault)), vault=vault)


def test_pseudonyms_are_unmasked_through_the_vault_which_logs_the_look(tmp_path: Path) -> None:
    app = private_app(tmp_path)
    ann = apps.login(app)
    kinds = app.site.of.ties.values["kind"].to_list()
    code = kinds.index("ip")
    assert all("203.0.113.7" not in ann.get(path).text for path in paths(app))
    page = ann.form(f"/value/{code}/unmask", f"/value/{code}").text
    assert "203.0.113.7" in page
    log = (tmp_path / "vault" / "vault.sqlite.log").read_text()
    assert "unmask (serve, ann)" in log
    assert app.site.desk.log.entries()[-1].action == "unmask"


def test_what_the_vault_does_not_hold_is_said_and_logged(tmp_path: Path) -> None:
    app = private_app(tmp_path)
    ann = apps.login(app)
    import sqlite3

    with sqlite3.connect(tmp_path / "vault" / "vault.sqlite") as base:
        base.execute("DELETE FROM vault")
    page = ann.form("/value/0/unmask", "/value/0")
    assert "does not hold" in page.text
    assert app.site.desk.log.entries()[-1].detail["known"] is False


def test_nothing_is_shown_that_cannot_be_logged(tmp_path: Path) -> None:
    app = private_app(tmp_path)
    ann = apps.login(app)
    (tmp_path / "vault" / "vault.sqlite.log").mkdir()
    page = ann.form("/value/0/unmask", "/value/0").text
    assert "stands for" not in page
    assert "cannot be logged" in page or "cannot be written" in page


def test_members_that_come_later_open_a_campaign_again(app: App, ann: apps.Client) -> None:
    small = app.site.of.campaign(apps.SMALL)
    assert small is not None
    ids = app.site.of.members(small)["account_id"].to_list()
    desk = app.site.desk
    desk.clear("ann", apps.SMALL, ids[:-2], "why", True, "run")
    page = ann.get("/").text
    assert f"/campaign/{apps.SMALL}" in page
    assert "2 new since" in page
    desk.clear("ann", apps.SMALL, ids, "why", True, "run")
    assert f'<a href="/campaign/{apps.SMALL}"' not in ann.get("/").text


def test_an_operator_is_found_and_leads_to_campaigns(app: App, ann: apps.Client) -> None:
    name: Any = app.site.of.campaigns.filter(campaign_id=apps.BIG)["operator"][0]
    assert "/?operator=" in ann.get("/search", params={"q": name[:4]}).text
    page = ann.get(app.site.operator_address(name)).text
    assert apps.BIG in page
    assert f'<a href="/campaign/{apps.SMALL}"' not in page


def test_a_value_as_it_is_finds_its_pseudonym_where_the_key_is_at_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = private_app(tmp_path)
    ann = apps.login(app)
    code = app.site.of.ties.values["kind"].to_list().index("ip")
    assert f'href="/value/{code}"' not in ann.get("/search", params={"q": "203.0.113.7"}).text
    monkeypatch.setattr("linkage.serve.masks.user_key", lambda _: private.KEY)
    for wanted in ("203.0.113.7", " ::ffff:203.0.113.7 ", app.site.of.ties.values["value"][code]):
        assert f'href="/value/{code}"' in ann.get("/search", params={"q": wanted}).text, wanted
    assert 'href="/hub/0"' in ann.get("/search", params={"q": "198.51.100.9"}).text
