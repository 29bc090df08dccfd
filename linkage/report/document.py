"""The report model: one typed, versioned record from which every format is drawn, so that all say the same.

`Document.model_validate_json` reads back what the JSON format wrote.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

from linkage.report.model import Campaign, Header, Record
from linkage.report.plain import Text

#: Of the model; a change of names or meanings raises it.
VERSION: Final = 1


class Counts(Record):
    """The run in figures."""

    accounts: int | None
    exchanges: int | None
    campaigns: int
    accounts_in_campaigns: int | None
    exchanges_in_campaigns: int
    innocents_expected: float | None
    communities: int | None
    honest_groups: int | None
    links: int | None
    hubs: int | None
    rejected: int | None


class Line(Record):
    """A campaign in one line."""

    campaign_id: Text
    accounts: int
    exchanges: int
    suspicion: float | None
    operator: Text | None
    innocents_expected: float | None
    first_seen: datetime | None
    last_seen: datetime | None


class Honest(Record):
    """Groups let be, by the explanation that fits them."""

    explanation: Text | None
    groups: int
    accounts: int


class Hubs(Record):
    """Values left out as too common, by kind and reason."""

    kind: Text
    reason: Text | None
    values: int
    pairs: int


class Overview(Record):
    """The run as a whole: every campaign in a line, also those not reported on."""

    header: Header
    counts: Counts
    campaigns: tuple[Line, ...]
    honest: tuple[Honest, ...]
    hubs: tuple[Hubs, ...]
    limits: tuple[Text, ...]


class Document(Record):
    """What every format is drawn from."""

    format: Literal["linkage.report"] = "linkage.report"
    version: Literal[1] = VERSION
    estimative: Text
    overview: Overview
    campaigns: tuple[Campaign, ...]
