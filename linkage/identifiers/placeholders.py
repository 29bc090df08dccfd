"""Values that stand for nothing: empty strings, "unknown", test cards, all-zero fingerprints, SDK defaults."""

from __future__ import annotations

from collections.abc import Iterable

import narwhals as nw

#: Whole values, after trimming and lower-casing.
WORDS = (
    "",
    "-",
    "--",
    ".",
    "?",
    "n/a",
    "na",
    "nan",
    "nil",
    "none",
    "null",
    "undefined",
    "unknown",
    "unset",
    "unspecified",
    "not available",
    "not provided",
    "missing",
    "default",
    "anonymous",
    "test",
    "testing",
    "dummy",
    "example",
    "placeholder",
    "todo",
    "tbd",
    "redacted",
    "true",
    "false",
    "localhost",
    "example.com",
    "example.org",
    "test.com",
    "0.0.0.0",
    "127.0.0.1",
    "::",
    "::1",
)

#: Shapes: one character repeated (0000-0000, ffffffff), published test cards, SDK and library defaults.
PATTERNS = (
    r"^[0\-:. ]{2,}$",
    r"^[f\-:. ]{6,}$",
    r"^[x*\-. ]{2,}$",
    r"^(?:tok|card|pm|src)[_-](?:test|visa|mastercard|amex|chargeable)",
    r"^(?:test|dummy|fake|sample|example|sandbox)[_\-. ]?(?:card|instrument|wallet|device|payment|fingerprint|phone)",
    r"^(?:card|instrument|wallet|device|payment|fingerprint)[_\-. ]?(?:test|dummy|fake|sample|default|none|null)$",
    r"^(?:sdk|client|lib)[_\-. ]?default",
    r"default[_\-. ](?:fingerprint|device|client|sdk)",
    r"^4242[ \-]?4242[ \-]?4242[ \-]?4242$",
    r"^4111[ \-]?1111[ \-]?1111[ \-]?1111$",
    r"^5555[ \-]?5555[ \-]?5555[ \-]?4444$",
)


def is_placeholder(column: str, further: Iterable[str] = ()) -> nw.Expr:
    """An expression that is true where `column` holds no more than a stand-in for a value.

    `further` are whole values, compared after trimming and lower-casing like the built-in ones. Engines differ in
    regular expressions; these patterns keep to what Rust's regex, RE2 and Java's share.
    """
    text = nw.col(column).str.strip_chars().str.to_lowercase()
    words = sorted({*WORDS, *(word.strip().lower() for word in further)})
    return text.is_in(words) | text.str.contains("|".join(PATTERNS))
