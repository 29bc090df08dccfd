"""Settings of accounts that begin alike."""

from __future__ import annotations

from pydantic import Field

from linkage.section import Section


class BirthSettings(Section):
    """Accounts that signed up near one another and pay alike: looked for where the logs hold little else."""

    enabled: bool = Field(True, description="Look for accounts that begin alike.")
    most_groups: int = Field(
        1, ge=0, description="Only where values of at most so many evidence groups are shared; beyond, others say more."
    )
    places: int = Field(2048, ge=8, description="Accounts before and after one among which its like are looked for.")
    chance: float = Field(
        0.3, gt=0, lt=1, description="Pairs as near are kept where chance makes no more than this share of them."
    )
    partners: float = Field(20.0, gt=0, description="Prior, as graph.expected_partners.")
    most_partners: int = Field(16, ge=1, description="Pairs kept of an account, the surest; one end is enough.")
    cap_bits: float = Field(20.0, gt=0, description="Most that beginning alike can say.")
    join_share: float = Field(
        0.6,
        gt=0,
        le=1,
        description="Communities are joined where this share of the smaller one's accounts is so tied.",
    )
