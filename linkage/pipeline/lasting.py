"""What one build takes over from the one before: the ids of its campaigns and communities."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from linkage import io, lineage
from linkage.campaigns import Assessment
from linkage.errors import RunFolderError
from linkage.settings import Settings

#: Format of run folders whose ids can be taken over.
FORMAT = 1
#: How events are told, in this order.
EVENTS = {
    "kept": "kept their id unchanged",
    "grew": "grew",
    "shrank": "shrank",
    "merged": "merged into another",
    "split": "split off",
    "died": "died",
    "revived": "came back",
    "born": "were born",
}


def opened(previous: io.Run | Path | str | None) -> lineage.Previous | None:
    """What is needed of the build before.

    Raises:
        RunFolderError: not a whole run folder of this version.
    """
    if previous is None:
        return None
    where = previous.path if isinstance(previous, io.Run) else previous
    try:
        run = previous if isinstance(previous, io.Run) else io.Run.open(previous)
        if (found := run.manifest.get("format", FORMAT)) != FORMAT:
            raise RunFolderError(f"{where}: is of format {found!r}, not {FORMAT}; build it again with this version")
        return lineage.Previous(
            run.columns("accounts", "account_id", "community_id"),
            run.columns("members", "campaign_id", "account_id"),
            run.table("lineage"),
        )
    except RunFolderError as error:
        raise RunFolderError(f"previous run: {error}, or build without it: all ids are then new") from error


def carried(
    previous: lineage.Previous | None, tables: io.Tables, assessed: Assessment, cleared: pl.Series, settings: Settings
) -> tuple[Assessment, pl.DataFrame]:
    """The assessment under the ids that last, and OUTPUT["lineage"]."""
    found = lineage.trace(
        previous,
        tables.accounts.select("account", "account_id"),
        assessed.accounts.select("account", "community_id"),
        assessed.members.select("account", "campaign_id"),
        cleared,
        settings.lineage,
    )
    tables_of = {name: table for name, table in assessed._asdict().items() if isinstance(table, pl.DataFrame)}
    lasting = {name: lineage.renamed(table, found.names) for name, table in tables_of.items()}
    return assessed._replace(**lasting), found.rows


def told(rows: pl.DataFrame) -> dict[str, Any]:
    """For the manifest: event -> campaigns of this build and the one before."""
    now = rows.filter(pl.col("builds_ago") == 0)
    counts = dict(now.group_by("event").len().rows())
    return {event: counts[event] for event in EVENTS if event in counts}


def note(previous: lineage.Previous | None, rows: pl.DataFrame) -> tuple[str, ...]:
    """One line on what became of the campaigns of the build before."""
    if previous is None:
        return ()
    said = ", ".join(f"{count:,} {EVENTS[event]}" for event, count in told(rows).items())
    return (f"campaigns since the build before: {said or 'none then, none now'}",)
