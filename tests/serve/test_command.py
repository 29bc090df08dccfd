"""`linkage serve`, `linkage decisions` and `linkage audit` as they are typed."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from linkage.cli import app as cli
from linkage.serve.desk import Desk
from linkage.serve.log import Log
from linkage.tables import INPUT
from tests.serve import apps


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return apps.run().save(tmp_path / "run").path or tmp_path


def call(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(cli, [str(each) for each in arguments])
    return done.exit_code, done.output + str(done.exception or "")


def test_decisions_are_written_and_the_log_is_checked(folder: Path, tmp_path: Path) -> None:
    state = tmp_path / "s" / "log.sqlite"
    code, said = call("decisions", folder, "-o", tmp_path / "d.parquet", "--state", state)
    assert code != 0
    assert "there is no log of decisions" in said
    desk = Desk(Log(state), apps.Clock().now)
    desk.confirm("ann", "C-x", ["a", "b"], "why", "run")
    desk.approve("bob", 1)
    desk.clear("bob", "C-x", ["b"], "why", False, "run")
    code, said = call("decisions", folder, "-o", tmp_path / "d.parquet", "--state", state)
    assert code == 0, said
    frame = pl.read_parquet(tmp_path / "d.parquet")
    assert frame.schema == INPUT["decisions"]
    assert frame.filter(account_id="a").select("decision", "campaign").row(0) == ("enforced", "C-x")
    assert frame.filter(account_id="b")["decision"].to_list() == ["cleared"]
    head = desk.log.check().head
    code, said = call("audit", folder, "--state", state, "--head", head)
    assert code == 0
    assert head in said
    assert call("audit", folder, "--state", state, "--head", "0" * 64)[0] == 1
    with sqlite3.connect(state) as base:
        base.execute("DROP TRIGGER log_is_not_changed")
        base.execute("UPDATE log SET who = 'eve' WHERE seq = 2")
    code, said = call("audit", folder, "--state", state)
    assert code == 1
    assert "BROKEN: entry 2" in said


def test_it_serves_says_where_and_keeps_named_users(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("uvicorn")
    import urllib.request

    port, state = apps.free_port(), tmp_path / "s" / "log.sqlite"
    code = "from linkage.cli import main; main()"
    command = [
        sys.executable,
        "-c",
        code,
        "serve",
        str(folder),
        "--state",
        str(state),
        "--port",
        str(port),
        "--user",
        "bob",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        lines: list[str] = []
        while len(lines) < 4:
            line = process.stdout.readline()
            assert line, lines
            lines.append(line)
        try:
            for _ in range(200):
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/login", timeout=5) as answer:
                        page = answer.read().decode()
                    break
                except OSError:
                    import time

                    time.sleep(0.1)
        finally:
            process.terminate()
    said = "".join(lines)
    assert f"http://127.0.0.1:{port}/" in said
    assert str(state) in said
    assert "token of bob (until --user makes another" in said
    assert "WARNING" not in said
    assert "linkage serve" in page
    assert list(Log(state).users()) == ["bob"]


def test_other_addresses_are_warned_of() -> None:
    from linkage.commands_serve import warnings

    assert warnings("127.0.0.1") == []
    assert "not encrypted" in " ".join(warnings("0.0.0.0"))
