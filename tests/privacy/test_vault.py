"""Unmasking with its log, and deleting what was kept long enough."""

from __future__ import annotations

import json
import os
import stat
from datetime import date, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from linkage.cli import app
from linkage.privacy import PSEUDONYMS, PrivacyError, pseudonym
from linkage.privacy.purge import purge
from linkage.privacy.vault import expired, keep, look_up
from linkage.tables import empty
from tests.privacy.runs import KEY, saved, tables

CARD = ("instrument", "card-1", [0, 1, 2], 8.0)
HOSTILE = ("device", "\x1b[2J<script>\u202e=1+1\ninstrument:", [0, 1], 9.0)


def call(*arguments: str | Path) -> tuple[int, str, BaseException | None]:
    done = CliRunner().invoke(app, list(map(str, arguments)))
    return done.exit_code, done.output, done.exception


def test_a_value_is_shown_and_the_look_is_logged(tmp_path: Path) -> None:
    vault = tmp_path / "vault.sqlite"
    run = saved(tmp_path / "run", tables([CARD, HOSTILE]), vault)
    asked = [pseudonym(kind, value, KEY) for kind, value in (CARD[:2], HOSTILE[:2])]
    done = CliRunner().invoke(app, ["unmask", str(run), *asked, "--vault", str(vault)])
    assert done.exit_code == 0
    assert f"{asked[0]}  card-1\n" in done.stdout
    assert len(done.stdout.splitlines()) == 2
    assert "\x1b" not in done.output
    assert "\u202e" not in done.output
    log = vault.with_name("vault.sqlite.log")
    assert done.stderr == f"logged in {log}\n"
    assert stat.S_IMODE(log.stat().st_mode) == stat.S_IMODE(vault.stat().st_mode) == 0o600
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["pseudonym"] for line in lines] == asked
    assert all(line["purpose"] == "unmask" and line["known"] and line["who"] for line in lines)
    assert lines[0]["run"] == str(run)
    assert datetime.fromisoformat(lines[0]["at"]).tzinfo is not None
    assert "card-1" not in log.read_text()
    call("unmask", run, asked[0], "--vault", vault)
    assert len(log.read_text().splitlines()) == 3


def test_what_the_vault_lacks_is_said_and_logged_too(tmp_path: Path) -> None:
    vault = tmp_path / "vault.sqlite"
    run = saved(tmp_path / "run", tables([CARD]), vault)
    code, _, error = call("unmask", run, "instrument:0123456789abcdef", "ip:\udcff", "--vault", vault)
    assert code != 0
    assert isinstance(error, PrivacyError)
    assert "does not hold instrument:0123456789abcdef" in str(error)
    assert str(error).endswith(f"logged in {vault}.log")
    lines = [json.loads(line) for line in vault.with_name("vault.sqlite.log").read_text().splitlines()]
    assert [line["known"] for line in lines] == [False, False]


def test_unmasking_says_what_is_wrong(tmp_path: Path) -> None:
    plain = saved(tmp_path / "plain", tables([CARD]))
    assert "not pseudonymised" in str(call("unmask", plain, "ip:0")[2])
    run = saved(tmp_path / "run", tables([CARD]), tmp_path / "vault.sqlite")
    assert "no such vault" in str(call("unmask", run, "ip:0", "--vault", tmp_path / "none")[2])
    (tmp_path / "text").write_text("no vault")
    assert "is no vault" in str(call("unmask", run, "ip:0", "--vault", tmp_path / "text")[2])


def test_a_log_that_cannot_be_written_shows_nothing(tmp_path: Path) -> None:
    vault = tmp_path / "vault.sqlite"
    run = saved(tmp_path / "run", tables([CARD]), vault)
    vault.with_name("vault.sqlite.log").mkdir()
    _, said, error = call("unmask", run, pseudonym(*CARD[:2], KEY), "--vault", vault)
    assert "cannot be logged" in str(error)
    assert "card-1" not in said + str(error)


def test_values_are_forgotten_when_their_time_is_over(tmp_path: Path) -> None:
    vault = tmp_path / "vault.sqlite"
    saved(tmp_path / "one", tables([CARD]), vault, days=10)  # kept on 10 January
    saved(tmp_path / "two", tables([HOSTILE]), vault)
    assert expired(vault, date(2026, 1, 20), None) == (0, 2)
    assert purge(vault, date(2026, 1, 21), None, dry=True).deleted == 1
    assert expired(vault, date(2026, 1, 21), None) == (1, 2)
    assert purge(vault, date(2026, 1, 21), None, dry=False).deleted == 1
    assert look_up(vault, [pseudonym(*CARD[:2], KEY)], "").is_empty()
    assert b"card-1" not in vault.read_bytes()
    assert HOSTILE[1].encode() in vault.read_bytes()
    assert purge(vault, date(2026, 1, 12), 5, dry=False).deleted == 0
    assert purge(vault, date(2026, 1, 16), 5, dry=False).deleted == 1


def test_a_value_is_kept_as_long_as_any_run_wants_it(tmp_path: Path) -> None:
    vault = tmp_path / "vault.sqlite"
    saved(tmp_path / "one", tables([CARD]), vault, days=10)
    saved(tmp_path / "two", tables([CARD]), vault)
    assert expired(vault, date(2027, 1, 1), None) == (0, 1)


def test_a_run_goes_when_its_retention_is_over(tmp_path: Path) -> None:
    runs = [saved(tmp_path / name, tables([CARD]), days=days) for name, days in (("a", 10), ("b", None), ("c", 99))]
    for run in runs:
        os.utime(run / "manifest.json", (datetime(2026, 1, 1).timestamp(),) * 2)
    today = date(2026, 1, 20)
    assert [purge(run, today, None, dry=True).deleted for run in runs] == [1, 0, 0]
    assert all(run.exists() for run in runs)
    assert [purge(run, today, None, dry=False).deleted for run in runs] == [1, 0, 0]
    assert [run.exists() for run in runs] == [False, True, True]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["b", "c"]
    assert purge(runs[1], today, 5, dry=False).deleted == 1
    assert not runs[1].exists()


def test_what_is_no_run_is_refused_and_then_nothing_goes(tmp_path: Path) -> None:
    run = saved(tmp_path / "run", tables([CARD]), days=1)
    os.utime(run / "manifest.json", (0, 0))
    other = tmp_path / "other"
    other.mkdir()
    (other / "manifest.json").write_text('{"name": "an app"}')
    link = tmp_path / "link"
    link.symlink_to(run)
    for path in (other, link, tmp_path, tmp_path / "none", other / "manifest.json"):
        assert call("purge", run, path)[0] != 0
        assert run.exists()
    (run / "notes.txt").write_text("mine")
    code, _, error = call("purge", run)
    assert code != 0
    assert "notes.txt" in str(error)
    assert run.exists()
    (run / "notes.txt").unlink()
    assert "would purge" in call("purge", "--dry-run", run)[1]
    assert run.exists()
    assert "purged" in call("purge", run)[1]
    assert not run.exists()


def test_a_vault_in_an_odd_place_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PrivacyError, match="vault_file"):
        keep(tmp_path / "file" / "vault", empty(PSEUDONYMS), "f", date(2026, 1, 1))
