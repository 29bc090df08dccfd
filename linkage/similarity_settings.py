"""Settings of what two accounts do alike: one section a channel."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from linkage.birth_settings import BirthSettings
from linkage.section import Section


class PromptSettings(Section):
    """How near-duplicate prompts are found."""

    enabled: bool = Field(True, description="Compare prompts.")
    threshold: float = Field(0.85, gt=0, le=1, description="Least cosine of near-duplicates, for embeddings given.")
    recall: float = Field(
        0.97, gt=0, lt=1, description="Share of near-duplicate pairs to find; what was found is measured on a sample."
    )


class TextSettings(Section):
    """How prompts that come as text become vectors."""

    model: Literal["ngrams", "minilm"] = Field(
        "ngrams", description="ngrams counts hashed n-grams of characters; minilm is a language model (extra `embed`)."
    )
    width: int = Field(256, ge=16, le=1024, description="Numbers in the vector of a text's n-grams.")
    memory_gib: float = Field(
        4.0, gt=0, description="The width is halved until the vectors of all prompts fit this much memory."
    )
    ngram: int = Field(4, ge=2, le=16, description="Characters in an n-gram; one of kana, Han or Hangul counts as two.")
    min_ngrams: int = Field(24, ge=1, description="A text with fewer different n-grams says too little to compare.")
    threshold: float = Field(0.75, gt=0, le=1, description="Least cosine of near-duplicates, for vectors of n-grams.")
    cache: str = Field(
        "auto", description="Folder that keeps a model's vectors; auto: in the user's cache folder; empty: none."
    )


class NearestSettings(Section):
    """Accounts whose prompts are alike as a whole."""

    enabled: bool = Field(True, description="Look for the accounts nearest in what they write.")
    neighbours: int = Field(15, ge=1, le=256, description="Nearest accounts looked at for each account.")
    recall: float = Field(0.95, gt=0, le=1, description="Share of the nearest to find; it is measured on a sample.")
    min_prompts: int = Field(8, ge=2, description="Accounts with fewer prompts say too little as a whole.")
    template_prompts: int = Field(
        8, ge=1, description="Prompts of one template count for at most this many of an account's."
    )
    shared: tuple[float, ...] = Field(
        (0.7, 0.95), min_length=1, description="How much of what sets them apart two accounts of one source may share."
    )
    decay: float = Field(
        0.3, gt=0, le=1, description="Pairs alike by chance grow rarer by at least this many bits a bit of likeness."
    )
    partners: float = Field(20.0, gt=0, description="Prior, as graph.expected_partners.")
    min_bits: float = Field(1.0, ge=0, description="Pairs under this many bits are not kept.")
    cap_bits: float = Field(20.0, gt=0, description="Most that being alike as a whole can say.")


class ActivitySettings(Section):
    """Accounts that are active in step."""

    enabled: bool = Field(True, description="Compare when accounts are active.")
    windows: tuple[int, ...] = Field((10, 60, 300), min_length=1, description="Widths of a window, in seconds.")
    pairs_per_exchange: float = Field(
        10.0, gt=0, description="Budget of the search, for each width: meetings counted per exchange of the logs."
    )
    partners: int = Field(32, ge=1, description="Partners of an account looked at closely, for each width.")
    floor: float = Field(6.0, ge=0, description="Least surprise, in nats, for a closer look.")
    false_discoveries: float = Field(0.01, gt=0, lt=1, description="Share of pairs found that may be chance.")
    min_bits: float = Field(1.0, ge=0, description="Pairs under this many bits are not kept.")
    cap_bits: float = Field(20.0, gt=0, description="Most that being in step can say.")


class FailoverSettings(Section):
    """Accounts that take up what another was refused."""

    enabled: bool = Field(True, description="Look for refused requests that another account takes up.")
    seconds: int = Field(10, ge=0, le=3600, description="A refusal is taken up by an answer within this time.")
    around: int = Field(10_800, ge=60, description="Seconds either way in which an account's usual rate is seen.")
    most: int = Field(256, ge=1, description="Exchanges looked at for a refusal; denser traffic shortens the window.")
    partners: int = Field(16, ge=1, description="Takers of an account's refusals looked at closely.")
    floor: float = Field(3.0, ge=0, description="Least surprise, in nats, for a closer look.")
    same_template: int = Field(
        32, ge=1, description="Answers compared with a refused prompt at most; with more, its template is too common."
    )
    false_discoveries: float = Field(0.01, gt=0, lt=1, description="Share of pairs found that may be chance.")
    min_bits: float = Field(1.0, ge=0, description="Pairs under this many bits are not kept.")
    cap_bits: float = Field(20.0, gt=0, description="Most that taking up refusals can say.")


class SuccessionSettings(Section):
    """Accounts that begin where another stops."""

    enabled: bool = Field(True, description="Look for accounts that begin where another stops.")
    early_hours: float = Field(1.0, ge=0, description="A successor may begin this long before the other stops.")
    silent: float = Field(
        0.01, gt=0, lt=1, description="An account has stopped if chance would leave it silent as long less often."
    )
    min_bits: float = Field(1.5, ge=0, description="Pairs under this many bits are not kept.")
    cap_bits: float = Field(5.0, gt=0, description="Most that a succession can say.")


class ReleaseSettings(Section):
    """Whose traffic moves to a new model at once."""

    enabled: bool = Field(True, description="Look for accounts that move to a new model at once.")
    days: int = Field(1, ge=0, description="Traffic counts as moved if it is there so many days after the release.")
    settled_days: int = Field(5, ge=0, description="A model is new if the logs begin at least this long before it.")
    model_accounts: int = Field(20, ge=1, description="A model that fewer accounts ever use is not looked at.")


class SimilaritySettings(Section):
    """What accounts do alike."""

    suspected_pairs: int = Field(
        1_000_000, ge=0, description="Pairs linked by what they share whose times are compared, the weightiest first."
    )
    prompts: PromptSettings = PromptSettings()
    text: TextSettings = TextSettings()
    nearest: NearestSettings = NearestSettings()
    activity: ActivitySettings = ActivitySettings()
    failover: FailoverSettings = FailoverSettings()
    succession: SuccessionSettings = SuccessionSettings()
    releases: ReleaseSettings = ReleaseSettings()
    births: BirthSettings = BirthSettings()
