"""Pseudonyms for identifiers, at the edge: the last thing before a run is described, drawn and written."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import polars as pl

from linkage import io, privacy
from linkage.identifiers.placeholders import PATTERNS, WORDS
from linkage.pipeline.channels import PAIRWISE
from linkage.privacy.vault import keep, vault_path
from linkage.settings import Settings

#: Kinds that are no identifiers: their values are this program's words, or numbers of templates.
_WORDED = frozenset({"prompt", "decision", *PAIRWISE})


def key(settings: Settings) -> bytes | None:
    """The key, before any work is done; None where values are to stand as they are. Raises PrivacyError."""
    asked = settings.privacy
    return privacy.user_key(asked.key_file) if asked.pseudonymise else None


def masked(
    files: dict[str, pl.DataFrame], key: bytes | None, uses: pl.DataFrame, settings: Settings
) -> tuple[dict[str, pl.DataFrame], pl.DataFrame | None]:
    """The run's tables without identifiers, and what the pseudonyms stand for.

    Args:
        files: every table of the run.
        key: of `key`; None leaves all as it is.
        uses: USES of the logs; a kind of theirs that has one of our names is an identifier all the same.
        settings: for the placeholders, which are nobody's and stay readable.
    """
    if key is None:
        return files, None
    nobodys = privacy.Nobodys.of((*WORDS, *settings.identifiers.placeholders), PATTERNS)
    done = privacy.mask(files, key, nobodys, _WORDED - set(uses["kind"].unique()))
    return done.tables, done.values


def told(key: bytes | None, values: pl.DataFrame | None, settings: Settings) -> dict[str, Any]:
    """For the manifest: whether values are pseudonyms, of which key (never the key), and how long to keep the run."""
    about: dict[str, Any] = {
        "pseudonymised": key is not None,
        "prompt_words": settings.privacy.prompt_words,
        "retention_days": settings.privacy.retention_days,
    }
    if key is not None and values is not None:
        about |= {
            "hash": "BLAKE2b, 64 bits, keyed, personal to the kind",
            "key_fingerprint": privacy.fingerprint(key),
            "values": values.height,
        }
    return about


def keep_values(run: io.Run, settings: Settings) -> None:
    """Put what a build's pseudonyms stand for into the vault, unless the settings say no. Raises PrivacyError."""
    about = run.manifest.get("privacy")
    if settings.privacy.vault is False or run.masked is None or not isinstance(about, dict):
        return
    asked, today = settings.privacy, datetime.now(UTC).date()
    keep(vault_path(asked.vault_file), run.masked, about["key_fingerprint"], today, asked.retention_days)
