"""Settings of crowds: suppressed values that the same accounts share."""

from __future__ import annotations

from pydantic import Field

from linkage.section import Section


class CrowdSettings(Section):
    """Which accounts use the same crowded values, where one such value says nothing."""

    enabled: bool = Field(True, description="Look for accounts that share many values too common for evidence.")
    kinds: tuple[str, ...] = Field(("ip",), description="Kinds whose suppressed values are looked at.")
    least_values: int = Field(5, ge=2, description="Suppressed values that an account of a crowd uses at least.")
    most_values: int = Field(64, ge=2, description="Suppressed values of an account that are looked at, as at random.")
    least_share: float = Field(
        0.25, gt=0, le=1, description="Of what the accounts of a crowd typically use, what each uses at least."
    )
    least_pool: float = Field(
        0.15, ge=0, description="Values of a crowd for each of its accounts, below which it is customers of one VPN."
    )
    own_share: float = Field(
        0.8, gt=0.5, description="Share of the users of a suppressed value, from which on it is their crowd's own."
    )
    join: float = Field(
        0.25,
        gt=0,
        le=1,
        description="Crowds are one that mix so much, where 1 is accounts that use the values of both.",
    )
