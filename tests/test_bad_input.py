"""Bad input through the command: a clear error or a counted rejection, never a traceback, never half a run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

import linkage

START = datetime(2026, 3, 1, tzinfo=UTC)
Folder = Callable[..., Path]


def exchanges(rows: int = 60, accounts: int = 12) -> pl.DataFrame:
    """Exchanges of accounts that share a device two by two."""
    return pl.DataFrame(
        {
            "account_id": [f"a{i % accounts:02d}" for i in range(rows)],
            "sent_at": [START + timedelta(minutes=7 * i) for i in range(rows)],
            "ip": [f"203.0.113.{i % accounts}" for i in range(rows)],
            "device": [f"d{i % accounts // 2}" for i in range(rows)],
        }
    )


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Write tables to an input folder, as Parquet."""

    def write(**tables: pl.DataFrame) -> Path:
        source = tmp_path / "in"
        source.mkdir(exist_ok=True)
        for name, table in tables.items():
            table.write_parquet(source / f"{name}.parquet")
        return source

    return write


def command(*args: object, **kwargs: object) -> subprocess.CompletedProcess[str]:
    """`linkage ...` in a process of its own."""
    line = [sys.executable, "-c", "from linkage.cli import main; main()", *map(str, args)]
    return subprocess.run(line, capture_output=True, text=True, check=False, timeout=120, **kwargs)  # type: ignore[call-overload,no-any-return]


def refused(source: Path, code: int, *words: str, settings: str = "") -> None:
    """The build ends with that code, says these words in one message, shows no traceback and leaves no run."""
    out = source.parent / "run"
    extra: list[object] = []
    if settings:
        file = source.parent / "linkage.toml"
        file.write_text(settings)
        extra = ["-c", file]
    done = command("build", source, "-o", out, *extra)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr, done.stderr
    assert not out.exists()
    assert not list(source.parent.glob(".run*"))


def rejections(run: linkage.Run) -> dict[str, int]:
    return dict(run.rejected.group_by("reason").len().sort("reason").rows())


def test_a_missing_column_names_itself_and_what_is_there(folder: Folder) -> None:
    source = folder(exchanges=exchanges().rename({"sent_at": "sent"}))
    refused(source, 3, "exchanges", "sent_at", "found", "sent", "linkage.toml")


def test_a_wrong_type_names_column_type_and_remedy(folder: Folder) -> None:
    source = folder(exchanges=exchanges().with_columns(sent_at=pl.struct("ip", "device")))
    refused(source, 3, "sent_at", "Struct")


def test_a_value_of_the_wrong_type_is_a_counted_rejection(folder: Folder) -> None:
    times = pl.col("sent_at").dt.to_string("iso:strict")
    odd = pl.when(pl.int_range(pl.len()) == 3).then(pl.lit("yesterday")).otherwise(times)
    run = linkage.build(folder(exchanges=exchanges().with_columns(sent_at=odd)))
    assert rejections(run) == {"not a time": 1}
    assert run.rejected.row(0, named=True) == {
        "table": "exchanges",
        "row": 3,
        "column": "sent_at",
        "reason": "not a time",
        "value": "yesterday",
    }
    assert run.accounts["exchanges"].sum() == 59


def test_an_unknown_column_is_noted_and_ignored(folder: Folder) -> None:
    run = linkage.build(folder(exchanges=exchanges().with_columns(colour=pl.lit("red"))))
    notes = run.manifest["notes"]
    assert isinstance(notes, list)
    assert any("colour" in note for note in notes)


def test_hashed_addresses_are_said_to_be_identifiers(folder: Folder) -> None:
    run = linkage.build(folder(exchanges=exchanges().with_columns(ip=pl.col("ip").hash().cast(pl.String))))
    notes = run.manifest["notes"]
    assert isinstance(notes, list)
    assert notes[0].startswith("exchanges: 60 of 60 rows were left out, most as: not an address; map hashed addresses")
    some = pl.when(pl.int_range(pl.len()) < 20).then(pl.lit("hashed")).otherwise("ip")
    run = linkage.build(folder(exchanges=exchanges().with_columns(ip=some)))
    assert rejections(run) == {"not an address": 20}
    assert "left out, most as" not in str(run.manifest["notes"])


