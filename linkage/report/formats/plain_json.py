"""The model as JSON."""

from __future__ import annotations

import json
from typing import Any

from linkage.report.document import Document

#: Letters that begin or end markup, and DEL: escaped, so that the text is inert in a page and in a terminal.
_ESCAPED = {ord(char): f"\\u{ord(char):04x}" for char in "<>&'\x7f"}


def render(document: Document) -> str:
    """The document, keys in the model's order; ASCII only. `Document.model_validate_json` reads it back."""
    return dumped(document.model_dump(mode="json"))


def dumped(value: Any) -> str:
    """JSON in ASCII without a character that acts anywhere."""
    return json.dumps(value, indent=1, allow_nan=False).translate(_ESCAPED) + "\n"
