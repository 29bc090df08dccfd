"""Settings of what lasts from one build to the next: ids of campaigns, and what people decided."""

from __future__ import annotations

from pydantic import Field

from linkage.section import Section


class LineageSettings(Section):
    """How campaigns and communities keep their ids."""

    share: float = Field(
        0.3,
        gt=0,
        le=1,
        description="Share of a group's accounts still in the logs that its successor must hold to take its id, "
        "and of either group from which a merge or a split is told.",
    )
    accounts: int = Field(2, ge=1, description="Fewest accounts in common for one group to come from another.")


class DecisionSettings(Section):
    """How far what people decided before binds."""

    bits: float = Field(20.0, gt=0, description="Bits of a link between two accounts enforced in one campaign.")
    account_bits: float = Field(
        6.0, ge=0, description="Bits that an account's own decision adds to its suspicion, or takes from it."
    )
    accidental: float = Field(
        0.5, gt=0, description="Enforced (or cleared) accounts a group is expected to hold by accident."
    )
    enforced_bits: float = Field(10.0, ge=0, description="Most that enforced members say for a community.")
    cleared_bits: float = Field(8.0, ge=0, description="Most that cleared members say against a community.")
    join_from: int = Field(
        2, ge=1, description="Accounts of one campaign a community must hold to be joined with others that do."
    )
    join_share: float = Field(
        0.25,
        gt=0,
        le=1,
        description="Communities are joined if their share of the campaign's enforced accounts is at least this much "
        "of what it is in the community that holds most of them.",
    )
    rounds: int = Field(20, ge=1, description="Rounds in which accounts lean to the one campaign or the other.")
    return_partners: int = Field(
        2, ge=1, description="Accounts that new evidence alone must link a cleared account to before it comes back."
    )
