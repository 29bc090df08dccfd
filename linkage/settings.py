"""Settings: one frozen section a stage, each field described, unknown keys refused.

`read_settings` merges, strongest first: environment (`LINKAGE_GRAPH__MIN_BITS=12`), the TOML file, the defaults here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from linkage.errors import SettingsError


class Section(BaseModel):
    """A frozen group of settings that refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TableSource(Section):
    """Where the rows of one contract table come from, and which foreign column each contract column is."""

    path: str = Field(description="File, folder of parts or glob, relative to the input folder.")
    columns: dict[str, str] = Field({}, description="Contract column -> column of the file. Others keep their name.")
    constants: dict[str, str | int | float] = Field({}, description="Contract column -> one value for every row.")
    time_unit: Literal["s", "ms", "us", "ns"] = Field("s", description="Unit of integer times (since 1970, UTC).")
    time_format: str | None = Field(None, description="strptime format of text times; ISO 8601 when absent.")
    time_zone: str = Field("UTC", description="Zone of text or naive times that name none.")
    separator: str = Field(",", min_length=1, max_length=1, description="CSV field separator.")
    known_accounts_only: bool = Field(
        False, description="Skip (and count) rows of accounts that the accounts table lacks, instead of rejecting them."
    )


class InputSettings(Section):
    """How logs are read."""

    tables: dict[str, TableSource | list[TableSource]] = Field(
        {}, description="Sources by contract table. A table not named is looked for as NAME.* or NAME/ in the input."
    )
    unknown_accounts: Literal["reject", "keep"] = Field(
        "reject", description="What to do with rows of accounts that an accounts table, where there is one, lacks."
    )


class Settings(BaseSettings):
    """All settings of a build."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix="LINKAGE_", env_nested_delimiter="__", toml_file=None
    )

    seed: int = Field(0, ge=0, description="Seed of every random choice.")
    input: InputSettings = InputSettings()
