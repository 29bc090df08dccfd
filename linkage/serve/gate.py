"""What every request passes: its host, its session, the token of its form; and the headers of every answer."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Final
from urllib.parse import parse_qs, urlsplit

from fastapi import Request, Response
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from linkage.serve.sessions import Sessions

CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
#: Bytes of a form at most.
LARGEST: Final = 4 * 1024 * 1024
MOST_FIELDS: Final = 5_000
_OPEN: Final = ("/static/", "/login")


def cookie_name(port: int) -> str:
    """Cookies do not know ports: apps on other ports of this machine have other names."""
    return f"linkage_{port}"


class Gate:
    """Refuses requests for other hosts, without a session or a form's token; puts the headers on every answer."""

    def __init__(self, app: ASGIApp, sessions: Sessions, hosts: Collection[str], port: int) -> None:
        self._app, self._sessions, self._hosts, self._port = app, sessions, frozenset(hosts), port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [pair for pair in message["headers"] if pair[0].lower() != b"server"]
                own = {name.lower().encode(): value.encode() for name, value in HEADERS.items()}
                message = {**message, "headers": [*(p for p in kept if p[0].lower() not in own), *own.items()]}
            await send(message)

        request = Request(scope)
        refused = self._refused(request)
        if refused is None and request.method == "POST":
            body = await _body(receive)
            refused = self._unmeant(request, body)
            receive = _again(body)
        await (refused or self._app)(scope, receive, headed)

    def _refused(self, request: Request) -> Response | None:
        if request.headers.get("host", "") not in self._hosts:
            # A page elsewhere may have its name lead here (DNS rebinding); it cannot make the browser lie on the host.
            return PlainTextResponse("This host is not served here.", 421)
        if request.method not in ("GET", "HEAD", "POST"):
            return PlainTextResponse("Only GET and POST.", 405)
        if not self._same(request.headers):
            return PlainTextResponse("Requests of other sites are not answered.", 403)
        session = self._sessions.find(request.cookies.get(cookie_name(self._port)))
        request.scope.setdefault("state", {})["session"] = session
        if session is None and not request.url.path.startswith(_OPEN):
            if request.method == "GET" and "hx-request" not in request.headers:
                return RedirectResponse("/login", 303)
            return PlainTextResponse("Log in first.", 401)
        return None

    @staticmethod
    def _same(headers: Mapping[str, str]) -> bool:
        """Whether the browser says that the request comes from this site, or was typed in."""
        if headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            # A link from elsewhere may lead to a page; nothing else may come from elsewhere.
            return headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
        origin = headers.get("origin")
        return origin is None or urlsplit(origin).netloc == headers.get("host")

    def _unmeant(self, request: Request, body: bytes | None) -> Response | None:
        """What is wrong with a form."""
        if body is None:
            return PlainTextResponse("The form is too large.", 413)
        kind = request.headers.get("content-type", "").split(";")[0].strip()
        if kind != "application/x-www-form-urlencoded":
            return PlainTextResponse("Only forms.", 415)
        if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return PlainTextResponse("Forms of other sites are not taken.", 403)
        session = request.scope["state"]["session"]
        wanted = request.cookies.get(f"{cookie_name(self._port)}_form") if session is None else session.form
        try:
            form = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
        except ValueError:
            return PlainTextResponse("The form has too many fields.", 413)
        request.scope["state"]["form"] = form
        given = form.get("form_token", [""])[0]
        if not wanted or not hmac.compare_digest(given.encode(), wanted.encode()):
            return PlainTextResponse("The form is out of date: go back, load the page again, and send it again.", 403)
        return None


async def _body(receive: Receive) -> bytes | None:
    """The whole body, or none if it is too large."""
    parts, size = [], 0
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > LARGEST:
            return None
        if not message.get("more_body", False):
            return b"".join(parts)


def _again(body: bytes | None) -> Callable[[], Awaitable[Message]]:
    """A body that was read, to be read again."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body or b"", "more_body": False}

    return receive
