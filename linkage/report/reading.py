"""What stands as JSON or as plain values in a table's cell or in the manifest, read without trust in its shape."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any


def records(text: str | None) -> list[Mapping[str, Any]]:
    """A JSON array of objects; anything else is none."""
    return [each for each in _array(text) if isinstance(each, dict)]


def sentences(text: str | None) -> list[str]:
    """A JSON array of sentences; anything else is one sentence as it stands."""
    if not text:
        return []
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return [text]
    return [str(each) for each in said] if isinstance(said, list) else [str(said)]


def number(value: object) -> float | None:
    """A finite number, or none."""
    # Adding nothing makes -0.0 a plain zero.
    return float(value) + 0.0 if isinstance(value, int | float) and math.isfinite(value) else None


def whole(value: object) -> int | None:
    """A whole number, or none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def text(value: object) -> str | None:
    """A text; none for none."""
    return None if value is None else str(value)


def mapping(value: object) -> Mapping[str, Any]:
    """A mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def strings(value: object) -> Sequence[str]:
    """Texts of a list; a text alone is a list of one."""
    if isinstance(value, str):
        return [value]
    return [str(each) for each in value] if isinstance(value, list | tuple) else []


def _array(text: str | None) -> list[Any]:
    try:
        said = json.loads(text or "[]")
    except (ValueError, RecursionError):
        return []
    return said if isinstance(said, list) else []
