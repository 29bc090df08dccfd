"""Settings of groups compared as wholes."""

from __future__ import annotations

from pydantic import Field

from linkage.section import Section


class PooledSettings(Section):
    """How far a group's prompts stray from a reference, as distributions."""

    reference_rows: int = Field(
        2_000, ge=8, description="Prompts a reference holds at most; others are compared to it."
    )
    nearest: tuple[int, ...] = Field(
        (1, 10, 50), min_length=1, description="Of how many nearest prompts of the reference the likeness is looked at."
    )
    bins: int = Field(20, ge=2, description="Parts into which each likeness is cut, equal in the reference.")
    order: int = Field(8, ge=2, le=16, description="Bytes that a text's surprise looks back over, itself included.")
    span: int = Field(64, ge=1, description="Bytes in a row whose surprise is looked at by itself.")
    splits: int = Field(24, ge=2, description="Times the honest prompts are parted in two to learn what is chance.")
    windows: int = Field(10, ge=1, description="Honest windows drawn from each parting.")


class PoolingSettings(Section):
    """Which communities are pieces of one, by what they write."""

    enabled: bool = Field(True, description="Join communities that links tie and that write as one.")
    ties: float = Field(
        0.2, gt=0, le=1, description="Share of the smaller one's accounts that must have a link into the larger."
    )
    least_accounts: int = Field(5, ge=4, description="Communities in which fewer accounts wrote are not compared.")
    near: float = Field(
        0.05, gt=0, le=1, description="Most they may lie apart, as a share of what two communities usually do."
    )
