"""Settings: one frozen section a stage, each field described, unknown keys refused.

`read_settings` merges, strongest first: arguments, environment (`LINKAGE_COMMUNITIES__RESOLUTION=2`), the TOML file,
the defaults here. Settings made in Python read no environment.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from linkage.attribution_settings import AttributionSettings as AttributionSettings
from linkage.campaign_settings import CampaignSettings as CampaignSettings
from linkage.community_settings import CommunitySettings as CommunitySettings
from linkage.crowd_settings import CrowdSettings
from linkage.gnn_settings import GnnSettings as GnnSettings
from linkage.lasting_settings import DecisionSettings as DecisionSettings
from linkage.lasting_settings import LineageSettings as LineageSettings
from linkage.layered import read_layers
from linkage.link_settings import LearnSettings
from linkage.pooling_settings import PoolingSettings
from linkage.predictable_settings import PredictableSettings
from linkage.privacy_settings import PrivacySettings as PrivacySettings
from linkage.queue_settings import QueueSettings
from linkage.section import Section as Section
from linkage.similarity_settings import SimilaritySettings


class TableSource(Section):
    """Where the rows of one contract table come from, and which foreign column each contract column is."""

    path: str = Field(description="File, folder of parts or glob, relative to the input folder.")
    columns: dict[str, str] = Field({}, description="Contract column -> column of the file. Others keep their name.")
    constants: dict[str, str | int | float] = Field({}, description="Contract column -> one value for every row.")
    time_unit: Literal["s", "ms", "us", "ns"] = Field("s", description="Unit of integer times (since 1970, UTC).")
    time_format: str | None = Field(None, description="strptime format of text times; ISO 8601 when absent.")
    time_zone: str = Field("UTC", description="Zone of text or naive times that name none.")
    separator: str = Field(",", min_length=1, max_length=1, description="CSV field separator.")
    known_accounts_only: bool = Field(
        False, description="Skip (and count) rows of accounts that the accounts table lacks, instead of rejecting them."
    )


class InputSettings(Section):
    """How logs are read."""

    tables: dict[str, TableSource | list[TableSource]] = Field(
        {}, description="Sources by contract table. A table not named is looked for as NAME.* or NAME/ in the input."
    )
    unknown_accounts: Literal["reject", "keep"] = Field(
        "reject", description="What to do with rows of accounts that an accounts table, where there is one, lacks."
    )
    max_value_bytes: int = Field(4096, ge=16, description="An identifier longer than this is not used.")
    max_text_bytes: int = Field(1_000_000, ge=16, description="A prompt's text longer than this is not used.")
    rejected_rows: int = Field(100_000, ge=0, description="Rejected rows kept a table and reason; all are counted.")


class KindSettings(Section):
    """How one kind of identifier is weighed. A field left out takes the default of the kind, or of unknown kinds."""

    channel: str | None = Field(None, description="Column of links.parquet that carries its bits; default: the kind.")
    group: str | None = Field(None, description="Independence group; evidence of one group is capped together.")
    half_life_days: float | None = Field(
        None, gt=0, description="A value used by two accounts this many days apart counts half."
    )
    degree_cap: int | None = Field(None, ge=2, description="Values on more accounts than this are hubs, not evidence.")
    scale: float | None = Field(None, ge=0, le=1, description="Share of its rarity that counts as evidence.")


class Kind(Section):
    """A kind's settings, complete."""

    channel: str
    group: str
    half_life_days: float
    degree_cap: int
    scale: float


#: Addresses move on within days, devices within months, cards and phone numbers within a year.
KNOWN_KINDS = {
    "ip": Kind(channel="ip", group="network", half_life_days=2.0, degree_cap=50, scale=1.0),
    "crowd": Kind(channel="crowd", group="network", half_life_days=3650.0, degree_cap=2, scale=1.0),
    "prefix": Kind(channel="prefix", group="network", half_life_days=2.0, degree_cap=30, scale=0.3),
    "device": Kind(channel="device", group="machine", half_life_days=60.0, degree_cap=60, scale=0.8),
    "instrument": Kind(channel="payment", group="money", half_life_days=180.0, degree_cap=60, scale=1.0),
    "issuer": Kind(channel="issuer", group="money", half_life_days=180.0, degree_cap=30, scale=0.3),
    "email_domain": Kind(channel="email_domain", group="identity", half_life_days=365.0, degree_cap=50, scale=0.7),
    "phone": Kind(channel="phone", group="identity", half_life_days=365.0, degree_cap=30, scale=1.0),
    "email": Kind(channel="email", group="identity", half_life_days=365.0, degree_cap=30, scale=1.0),
    "email_hash": Kind(channel="email_hash", group="identity", half_life_days=365.0, degree_cap=30, scale=1.0),
    "wallet": Kind(channel="wallet", group="money", half_life_days=180.0, degree_cap=30, scale=1.0),
    "prompt": Kind(channel="prompt", group="content", half_life_days=30.0, degree_cap=100, scale=0.6),
    "alike": Kind(channel="alike", group="content", half_life_days=30.0, degree_cap=2, scale=1.0),
    "activity": Kind(channel="activity", group="time", half_life_days=30.0, degree_cap=2, scale=1.0),
    "failover": Kind(channel="failover", group="time", half_life_days=30.0, degree_cap=2, scale=1.0),
    "decision": Kind(channel="decision", group="decision", half_life_days=3650.0, degree_cap=2, scale=1.0),
    "succession": Kind(channel="succession", group="birth", half_life_days=30.0, degree_cap=2, scale=1.0),
    "born": Kind(channel="born", group="birth", half_life_days=30.0, degree_cap=2, scale=1.0),
    "referral": Kind(channel="referral", group="birth", half_life_days=60.0, degree_cap=30, scale=0.7),
    "referral_code": Kind(channel="referral_code", group="birth", half_life_days=60.0, degree_cap=30, scale=0.7),
}


