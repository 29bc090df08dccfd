"""Circumstances that explanations ask about, each from 0 (surely not) to 1 (surely)."""

from __future__ import annotations

import math
from collections.abc import Mapping

#: Payers from which the issuers of a group are compared with everybody's.
_PAYERS = 5

NEEDED = (
    "accounts",
    "by_content",
    "by_program",
    "dated",
    "days",
    "days_usual",
    "device_top",
    "email_domain_holders",
    "email_domain_top",
    "email_domain_users",
    "hours",
    "instrument_holders",
    "instrument_sharers",
    "instrument_top",
    "instrument_values",
    "issuer_holders",
    "issuer_top",
    "issuer_usual",
    "ip_few",
    "ip_home",
    "ip_met",
    "ip_moves",
    "ip_open",
    "ip_top",
    "mail",
    "near",
    "net_business",
    "net_education",
    "net_hosting",
    "net_tor",
    "net_vpn",
    "one_organization",
    "prefix_top",
    "span_days",
    "strangers",
    "templates",
    "volume",
    "wave",
)


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


def brief(span: float | None, days: float | None, usual: float | None) -> float:
    """What they alone write was asked within days; where that is not known, they came and went within days."""
    if span is not None:
        return rise(24.0 - span, 0.0, 14.0) * few_days(span, usual)
    if days is None or not usual:
        return 0.0
    # Short logs hold short lives only.
    return rise(24.0 - days, 0.0, 14.0) * rise(usual / max(days, 1.0), 1.5, 2.0)
