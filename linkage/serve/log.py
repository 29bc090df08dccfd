"""An append-only log in SQLite: each entry holds the SHA-256 of the one before, and triggers forbid all but adding."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from threading import RLock
from typing import Any, Final

from linkage.errors import RunFolderError
from linkage.privacy.keys import private_folder

#: Says that a SQLite file is such a log.
APPLICATION: Final = 0x4C_4B_54_52
#: What the first entry follows.
BEGINNING: Final = "0" * 64
_TABLES: Final = """
CREATE TABLE log (
  seq INTEGER PRIMARY KEY, at TEXT NOT NULL, who TEXT NOT NULL, action TEXT NOT NULL, detail TEXT NOT NULL,
  previous TEXT NOT NULL, hash TEXT NOT NULL UNIQUE
);
CREATE TRIGGER log_is_not_changed BEFORE UPDATE ON log
  BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER log_is_not_shortened BEFORE DELETE ON log
  BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER log_goes_on BEFORE INSERT ON log
  WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM log)
    OR NEW.previous <> coalesce((SELECT hash FROM log ORDER BY seq DESC LIMIT 1), '{BEGINNING}')
  BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TABLE users (name TEXT PRIMARY KEY, token TEXT NOT NULL, made_at TEXT NOT NULL);
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL);
""".replace("{BEGINNING}", BEGINNING)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing somebody did."""

    seq: int
    at: datetime
    who: str
    action: str
    detail: Mapping[str, Any]
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether the chain holds."""

    entries: int
    head: str  # hash of the last entry: whoever keeps it elsewhere would see that the end is missing
    broken: int | None  # seq of the first entry that does not fit
    why: str | None


class Log:
    """The log in a file that only its owner may read."""

    def __init__(self, path: Path) -> None:
        """Open it, or make it where there is none. Raises RunFolderError."""
        self.path = path
        self._lock = RLock()
        try:
            private_folder(path.parent)
            fresh = not path.exists() or path.stat().st_size == 0
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # SQLite's own journals take this mode too
            self._base = sqlite3.connect(path, timeout=30, check_same_thread=False, isolation_level=None)
            if fresh:
                self._base.executescript(_TABLES)
                self._base.execute(f"PRAGMA application_id = {APPLICATION}")
            if self._base.execute("PRAGMA application_id").fetchone()[0] != APPLICATION:
                raise RunFolderError(f"{path}: is not a log of decisions; give another file with --state")
            self._base.execute("PRAGMA journal_mode = WAL")
            self._base.execute("PRAGMA synchronous = FULL")
        except (OSError, sqlite3.Error) as error:
            raise RunFolderError(f"{path}: cannot be used: {error}; give another file with --state") from error

    def append(self, at: datetime, who: str, action: str, detail: Mapping[str, Any]) -> Entry:
        """Add an entry. Raises RunFolderError if it cannot be written."""
        text = json.dumps(detail, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        stamp = at.isoformat(timespec="microseconds")
        with self._changing() as base:
            last = base.execute("SELECT seq, hash FROM log ORDER BY seq DESC LIMIT 1").fetchone() or (0, BEGINNING)
            seq, previous = last[0] + 1, last[1]
            value = digest(seq, stamp, who, action, text, previous)
            base.execute(
                "INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?)", (seq, stamp, who, action, text, previous, value)
            )
        return Entry(seq, at, who, action, json.loads(text), previous, value)

    def entries(self, after: int = 0, before: int | None = None, most: int = -1, newest: bool = False) -> list[Entry]:
        """Entries with `after` < seq < `before`, in order or the newest first."""
        order, end = ("DESC" if newest else "ASC"), (1 << 62 if before is None else before)
        query = f"SELECT * FROM log WHERE seq > ? AND seq < ? ORDER BY seq {order} LIMIT ?"
        with self._reading() as base:
            rows = base.execute(query, (after, end, most)).fetchall()
        return [Entry(r[0], datetime.fromisoformat(r[1]), r[2], r[3], json.loads(r[4]), r[5], r[6]) for r in rows]

    def last(self) -> int:
        """Number of the last entry, 0 if there is none."""
        with self._reading() as base:
            return int(base.execute("SELECT coalesce(max(seq), 0) FROM log").fetchone()[0])

    def check(self) -> Checked:
        """Compute every hash again."""
        previous, count = BEGINNING, 0
        with self._reading() as base:
            for seq, at, who, action, detail, before, value in base.execute("SELECT * FROM log ORDER BY seq"):
                count += 1
                why = (
                    f"entry {count} is missing" if seq != count
                    else "does not follow the entry before" if before != previous
                    else "is not as it was written" if digest(seq, at, who, action, detail, before) != value
                    else None
                )  # fmt: skip
                if why is not None:
                    return Checked(count, previous, seq, f"entry {seq}: {why}" if seq == count else why)
                previous = value
        return Checked(count, previous, None, None)

    def holds(self, head: str) -> bool:
        """Whether an entry has this hash."""
        with self._reading() as base:
            return base.execute("SELECT 1 FROM log WHERE hash = ?", (head,)).fetchone() is not None

    def about(self, name: str, made: str) -> str:
        """A fact of the file, which is set to `made` the first time it is asked for."""
        with self._changing() as base:
            base.execute("INSERT OR IGNORE INTO about VALUES (?, ?)", (name, made))
            return str(base.execute("SELECT value FROM about WHERE name = ?", (name,)).fetchone()[0])

    def put_user(self, name: str, token: str, at: datetime) -> None:
        """Keep the hash of a user's token, in place of an earlier one."""
        with self._changing() as base:
            base.execute("INSERT OR REPLACE INTO users VALUES (?, ?, ?)", (name, token, at.isoformat()))

    def users(self) -> dict[str, str]:
        """Name -> hash of the token."""
        with self._reading() as base:
            return dict(base.execute("SELECT name, token FROM users ORDER BY name").fetchall())

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._base.close()

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        with self._reading() as base:
            base.execute("BEGIN IMMEDIATE")
            try:
                yield base
            except BaseException:
                base.execute("ROLLBACK")
                raise
            base.execute("COMMIT")

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._base
            except sqlite3.Error as error:
                raise RunFolderError(f"{self.path}: {error}; nothing was decided") from error


def digest(seq: int, at: str, who: str, action: str, detail: str, previous: str) -> str:
    """SHA-256 of an entry: a JSON array, so that no two entries read alike."""
    return sha256(json.dumps([seq, at, who, action, detail, previous], separators=(",", ":")).encode()).hexdigest()
