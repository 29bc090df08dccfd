"""Settings of attribution: who runs a campaign."""

from __future__ import annotations

from pydantic import Field

from linkage.section import Section


class IndicatorSettings(Section):
    """How one kind of indicator is weighed. A field left out takes the default of the kind, or of unknown kinds."""

    group: str | None = Field(None, description="Independence group; indicators of one group are capped together.")
    half_life_days: float | None = Field(
        None, gt=0, description="An indicator last confirmed this long before its use is as likely to be out of date."
    )
    reuse: float | None = Field(
        None, ge=0, le=1, description="Chance that an unrelated campaign uses the same value, before looking."
    )


class Indicator(Section):
    """A kind of indicator, complete."""

    group: str
    half_life_days: float
    reuse: float


#: What is bought from few sellers is met again in unrelated campaigns; an operator changes addresses first.
KNOWN_INDICATORS = {
    "ip": Indicator(group="network", half_life_days=45.0, reuse=0.02),
    "prefix": Indicator(group="network", half_life_days=90.0, reuse=0.15),
    "asn": Indicator(group="network", half_life_days=365.0, reuse=0.05),
    "device": Indicator(group="machine", half_life_days=180.0, reuse=0.02),
    "instrument": Indicator(group="money", half_life_days=365.0, reuse=0.01),
    "issuer": Indicator(group="money", half_life_days=365.0, reuse=0.15),
    "wallet": Indicator(group="money", half_life_days=365.0, reuse=0.01),
    "email_domain": Indicator(group="identity", half_life_days=730.0, reuse=0.02),
    "phone": Indicator(group="identity", half_life_days=365.0, reuse=0.02),
    "email": Indicator(group="identity", half_life_days=730.0, reuse=0.01),
    "email_hash": Indicator(group="identity", half_life_days=730.0, reuse=0.01),
    "prompt": Indicator(group="content", half_life_days=90.0, reuse=0.05),
    "referral": Indicator(group="birth", half_life_days=180.0, reuse=0.05),
    "referral_code": Indicator(group="birth", half_life_days=180.0, reuse=0.05),
}


class AttributionSettings(Section):
    """When a campaign gets an operator's name."""

    enabled: bool = Field(True, description="Name operators, and find campaigns of one operator.")
    threshold: float = Field(0.95, gt=0.5, lt=1, description="Least posterior of a name; below it nobody is named.")
    unknown: float = Field(
        0.5, gt=0, lt=1, description="Chance before looking that somebody without a dossier runs a campaign."
    )
    kinds: dict[str, IndicatorSettings] = Field({}, description="Settings by kind of indicator, over the defaults.")
    unknown_half_life_days: float = Field(180.0, gt=0, description="Half-life of kinds the settings do not know.")
    unknown_reuse: float = Field(0.05, ge=0, le=1, description="Reuse of kinds the settings do not know.")
    sharing_current: float = Field(
        0.5, gt=0, le=1, description="Chance that two campaigns of one operator share a value that one of them uses."
    )
    reuse_campaigns: float = Field(
        2.0, gt=0, description="Campaigns that `reuse` counts as; those of the data at hand count one each."
    )
    indicator_bits: float = Field(8.0, gt=0, description="Most bits of one indicator.")
    group_bits: float = Field(7.0, gt=0, description="Most bits of one independence group.")
    corroborating_bits: float = Field(
        1.0, ge=0, description="Bits that each of two independence groups must reach; one never names."
    )
    sharing_bits: float = Field(
        2.0, ge=0, description="The same where campaigns are compared; values below it are what a search turns up."
    )
    foreign_share: float = Field(
        0.003, gt=0, lt=1, description="Share of a campaign's accounts that are somebody else's by mistake."
    )
    foreign_accounts: float = Field(
        0.25, gt=0, description="Accounts of any campaign, beside that share, that are somebody else's by mistake."
    )
    relay_share: float = Field(
        0.2, gt=0, le=1, description="Share of members in other campaigns too from which a relay is seen."
    )

    def kind(self, name: str) -> Indicator:
        """How indicators of a kind are weighed."""
        base = KNOWN_INDICATORS.get(name) or Indicator(
            group="other", half_life_days=self.unknown_half_life_days, reuse=self.unknown_reuse
        )
        given = self.kinds.get(name)
        return base.model_copy(update=given.model_dump(exclude_none=True)) if given else base
