"""The document as a STIX 2.1 bundle.

Objects are plain dicts: making a `stix2` object of each takes minutes where an account has its own. Ids are UUIDv5: of
observables after section 2.9 of the specification, of everything else from what it is about, so that a campaign
keeps its id from build to build. Times are those of the data; there is no clock. Whoever reads the bundle has the
campaign `attributed-to` an intrusion set where an operator is named, the accounts as user-account observables that an
infrastructure `consists-of`, and shared values as indicators. A kind of value that STIX has no observable for is a
pattern on a property of the account, `user-account:x_linkage_KIND`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID, uuid5

from linkage.report.document import Document
from linkage.report.formats.observables import observable, pattern
from linkage.report.formats.plain_json import lines
from linkage.report.model import Campaign, Indicator
from linkage.report.stix_ids import INTERNAL as INTERNAL
from linkage.report.stix_ids import NAMESPACE as NAMESPACE
from linkage.report.stix_ids import stix_id

#: Section 2.9 of STIX 2.1: of observables' ids.
OBSERVABLES: Final = UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
#: TLP 2.0 as OASIS publishes it (cti-stix-common-objects, extension-definition-specifications/tlp-2.0).
TLP: Final = {
    "clear": "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    "green": "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    "amber": "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    "amber+strict": "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    "red": "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}
_TLP_EXTENSION: Final = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Object = dict[str, Any]


def render(document: Document) -> str:
    """The bundle as JSON."""
    whole = bundle(document)
    return lines({name: whole[name] for name in ("type", "id")}, "objects", whole["objects"])


def bundle(document: Document) -> Object:
    """The bundle: marking, then campaign by campaign; an object that two campaigns share stands once."""
    tlp = document.overview.header.tlp
    marking = _marking(tlp)
    found: dict[str, Object] = {marking["id"]: marking}
    for campaign in document.campaigns:
        for each in _campaign(campaign):
            found.setdefault(each["id"], {**each, "object_marking_refs": [TLP[tlp]]})
    header = document.overview.header
    chosen = [campaign.header.campaign_id for campaign in document.campaigns]
    return {"type": "bundle", "id": stix_id("bundle", header.run_hash, tlp, chosen), "objects": list(found.values())}


@lru_cache(4_096)
def moment(value: datetime | None) -> str:
    """A time to the millisecond; 1970 where the data have none."""
    at = value or _EPOCH
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"


def shared_by(one: Indicator) -> str:
    """What is said of a shared value."""
    return f"Shared by {one.accounts:,} accounts in {one.links:,} links, {one.bits:g} bits at most."


def percent(chance: float | None) -> int | None:
    """A chance as a confidence of 0 to 100; no estimate is certain, however it was rounded."""
    if chance is None:
        return None
    return max(1, min(99, round(chance * 100)))


def _campaign(of: Campaign) -> Iterator[Object]:
    """Everything about one campaign, the report on it last."""
    objects = list(_about(of))
    name = of.header.campaign_id
    yield from objects
    yield {
        **_object("report", of, name),
        "name": of.header.title,
        "description": " ".join(each.text for each in of.judgements),
        "report_types": ["campaign"],
        "published": moment(of.scale.last_seen),
        "object_refs": list(dict.fromkeys(each["id"] for each in objects)),
    }


def _about(of: Campaign) -> Iterator[Object]:
    name, scale = of.header.campaign_id, of.scale
    campaign = {
        **_object("campaign", of, name),
        "name": of.header.title,
        "description": " ".join(_said(of)),
        **({"first_seen": moment(scale.first_seen)} if scale.first_seen else {}),
        **({"last_seen": moment(scale.last_seen)} if scale.last_seen else {}),
        **({"objective": of.capability} if of.capability else {}),
        **_confidence(scale.suspicion),
    }
    yield campaign
    if of.attribution.operator is not None:
        # The set is the operator's in whatever campaign, so that its id and times must not be this one's.
        operator = {**_object("intrusion-set", None, of.attribution.operator), "name": of.attribution.operator}
        yield operator
        yield _relation(of, campaign, "attributed-to", operator, of.attribution.operator_confidence)
    yield from _accounts(of, campaign)
    yield from _values(of, campaign)


def _accounts(of: Campaign, campaign: Object) -> Iterator[Object]:
    pool = {
        **_object("infrastructure", of, of.header.campaign_id, "accounts"),
        "name": f"Accounts of {of.header.title}",
        "description": f"{of.scale.accounts:,} accounts: {of.scale.core:,} core, {of.scale.periphery:,} periphery.",
    }
    yield pool
    yield _relation(of, campaign, "uses", pool)
    for account in of.accounts:
        one = _observable("user-account", {"user_id": account.account_id})
        yield one
        held = _relation(of, pool, "consists-of", one, account.suspicion)
        yield {**held, "description": f"{account.tier or 'no'} tier, {account.exchanges:,} exchanges"}


def _values(of: Campaign, campaign: Object) -> Iterator[Object]:
    shared = [one for one in of.indicators if one.kind not in INTERNAL]
    if not shared:
        return
    pool = {
        **_object("infrastructure", of, of.header.campaign_id, "values"),
        "name": f"Values shared in {of.header.title}",
        "description": f"{len(shared):,} values that members share.",
    }
    yield pool
    yield _relation(of, campaign, "uses", pool)
    for value in shared:
        indicator = {
            **_object("indicator", of, of.header.campaign_id, value.kind, value.value),
            "name": f"{value.kind} {value.value}",
            "description": shared_by(value),
            "indicator_types": ["anomalous-activity"],
            "pattern": pattern(value.kind, value.value),
            "pattern_type": "stix",
            "valid_from": moment(value.first_seen or of.scale.first_seen),
        }
        yield indicator
        yield _relation(of, indicator, "indicates", campaign)
        if (seen := observable(value.kind, value.value)) is not None:
            one = _observable(*seen)
            yield one
            yield _relation(of, pool, "consists-of", one)


def _said(of: Campaign) -> Iterable[str]:
    for _, sentences in of.narrative:
        yield from sentences


def _object(kind: str, of: Campaign | None, *about: object) -> Object:
    """What every domain object has; without a campaign its times are the beginning of time."""
    scale = None if of is None else of.scale
    created = moment(scale.first_seen if scale else None)
    modified = moment(scale.last_seen or scale.first_seen) if scale else created
    return {
        "type": kind,
        "spec_version": "2.1",
        "id": stix_id(kind, *about),
        "created": created,
        "modified": max(created, modified),
    }


def _relation(of: Campaign, source: Object, kind: str, target: Object, chance: float | None = None) -> Object:
    return {
        **_object("relationship", of, source["id"], kind, target["id"]),
        "relationship_type": kind,
        "source_ref": source["id"],
        "target_ref": target["id"],
        **_confidence(chance),
    }


def _observable(kind: str, values: dict[str, Any]) -> Object:
    """An observable, with the id that everybody's tool gives it."""
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return {"type": kind, "spec_version": "2.1", "id": f"{kind}--{uuid5(OBSERVABLES, text)}", **values}


def _confidence(chance: float | None) -> Object:
    confidence = percent(chance)
    return {} if confidence is None else {"confidence": confidence}


def _marking(tlp: str) -> Object:
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": TLP[tlp],
        "created": "2022-10-01T00:00:00.000Z",
        "name": f"TLP:{tlp.upper()}",
        "extensions": {_TLP_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": tlp}},
    }
