"""Pages to pivot through: identifiers, hubs, operators, search; and the log."""

from __future__ import annotations

from typing import Any, Final

import polars as pl
from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from linkage.errors import UnknownIdError
from linkage.serve.desk import told
from linkage.serve.pages import page_of
from linkage.serve.site import PAGE, Site

#: Rows of each kind that a search shows, and letters from which it looks inside ids.
_FOUND: Final = 20


def router(site: Site) -> APIRouter:
    """The routes that show values, hubs, what was found, and what was decided."""
    routes = APIRouter()

    @routes.get("/value/{code}")
    def value(request: Request, code: str) -> HTMLResponse:
        return site.page(request, "value.html", **value_page(site, request, value_code(site, code)))

    @routes.get("/hubs")
    def hubs(request: Request) -> HTMLResponse:
        given = dict(request.query_params)
        frame = site.of.hubs.with_row_index("code")
        kinds = _kinds(site)
        kind = page_of(given, "kind") if given.get("kind") else 0
        frame = (frame.filter(kind=kinds[kind - 1]) if 0 < kind <= len(kinds) else frame).sort(
            "degree", "code", descending=[True, False]
        )
        page = page_of(given)
        return site.page(
            request, "hubs.html", title="Hubs", rows=frame.slice((page - 1) * PAGE, PAGE).to_dicts(), kinds=kinds,
            kind=kind, total=frame.height, page_number=page, given=given,
        )  # fmt: skip

    @routes.get("/hub/{code}")
    def hub(request: Request, code: str) -> HTMLResponse:
        at = _number(code, site.of.hubs.height, "hub")
        row = site.of.hubs.row(at, named=True)
        alike = site.of.hubs.filter(kind=row["kind"]) if row["kind"] is not None else site.of.hubs.clear()
        near = site.of.ties.values.with_row_index("value_code").filter(kind=row["kind"]) if row["kind"] else None
        return site.page(
            request, "hub.html", title="Hub", row=row, code=at, alike=alike.height,
            more=int((alike["degree"] > row["degree"]).sum()),
            pairs=int(alike["pairs"].sum()), used=0 if near is None else near.height,
            kind="" if row["kind"] is None else 1 + _kinds(site).index(row["kind"]),
        )  # fmt: skip

    @routes.get("/search")
    def search(request: Request) -> Response:
        wanted = request.query_params.get("q", "").strip()[:2_000]
        found = _found(site, wanted) if wanted else None
        if found is not None and found["only"]:
            return RedirectResponse(found["only"], 303)
        return site.page(request, "search.html", title="Search", wanted=wanted, found=found)

    @routes.get("/decisions")
    def decisions(request: Request) -> HTMLResponse:
        state = site.desk.state
        frame = told(state, site.of.small["decisions"])
        page = page_of(dict(request.query_params))
        return site.page(
            request, "decisions.html", title="Decisions", proposals=state.proposals(), total=frame.height,
            rows=frame.slice((page - 1) * PAGE, PAGE).to_dicts(), page_number=page,
            enforced=int((frame["decision"] == "enforced").sum()),
            others=sorted(set(state.cases) - set(site.of.campaigns["campaign_id"])),
            here=set(site.of.campaigns["campaign_id"]),
        )  # fmt: skip

    @routes.get("/log")
    def log(request: Request) -> HTMLResponse:
        page = page_of(dict(request.query_params))
        last = site.desk.log.last()
        entries = site.desk.log.entries(before=last + 1 - (page - 1) * PAGE, most=PAGE, newest=True)
        return site.page(
            request,
            "log.html",
            title="Log",
            entries=entries,
            checked=site.desk.log.check(),
            page_number=page,
            total=last,
        )

    return routes


def value_code(site: Site, text: str) -> int:
    """The value of an address. Raises UnknownIdError."""
    return _number(text, site.of.ties.values.height, "value")


def value_page(
    site: Site, request: Request, code: int, unmasked: str | None = None, why: str | None = None
) -> dict[str, Any]:
    """What the page of a value shows."""
    given = dict(request.query_params)
    page = page_of(given)
    row = site.of.ties.values.row(code, named=True)
    users = site.of.users(code)
    each = (
        users.group_by("campaign")
        .agg(accounts=pl.col("account").n_unique())
        .sort("accounts", "campaign", descending=[True, False])
    )
    ids = users.select("account").unique(maintain_order=True)
    known = site.of.accounts.select(
        "account_id", "campaign_id", "tier", "suspicion", "exchanges", "first_seen", "last_seen"
    )
    shown = known[ids["account"].slice((page - 1) * PAGE, PAGE).to_list()]
    of = dict(site.of.all_members.group_by("campaign").len().iter_rows())
    hub = site.of.hubs.with_row_index("code").filter(kind=row["kind"], value=row["value"])
    return {
        "title": f"{row['kind']}", "code": code, "row": row, "campaigns": [
            (site.campaign_id(campaign), n, of.get(campaign, 0)) for campaign, n in each.iter_rows()
        ], "rows": shown.to_dicts(), "total": ids.height, "page_number": page, "unmasked": unmasked, "why": why,
        "hub": hub["code"][0] if hub.height else None, "given": given,
    }  # fmt: skip


def _found(site: Site, wanted: str) -> dict[str, Any]:
    """What a search finds. An exact id leads there at once."""
    of = site.of
    low = wanted.lower()
    campaign, account = of.campaign(wanted), of.account(wanted)
    only = (
        f"/campaign/{site.campaign_key(wanted)}" if campaign is not None
        else f"/account/{site.account_key(wanted)}" if account is not None
        else None
    )  # fmt: skip
    kinds = of.ties.values["kind"].unique().drop_nulls().sort().to_list()
    values, hubs = [], []
    if only is None:
        for kind, value in site.masks.behind(wanted, sorted({*kinds, *of.hubs["kind"].drop_nulls().unique()})):
            code = of.value(kind, value)
            values += [] if code is None else [(code, of.ties.values.row(code, named=True))]
            hubs += of.hubs.with_row_index("code").filter(kind=kind, value=value).to_dicts()
        if not site.masks.pseudonymised:
            values += [(code, of.ties.values.row(code, named=True)) for code in site.by_pseudonym(wanted)]
    inside = pl.col("account_id").str.contains(wanted, literal=True)
    accounts = of.accounts.filter(inside).head(_FOUND + 1) if only is None and len(wanted) >= 3 else of.accounts.clear()
    operators = [name for name in site.operators if low in name.lower()]
    return {
        "only": only,
        "campaigns": [
            line for line in site.lines if low in line.campaign_id.lower() or low in (line.capability or "").lower()
        ][:_FOUND],
        "accounts": accounts.to_dicts(),
        "values": values[:_FOUND],
        "hubs": hubs[:_FOUND],
        "operators": operators[:_FOUND],
    }  # fmt: skip


def _kinds(site: Site) -> list[str]:
    """Kinds of hubs, in the order of their numbers in addresses."""
    kinds: list[str] = site.of.hubs["kind"].drop_nulls().unique().sort().to_list()
    return kinds


def _number(text: str, rows: int, what: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 10 and int(text) < rows:
        return int(text)
    raise UnknownIdError(f"{what} {text[:20]}: is not in the run")
