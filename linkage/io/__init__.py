"""Read logs into contract tables; write a run folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from linkage.io.campaign import Campaign, Campaigns
from linkage.io.guard import guard
from linkage.io.run import Run
from linkage.io.write import check_output, write_run

if TYPE_CHECKING:
    from linkage.io.reading import Tables, read

__all__ = ["Campaign", "Campaigns", "Run", "Tables", "check_output", "guard", "read", "write_run"]


def __getattr__(name: str) -> Any:
    """Import on first use what reads logs: whoever opens a finished run waits for none of it (PEP 562)."""
    if name not in ("Tables", "read"):
        raise AttributeError(f"module 'linkage.io' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module("linkage.io.reading"), name)
