"""The document as MISP events, one a campaign: accounts and shared values as attributes.

One campaign is an event (`Event`), several are what a MISP search answers (`response`). UUIDs are UUIDv5, times are
those of the data. Nothing is published or shared by it: distribution is "your organisation only".
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid5

from linkage.report.document import Document
from linkage.report.formats.observables import observable
from linkage.report.formats.plain_json import dumped
from linkage.report.formats.stix import INTERNAL, NAMESPACE, shared_by
from linkage.report.model import Campaign, Indicator

#: Observable in STIX -> type and category in MISP.
_TYPES: Final = {
    "ipv4-addr": ("ip-src", "Network activity"),
    "ipv6-addr": ("ip-src", "Network activity"),
    "domain-name": ("domain", "Network activity"),
    "autonomous-system": ("AS", "Network activity"),
}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def render(document: Document) -> str:
    """The event or events as JSON."""
    events = [{"Event": _event(campaign)} for campaign in document.campaigns]
    return dumped(events[0] if len(events) == 1 else {"response": events})


def _event(of: Campaign) -> dict[str, Any]:
    at = of.scale.last_seen or _EPOCH
    attributes = list(_attributes(of))
    return {
        "uuid": _uuid("event", of.header.campaign_id),
        "info": f"{of.header.title}: {of.scale.accounts:,} accounts, {of.scale.exchanges:,} exchanges",
        "date": f"{at:%Y-%m-%d}",
        "timestamp": _seconds(at),
        "published": False,
        "analysis": "1",  # ongoing
        "threat_level_id": "4",  # undefined: a person sets it
        "distribution": "0",  # your organisation only
        "attribute_count": str(len(attributes)),
        "Tag": [{"name": name} for name in _tags(of)],
        "Attribute": attributes,
    }


def _tags(of: Campaign) -> Iterator[str]:
    yield f"tlp:{of.header.tlp}"
    likely = of.judgements[0].words
    if likely is not None:
        word = likely.removeprefix("a ").replace(" ", "-")
        yield f'estimative-language:likelihood-probability="{word}"'


def _attributes(of: Campaign) -> Iterator[dict[str, Any]]:
    for judgement in of.judgements:
        yield _attribute(of, "text", "Internal reference", judgement.text, "key judgement", False)
    if of.attribution.operator is not None:
        chance = of.attribution.operator_confidence
        said = "operator" if chance is None else f"operator, confidence {chance:g}"
        yield _attribute(of, "threat-actor", "Attribution", of.attribution.operator, said, False)
    for account in of.accounts:
        comment = f"account, {account.tier or 'no'} tier, {account.exchanges:,} exchanges"
        seen = account.first_seen, account.last_seen
        yield _attribute(of, "text", "Other", account.account_id, comment, False, *seen)
    for one in of.indicators:
        if one.kind not in INTERNAL:
            yield _indicator(of, one)


def _indicator(of: Campaign, one: Indicator) -> dict[str, Any]:
    found = observable(one.kind, one.value)
    kind, category = ("text", "Other") if found is None else _TYPES[found[0]]
    comment = f"{one.kind}. {shared_by(one)}"
    return _attribute(of, kind, category, one.value, comment, found is not None, one.first_seen, one.last_seen)


def _attribute(
    of: Campaign,
    kind: str,
    category: str,
    value: str,
    comment: str,
    to_ids: bool,
    first: datetime | None = None,
    last: datetime | None = None,
) -> dict[str, Any]:
    at = of.scale.last_seen or _EPOCH
    found = {
        "uuid": _uuid("attribute", of.header.campaign_id, kind, category, value, comment),
        "type": kind,
        "category": category,
        "value": value,
        "comment": comment,
        "to_ids": to_ids,
        "distribution": "5",  # as the event
        "timestamp": _seconds(at),
    }
    if first is not None:
        found["first_seen"] = first.isoformat()
    if last is not None:
        found["last_seen"] = last.isoformat()
    return found


def _seconds(at: datetime) -> str:
    return str(int(at.timestamp()))


def _uuid(*about: object) -> str:
    return str(uuid5(NAMESPACE, json.dumps(["misp", *about])))
