"""Forms: who logs in, what is decided. Every one has passed the gate, so that its token is right."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from io import BytesIO
from typing import Any

import polars as pl
from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from linkage.privacy import PrivacyError
from linkage.serve.desk import RefusedError, told
from linkage.serve.gate import cookie_name
from linkage.serve.narrowing import narrowed, read
from linkage.serve.pivots import value_code, value_page
from linkage.serve.sessions import Session, owner
from linkage.serve.site import Site, query


def router(site: Site) -> APIRouter:
    """The routes that change something."""
    routes = APIRouter()
    _logins(site, routes)
    _decisions(site, routes)

    @routes.post("/value/{code}/unmask")
    def unmask(request: Request, code: str) -> HTMLResponse:
        at = value_code(site, code)
        row = site.of.ties.values.row(at, named=True)
        said, why = None, None
        try:
            said = site.masks.unmasked(_who(request), row["kind"], row["value"])
        except PrivacyError as error:
            why = str(error)
        return site.page(request, "value.html", **value_page(site, request, at, said, why))

    @routes.post("/decisions/export")
    def export(request: Request) -> Response:
        frame = told(site.desk.state, site.of.small["decisions"])
        buffer = BytesIO()
        frame.write_parquet(buffer)
        site.desk.write(_who(request), "export", {"rows": frame.height, "run": site.of.hash})
        headers = {"Content-Disposition": 'attachment; filename="decisions.parquet"'}
        return Response(buffer.getvalue(), media_type="application/vnd.apache.parquet", headers=headers)

    return routes


def _logins(site: Site, routes: APIRouter) -> None:
    name = cookie_name(site.port)

    def asked(request: Request, why: str = "", status: int = 200) -> HTMLResponse:
        token = secrets.token_urlsafe(32)
        page = site.page(request, "login.html", status, title="Log in", token=token, why=why)
        page.set_cookie(f"{name}_form", token, max_age=900, path="/login", httponly=True, samesite="strict")
        return page

    @routes.get("/login")
    def form(request: Request) -> Response:
        return RedirectResponse("/", 303) if request.scope["state"]["session"] else asked(request)

    @routes.post("/login")
    def login(request: Request) -> Response:
        wait = site.sessions.wait()
        if wait:
            page = asked(request, f"Too many failed logins. Wait {wait} seconds.", 429)
            page.headers["Retry-After"] = str(wait)
            return page
        user = owner(_field(request, "token").strip(), site.users())
        if user is None:
            site.sessions.failed()
            site.desk.write("-", "login refused", {})
            return asked(request, "This token is not known. Copy it whole from where the app was started.", 403)
        key, _ = site.sessions.begin(user)
        site.desk.write(user, "login", {})
        answer = RedirectResponse("/", 303)
        answer.set_cookie(name, key, path="/", httponly=True, samesite="strict")
        answer.delete_cookie(f"{name}_form", path="/login")
        return answer

    @routes.post("/logout")
    def logout(request: Request) -> Response:
        site.sessions.end(request.cookies.get(name))
        site.desk.write(_who(request), "logout", {})
        answer = RedirectResponse("/login", 303)
        answer.delete_cookie(name, path="/")
        return answer


def _decisions(site: Site, routes: APIRouter) -> None:
    desk = site.desk

    @routes.post("/campaign/{key}/{action}")
    def campaign(request: Request, key: str, action: str) -> Response:
        code = site.campaign(key)
        if action not in _OF_CAMPAIGNS:
            return Response("No such action.", 404)
        _OF_CAMPAIGNS[action](site, request, code)
        return _back(request, f"/campaign/{site.campaign_key(site.campaign_id(code))}")

    @routes.post("/account/{key}/{action}")
    def account(request: Request, key: str, action: str) -> Response:
        account_id = site.account_id(site.account(key))
        campaign_id, why = "", _field(request, "why")
        if action != "note":
            campaign_id = _campaign_id(site, _field(request, "campaign"))
        if action == "note":
            desk.note(_who(request), why, account=account_id)
        elif action == "clear":
            others = _elsewhere(site, campaign_id, [account_id])
            desk.clear(_who(request), campaign_id, [account_id], why, False, site.of.hash, others)
        elif action == "reopen":
            desk.reopen(_who(request), campaign_id, [account_id], why, False)
        else:
            return Response("No such action.", 404)
        return _back(request, f"/account/{site.account_key(account_id)}")

    @routes.post("/proposal/{number}/{action}")
    def proposal(request: Request, number: int, action: str) -> Response:
        if action == "approve":
            found = desk.approve(_who(request), number)
        elif action == "drop":
            found = desk.drop(_who(request), number, _field(request, "why"))
        else:
            return Response("No such action.", 404)
        inside = site.of.campaign(found.campaign) is not None
        return _back(request, f"/campaign/{site.campaign_key(found.campaign)}" if inside else "/decisions")


def _confirm(site: Site, request: Request, code: int) -> None:
    campaign_id = site.campaign_id(code)
    members = site.of.members(code)
    scope = _field(request, "scope")
    if scope == "chosen":
        accounts = _chosen(site, request, code)
    else:
        wanted = members if scope == "all" else members.filter("core")
        parts = site.desk.state.parts
        names = [campaign_id, *site.desk.state.parts_of(campaign_id)]
        part = _field(request, "part")
        only = names[int(part)] if part.isascii() and part.isdigit() and int(part) < len(names) else None
        accounts = [
            each for each in wanted["account_id"] if only in (None, parts.get((campaign_id, each), campaign_id))
        ]
    site.desk.confirm(_who(request), campaign_id, accounts, _field(request, "why"), site.of.hash)


def _clear(site: Site, request: Request, code: int) -> None:
    whole = _field(request, "scope") == "all"
    accounts = site.of.members(code)["account_id"].to_list() if whole else _chosen(site, request, code)
    campaign_id, why = site.campaign_id(code), _field(request, "why")
    others = _elsewhere(site, campaign_id, accounts)
    site.desk.clear(_who(request), campaign_id, accounts, why, whole, site.of.hash, others)


def _elsewhere(site: Site, campaign_id: str, accounts: list[str]) -> list[str]:
    """Other campaigns of this run that accounts stand in."""
    codes = [code for each in accounts if (code := site.of.account(each)) is not None]
    found = site.of.elsewhere(site.of.campaign(campaign_id), pl.Series(codes, dtype=pl.UInt32))
    return found["campaign_id"].unique().sort().to_list()


def _split(site: Site, request: Request, code: int) -> None:
    accounts = _chosen(site, request, code)
    site.desk.split(_who(request), site.campaign_id(code), accounts, _field(request, "why"), site.of.hash)


def _merge(site: Site, request: Request, code: int) -> None:
    into = site.campaign(_field(request, "into"))
    if into == code:
        raise RefusedError("choose another campaign of this run")
    site.desk.merge(_who(request), site.campaign_id(code), site.campaign_id(into), _field(request, "why"))


def _reopen(site: Site, request: Request, code: int) -> None:
    site.desk.reopen(_who(request), site.campaign_id(code), [], _field(request, "why"), True)


#: What each button on members does.
_SEVERAL: dict[str, Callable[[Site, Request, int], None]] = {"clear": _clear, "split": _split, "confirm": _confirm}


def _campaign_id(site: Site, key: str) -> str:
    """A campaign of this run, or one of an earlier run that something was decided about."""
    return key if key in site.desk.state.cases else site.campaign_id(site.campaign(key))


def _several(site: Site, request: Request, code: int) -> None:
    chosen = _SEVERAL.get(_field(request, "do"))
    if chosen is None:
        raise RefusedError("choose what to do with the accounts")
    chosen(site, request, code)


_OF_CAMPAIGNS: dict[str, Callable[[Site, Request, int], None]] = {
    "take": lambda site, request, code: site.desk.take(_who(request), site.campaign_id(code)),
    "release": lambda site, request, code: site.desk.release(_who(request), site.campaign_id(code)),
    "note": lambda site, request, code: site.desk.note(_who(request), _field(request, "why"), site.campaign_id(code)),
    "ask": lambda site, request, code: site.desk.ask(_who(request), site.campaign_id(code), _field(request, "why")),
    "confirm": _confirm,
    "clear": _clear,
    "merge": _merge,
    "reopen": _reopen,
    "members": _several,
}


def _chosen(site: Site, request: Request, code: int) -> list[str]:
    """Accounts that are ticked, or all that pass the filters of the page; only members, in the campaign's order."""
    members = site.of.members(code)
    if _field(request, "which") == "filtered":
        by = read({name: _field(request, name) for name in _FILTERS}, site.of.ties.kinds)
        passed, _ = narrowed(site.of, code, by, site.groups(code))
        found: list[str] = passed["account_id"].to_list()
        return found
    ticked = {int(each) for each in _form(request).get("account", []) if each.isascii() and each.isdigit()}
    chosen = members.filter(pl.col("account").is_in(sorted(ticked)))
    if chosen.is_empty():
        raise RefusedError("no account is chosen: tick some, or choose all that pass the filters")
    return list(chosen["account_id"])


_FILTERS = ("kind", "tier", "since", "until", "group")


def _form(request: Request) -> dict[str, list[str]]:
    form: dict[str, list[str]] = request.scope["state"]["form"]
    return form


def _field(request: Request, name: str) -> str:
    return _form(request).get(name, [""])[0]


def _who(request: Request) -> str:
    session: Session = request.scope["state"]["session"]
    return session.user


def _back(request: Request, to: str) -> Response:
    """To the page that shows what was done, under the filters it had."""
    given: dict[str, Any] = {name: _field(request, name) for name in (*_FILTERS, "order")}
    return RedirectResponse(to + query(given).rstrip("?"), 303)
