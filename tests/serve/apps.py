"""An app on a small run made by hand, and somebody logged in to it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from linkage.io import Run
from linkage.serve.app import App, create
from linkage.serve.desk import Desk
from linkage.serve.log import Log
from tests.report import runs

pytest.importorskip("fastapi", reason="fastapi is not installed: account-linkage[serve]")
from starlette.testclient import TestClient

TOKENS = {"ann": "a" * 43, "bob": "b" * 43}
BASE = "http://127.0.0.1:8765"
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
BIG, SMALL = runs.IDS
#: How links were weighed.
WEIGHED: dict[str, Any] = {
    "link_model": {"prior_bits": 8.0, "group_cap_bits": {"money": 20.0}},
    "settings": {"graph": {"min_probability": 0.5, "reasons_per_link": 50}},
}
_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


class Clock:
    """Seconds and times that pass when told to."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        self.seconds += 1
        return NOW + timedelta(seconds=self.seconds)


def run(text: str = "card-1", frames: Mapping[str, pl.DataFrame] | None = None, **manifest: Any) -> Run:
    """A run with something in every table; `text` is every string of the logs."""
    tables = dict(runs.tables(text)) if frames is None else dict(frames)
    return Run(tables=tables, manifest={**runs.manifest(text), **WEIGHED, **manifest}, report="")


def desk(folder: Path) -> Desk:
    return Desk(Log(folder / "state" / "log.sqlite"), Clock().now)


def app(folder: Path, of: Run | None = None, clock: Clock | None = None, **options: Any) -> App:
    clock = clock or Clock()
    log = Log(folder / "state" / "log.sqlite")
    return create(of or run(), log, TOKENS, clock=clock, now=clock.now, **options)


class Client(TestClient):
    """A browser of sorts, that keeps the token of the forms it saw last."""

    def form(self, path: str, page: str = "/", follow: bool = True, **fields: Any) -> Any:
        """Load a page, and send a form with its token."""
        token = _TOKEN.search(self.get(page).text)
        assert token is not None
        return self.post(path, data={"form_token": token[1], **fields}, follow_redirects=follow)


def client(of: App) -> Client:
    return Client(of.asgi, base_url=BASE)


def login(of: App, user: str = "ann") -> Client:
    made = client(of)
    answer = made.form("/login", "/login", token=TOKENS[user], follow=False)
    assert answer.status_code == 303
    return made


@contextmanager
def served(of: App, port: int) -> Iterator[str]:
    """The app on a real port."""
    import threading
    import time

    uvicorn = pytest.importorskip("uvicorn")
    server = uvicorn.Server(uvicorn.Config(of.asgi, host="127.0.0.1", port=port, log_level="critical", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)


def free_port() -> int:
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
