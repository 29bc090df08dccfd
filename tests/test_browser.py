"""The browser that tests look through notes what a page does unasked, and what is hard to read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser import Open

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>t</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'"></head>
<body><main><h1>A page</h1>{}</main></body></html>"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "requests", "errors", "grave"),
    [
        ("<p>calm</p>", 1, 0, 0),
        ("<script>alert(1)</script>", 1, 1, 0),
        ("<img src='https://example.invalid/a.png' alt=''>", 2, 1, 0),
        ("<img src='data:,'>", 1, 1, 1),
    ],
    ids=["calm", "a script", "a request", "no words for a picture"],
)
def test_what_a_page_does_is_seen(
    visit: Open, tmp_path: Path, body: str, requests: int, errors: int, grave: int
) -> None:
    file = tmp_path / "page.html"
    file.write_text(PAGE.format(body))
    one = visit(file.as_uri(), offline=True)
    one.page.wait_for_timeout(50)
    found = one.grave()
    assert (len(one.errors), len(found)) == (errors, grave)
    assert len([each for each in one.requests if not each.startswith("data:")]) <= requests