@pytest.mark.parametrize("name", ["exchanges.parquet", "exchanges.csv", "exchanges.ndjson", "exchanges.csv.gz"])
def test_an_empty_file_is_bad_input(tmp_path: Path, name: str) -> None:
    source = tmp_path / "in"
    source.mkdir()
    (source / name).touch()
    refused(source, 3, name, "empty")


def test_a_table_with_no_rows_builds_an_empty_run(folder: Folder) -> None:
    run = linkage.build(folder(exchanges=exchanges().clear()))
    assert run.accounts.is_empty()
    assert run.campaigns.is_empty()
    assert run.manifest["why_nothing"]


def test_a_truncated_parquet_file_is_bad_input(folder: Folder) -> None:
    source = folder(exchanges=exchanges(5000))
    file = source / "exchanges.parquet"
    file.write_bytes(file.read_bytes()[:-200])
    refused(source, 3, "exchanges.parquet")


def test_a_parquet_file_damaged_in_its_middle_is_bad_input(folder: Folder) -> None:
    source = folder(exchanges=exchanges(5000))
    file = source / "exchanges.parquet"
    data = bytearray(file.read_bytes())
    data[40:400] = bytes(360)
    file.write_bytes(bytes(data))
    refused(source, 3, "exchanges")


def test_mixed_time_zones_become_utc(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    (source / "exchanges.csv").write_text(
        "account_id,sent_at\n"
        "a,2026-03-01T12:00:00Z\n"
        "b,2026-03-01T14:00:00+02:00\n"
        "c,2026-03-01 12:00:00\n"
        "d,2026-03-01T07:00:00.000-05:00\n"
    )
    run = linkage.build(source)
    assert set(run.accounts["first_seen"]) == {datetime(2026, 3, 1, 12, tzinfo=UTC)}


def test_duplicate_accounts_are_rejected_and_counted(folder: Folder) -> None:
    accounts = pl.DataFrame({"account_id": [f"a{i:02d}" for i in range(12)] + ["a03", "a03"]})
    run = linkage.build(folder(exchanges=exchanges(), accounts=accounts))
    assert run.accounts.height == 12
    assert rejections(run) == {"duplicate account": 2}


def test_an_account_in_one_table_only_is_rejected_or_kept_as_asked(folder: Folder) -> None:
    accounts = pl.DataFrame({"account_id": [f"a{i:02d}" for i in range(10)] + ["lonely"]})
    source = folder(exchanges=exchanges(), accounts=accounts)
    run = linkage.build(source)
    assert run.accounts.height == 11
    assert rejections(run) == {"unknown account": 10}
    kept = linkage.build(source, linkage.Settings.model_validate({"input": {"unknown_accounts": "keep"}}))
    assert kept.accounts.height == 13
    assert kept.rejected.is_empty()


def test_bad_embeddings_are_rejected_by_reason(folder: Folder) -> None:
    vectors = [[0.1, 0.2, 0.3]] * 9 + [[0.1, float("nan"), 0.3], [0.1, 0.2], [], [float("inf"), 0.0, 0.0]]
    prompts = pl.DataFrame({"account_id": ["a"] * 13, "embedding": vectors})
    run = linkage.build(folder(prompts=prompts))
    found = rejections(run)
    assert sum(found.values()) == 4
    assert any("3 wide" in reason for reason in found)
    assert any("NaN" in reason for reason in found)


def test_addresses_that_do_not_parse_are_rejected(folder: Folder) -> None:
    odd = pl.when(pl.int_range(pl.len()) < 3).then(pl.lit("203.0.113.999")).otherwise("ip")
    run = linkage.build(folder(exchanges=exchanges().with_columns(ip=odd)))
    assert rejections(run) == {"not an address": 3}
    assert run.accounts["exchanges"].sum() == 57


def test_one_value_on_everything_is_a_hub_and_makes_no_pairs(folder: Folder) -> None:
    rows = 400_000
    same = pl.DataFrame(
        {"account_id": pl.int_range(rows, eager=True) % 40_000, "sent_at": pl.repeat(START, rows, eager=True)}
    ).with_columns(pl.col("account_id").cast(pl.String), ip=pl.lit("198.51.100.1"), device=pl.lit("x" * 3000))
    run = linkage.build(folder(exchanges=same))
    assert run.links.is_empty()
    pairs = dict(run.hubs.select("kind", "pairs").rows())
    assert pairs["ip"] == pairs["device"] == 40_000 * 39_999 // 2


def test_a_value_of_a_megabyte_is_rejected_with_its_beginning(folder: Folder) -> None:
    long = pl.when(pl.int_range(pl.len()) == 0).then(pl.lit("y" * 1_000_000)).otherwise("device")
    run = linkage.build(folder(exchanges=exchanges().with_columns(device=long)))
    assert run.rejected.height == 1
    assert len(run.rejected["value"].item()) <= 200


def test_unreadable_input_is_bad_input(folder: Folder) -> None:
    source = folder(accounts=pl.DataFrame({"account_id": ["a"]}))
    (source / "exchanges.parquet").mkdir()
    refused(source, 3, "exchanges")
    refused(source.parent / "nowhere", 3, "no such folder")


def test_settings_that_do_not_fit_are_told(folder: Folder) -> None:
    source = folder(exchanges=exchanges())
    refused(source, 2, "min_probablity", "min_probability", settings="[graph]\nmin_probablity = 0.4\n")
    refused(source, 3, "nope", settings='[tables.exchanges]\npath = "exchanges.parquet"\ncolumns = {ip = "nope"}\n')


def test_an_output_folder_that_is_there_is_left_alone(folder: Folder, tmp_path: Path) -> None:
    source = folder(exchanges=exchanges())
    out = tmp_path / "mine"
    out.mkdir()
    (out / "letter.txt").write_text("dear")
    for more in ([], ["--overwrite"]):
        done = command("build", source, "-o", out, *more)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
    assert (out / "letter.txt").read_text() == "dear"
    run = tmp_path / "run"
    assert command("build", source, "-o", run, "-q").returncode == 0
    assert command("build", source, "-o", run, "-q").returncode == 2
    assert command("build", source, "-o", run, "-q", "--overwrite").returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, which only Linux has")
def test_an_output_that_cannot_be_written_is_told(folder: Folder, tmp_path: Path) -> None:
    source = folder(exchanges=exchanges())
    blocked = tmp_path / "file"
    blocked.write_text("")
    done = command("build", source, "-o", blocked / "run")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a limit on file sizes")
def test_a_full_disk_leaves_nothing(folder: Folder, tmp_path: Path) -> None:
    import resource

    source = folder(exchanges=exchanges())
    out = tmp_path / "run"

    def small_files() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (600, 600))

    # Compiled kernels are in the cache by now; under the limit their cache cannot be written either.
    command("build", source, "-o", tmp_path / "warm", "-q")
    done = command("build", source, "-o", out, preexec_fn=small_files)
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr
    assert not out.exists()
    assert not list(tmp_path.glob(".run*"))


