"""Settings of how links are grouped."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from linkage.section import Section


class CommunitySettings(Section):
    """How links are grouped."""

    objective: Literal["modularity", "potts"] = Field(
        "modularity",
        description="What a grouping is good by. `potts`: any two of a group that are not linked count against it by "
        "`resolution` bits; for very many small groups, which modularity cannot see, as of records of one person.",
    )
    resolution: float = Field(1.0, gt=0, description="Leiden resolution; higher splits more.")
    spread: tuple[float, ...] = Field(
        (1.0, 0.7, 1.4),
        min_length=1,
        description="Links are grouped once for each, at the resolution times this and with other random numbers.",
    )
    iterations: int = Field(2, ge=1, description="Leiden iterations of a grouping.")
    consensus: bool = Field(
        True, description="Group by what the groupings agree on; otherwise the first is taken and the others compared."
    )
    strongest: int = Field(
        64, ge=1, description="Links of an account that decide the grouping, the heaviest; a link needs one such end."
    )
    join_share: float = Field(
        0.6,
        gt=0,
        le=1,
        description="Two communities are one if this share of the smaller one's accounts has a link into the other.",
    )
    join_flow: float = Field(
        0.25,
        gt=0,
        description="They are one as well if the links between them carry this share of what they would if the two "
        "were mixed at random, and many of the smaller one's accounts have a link into the other.",
    )
    parts_from: int = Field(10, ge=2, description="Communities of this many accounts are looked at in parts as well.")
    bridge_accounts: int = Field(
        5, ge=1, description="A link or account is a bridge if at least this many accounts are on either side of it."
    )
    bridges_cut: bool = Field(True, description="Part communities at bridges that rest on one kind of evidence.")
