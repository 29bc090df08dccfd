"""The app: one run, one log of decisions, on one address of this machine."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from linkage.errors import LinkageError, UnknownIdError
from linkage.io import Run
from linkage.serve import actions, pages, pivots
from linkage.serve.catalogue import Catalogue
from linkage.serve.desk import Desk, RefusedError
from linkage.serve.gate import Gate
from linkage.serve.log import Log
from linkage.serve.masks import Masks
from linkage.serve.ranking import HARM_WEIGHT
from linkage.serve.sessions import NAME, Sessions, hashed, new_token
from linkage.serve.site import Site

STATIC: Final = Path(__file__).parent / "static"


class App(NamedTuple):
    """What a server runs, and what it stands on."""

    asgi: ASGIApp
    site: Site


def create(
    run: Run,
    log: Log,
    tokens: Mapping[str, str],
    *,
    host: str = "127.0.0.1",
    port: int = 8765,
    vault: Path | None = None,
    harm_weight: float = HARM_WEIGHT,
    clock: Callable[[], float] = time.monotonic,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> App:
    """The app on a run.

    Args:
        run: opened.
        log: of decisions.
        tokens: user -> token that holds as long as the app runs; the users of the log may log in as well.
        host: address it will be served on; other names in a request's Host are refused.
        port: likewise.
        vault: of pseudonyms; the user's if None.
        harm_weight: of the queue.
        clock: seconds that only grow.
        now: for what is logged.

    Raises:
        RunFolderError: the run is damaged.
    """
    desk = Desk(log, now)
    of = Catalogue(run)
    secret = bytes.fromhex(log.about("secret", new_secret()))
    held = {user: hashed(token) for user, token in tokens.items()}
    sessions = Sessions(clock)
    site = Site(of, desk, Masks(of, desk, secret, vault), sessions, held, port, harm_weight)
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    for part in (pages, pivots, actions):
        app.include_router(part.router(site))
    _errors(app, site)
    # Outermost, so that answers to our own failures have the headers too.
    return App(Gate(app, sessions, hosts(host, port), port), site)


def hosts(host: str, port: int) -> list[str]:
    """Values of the Host header that are answered."""
    names = ["127.0.0.1", "localhost", "[::1]"]
    try:
        address = ipaddress.ip_address(host)
        names.append(f"[{address}]" if address.version == 6 else str(address))
    except ValueError:
        names.append(host)
    return [f"{name}:{port}" for name in dict.fromkeys(names)]


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def make_users(log: Log, names: Sequence[str], now: datetime) -> dict[str, str]:
    """New tokens for named users, of which the log keeps the hashes; user -> token. Raises RefusedError."""
    made = {}
    for name in names:
        if not name.strip() or len(name) > NAME or not name.isprintable() or name != name.strip():
            raise RefusedError(f"--user: a name has 1 to {NAME} characters that print, and no blank at its ends")
        made[name] = new_token()
        log.put_user(name, hashed(made[name]), now)
        log.append(now, "-", "user", {"name": name})
    return made


def new_secret() -> str:
    """A key for pseudonyms of a run that has values as they are, in hexadecimal digits."""
    import secrets

    return secrets.token_hex(32)


def _errors(app: FastAPI, site: Site) -> None:
    """What a person reads when something is not there or not allowed."""

    def page(request: Request, status: int, title: str, why: str) -> Response:
        if "session" not in request.scope.get("state", {}):
            return PlainTextResponse(why, status)
        return site.page(request, "error.html", status, title=title, why=why)

    @app.exception_handler(LinkageError)
    def _known(request: Request, error: Exception) -> Response:
        if isinstance(error, UnknownIdError):
            return page(request, 404, "Not in this run", str(error))
        if isinstance(error, RefusedError):
            return page(request, 409, "Not done", str(error))
        return page(request, 500, "Not done", str(error))

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return page(request, error.status_code, "Nothing here", str(error.detail))

    @app.exception_handler(Exception)
    def _bug(request: Request, error: Exception) -> Response:
        return HTMLResponse(
            "<!doctype html><title>Our fault</title><p>Something went wrong; the terminal says what.", 500
        )
