"""What the browser is given beside pages: files of ours and one that is not, unchanged."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

import linkage.serve

FOLDER = Path(linkage.serve.__file__).parent
HTMX = "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"


def test_htmx_is_the_file_that_was_published() -> None:
    file = FOLDER / "static" / "htmx-4.0.1.min.js"
    assert sha256(file.read_bytes()).hexdigest() == HTMX
    assert 'version="4.0.1"' in file.read_text()
    assert "4.0.1" in (FOLDER / "static" / "README.md").read_text()
    assert "Zero-Clause BSD" in (FOLDER / "static" / "htmx-LICENSE.txt").read_text()


def test_templates_have_no_script_style_or_handler_of_their_own() -> None:
    for file in sorted((FOLDER / "templates").glob("*.html")):
        text = file.read_text()
        assert not re.search(r"\son\w+=|\sstyle=|<style|<script(?! src=\"/static/)|hx-on|\|safe|javascript:", text), (
            file.name
        )
        assert "https://" not in text, file.name
        assert "http://" not in text, file.name


def test_every_form_that_changes_something_has_its_token() -> None:
    for file in sorted((FOLDER / "templates").glob("*.html")):
        for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", file.read_text(), re.DOTALL):
            assert "m.token(session)" in form or 'name="form_token"' in form, (file.name, form[:80])


def test_style_asks_for_nothing_elsewhere() -> None:
    text = (FOLDER / "static" / "serve.css").read_text()
    assert "url(" not in text
    assert "@import" not in text
