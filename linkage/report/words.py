"""Values as a person reads them, and strings that can do nothing but be read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from markupsafe import Markup, escape

MOST: Final = 300
#: Longest reasoning: several sentences of ours.
WHOLE: Final = 1200

#: What the codes of `explanation` and of suppressed identifiers mean; others are shown as they are.
SAID: Final = {
    "household": "household: a handful of accounts in one home",
    "firm": "firm: accounts of one organization",
    "campus": "campus: accounts behind one school's network",
    "vendor": "vendor: one product's keys, on servers, around the clock",
    "laboratory": "laboratory: a public benchmark, run from a few shared machines",
    "reseller": "reseller: one payer, customers in many places",
    "class": "class: one assignment, asked within days",
    "viral_template": "viral template: strangers who share a prompt and nothing else",
    "audience": "audience: strangers who were given the same to write, and meet nowhere",
    "product": "product: one program at the same addresses, for accounts that sign up and pay as strangers do",
    "firms": "firms: several in one place, each with a card for accounts in a mail domain of its own",
    "people": "people: each pays for itself and goes on with a life of its own beside what they share",
    "vpn_exit": "VPN exit: strangers behind the same exit",
    "degree": "more accounts use it than the degree cap of its kind",
    "pair cost": "over the pair budget: the commonest values go first",
    "placeholder": "stands for nothing: empty, unknown, a test card, a default",
}


def said(code: str | None, absent: str = "none") -> str:
    """A code in words."""
    return absent if code is None else SAID.get(code, code)


def inert(value: Any, most: int = MOST) -> Any:
    """What the template prints: text shortened, characters that do not print as codes, an absent value as a dash."""
    if isinstance(value, Markup):
        return value
    if value is None:
        return "-"
    text = str(value)
    shown = text[:most]
    if not shown.isprintable():
        shown = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in shown)
    return shown if len(text) <= most else f"{shown}… ({len(text):,} characters)"


def whole(value: str) -> Markup:
    """Sentences of ours, as inert as other text and longer."""
    return escape(inert(value, WHOLE))


def count(value: float | None) -> str | None:
    """A whole number with separators."""
    return None if value is None else f"{value:,.0f}"


def figure(value: float | None, places: int = 2) -> str | None:
    """A number with so many places."""
    return None if value is None else f"{value:,.{places}f}"


def chance(value: float | None) -> str | None:
    """A probability with three places; what is not certain never reads as 1.000."""
    return ">0.999" if value is not None and 0.9995 <= value < 1 else figure(value, 3)


def likely(value: float | None) -> str | None:
    """An estimate that is never certain, with three places: neither 1.000 nor 0.000, however it was rounded."""
    if value is None:
        return None
    return ">0.999" if value >= 0.9995 else "<0.001" if value < 0.0005 else figure(value, 3)


def few(value: float | None, places: int = 1) -> str | None:
    """An expected number: one that is not nought never reads as nought."""
    least = 0.1**places
    return f"<{least:.{places}f}" if value is not None and 0 <= value < least / 2 else figure(value, places)


def moment(value: datetime | None) -> str | None:
    """A time to the minute, UTC."""
    return None if value is None else value.strftime("%Y-%m-%d %H:%M")


def size(value: float | None) -> str | None:
    """Bytes in the unit that fits."""
    if value is None:
        return None
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if value < 1024 or unit == "GiB":
            return f"{value:,.0f} {unit}" if unit == "bytes" else f"{value:,.1f} {unit}"
        value /= 1024
    raise AssertionError("unreachable")


FILTERS: Final[dict[str, Callable[..., str | None]]] = {
    "count": count,
    "figure": figure,
    "chance": chance,
    "likely": likely,
    "few": few,
    "moment": moment,
    "size": size,
    "whole": whole,
}
