"""Settings of what two accounts do alike: one section a channel."""

from __future__ import annotations

from pydantic import Field

from linkage.section import Section


class TextSettings(Section):
    """How prompts that come as text become vectors."""


class NearestSettings(Section):
    """Accounts whose prompts are alike as a whole."""

    enabled: bool = Field(True, description="Look for the accounts nearest in what they write.")


class ActivitySettings(Section):
    """Accounts that are active in step."""

    enabled: bool = Field(True, description="Compare when accounts are active.")


class FailoverSettings(Section):
    """Accounts that take up what another was refused."""

    enabled: bool = Field(True, description="Look for refused requests that another account takes up.")


class SuccessionSettings(Section):
    """Accounts that begin where another stops."""

    enabled: bool = Field(True, description="Look for accounts that begin where another stops.")


class SimilaritySettings(Section):
    """What accounts do alike."""

    text: TextSettings = TextSettings()
    nearest: NearestSettings = NearestSettings()
    activity: ActivitySettings = ActivitySettings()
    failover: FailoverSettings = FailoverSettings()
    succession: SuccessionSettings = SuccessionSettings()
