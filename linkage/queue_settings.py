"""Settings of communities that one queue of work feeds."""

from __future__ import annotations

from pydantic import Field

from linkage.section import Section


class QueueSettings(Section):
    """Which communities on one pool of addresses take up one another's refused requests."""

    enabled: bool = Field(True, description="Join communities on one pool that take up one another's refusals.")
    seconds: int = Field(10, ge=1, le=600, description="A refusal is taken up by an answer within this time.")
    communities: int = Field(
        500, ge=2, description="Communities of a pool that are compared, the largest; memory goes with the square."
    )
    refusals: int = Field(50_000, ge=100, description="Refusals of a pool that are looked at, evenly chosen.")
    answers: int = Field(8, ge=1, description="Answers looked at after each of them, the soonest.")
    share: float = Field(
        0.5, gt=0, le=1, description="Of what the larger community takes up of its own refusals, account by account."
    )
    false_discoveries: float = Field(0.01, gt=0, lt=1, description="Share of joins that may be chance.")
