"""Ids in STIX: made from what an object is about, so that whoever got a campaign before knows it again."""

from __future__ import annotations

import json
from typing import Final
from uuid import UUID, uuid5

from linkage.report.model import Campaign

#: Of all ids that are not observables'.
NAMESPACE: Final = UUID("1c3a4d6e-8f0b-5a27-9c41-7d5e2b906f38")
#: Kinds of values that mean nothing outside the run.
INTERNAL: Final = frozenset({"prompt"})


def stix_id(kind: str, *about: object) -> str:
    """The UUIDv5 of an object."""
    return f"{kind}--{uuid5(NAMESPACE, json.dumps([kind, *about]))}"


def stands_for(of: Campaign) -> list[tuple[str, str]]:
    """What the objects about a campaign as a whole are, and their ids, as an annex lists them."""
    name, operator = of.header.campaign_id, of.attribution.operator
    found = [("the report", stix_id("report", name)), ("the campaign", stix_id("campaign", name))]
    if operator is not None:
        found.append(("its operator", stix_id("intrusion-set", operator)))
    found.append(("its accounts", stix_id("infrastructure", name, "accounts")))
    if any(one.kind not in INTERNAL for one in of.indicators):
        found.append(("what they share", stix_id("infrastructure", name, "values")))
    return found
