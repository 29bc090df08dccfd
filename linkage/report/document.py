"""The report model: one typed, versioned record from which every format is drawn, so that all say the same.

`Document.model_validate_json` reads back what the JSON format wrote.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

from linkage.report.model import Campaign, Header, Record
from linkage.report.plain import Text

#: Of the model; a change of names or meanings raises it.
VERSION: Final = 3


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


class Input(Record):
    """A file that the run was made from."""

    table: Text
    path: Text
    rows: int | None
    bytes: int | None
    sha256: Text | None


class Version(Record):
    """What the run was made with."""

    name: Text
    version: Text


class Custody(Record):
    """What somebody needs who must show where the figures come from, or make them again."""

    run_hash: Text
    settings_hash: Text | None  # SHA-256 of the settings
    seed: int | None
    device: Text | None
    pseudonymised: bool | None
    key_fingerprint: Text | None  # of the key of the pseudonyms; never the key
    inputs: tuple[Input, ...]
    versions: tuple[Version, ...]
    not_reproducible: tuple[Text, ...]
    notes: tuple[Text, ...]


class Document(Record):
    """What every format is drawn from."""

    format: Literal["linkage.report"] = "linkage.report"
    version: Literal[3] = VERSION
    estimative: Text
    overview: Overview
    campaigns: tuple[Campaign, ...]
    custody: Custody
