"""Settings of the assessment: which communities are campaigns, and who is in them."""

from __future__ import annotations

from pydantic import Field

from linkage.section import Section


class CampaignSettings(Section):
    """How communities are assessed."""

    min_accounts: int = Field(5, ge=2, description="Smaller communities are never campaigns.")
    threshold: float = Field(0.5, gt=0, lt=1, description="Suspicion from which a community is a campaign.")
    member_threshold: float = Field(0.5, gt=0, lt=1, description="Suspicion below which a member is left out.")
    innocent_share: float = Field(
        0.2,
        gt=0,
        le=1,
        description="A campaign of whose members more than this share are expected to be innocent is not named.",
    )
    belongs_bits: float = Field(3.0, description="Log2 odds that an average member of a community belongs to it.")
    fellows_bits: float = Field(
        2.0, ge=0, description="Log2 odds of belonging for each halving of the partners that fellows have on average."
    )
    kinds_bits: float = Field(
        3.0,
        ge=0,
        description="The same for each halving of the kinds of evidence that tie fellows; 0 leaves them out.",
    )
    prior_bits: float = Field(-6.0, description="Log2 odds of a community about which nothing is known.")
    explained_bits: float = Field(
        1.0, ge=0, description="Further bits a community needs to be a campaign when an innocent explanation fits it."
    )
    explanations_off: tuple[str, ...] = Field(
        (), description="Innocent explanations that are not tested (household, firm, campus, vendor, reseller, ...)."
    )
    reasons_off: tuple[str, ...] = Field(
        (), description="Subjects of reasons that have no say (size, ties, births, money, network, machine, ...)."
    )
    small_below: int = Field(
        12, ge=2, description="Communities smaller than this look suspicious by accident more easily."
    )
    birth_days: int = Field(3, ge=1, description="Partners that signed up within this many days count as near.")
    core_stability: float = Field(0.8, ge=0, le=1, description="A core member's least stability.")
    core_partners: float = Field(3.0, ge=0, description="A core member's fewest partners, counted by probability.")
    also_templates: int = Field(
        3, ge=1, description="Own templates of a second campaign that an account of another must have used."
    )
    also_bits: float = Field(6.0, ge=0, description="Bits these must add up to, by how surely their users are members.")
    also_share: float = Field(0.05, ge=0, le=1, description="Share of its prompts that must be of these templates.")
    bridging_share: float = Field(
        0.4, ge=0, le=1, description="A part of a community with more of its accounts tied to the rest never leaves it."
    )
    apart_flow: float = Field(
        0.1,
        ge=0,
        le=1,
        description="Parts of a suspected community that write different things are one campaign if evidence other "
        "than prompts and addresses ties them by this share of what it would if the two were mixed.",
    )
    household_size: int = Field(6, ge=2, description="Most accounts of a household.")
    open_share: float = Field(
        0.6, gt=0, le=1, description="Share of members on one card, address or organization that counts as openness."
    )
