"""The vault: what pseudonyms stand for, in a local file that only its owner may read, and a log of every look."""

from __future__ import annotations

import getpass
import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl

from linkage.privacy.errors import PrivacyError
from linkage.privacy.keys import data_folder, private_folder
from linkage.privacy.pseudonyms import PSEUDONYMS

#: Says that a SQLite file is a vault.
APPLICATION = 0x4C_4B_56_4C
_FIRST_BYTES = b"SQLite format 3\x00"
_TABLE = """
CREATE TABLE IF NOT EXISTS vault (
  fingerprint TEXT NOT NULL, pseudonym TEXT NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL,
  last_kept TEXT NOT NULL, keep_until TEXT,
  PRIMARY KEY (fingerprint, pseudonym, value)
) WITHOUT ROWID
"""
# Kept as long as the run that wants it longest.
_PUT = """
INSERT INTO vault VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET
  last_kept = max(last_kept, excluded.last_kept), keep_until = max(keep_until, excluded.keep_until)
"""
_AT_ONCE = 500


def vault_path(given: Path | str | None = None) -> Path:
    """The vault that is named, else the user's."""
    return data_folder() / "vault.sqlite" if given is None else Path(given).expanduser()


def keep(path: Path, values: pl.DataFrame, fingerprint: str, today: date, retention_days: int | None = None) -> None:
    """Put values into a vault, which is made where there is none.

    Args:
        path: the vault.
        values: PSEUDONYMS.
        fingerprint: of the key they were made with.
        today: counted from for the retention.
        retention_days: None keeps them until somebody purges by age.

    Raises:
        PrivacyError: the file is no vault, or cannot be written.
    """
    until = None if retention_days is None else (today + timedelta(days=retention_days)).isoformat()
    rows = values.select(
        pl.lit(fingerprint),
        "pseudonym",
        "kind",
        "value",
        pl.lit(today.isoformat()).alias("day"),
        pl.lit(until).alias("until"),
    )
    try:
        private_folder(path.parent)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # SQLite's own journals take this mode too
    except OSError as error:
        raise PrivacyError(
            f"{path}: the vault cannot be written: {error.strerror}; set privacy.vault_file, or privacy.vault = false"
        ) from error
    with _opened(path, new=True) as vault:
        vault.executemany(_PUT, rows.iter_rows())


def look_up(path: Path, pseudonyms: Sequence[str], fingerprint: str) -> pl.DataFrame:
    """PSEUDONYMS of those the vault knows under this key, sorted. Raises PrivacyError: there is no vault."""
    found: list[tuple[str, str, str]] = []
    wanted = sorted({each for each in pseudonyms if each == each.encode("utf-8", "ignore").decode()})
    with _opened(path) as vault:
        for start in range(0, len(wanted), _AT_ONCE):
            part = wanted[start : start + _AT_ONCE]
            marks = ", ".join("?" * len(part))
            query = f"SELECT kind, value, pseudonym FROM vault WHERE fingerprint = ? AND pseudonym IN ({marks})"
            found += vault.execute(query, (fingerprint, *part)).fetchall()
    return pl.DataFrame(found, schema=PSEUDONYMS, orient="row").sort("kind", "value")


def expired(path: Path, today: date, older_than: int | None) -> tuple[int, int]:
    """Rows of a vault that are past their time, and all. Raises PrivacyError."""
    with _opened(path) as vault:
        late = vault.execute(f"SELECT count(*) FROM vault WHERE {_LATE}", _late(today, older_than)).fetchone()[0]
        return late, vault.execute("SELECT count(*) FROM vault").fetchone()[0]


def forget(path: Path, today: date, older_than: int | None) -> int:
    """Delete the rows that are past their time, so that the file holds nothing of them; how many. PrivacyError."""
    with _opened(path) as vault:
        gone = vault.execute(f"DELETE FROM vault WHERE {_LATE}", _late(today, older_than)).rowcount
    with _opened(path) as vault:
        vault.execute("VACUUM")
    return gone


_LATE = "keep_until < ? OR last_kept < ?"


def _late(today: date, older_than: int | None) -> tuple[str, str]:
    oldest = "" if older_than is None else (today - timedelta(days=older_than)).isoformat()
    return today.isoformat(), oldest


def is_vault(path: Path) -> bool:
    """Whether a file is a vault."""
    try:
        with path.open("rb") as stream:
            head = stream.read(72)
    except OSError:
        return False
    return head.startswith(_FIRST_BYTES) and int.from_bytes(head[68:72], "big") == APPLICATION


def log_of(path: Path) -> Path:
    """The log of who looked into a vault: it lies beside it, named after it."""
    return path.with_name(path.name + ".log")


def note(path: Path, now: datetime, purpose: str, run: str, pseudonyms: Sequence[str], known: set[str]) -> Path:
    """Add a line to the vault's log for each pseudonym that is about to be looked at, before it is shown.

    Args:
        path: the vault; the log lies beside it, named after it.
        now: when.
        purpose: unmask, share or match.
        run: the run folder.
        pseudonyms: which.
        known: those that the vault has a value for.

    Returns:
        The log.

    Raises:
        PrivacyError: the log cannot be written, so nothing may be shown.
    """
    log = log_of(path)
    about = {"at": now.isoformat(timespec="seconds"), "who": _who(), "purpose": purpose, "run": run}
    lines = [json.dumps({**about, "pseudonym": each, "known": each in known}) + "\n" for each in pseudonyms]
    try:
        descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, "".join(lines).encode("utf-8", "backslashreplace"))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise PrivacyError(
            f"{log}: cannot be written: {error.strerror}; nothing is shown that cannot be logged"
        ) from error
    return log


def _who() -> str:
    """The user of the process, as the system knows them: no variable has a say."""
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):
        return f"uid {os.getuid()}" if hasattr(os, "getuid") else getpass.getuser()


@contextmanager
def _opened(path: Path, new: bool = False) -> Iterator[sqlite3.Connection]:
    """The vault, written to at the end unless something went wrong."""
    if not new and not path.is_file():
        raise PrivacyError(f"{path}: no such vault; give --vault FILE, or build with privacy.vault = true")
    fresh = new and path.stat().st_size == 0
    if not fresh and not is_vault(path):
        raise PrivacyError(f"{path}: is no vault; give another file")
    try:
        with closing(sqlite3.connect(path, timeout=60)) as vault, vault:
            vault.execute("PRAGMA secure_delete = ON")
            if fresh:
                vault.execute(f"PRAGMA application_id = {APPLICATION}")
                vault.execute(_TABLE)
            yield vault
    except sqlite3.Error as error:
        raise PrivacyError(f"{path}: the vault cannot be used: {error}; if it is damaged, build again") from error