def test_a_build_killed_in_the_middle_is_not_taken_for_a_run(folder: Folder, tmp_path: Path) -> None:
    source = folder(exchanges=exchanges())
    out = tmp_path / "run"
    slow = (
        "import os, time, linkage.io.write as w\n"
        "before = os.replace, os.rename\n"
        "def stop(*a, **k):\n"
        "    print('writing', flush=True); time.sleep(60)\n"
        "os.replace = os.rename = stop\n"
        "from linkage.cli import main; main()"
    )
    line = [sys.executable, "-c", slow, "build", str(source), "-o", str(out), "-q"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as build:
        assert build.stdout is not None
        assert build.stdout.readline().strip() == "writing"
        build.send_signal(signal.SIGKILL)
    time.sleep(0.1)
    assert not (out / "manifest.json").exists()
    with pytest.raises(linkage.errors.RunFolderError):
        linkage.Run.open(out)
    for partial in tmp_path.glob(".run*"):
        with pytest.raises(linkage.errors.RunFolderError):
            linkage.Run.open(partial)
    assert command("build", source, "-o", out, "-q").returncode == 0
    assert linkage.Run.open(out).accounts.height == 12
    assert not [p for p in tmp_path.glob(".run*") if p.is_dir()]


def test_json_log_tells_an_error_in_json(folder: Folder, tmp_path: Path) -> None:
    source = folder(exchanges=exchanges().drop("sent_at"))
    done = command("build", source, "-o", tmp_path / "run", "--log-json")
    assert done.returncode == 3
    assert all(isinstance(json.loads(line), dict) for line in done.stderr.splitlines())
