"""Circumstances that explanations ask about, each from 0 (surely not) to 1 (surely)."""

from __future__ import annotations

import math
from collections.abc import Mapping

#: Payers from which the issuers of a group are compared with everybody's.
_PAYERS = 5


def rise(value: float, low: float, high: float) -> float:
    """0 up to `low`, 1 from `high`, evenly between."""
    return min(1.0, max(0.0, (value - low) / (high - low)))


def few_days(span: float, days: float | None) -> float:
    """Whether `span` days are few for logs of so many."""
    return 1.0 if not days else rise(1.0 - span / days, 0.2, 0.5)


def usual_issuers(value: Mapping[str, float | None]) -> float:
    """Whether cards come from issuers as anybody's do; as likely as not where few pay.

    Args:
        value: `accounts` and the `issuer_*` of `features.table`.
    """
    top, usual, holders, accounts = (value[name] for name in _ISSUERS)
    if top is None or usual is None or holders is None or accounts is None or holders * accounts < _PAYERS:
        return 0.5
    return 1.0 - rise(top * math.log2(max(top / max(usual, 1e-6), 1.0)), 0.5, 1.5)


_ISSUERS = ("issuer_top", "issuer_usual", "issuer_holders", "accounts")


def own_domain(value: Mapping[str, float]) -> float:
    """Whether all have an e-mail domain that hardly anybody else has.

    Args:
        value: `accounts` and the `email_domain_*` of `features.table`, 0 where absent.
    """
    top = value["email_domain_top"]
    theirs = top * value["email_domain_holders"] * value["accounts"]
    return rise(top, 0.4, 0.7) * rise(theirs / max(value["email_domain_users"], 1.0), 0.4, 0.7)
