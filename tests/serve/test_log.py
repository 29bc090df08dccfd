"""The log only grows, and shows when somebody changed it all the same."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from linkage.errors import RunFolderError
from linkage.serve.log import BEGINNING, Log
from tests.serve import apps


@pytest.fixture
def log(tmp_path: Path) -> Log:
    made = Log(tmp_path / "state" / "log.sqlite")
    for n in range(4):
        made.append(apps.NOW, "ann", "note", {"campaign": "C-1", "text": f"{n} é \x00 \u202e"})
    return made


def test_each_entry_holds_the_hash_of_the_one_before(log: Log) -> None:
    entries = log.entries()
    assert [each.previous for each in entries] == [BEGINNING, *(each.hash for each in entries[:-1])]
    assert log.check().broken is None
    assert log.check().head == entries[-1].hash
    assert [each.seq for each in log.entries(after=1, before=4, newest=True)] == [3, 2]


def test_only_its_owner_may_read_it(log: Log) -> None:
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(log.path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE log SET who = 'bob' WHERE seq = 2",
        "DELETE FROM log WHERE seq = 4",
        "INSERT OR REPLACE INTO log VALUES (2, 'x', 'x', 'x', '{}', 'x', 'x')",
        "INSERT INTO log VALUES (9, 'x', 'x', 'x', '{}', 'x', 'x')",
        "INSERT INTO log VALUES (5, 'x', 'x', 'x', '{}', 'x', 'x')",
    ],
)
def test_the_base_itself_refuses_changes(log: Log, change: str) -> None:
    with sqlite3.connect(log.path) as base, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        base.execute(change)
    assert log.check().broken is None


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ("UPDATE log SET who = 'bob' WHERE seq = 2", 2),
        ("UPDATE log SET at = '2020-01-01T00:00:00+00:00' WHERE seq = 4", 4),
        ("UPDATE log SET detail = replace(detail, 'C-1', 'C-2') WHERE seq = 3", 3),
        ("DELETE FROM log WHERE seq = 2", 3),
        ("UPDATE log SET previous = hash WHERE seq = 3", 3),
    ],
)
def test_tampering_past_the_triggers_shows(log: Log, change: str, broken: int) -> None:
    with sqlite3.connect(log.path) as base:
        for name in ("log_is_not_changed", "log_is_not_shortened"):
            base.execute(f"DROP TRIGGER {name}")
        base.execute(change)
    assert log.check().broken == broken


def test_a_missing_end_shows_to_whoever_kept_the_head(log: Log) -> None:
    head = log.check().head
    assert log.holds(head)
    with sqlite3.connect(log.path) as base:
        base.execute("DROP TRIGGER log_is_not_shortened")
        base.execute("DELETE FROM log WHERE seq = 4")
    assert log.check().broken is None
    assert not log.holds(head)


def test_two_processes_write_one_chain(log: Log) -> None:
    other = Log(log.path)
    for n in range(3):
        other.append(apps.NOW, "bob", "note", {"n": n})
        log.append(apps.NOW, "ann", "note", {"n": n})
    assert log.check().broken is None
    assert log.last() == other.last() == 10


def test_another_file_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as base:
        base.execute("CREATE TABLE t (a)")
    with pytest.raises(RunFolderError, match="is not a log of decisions"):
        Log(other)
    (tmp_path / "text").write_text("no base " * 200)
    with pytest.raises(RunFolderError, match="cannot be used"):
        Log(tmp_path / "text")
