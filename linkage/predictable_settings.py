"""Settings of how surprising a group's prompts are to who has read everybody else's."""

from __future__ import annotations

from pydantic import Field

from linkage.section import Section


class PredictableSettings(Section):
    """Communities whose prompts begin less surprisingly than others', asked where the logs hold nothing but prompts."""

    enabled: bool = Field(True, description="Rank communities by it; it never makes a campaign or a member.")
    reference_rows: int = Field(2_000, ge=8, description="Prompts of everybody else that are read.")
    prompts: int = Field(1_000, ge=8, description="Prompts of a community that are judged, at most.")
    folds: int = Field(16, ge=2, description="Parts of the communities, each judged by who has read the others.")
    least: int = Field(6, ge=4, description="With fewer communities nobody can say what is usual.")
    order: int = Field(8, ge=2, le=16, description="Bytes that a text's surprise looks back over, itself included.")
    span: int = Field(64, ge=1, description="Bytes from the beginning of a prompt that are looked at.")
