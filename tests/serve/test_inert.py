"""Nothing that stands in the logs acts on a page, whichever text column it stands in."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import polars as pl
import pytest

from linkage.serve.app import App
from tests.report import runs
from tests.serve import apps

HOSTILE = {
    "markup": "\"'><script>alert(1)</script><img src=http://evil.example onerror=alert(1)> hx-get='/x' {{ 7*7 }} "
    "</textarea></title>",
    "controls": "\x1b]0;owned\x07\x1b[31m\x00\x9b\ufffe\x7f\u202egpj.exe\u2066\u2028\r\nSet-Cookie: a=b",
    "address": "javascript:alert(1)//../../log?x=1&y=%00#frag",
    "long": "x" * 1_000_000,
}
JOINS = {"account_id", "account_a", "account_b", "campaign_id", "previous_id"}
KEPT = {"tier", "community_id"}
_ATTRIBUTES = {
    "a",
    "action",
    "aria-current",
    "aria-hidden",
    "aria-label",
    "autocomplete",
    "autofocus",
    "charset",
    "checked",
    "class",
    "colspan",
    "content",
    "cx",
    "cy",
    "d",
    "data-key",
    "data-row",
    "defer",
    "fill-opacity",
    "for",
    "height",
    "href",
    "hx-get",
    "hx-select",
    "hx-swap",
    "hx-target",
    "hx-trigger",
    "id",
    "lang",
    "maxlength",
    "method",
    "name",
    "placeholder",
    "r",
    "rel",
    "required",
    "role",
    "rows",
    "scope",
    "selected",
    "spellcheck",
    "src",
    "stroke-width",
    "tabindex",
    "type",
    "value",
    "viewbox",
    "width",
    "x",
    "y",
}


class Reader(HTMLParser):
    """What a browser makes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        assert set(given) <= _ATTRIBUTES, (tag, given)
        assert tag not in ("img", "iframe", "object", "style", "base"), tag
        if tag == "script":
            assert str(given["src"]).startswith("/static/")
        self.links += [str(given[name]) for name in ("href", "src", "action", "hx-get") if name in given]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def spoiled(text: str) -> dict[str, pl.DataFrame]:
    """A run with the text in every text column, an account id and a campaign id among them."""
    frames = runs.tables()
    first = runs.members(frames, apps.SMALL)[0]
    for name, frame in frames.items():
        texts = [column for column, kind in frame.schema.items() if kind == pl.String]
        turn = pl.int_range(pl.len()) % 3 == 0
        frames[name] = frame.with_columns(
            *(
                pl.when(turn).then(pl.lit(text)).otherwise(pl.col(column)).alias(column)
                for column in texts
                if column not in JOINS | KEPT
            ),
            pl.col([column for column in texts if column in JOINS]).replace(
                {first: f"a{text}", apps.SMALL: f"c{text}"}
            ),
        )
    return frames


@pytest.fixture(scope="module", params=HOSTILE)
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> App:
    text = HOSTILE[request.param]
    manifest: dict[str, Any] = runs.manifest(text)
    manifest |= {"version": text, "why_nothing": [text]}
    made = apps.app(tmp_path_factory.mktemp("app"), apps.run(frames=spoiled(text), **manifest))
    made.site.warm()
    desk = made.site.desk
    desk.note("ann", text[:3_000], campaign=f"c{text}")
    desk.note("ann", text[:3_000], account=f"a{text}")
    desk.confirm("ann", f"c{text}", [f"a{text}", text[:50]], text[:3_000], "run")
    desk.clear("ann", apps.BIG, [f"a{text}"], text[:3_000], False, "run")
    return made


def test_every_page_is_only_read(app: App) -> None:
    client = apps.login(app, "bob")
    todo, seen = (
        ["/", "/?state=all", "/hubs", "/decisions", "/log", "/help", "/search?q=acc", "/search?q=" + "%3Cscript%3E"],
        set(),
    )
    for search in HOSTILE.values():
        answer = client.get("/search", params={"q": search[:300]})
        read(answer.text)
    per_kind: dict[str, int] = {}
    while todo:
        path = todo.pop(0)
        kind = path.split("?")[0].split("/")[1]
        per_kind[kind] = per_kind.get(kind, 0) + 1
        if path in seen or per_kind[kind] > 12:
            continue
        seen.add(path)
        answer = client.get(path)
        assert answer.status_code in (200, 303, 404, 405), (path[:100], answer.status_code)
        assert "set-cookie" not in answer.headers
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        todo += [link.split("#")[0] for link in read(answer.text) if not link.startswith("/static/")]
    assert {"campaign", "account", "value", "hub", "pair"} <= set(per_kind)


def read(page: str) -> list[str]:
    assert len(page) < 2_000_000
    assert all(char.isprintable() or char in "\n\t" for char in set(page))
    reader = Reader()
    reader.feed(page)
    assert "49" not in [each.strip() for each in reader.text if "7*7" in each]
    for link in reader.links:
        assert link.startswith(("/", "?", "#")), link[:100]
        assert not link.startswith("//")
        assert len(link) < 1_000
    return [link for link in reader.links if link.startswith("/")]


def test_the_hostile_campaign_and_account_have_their_pages(app: App) -> None:
    client = apps.login(app)
    campaign = next(
        line.campaign_id for line in app.site.lines if line.campaign_id.startswith("c") and line.campaign_id != apps.BIG
    )
    here = f"/campaign/{app.site.campaign_key(campaign)}"
    page = client.get(here)
    assert page.status_code == 200
    assert "waits for a second person" in page.text
    assert client.form(f"{here}/take", here).status_code == 409 or app.site.desk.state.case(campaign).taken_by == "ann"
