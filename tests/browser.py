"""A real Chromium, headless, for tests of what a person sees; where there is none, such tests are skipped.

Playwright's own browsers are not needed: it drives the Chromium of the machine. A `Visit` notes every request, every
line of the console that is no mere remark, and every error of a script.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
GRAVE: Final = ("serious", "critical")

Scheme = Literal["light", "dark"]


@dataclass(frozen=True, slots=True)
class Visit:
    """A page, and what it did unasked."""

    page: Page
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def grave(self) -> list[str]:
        """What axe-core finds serious or critical on the page as it stands."""
        axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is missing")
        found: dict[str, Any] = axe.Axe().run(self.page).response
        return [
            f"{each['id']}: {each['help']}: {node['html'][:200]}"
            for each in found["violations"]
            if each["impact"] in GRAVE
            for node in each["nodes"][:3]
        ]


Open = Callable[..., Visit]


def executable() -> str:
    """Path of a Chromium; LINKAGE_CHROMIUM names one. Without any the test is skipped."""
    found = os.environ.get("LINKAGE_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip(f"no Chromium on the path ({', '.join(NAMES)}); LINKAGE_CHROMIUM may name one")
    return found


@contextmanager
def launched() -> Iterator[Browser]:
    """A running Chromium."""
    driver = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: account-linkage[test]")
    path = executable()
    with driver.sync_playwright() as started:
        # As root, and in most containers, Chromium starts only without its sandbox; the pages are our own.
        browser = started.chromium.launch(executable_path=path, args=["--no-sandbox"], chromium_sandbox=False)
        try:
            yield browser
        finally:
            browser.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One Chromium for the tests of a module."""
    with launched() as browser:
        yield browser


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Open]:
    """`visit(url, scheme="light", width=1280, offline=False, script=True)` -> a `Visit`, in a profile of its own."""
    contexts = []

    def opened(
        url: str, *, scheme: Scheme = "light", width: int = 1280, offline: bool = False, script: bool = True
    ) -> Visit:
        context = chromium.new_context(
            color_scheme=scheme,
            viewport={"width": width, "height": 900},
            offline=offline,
            java_script_enabled=script,
            reduced_motion="reduce",
        )
        context.set_default_timeout(120_000)
        contexts.append(context)
        one = Visit(context.new_page())

        def said(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning", "assert"):
                one.errors.append(f"{message.type}: {message.text}")

        one.page.on("request", lambda request: one.requests.append(request.url))
        one.page.on("console", said)
        one.page.on("pageerror", lambda error: one.errors.append(str(error)))
        one.page.goto(url)
        return one

    yield opened
    for context in contexts:
        context.close()
