"""What a shared value is in STIX: an observable where there is one for its kind, and a pattern in any case."""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import Any

_DOMAIN = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]", re.IGNORECASE)


def observable(kind: str, value: str) -> tuple[str, dict[str, Any]] | None:
    """Type and properties of the observable; None where STIX has none, or the value is not what its kind says (a
    pseudonym in place of an address).
    """
    if kind in ("ip", "prefix"):
        try:
            version = ip_network(value).version
        except ValueError:
            return None
        return f"ipv{version}-addr", {"value": value}
    if kind in ("email_domain", "domain") and _DOMAIN.fullmatch(value):
        return "domain-name", {"value": value}
    if kind == "asn" and value.isascii() and value.isdigit():
        return "autonomous-system", {"number": int(value)}
    return None


def pattern(kind: str, value: str) -> str:
    """The STIX pattern that matches the value."""
    found = observable(kind, value)
    if found is None:
        name = re.sub(r"[^a-z0-9_]", "_", kind.lower())[:100]
        return f"[user-account:x_linkage_{name} = {_quoted(value)}]"
    what, properties = found
    if what == "autonomous-system":
        return f"[autonomous-system:number = {properties['number']}]"
    test = "ISSUBSET" if "/" in value and what != "domain-name" else "="
    return f"[{what}:value {test} {_quoted(value)}]"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
