from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

import linkage
from linkage import __version__, cli
from linkage.closing import closing
from linkage.errors import InputError, RunFolderError
from linkage.tables import OUTPUT, empty

ROOT = Path(__file__).resolve().parent.parent


def run(*arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from linkage.cli import main; main()", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def campaigns(*sizes: int) -> pl.DataFrame:
    day = datetime(2025, 3, 3, tzinfo=UTC)
    rows = {
        "campaign_id": [f"C-{i}" for i in range(len(sizes))],
        "accounts": sizes,
        "exchanges": [size * 10 for size in sizes],
        "suspicion": [0.9] * len(sizes),
        "first_seen": [day] * len(sizes),
        "last_seen": [day] * len(sizes),
    }
    return pl.concat([empty(OUTPUT["campaigns"]), pl.DataFrame(rows)], how="diagonal_relaxed")


def a_run(manifest: dict[str, Any] | None = None, **changes: pl.DataFrame) -> SimpleNamespace:
    tables = {name: empty(schema) for name, schema in OUTPUT.items()} | changes
    found = tables["campaigns"]
    counts = {
        "accounts": 100,
        "exchanges": 5000,
        "campaigns": found.height,
        "accounts_in_campaigns": int(found["accounts"].sum()),
        "exchanges_in_campaigns": int(found["exchanges"].sum()),
    }
    said = {"counts": counts, "rejected": {}, "why_nothing": ["No value was shared."], "notes": []}
    return SimpleNamespace(manifest=said | (manifest or {}), **tables)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A pipeline that hands back `stage.run`, or raises `stage.error`; what it was asked for is kept."""
    stage = SimpleNamespace(run=a_run(), error=None, asked=None, saved=None)

    def build(source: Path, settings: Any, *, progress: Any, **asked: Any) -> Any:
        stage.asked = SimpleNamespace(source=source, settings=settings, **asked)
        with progress.stage("read") as step:
            step.rows = 12
            if stage.error:
                raise stage.error
        stage.run.save = lambda folder, overwrite: setattr(stage, "saved", (folder, overwrite))
        return stage.run

    def check_output(folder: Path, overwrite: bool) -> None:
        if folder.exists() and not overwrite:
            raise RunFolderError(f"{folder} exists")

    monkeypatch.setattr(linkage, "pipeline", SimpleNamespace(build=build, keep_values=lambda *_: None), raising=False)
    monkeypatch.setattr(linkage, "io", SimpleNamespace(check_output=check_output), raising=False)
    return stage


def command(*arguments: str | Path, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "argv", ["linkage", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    code = ended.value.code
    return code if isinstance(code, int) else 0


class TestBuild:
    @pytest.fixture(autouse=True)
    def _given(
        self,
        stage: SimpleNamespace,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        self.stage, self.folder, self.patch, self.capture = stage, tmp_path, monkeypatch, capsys

    def build(self, *options: str | Path) -> tuple[int, str, str]:
        code = command("build", "logs", "-o", self.folder / "run", *options, monkeypatch=self.patch)
        said = self.capture.readouterr()
        return code, said.out, said.err

    def test_it_builds_saves_and_says_what_was_found(self) -> None:
        code, out, err = self.build()
        assert (code, err) == (0, "")
        assert self.stage.asked.source == Path("logs")
        assert self.stage.asked.device == "auto"
        assert self.stage.asked.previous is None
        assert self.stage.asked.model is None
        assert self.stage.saved == (self.folder / "run", False)
        assert "accounts           100" in out
        assert "No value was shared." in out
        assert out.rstrip().endswith("report.html")

    def test_options_reach_settings_and_pipeline(self) -> None:
        (self.folder / "l.toml").write_text("[communities]\nresolution = 2\n")
        code, _, _ = self.build(
            "-c", self.folder / "l.toml", "--seed", "9", "--device", "cpu", "--overwrite", "--previous", "old"
        )
        assert code == 0
        assert self.stage.asked.settings.seed == 9
        assert self.stage.asked.settings.communities.resolution == 2
        assert self.stage.asked.device == "cpu"
        assert self.stage.asked.previous == Path("old")
        assert self.stage.saved == (self.folder / "run", True)

    def test_an_existing_output_is_refused_before_anything_is_read(self) -> None:
        (self.folder / "run").mkdir()
        code, _, err = self.build()
        assert code == 2
        assert "exists" in err
        assert self.stage.asked is None

    def test_quiet_says_nothing(self) -> None:
        assert self.build("--quiet") == (0, "", "")

    def test_json_lines_are_all_there_is_on_stderr(self) -> None:
        code, out, err = self.build("--log-json")
        events = [json.loads(line) for line in err.splitlines()]
        assert code == 0
        assert [event.get("stage", event["event"]) for event in events] == ["read", "write", "done"]
        assert events[0]["rows"] == 12
        assert events[-1]["accounts"] == 100
        assert "accounts" in out

    @pytest.mark.parametrize(
        ("error", "code", "said"),
        [
            (InputError("logs: no table found"), 3, "linkage: logs: no table found\n"),
            (InputError("bad \x1b[2J value"), 3, "linkage: bad \\x1b[2J value\n"),
            (KeyboardInterrupt(), 130, ""),
            (MemoryError(), 1, "linkage: out of memory\n"),
            (OSError(28, "No space left on device", "run/x"), 1, "linkage: run/x: No space left on device\n"),
        ],
        ids=["input", "escaped", "interrupt", "memory", "disk"],
    )
    def test_a_failure_is_a_message_and_a_code(self, error: BaseException, code: int, said: str) -> None:
        self.stage.error = error
        assert self.build() == (code, "", said)

    def test_a_bug_is_ours_and_its_traceback_shown_on_demand(self) -> None:
        self.stage.error = ZeroDivisionError("division by zero")
        code, _, err = self.build()
        assert code == 1
        assert "linkage: ZeroDivisionError: division by zero" in err
        assert "our fault" in err
        assert "Traceback" not in err
        self.patch.setenv("LINKAGE_TRACEBACK", "1")
        assert "Traceback" in self.build()[2]

    def test_a_failure_under_log_json_is_json_too(self) -> None:
        self.stage.error = InputError("logs: no table found")
        code, _, err = self.build("--log-json")
        events = [json.loads(line) for line in err.splitlines()]
        assert code == 3
        assert events[-1]["event"] == "failed"
        assert events[-1]["error"] == "logs: no table found"

    def test_settings_that_cannot_be_used_are_refused(self) -> None:
        (self.folder / "l.toml").write_text("sede = 2\n")
        code, _, err = self.build("-c", self.folder / "l.toml")
        assert code == 2
        assert "did you mean seed?" in err


class TestClosing:
    def lines(self, **changes: Any) -> list[str]:
        return closing(a_run(**changes), Path("run"), 12.34, 3 << 30).splitlines()

    def test_the_largest_campaigns_come_first(self) -> None:
        lines = self.lines(campaigns=campaigns(5, 1200, 70))
        start = next(i for i, line in enumerate(lines) if line.startswith("largest"))
        assert [line.split()[0] for line in lines[start + 1 : start + 4]] == ["C-1", "C-2", "C-0"]
        assert lines[start + 1].split()[1:4] == ["1,200", "12,000", "0.90"]
        assert "campaigns          3" in lines

    def test_many_campaigns_are_counted(self) -> None:
        assert "and 4 more in campaigns.parquet" in self.lines(campaigns=campaigns(*range(5, 19)))

    def test_what_was_left_out_is_said(self) -> None:
        hubs = pl.DataFrame({"kind": ["ip", "ip", "device"], "pairs": [10, 20, 1000]})
        honest = pl.DataFrame({"campaign_id": [None, None, "C-1"], "explanation": ["firm", None, None]})
        rejected = {"exchanges": {"no time": 3}, "payments": {"no account": 1}}
        text = "\n".join(
            self.lines(hubs=hubs, communities=honest, manifest={"rejected": rejected, "notes": ["odd \x07"]})
        )
        assert "groups let be      2 (firm 1, unexplained 1)" in text
        assert "hubs suppressed    3 (ip 2, device 1); 1,030 pairs not made" in text
        assert "rows rejected      4 (exchanges: no time 3, payments: no account 1)" in text
        assert "note               odd \\x07" in text
        assert "12.3 s, 3.00 GiB of memory at most" in text


class TestSimulate:
    def test_a_world_is_written(self, tmp_path: Path) -> None:
        done = CliRunner().invoke(
            cli.app, ["simulate", str(tmp_path / "w"), "--accounts", "60", "--seed", "1", "--set", "days=7"]
        )
        assert done.exit_code == 0, done.output
        assert "60 accounts" in done.output
        assert pl.read_parquet(tmp_path / "w" / "truth.parquet").height == 60

    def test_settings_come_from_a_file_and_options_go_over_it(self, tmp_path: Path) -> None:
        (tmp_path / "world.toml").write_text("accounts = 60\ndays = 7\nseed = 4\n")
        one, other = tmp_path / "one", tmp_path / "other"
        for out, options in ((one, ["-c", str(tmp_path / "world.toml"), "--seed", "5"]), (other, [])):
            fixed = options or ["--accounts", "60", "--seed", "5", "--set", "days=7"]
            assert CliRunner().invoke(cli.app, ["simulate", str(out), *fixed]).exit_code == 0
        assert (one / "accounts.parquet").read_bytes() == (other / "accounts.parquet").read_bytes()

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            (["--scenario", "plane"], "scenario: found \"plane\", expected 'plain'"),
            (["--set", "campaigns.shar=1"], "did you mean campaigns.share?"),
            (["--set", "campaigns"], "expected KEY=VALUE"),
            (["--accounts", "2"], "accounts: found 2, expected greater than"),
        ],
    )
    def test_bad_settings_are_refused(
        self, options: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
    ) -> None:
        assert command("simulate", tmp_path / "w", *options, monkeypatch=monkeypatch) == 2
        assert said in capsys.readouterr().err
        assert not (tmp_path / "w").exists()


def test_doctor_reports_for_people_and_machines() -> None:
    text = CliRunner().invoke(cli.app, ["doctor"])
    assert text.exit_code == 0
    assert "`linkage build` can run here." in text.output
    assert json.loads(CliRunner().invoke(cli.app, ["doctor", "--json"]).output)["can_build"] is True


def test_doctor_ends_with_2_where_a_build_cannot_run(monkeypatch: pytest.MonkeyPatch) -> None:
    from linkage import doctor

    monkeypatch.setattr(doctor, "NEEDED", {"no-such-package": "no_such_module"})
    done = CliRunner().invoke(cli.app, ["doctor"])
    assert done.exit_code == 2
    assert "pip install no-such-package" in done.output


def test_the_help_lists_commands_and_exit_codes() -> None:
    done = run("--help")
    assert done.returncode == 0
    for word in ("simulate", "build", "evaluate", "doctor", "bad input", "bad usage"):
        assert word in done.stdout


@pytest.mark.parametrize("arguments", [["build", "x"], ["nothing"], ["build", "x", "-o", "y", "--device", "tpu"]])
def test_bad_usage_ends_with_2(arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_the_version() -> None:
    assert run("--version").stdout == f"linkage {__version__}\n"


def test_a_reader_that_goes_away_ends_it_quietly() -> None:
    code = "from linkage.cli import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", code, "doctor"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.close()
        assert child.stderr.read() == b""
        assert child.wait() == 0


@pytest.mark.slow
def test_a_simulated_world_is_built_and_measured(tmp_path: Path) -> None:
    world, out = tmp_path / "world", tmp_path / "run"
    assert run("simulate", world, "--accounts", "300", "--seed", "1", "--set", "campaigns.share=0.1").returncode == 0
    built = run("build", world, "-o", out, "--log-json")
    assert built.returncode == 0, built.stderr
    assert json.loads(built.stderr.splitlines()[-1])["event"] == "done"
    assert (out / "report.html").exists()
    assert run("report", out, "--format", "html", "-o", tmp_path / "again.html").returncode == 0
    assert (tmp_path / "again.html").read_bytes() == (out / "report.html").read_bytes()
    assert run("build", world, "-o", out).returncode == 2
    assert run("build", world, "-o", out, "--overwrite").returncode == 0
    measured = run("evaluate", out, "--truth", world / "truth.parquet", "--json", "-o", tmp_path / "m.json")
    assert measured.returncode == 0, measured.stderr
    assert json.loads(measured.stdout) == json.loads((tmp_path / "m.json").read_text())
    assert run("evaluate", out, "--truth", tmp_path / "nowhere.parquet").returncode == 3
    assert run("build", tmp_path / "nowhere", "-o", tmp_path / "other").returncode == 3
