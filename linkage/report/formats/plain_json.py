"""The model as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from linkage.report.document import Document

#: Letters that begin or end markup, and DEL: escaped, so that the text is inert in a page and in a terminal.
_ESCAPED = {char: f"\\u{ord(char):04x}" for char in "<>&'\x7f"}


def render(document: Document) -> str:
    """The document, keys in the model's order; ASCII only. `Document.model_validate_json` reads it back."""
    return dumped(document.model_dump(mode="json"))


def lines(head: dict[str, Any], name: str, values: Iterable[Any]) -> str:
    """An object whose last member is a list: a line each of its values, which is many times quicker than indenting."""
    listed = ",\n".join(json.dumps(value, allow_nan=False) for value in values)
    begin = json.dumps(head, allow_nan=False).removesuffix("}")
    return _inert(f"{begin}, {json.dumps(name)}: [\n{listed}\n]}}\n")


def dumped(value: Any) -> str:
    """JSON in ASCII without a character that acts anywhere."""
    return _inert(json.dumps(value, indent=1, allow_nan=False)) + "\n"


def _inert(text: str) -> str:
    # One character after the other: `str.translate` takes ten times as long.
    for char, code in _ESCAPED.items():
        text = text.replace(char, code)
    return text
