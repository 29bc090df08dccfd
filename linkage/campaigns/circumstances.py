"""Circumstances that explanations ask about, each from 0 (surely not) to 1 (surely)."""

from __future__ import annotations

import math
from collections.abc import Mapping

from linkage.campaigns.places import FEW

#: Payers from which the issuers of a group are compared with everybody's.
_PAYERS = 5
#: Share of a group among all who use its exits, from where these are a vendor's to where they are its own.
_VENDORS = (0.25, 0.5)


def rise(value: float, low: float, high: float) -> float:
    """0 up to `low`, 1 from `high`, evenly between."""
    return min(1.0, max(0.0, (value - low) / (high - low)))


def few_days(span: float, days: float | None) -> float:
    """Whether `span` days are few for logs of so many."""
    return 1.0 if not days else rise(1.0 - span / days, 0.2, 0.5)


def brief(span: float | None, lived: float | None, days: float | None) -> float:
    """Whether a group was at work for days only.

    Args:
        span: days in which it wrote what it alone writes; where none are known, days between coming and going count.
        lived: these.
        days: of the logs. Short logs hold short lives only.
    """
    if span is None and (lived is None or not days):
        return 0.0
    at_work = (lived if span is None else span) or 0.0
    return rise(24.0 - at_work, 0.0, 14.0) * few_days(at_work, days)


def one_place(value: Mapping[str, float], home: float | None, one: float) -> float:
    """Whether one address or prefix serves all.

    Args:
        value: `ip_moves`, `ip_top` and `prefix_top` of `figures.table`, 0 where absent.
        home: `ip_home`, None where absent.
        one: what counts as open sharing.
    """
    # Whoever rotates many addresses has been at the commonest of them too, and a whole prefix may be a pool of exits.
    stays = (1.0 - rise(value["ip_moves"], 4.0, 12.0)) * (1.0 if home is None else rise(home, 0.1, 0.25))
    return rise(max(value["ip_top"], value["prefix_top"]), one - 0.2, one + 0.2) * stays


def chosen(mobile: float | None, theirs: float | None) -> float:
    """Whether exits that a group moves over are its own choice, and say more than which carrier or vendor serves it.

    Args:
        mobile: `met_mobile` of `figures.table`: a phone does not choose its carrier's exit.
        theirs: `ip_theirs`: at the exits of a vendor most are other customers.
    """
    return (1.0 - rise(mobile or 0.0, 0.5, 0.9)) * (1.0 if theirs is None else rise(theirs, *_VENDORS))


def offices(value: Mapping[str, float], one: float) -> float:
    """Whether the accounts sit in two or three places, each in its own, or in some that have many addresses each.

    Args:
        value: `accounts`, `ip_few`, `ip_moves`, `net_hosting` and `prefix_few` of `figures.table`, 0 where absent.
        one: what counts as open sharing.
    """
    many = rise(value["accounts"], FEW, 3.0 * FEW)
    settled = rise(value["ip_few"], one - 0.2, one + 0.1) * (1.0 - rise(value["ip_moves"], 2.5, 4.0))
    # An office, or a home that people work from, may have many lines; where machines stand, a prefix may be a pool.
    lines = rise(value["prefix_few"], one - 0.2, one + 0.1) * rise(value["ip_few"], 0.2, 0.4)
    lines *= (1.0 - rise(value["ip_moves"], 4.0, 12.0)) * (1.0 - rise(value["net_hosting"], 0.3, 0.7))
    return many * max(settled, lines)


def usual_issuers(value: Mapping[str, float | None]) -> float:
    """Whether cards come from issuers as anybody's do; as likely as not where few pay.

    Args:
        value: `accounts` and the `issuer_*` of `figures.table`.
    """
    top, usual, holders, accounts = (value[name] for name in _ISSUERS)
    if top is None or usual is None or holders is None or accounts is None or holders * accounts < _PAYERS:
        return 0.5
    return 1.0 - rise(top * math.log2(max(top / max(usual, 1e-6), 1.0)), 0.5, 1.5)


_ISSUERS = ("issuer_top", "issuer_usual", "issuer_holders", "accounts")


def own_domain(value: Mapping[str, float]) -> float:
    """Whether all have an e-mail domain that hardly anybody else has.

    Args:
        value: `accounts` and the `email_domain_*` of `figures.table`, 0 where absent.
    """
    top = value["email_domain_top"]
    theirs = top * value["email_domain_holders"] * value["accounts"]
    return rise(top, 0.4, 0.7) * rise(theirs / max(value["email_domain_users"], 1.0), 0.4, 0.7)


def by_given(value: Mapping[str, float]) -> float:
    """Whether links rest on prompts, and on what is handed out with them: a program, an invitation.

    Args:
        value: `by_content`, `by_program`, `by_given`, `device_top` and `code_top` of `figures.table`, 0 where absent.
    """
    # A program has one fingerprint, whoever runs it; a pool has many. Links that prompts alone make ask for neither.
    one = rise(value["device_top"], 0.3, 0.5)
    prompts = min(1.0, value["by_content"] / value["by_program"]) if value["by_program"] else 0.0
    program = rise(value["by_program"], 0.5, 0.9) * (prompts + (1.0 - prompts) * one)
    # Whoever is invited has the one code; who opens accounts by the dozen has many.
    given = rise(value["by_given"], 0.5, 0.9) * rise(value["code_top"], 0.5, 0.8)
    return max(program, given)


def replaced(value: Mapping[str, float]) -> float:
    """Whether many of the accounts began where a fellow had stopped, sooner than chance.

    Args:
        value: `accounts`, `takeovers` and `sooner` of `figures.table`, 0 where absent.
    """
    # Ranks of waits are even under chance: their mean strays by 1 / sqrt(12 n).
    surprise = value["sooner"] * math.sqrt(3.0 * value["takeovers"])
    return rise(value["takeovers"] / max(value["accounts"], 1.0), 0.3, 0.5) * rise(surprise, 2.0, 4.0)
