"""The commands: exit codes, JSON, and strings of the logs that can do nothing but be read."""

from __future__ import annotations

import json
from pathlib import Path
from unicodedata import category

import polars as pl
import pytest
from typer.testing import CliRunner

import linkage
from linkage import cli, commands_explain
from linkage.errors import LinkageError, UnknownIdError
from linkage.tables import OUTPUT

HOSTILE = "\x1b[31m\x07\u202e\u2066\x9b2J<script>alert(1)</script>\u2028=cmd()\x7f\r\n"
IDS = ("account_id", "account_a", "account_b")


def hostile(run: linkage.Run) -> linkage.Run:
    """The run with hostile text in front of every string, and one account and one value of a megabyte."""
    tables = {}
    for name in OUTPUT:
        frame = run.table(name)
        texts = [c for c, kind in frame.schema.items() if kind == pl.String and c not in ("decision", "event", "tier")]
        long = [
            pl.when(pl.col(c).is_in(["x", "W"])).then(pl.col(c) + "x" * 1_000_000).otherwise(c).alias(c) for c in texts
        ]
        tables[name] = frame.with_columns(long).with_columns((pl.lit(HOSTILE) + pl.col(c)).alias(c) for c in texts)
    return linkage.Run(tables=tables, manifest=run.manifest)


@pytest.fixture(scope="module")
def folder(crew: linkage.Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = hostile(crew).save(tmp_path_factory.mktemp("hostile") / "run").path
    assert path is not None
    return path


def commands(folder: Path) -> list[list[str]]:
    run = linkage.Run.open(folder)
    campaign, x = run.campaigns["campaign_id"][0], HOSTILE + "x" + "x" * 1_000_000
    whole = [HOSTILE + name for name in ("c0", "c1", "c5", "z000")]
    return [
        ["campaigns", str(folder)],
        ["show", str(folder), campaign],
        *(["explain", str(folder), account] for account in (x, *whole)),
        *(["explain", str(folder), x, account] for account in whole),
        ["diff", str(folder), str(folder)],
    ]


def test_hostile_strings_come_out_inert_and_short(folder: Path) -> None:
    for command in commands(folder):
        done = CliRunner().invoke(cli.app, command)
        assert done.exit_code == 0, done.exception
        bad = {c for c in done.output if category(c) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") and c != "\n"}
        assert not bad, command[0]
        assert len(done.output) < 60_000, command[0]
        assert max(map(len, done.output.split("\n"))) < 2_000, command[0]
        assert "\\x1b[31m" in done.output, command[0]


def test_json_is_whole_and_drives_no_terminal(folder: Path) -> None:
    for command in commands(folder):
        done = CliRunner().invoke(cli.app, [*command, "--json"])
        assert done.exit_code == 0, done.exception
        assert all(" " <= c <= "~" or c == "\n" for c in done.output), command[0]
        found = json.loads(done.output)
        assert found, command[0]
    assert json.loads(CliRunner().invoke(cli.app, [*commands(folder)[2], "--json"]).output)["account_id"].endswith(
        "x" * 99
    )


def test_what_nobody_knows_is_an_error_that_says_so(crew: linkage.Run, tmp_path: Path) -> None:
    folder = str(crew.save(tmp_path / "run").path)
    for command in (
        ["show", folder, "C-x\x1b[31m"],
        ["explain", folder, "\x1b[31m"],
        ["explain", folder, "c0", "nobody"],
    ):
        failed = CliRunner().invoke(cli.app, command).exception
        assert isinstance(failed, UnknownIdError)
        assert failed.exit_code == 2
        assert "\x1b" not in str(failed)
    for command in (
        ["campaigns", "absent"],
        ["show", "absent", "C"],
        ["explain", "absent", "a"],
        ["diff", folder, "absent"],
    ):
        failed = CliRunner().invoke(cli.app, command).exception
        assert isinstance(failed, LinkageError)
        assert failed.exit_code == 2


def test_a_damaged_table_is_an_error_that_names_it(crew: linkage.Run, tmp_path: Path) -> None:
    folder = crew.save(tmp_path / "run").path
    assert folder is not None
    (folder / "links.parquet").write_bytes(b"PAR1 damaged")
    failed = CliRunner().invoke(cli.app, ["explain", str(folder), "c0", "c1"]).exception
    assert isinstance(failed, LinkageError)
    assert "links.parquet" in str(failed)


def test_options(crew: linkage.Run, tmp_path: Path) -> None:
    folder = str(crew.save(tmp_path / "run").path)
    listed = json.loads(CliRunner().invoke(cli.app, ["campaigns", folder, "--json", "--sort", "accounts"]).output)
    assert [each["accounts"] for each in listed] == [9]
    shown = CliRunner().invoke(cli.app, ["show", folder, listed[0]["campaign_id"], "--members", "1", "--values", "0"])
    assert "(1 of 9)" in shown.output
    assert CliRunner().invoke(cli.app, ["campaigns", folder, "--sort", "beauty"]).exit_code == 2


def test_explain_is_answered_at_once_as_typer_answers(
    crew: linkage.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(crew.save(tmp_path / "run").path)
    for asked in (["c0"], ["c0", "c1"], ["x", "y"], ["--json", "c0"], ["c0", "c1", "--json"]):
        through = CliRunner().invoke(cli.app, ["explain", folder, *asked])
        assert commands_explain.at_once(["explain", folder, *asked])
        assert capsys.readouterr().out == through.output
    for other in (["--help"], [], ["c0", "c1", "x"], ["c0", "--jsno"], ["c0", "--json", "--json"], ["--", "c0"], [""]):
        assert not commands_explain.at_once(["explain", folder, *other])
    assert not commands_explain.at_once(["show", folder, "c0"])
    assert not commands_explain.at_once([])
    monkeypatch.setattr("sys.argv", ["linkage", "explain", folder, "nobody"])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == UnknownIdError.exit_code
    assert "nobody" in capsys.readouterr().err