class IdentifierSettings(Section):
    """Which shared values are evidence, and which are too common to be."""

    kinds: dict[str, KindSettings] = Field({}, description="Settings by kind of identifier, over the defaults.")
    unknown_group: str = Field("other", description="Independence group of kinds the settings do not know.")
    unknown_half_life_days: float = Field(90.0, gt=0, description="Half-life of kinds the settings do not know.")
    unknown_degree_cap: int = Field(50, ge=2, description="Degree cap of kinds the settings do not know.")
    pairs_per_account: float = Field(
        400.0, gt=0, description="Pair budget: at most this many pairs for each account; commonest values go first."
    )
    crowds: CrowdSettings = CrowdSettings()
    placeholders: tuple[str, ...] = Field(
        (), description="Further values that stand for nothing (compared after trimming and lower-casing)."
    )

    def kind(self, name: str) -> Kind:
        """The complete settings of a kind: what was set, over the kind's or the unknown kinds' defaults."""
        base = KNOWN_KINDS.get(name) or Kind(
            channel=name,
            group=self.unknown_group,
            half_life_days=self.unknown_half_life_days,
            degree_cap=self.unknown_degree_cap,
            scale=1.0,
        )
        given = self.kinds.get(name)
        return base.model_copy(update=given.model_dump(exclude_none=True)) if given else base


class GraphSettings(Section):
    """How evidence becomes links."""

    expected_partners: float = Field(
        20.0, gt=0, description="Prior: accounts of the same operator a random account is expected to have."
    )
    alone_bits: dict[str, float] = Field(
        {
            "money": 6.0,
            "machine": 1.0,
            "network": -2.0,
            "identity": 5.0,
            "content": 4.0,
            "time": 1.0,
            "birth": -2.0,
            "decision": 6.0,
            "other": 40.0,
        },
        description="Log2 odds of one operator that each independence group can reach without another group; "
        "a group below zero never makes a link by itself.",
    )
    alone_bits_unknown: float = Field(3.0, description="The same for groups not listed.")
    min_probability: float = Field(0.5, gt=0, lt=1, description="Pairs below this probability are no links.")
    reasons_per_link: int = Field(
        100, ge=1, description="Shared values listed for a link inside a campaign, the strongest; its bits count all."
    )
    learn: LearnSettings = LearnSettings()
    block_pairs: int = Field(
        500_000, ge=1_000, description="Pairs held at once while projecting; bounds the scratch memory."
    )


class Settings(Section):
    """All settings of a build."""

    seed: int = Field(0, ge=0, description="Seed of every random choice.")
    input: InputSettings = InputSettings()
    identifiers: IdentifierSettings = IdentifierSettings()
    similarity: SimilaritySettings = SimilaritySettings()
    graph: GraphSettings = GraphSettings()
    communities: CommunitySettings = CommunitySettings()
    pooling: PoolingSettings = PoolingSettings()
    predictable: PredictableSettings = PredictableSettings()
    queues: QueueSettings = QueueSettings()
    campaigns: CampaignSettings = CampaignSettings()
    decisions: DecisionSettings = DecisionSettings()
    lineage: LineageSettings = LineageSettings()
    attribution: AttributionSettings = AttributionSettings()
    gnn: GnnSettings = GnnSettings()
    privacy: PrivacySettings = PrivacySettings()


def read_settings(path: Path | str | None = None, **overrides: Any) -> Settings:
    """The settings of a file (or the defaults), under `LINKAGE_SECTION__KEY` variables, under overrides that are given.

    `[tables.NAME]` may be written for `[input.tables.NAME]`. Raises `SettingsError`, which lists all that is wrong.
    """
    path = None if path is None else Path(path)
    return read_layers(Settings, path, overrides, aliases={"tables": ("input", "tables")})
