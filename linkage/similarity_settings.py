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
    windows: tuple[int, ...] = Field((10, 60, 300), min_length=1, description="Widths of a window, in seconds.")
    pairs_per_exchange: float = Field(
        100.0, gt=0, description="Budget of the search, for each width: meetings counted per exchange of the logs."
    )
    partners: int = Field(32, ge=1, description="Partners of an account looked at closely, for each width.")
    floor: float = Field(3.0, ge=0, description="Least surprise, in nats, for a closer look.")
    false_discoveries: float = Field(0.01, gt=0, lt=1, description="Share of pairs found that may be chance.")
    min_bits: float = Field(1.0, ge=0, description="Pairs under this many bits are not kept.")
    cap_bits: float = Field(20.0, gt=0, description="Most that being in step can say.")


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
