"""Strings of the logs made inert once, where they enter the report model, so that every format gets the same."""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated, Final

from pydantic import BeforeValidator

#: Longer texts are shortened to their beginning; identifiers of the logs are at most as long.
MOST: Final = 4096
_BEGINNING: Final = 300


def plain(value: object) -> object:
    """A text in which nothing acts: what does not print (controls, marks that turn the direction of text, line ends)
    is shown as a code, what is too long is shortened. A text that had to change ends with the beginning of its SHA-256,
    so that two different ones stay two. Anything that is no text is returned as it is; `plain` of its result changes
    nothing.
    """
    if not isinstance(value, str) or (len(value) <= MOST and value.isprintable()):
        return value
    digest = sha256(value.encode(errors="surrogatepass")).hexdigest()[:12]
    shown = escaped(value) if len(value) <= MOST else ""
    if not shown or len(shown) > MOST - 100:
        shown = f"{escaped(value[:_BEGINNING])}…"
    return f"{shown} [{len(value):,} characters, escaped; SHA-256 {digest}]"


def escaped(text: str) -> str:
    """Characters that do not print, as codes."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


#: A text of the model.
Text = Annotated[str, BeforeValidator(plain)]
