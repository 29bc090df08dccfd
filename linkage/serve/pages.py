"""Pages that show: the queue, campaigns, accounts, pairs, search. Nothing here changes anything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import polars as pl
from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from linkage.explain import explain_account, explain_pair
from linkage.serve import drawing
from linkage.serve.charts import hours, timeline
from linkage.serve.narrowing import ORDERS, narrowed, read
from linkage.serve.ranking import stand
from linkage.serve.site import PAGE, Site, query

#: Values of a table on a campaign's page.
_VALUES: Final = 50
_TABS: Final = {"open": "open", "taken": "taken", "second": "second person", "decided": "decided", "all": "all"}


def router(site: Site) -> APIRouter:
    """The routes that show campaigns and accounts."""
    routes = APIRouter()

    @routes.get("/")
    def queue(request: Request) -> HTMLResponse:
        given = dict(request.query_params)
        tab = given.get("state", "open") if given.get("state", "open") in _TABS else "open"
        state = site.desk.state
        rows = [(line, stand(site.of, state, line.campaign, line.campaign_id)) for line in site.lines]
        number = page_of(given, "operator") if given.get("operator") else 0
        wanted = site.operators[number - 1] if 0 < number <= len(site.operators) else ""
        if wanted:
            rows = [(line, stood) for line, stood in rows if line.operator == wanted]
        tabs = {name: [row for row in rows if _in_tab(name, row[1])] for name in _TABS}
        page = page_of(given)
        first = (page - 1) * PAGE
        most = max((line.gain for line in site.lines), default=1.0) or 1.0
        return site.page(
            request, "queue.html", title="Queue", tab=tab,
            tabs=[(name, label, len(tabs[name])) for name, label in _TABS.items()],
            rows=tabs[tab][first : first + PAGE], total=len(tabs[tab]), page_number=page, given=given, most=most,
            operator=wanted, counts=site.counts,
        )  # fmt: skip

    @routes.get("/campaign/{key}")
    def campaign(request: Request, key: str) -> HTMLResponse:
        code = site.campaign(key)
        return site.page(request, "campaign.html", **campaign_page(site, request, code))

    @routes.get("/account/{key}")
    def account(request: Request, key: str) -> HTMLResponse:
        code = site.account(key)
        account_id = site.account_id(code)
        shared = site.of.used(code).group_by("value").agg(campaigns=pl.col("campaign").n_unique())
        values = (
            site.of.ties.values.with_row_index("value_code")
            .join(shared, left_on="value_code", right_on="value", suffix="_here")
            .sort("bits", "accounts", "value_code", descending=[True, False, False], nulls_last=True)
        )
        told = explain_account(site.of.run, account_id) if site.explains else None
        row = site.of.accounts.row(code, named=True)
        state = site.desk.state
        places = [each.campaign_id for each in told.memberships] if told else [row["campaign_id"]]
        return site.page(
            request, "account.html", title=f"Account {account_id}", account_id=account_id, row=row, told=told,
            values=values.head(PAGE).to_dicts(), many=values.height, verdict=state.verdicts.get(account_id),
            notes=state.notes.get(account_id, []), places=[each for each in places if each is not None],
            key=site.account_key(account_id),
        )  # fmt: skip

    @routes.get("/pair")
    def pair(request: Request) -> HTMLResponse:
        one, other = (request.query_params.get(name, "").strip() for name in ("one", "other"))
        told = None
        if one and other and site.explains:
            first, second = (site.account_id(site.account(each)) for each in (one, other))
            told = explain_pair(site.of.run, first, second, site.of.ties.ways.through)
        return site.page(request, "pair.html", title="Why linked, why not", one=one, other=other, told=told)

    @routes.get("/help")
    def help_page(request: Request) -> HTMLResponse:
        return site.page(request, "help.html", title="Help")

    return routes


def campaign_page(site: Site, request: Request, code: int) -> dict[str, Any]:
    """What the page of a campaign shows, under the filters of its address."""
    of, given = site.of, dict(request.query_params)
    by = read(given, of.ties.kinds)
    members, links = narrowed(of, code, by, site.groups(code))
    page = page_of(given)
    words = by.words()
    campaign_id = site.campaign_id(code)
    here = f"/campaign/{site.campaign_key(campaign_id)}"

    def leads(to: object) -> str:
        if isinstance(to, str):
            return f"/account/{site.account_key(to)}"
        return f"{here}{query(words, group=to)}#members"

    state = site.desk.state
    report = of.report(code)
    shown = members.slice((page - 1) * PAGE, PAGE)
    others = of.elsewhere(code, of.members(code)["account"])
    return {
        "title": f"Campaign {campaign_id}",
        "code": code,
        "campaign_id": campaign_id,
        "here": here,
        "line": site.line[code],
        "stand": stand(of, state, code, campaign_id),
        "report": report,
        "members": shown.to_dicts(),
        "elsewhere": dict(_elsewhere(others.join(shown, on="account", how="semi"))),
        "also": _also(others),
        "also_passing": _also(others.join(members, on="account", how="semi")),
        "total": members.height,
        "page_number": page,
        "by": by,
        "filters": words,
        "orders": ORDERS,
        "kinds": [channel.kind for channel in report.evidence.channels],
        "graph": site.graph(code, by, lambda: drawing.graph(members, links, leads)),
        "times": timeline(members, of.last_day),
        "hours": hours(report.activity),
        "values": shared_values(site, code, by.kind, page_of(given, "values")),
        "VALUES": _VALUES,
        "tops": _tops(site, code),
        "values_page": page_of(given, "values"),
        "others": [line for line in site.lines if line.campaign != code][:500],
        "parts": state.parts_of(campaign_id),
        "group_sizes": site.group_sizes(code),
    }


def _elsewhere(others: pl.DataFrame) -> Iterator[tuple[int, list[str]]]:
    """Account (code) and the other campaigns it stands in."""
    return others.group_by("account", maintain_order=True).agg("campaign_id").iter_rows()


def _also(others: pl.DataFrame) -> list[tuple[str, int]]:
    """Other campaigns and how many of these accounts stand in them, most first."""
    counted = others.group_by("campaign_id").agg(accounts=pl.len())
    return list(counted.sort("accounts", "campaign_id", descending=[True, False]).iter_rows())


def shared_values(site: Site, code: int, kind: str, page: int) -> dict[str, Any]:
    """Values shared in a campaign, those of most accounts first."""
    frame = site.of.values(code)
    frame = frame.filter(kind=kind) if kind else frame
    return {"total": frame.height, "rows": _texts(site, frame.slice((page - 1) * _VALUES, _VALUES))}


def _tops(site: Site, code: int) -> dict[str, list[dict[str, Any]]]:
    """Kind -> its widest values in a campaign."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in _texts(site, site.of.values(code).group_by("kind", maintain_order=True).head(3)):
        found.setdefault(row["kind"], []).append(row)
    return found


def _texts(site: Site, rows: pl.DataFrame) -> list[dict[str, Any]]:
    """Rows of values with what the run has for each."""
    return rows.with_columns(text=site.of.ties.values["value"].gather(rows["value"])).to_dicts()


def page_of(given: dict[str, str], name: str = "page") -> int:
    """Number of a page, from 1."""
    text = given.get(name, "")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 7 else 1


def _in_tab(tab: str, stood: Any) -> bool:
    if tab == "open":
        return bool(stood.open) and stood.case.status != "proposed"
    if tab == "taken":
        return stood.case.taken_by is not None and bool(stood.open)
    if tab == "second":
        return stood.case.status == "proposed" or stood.case.asks is not None
    return tab == "all" or not stood.open
