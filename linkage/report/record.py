"""What every part of the report model is."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """A part of the model."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
