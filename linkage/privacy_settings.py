"""Settings of what a run may show of people: see `settings`."""

from __future__ import annotations

from pydantic import Field

from linkage.section import Section


class PrivacySettings(Section):
    """What a run folder holds of identifiers and prompts. The key itself is never a setting."""

    pseudonymise: bool = Field(
        True, description="Identifier values stand in a run as keyed hashes; false writes them as they are."
    )
    key_file: str | None = Field(
        None,
        description="File with the key, which only its owner may read. LINKAGE_KEY in the environment goes before it; "
        "without either, the user's own key is used, made once.",
    )
    vault: bool | None = Field(
        None,
        description="Keep the values in the user's vault, so that `linkage unmask` can show them. "
        "Absent: on the command line yes, from Python no.",
    )
    vault_file: str | None = Field(None, description="The vault; absent: a file in the user's data folder.")
    retention_days: int | None = Field(
        None, ge=1, description="`linkage purge` deletes the run and what the vault keeps of it after this many days."
    )
    prompt_words: bool = Field(
        True,
        description="Say in `capability` and `own_templates` single words that several of a campaign's own templates "
        "share.",
    )
