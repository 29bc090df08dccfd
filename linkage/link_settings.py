"""Settings of what the link model learns from the data at hand."""

from __future__ import annotations

from pydantic import Field

from linkage.section import Section


class LearnSettings(Section):
    """How far evidence of one group may be trusted alone: learned from what the other groups say of the same pairs."""

    enabled: bool = Field(True, description="Learn; else every group keeps its `alone_bits`.")
    most_bits: float = Field(3.0, ge=0, description="The most by which a group's `alone_bits` are lowered.")
    least_pairs: int = Field(100, ge=1, description="Pairs a group links by itself, below which it learns nothing.")
    least_share: float = Field(
        0.02, ge=0, le=1, description="Share of all links, below which a group's lone pairs are left as they are."
    )
    least_recaptured: int = Field(20, ge=1, description="Of these, pairs that two other groups find, at the least.")
    least_coverage: float = Field(
        0.67,
        gt=0,
        le=1,
        description="Share of a group's true pairs that others find too, below which their silence says nothing.",
    )
    least_agreement: float = Field(
        0.7,
        gt=0,
        le=1,
        description="Smallest by largest estimate of a group's true pairs, below which they contradict each other.",
    )
    pseudo_pairs: float = Field(50.0, ge=0, description="Pairs that the default counts for, beside those seen.")
    not_asked: tuple[str, ...] = Field(
        ("time", "birth", "decision"),
        description="Groups sought among suspected pairs, or said by people: they neither learn nor vouch for others.",
    )
