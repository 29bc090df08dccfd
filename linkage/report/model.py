"""The report on one campaign, as typed records (`document` holds them and the run's overview).

Figures are those of the run's tables; a 32-bit number stands as its shortest decimal. None: the run does not say.
Texts are inert (`plain`).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from linkage.report.model_usage import Bridge as Bridge
from linkage.report.model_usage import Hour as Hour
from linkage.report.model_usage import ModelDay as ModelDay
from linkage.report.model_usage import ModelUse as ModelUse
from linkage.report.model_usage import Template as Template
from linkage.report.plain import Text
from linkage.report.record import Record as Record

Tlp = Literal["clear", "green", "amber", "amber+strict", "red"]


class Header(Record):
    """What is reported on, from which run, and who may read it."""

    title: Text
    campaign_id: Text | None  # none: the run as a whole
    tlp: Tlp
    linkage_version: Text | None
    run_hash: Text  # SHA-256 of what the manifest holds but timings and what was written
    seed: int | None
    data_first: datetime | None
    data_last: datetime | None


class Judgement(Record):
    """A key judgement, in a sentence."""

    text: Text
    probability: float | None
    words: Text | None
    rests_on: Text  # table and column


class Scale(Record):
    """How large the campaign is."""

    accounts: int
    core: int
    periphery: int
    exchanges: int
    input_tokens: int | None
    output_tokens: int | None
    first_seen: datetime | None
    last_seen: datetime | None
    days: int | None
    links: int | None
    share_of_exchanges: float | None
    own_exchanges: int | None  # by the share of each account that belongs to the campaign, rounded
    suspicion: float | None
    stability: float | None


class Narrative(Record):
    """The five questions, in sentences made from figures."""

    who: tuple[Text, ...]
    what: tuple[Text, ...]
    when: tuple[Text, ...]
    where: tuple[Text, ...]
    how: tuple[Text, ...]


class Day(Record):
    """A day (UTC) and the members that began and ended on it."""

    day: date
    began: int
    ended: int


class Event(Record):
    """Something that happened; `at` is none where only the build is known."""

    at: datetime | None
    kind: Text
    text: Text


class Timeline(Record):
    """When members came and went."""

    begin: Literal["sign-up", "first exchange"]
    days: tuple[Day, ...]
    undated: int
    events: tuple[Event, ...]
    notes: tuple[Text, ...]


class Value(Record):
    """A shared value among the strongest of its kind."""

    value: Text
    accounts: int
    links: int
    bits: float  # the most it adds to a link


class Channel(Record):
    """One kind of evidence inside a campaign."""

    kind: Text
    channel: Text
    group: Text | None
    accounts: int
    links: int
    values: int
    median_bits: float | None
    top: tuple[Value, ...]
    hubs: int | None  # values of this kind suppressed in the whole run
    hub_pairs: int | None


class Evidence(Record):
    """The evidence matrix."""

    channels: tuple[Channel, ...]
    groups: tuple[Text, ...]
    notes: tuple[Text, ...]


class Rest(Record):
    """What a name rests on."""

    kind: Text
    value: Text
    bits: float | None
    source: Text | None
    members: int | None


class Rival(Record):
    """Another name that the evidence could mean."""

    name: Text
    posterior: float | None
    bits: float | None


class Rung(Record):
    """Who stands on one rung: operator, relay, beneficiary."""

    rung: Text
    name: Text | None
    confidence: float | None
    words: Text | None
    abstained: bool
    rests_on: tuple[Rest, ...]
    rivals: tuple[Rival, ...]
    rationale: Text | None
    would_change: Text | None


class Attribution(Record):
    """Who runs it."""

    operator: Text | None
    operator_confidence: float | None
    rungs: tuple[Rung, ...]
    notes: tuple[Text, ...]


class Without(Record):
    """What is left without one independence group."""

    group: Text
    accounts: int | None
    share: float | None
    bits: float | None
    stands: bool | None


class Robustness(Record):
    """Whether it is held by one thing alone."""

    stability: float | None
    tests: tuple[Without, ...]
    verdict: Text


class Explanation(Record):
    """An innocent explanation that was tested."""

    name: Text
    fit: float | None
    bits: float | None
    text: Text


class Doubt(Record):
    """A member that may be there by accident, and why."""

    account_id: Text
    tier: Text | None
    reasons: tuple[Text, ...]


class Innocent(Record):
    """Who may be innocent, and why."""

    expected: float | None
    doubtful: int | None  # members whose own suspicion is under `very likely`
    explanations: tuple[Explanation, ...]
    against: tuple[Text, ...]
    doubts: tuple[Doubt, ...]  # those first against which most speaks
    notes: tuple[Text, ...]


class Action(Record):
    """What a person might do about one tier. Never automatic."""

    tier: Text
    accounts: int
    text: Text


class Account(Record):
    """A member."""

    account_id: Text
    tier: Text | None
    suspicion: float | None
    stability: float | None
    share: float | None
    exchanges: int
    first_seen: datetime | None
    last_seen: datetime | None


class Indicator(Record):
    """A value that members share, and others might."""

    kind: Text
    value: Text
    accounts: int
    links: int
    bits: float
    first_seen: datetime | None
    last_seen: datetime | None


class Campaign(Record):
    """The report on one campaign."""

    header: Header
    judgements: tuple[Judgement, ...]
    scale: Scale
    narrative: Narrative
    timeline: Timeline
    evidence: Evidence
    capability: Text | None
    templates: tuple[Template, ...]
    models: tuple[ModelUse, ...]
    ramp: tuple[ModelDay, ...]
    activity: tuple[Hour, ...]
    bridges: tuple[Bridge, ...]
    reasons: tuple[Text, ...]
    attribution: Attribution
    robustness: Robustness
    innocent: Innocent
    actions: tuple[Action, ...]
    limits: tuple[Text, ...]
    accounts: tuple[Account, ...]
    indicators: tuple[Indicator, ...]
