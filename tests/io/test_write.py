from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from linkage import io
from linkage import tables as schemas
from linkage.errors import RunFolderError
from linkage.io import write

FILES = {"manifest.json", "report.html", *(f"{name}.parquet" for name in schemas.OUTPUT)}


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_run_is_written_whole_and_opens_again(run: io.Run, tmp_path: Path) -> None:
    saved = run.save(tmp_path / "deep" / "run")
    folder = tmp_path / "deep" / "run"
    assert names(folder) == FILES
    assert names(folder.parent) == {"run"}
    for name in schemas.OUTPUT:
        assert_frame_equal(saved.table(name), run.table(name))
    text = (folder / "manifest.json").read_text()
    assert text.endswith("}\n")
    outputs = json.loads(text)["outputs"]
    assert outputs["accounts.parquet"]["rows"] == 5
    for name, entry in outputs.items():
        assert entry["sha256"] == sha256((folder / name).read_bytes()).hexdigest()
    assert saved.html == "<p>two accounts</p>"
    assert saved.manifest["seed"] == 1


def test_the_same_run_is_the_same_bytes(run: io.Run, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    run.save(one)
    io.Run.open(one).save(two)
    for name in FILES:
        assert (one / name).read_bytes() == (two / name).read_bytes()


def test_a_folder_that_exists_is_refused_or_replaced(run: io.Run, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    run.save(folder)
    (folder / "old").touch()
    with pytest.raises(RunFolderError, match="exists already; pass --overwrite"):
        run.save(folder)
    assert (folder / "old").exists()
    run.save(folder, overwrite=True)
    assert names(folder) == FILES
    assert names(tmp_path) == {"run"}


def test_only_a_run_or_an_empty_folder_is_replaced(run: io.Run, tmp_path: Path) -> None:
    other = tmp_path / "thesis"
    other.mkdir()
    run.save(other, overwrite=True)
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis.txt").write_text("years")
    with pytest.raises(RunFolderError, match="is not a run folder"):
        run.save(precious, overwrite=True)
    assert (precious / "thesis.txt").read_text() == "years"
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(other)
    for path in ("file", "link", "file/below", "file/far/below"):
        with pytest.raises(RunFolderError):
            io.check_output(tmp_path / path, overwrite=True)


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_full_disk_leaves_everything_as_it_was(
    overwrite: bool, run: io.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    if overwrite:
        run.save(folder)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    before = names(tmp_path)
    monkeypatch.setattr(write, "_write_bytes", full)
    with pytest.raises(RunFolderError, match=r"cannot be written.*No space left"):
        run.save(folder, overwrite=overwrite)
    assert names(tmp_path) == before


def test_a_page_is_drawn_once_and_when_it_is_needed(run: io.Run, tmp_path: Path) -> None:
    drawn = []

    def page() -> str:
        drawn.append(True)
        return "<p>drawn</p>"

    again = io.Run(tables={name: run.table(name) for name in schemas.OUTPUT}, manifest=run.manifest, report=page)
    assert not drawn
    assert again.save(tmp_path / "run").html == again.html == "<p>drawn</p>"
    assert len(drawn) == 1


def test_a_page_that_cannot_be_drawn_leaves_nothing(run: io.Run, tmp_path: Path) -> None:
    def page() -> str:
        raise ValueError("no page")

    with pytest.raises(ValueError, match="no page"):
        io.Run(tables={name: run.table(name) for name in schemas.OUTPUT}, manifest={}, report=page).save(
            tmp_path / "run"
        )
    assert not names(tmp_path)


def test_a_failed_swap_puts_the_old_run_back(run: io.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "run"
    run.save(folder)
    rename = Path.rename

    def fail(self: Path, target: Path) -> Path:
        if ".partial-" in self.name:
            raise OSError(errno.EIO, "broken")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(RunFolderError, match="broken"):
        run.save(folder, overwrite=True)
    assert names(tmp_path) == {"run"}
    assert io.Run.open(folder).accounts.height == 5


def test_a_parent_that_cannot_be_made(run: io.Run) -> None:
    with pytest.raises(RunFolderError):
        run.save("/proc/nowhere/run")


KILLED = """
import sys, time
from linkage import io
from linkage.io import write
run = io.Run.open(sys.argv[1])
after = int(sys.argv[3])
sync = write._sync
def slow(path):
    global after
    sync(path)
    after -= 1
    if after == 0:
        print("now", flush=True)
        time.sleep(60)
write._sync = slow
run.save(sys.argv[2], overwrite=True)
"""


@pytest.mark.parametrize("step", [3, 10])  # in the tables; before the rename
def test_a_killed_write_is_no_run_and_the_next_cleans_up(step: int, run: io.Run, tmp_path: Path) -> None:
    source, folder = tmp_path / "source", tmp_path / "out" / "run"
    run.save(source)
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(source), str(folder), str(step)], stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "now\n"
        partial = next(folder.parent.iterdir())
        with pytest.raises(RunFolderError, match="is not a finished run"):
            io.Run.open(partial)
        io.check_output(folder)  # the owner lives: not touched
        assert partial.exists()
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert not folder.exists()
    run.save(folder)
    assert names(folder.parent) == {"run"}
    assert names(folder) == FILES


def test_a_write_killed_between_its_renames_is_mended(run: io.Run, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    run.save(folder)
    folder.rename(tmp_path / ".run.replaced-abcd_123")
    (tmp_path / ".run.partial-abcd_124").mkdir()
    (tmp_path / ".other.partial-abcd_124").mkdir()
    (tmp_path / ".run.partial-longer-than-ours").mkdir()
    with pytest.raises(RunFolderError, match="exists already"):
        io.check_output(folder)
    assert io.Run.open(folder).accounts.height == 5
    assert names(tmp_path) == {"run", ".other.partial-abcd_124", ".run.partial-longer-than-ours"}


def test_two_writers_do_not_disturb_each_other(run: io.Run, tmp_path: Path) -> None:
    source, folder = tmp_path / "source", tmp_path / "out" / "run"
    run.save(source)
    code = KILLED.replace("time.sleep(60)", "time.sleep(0.5)")
    arguments = [sys.executable, "-c", code, str(source), str(folder), "3"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        run.save(folder)
        assert process.wait(20) == 0  # it overwrites what was written meanwhile
    assert names(folder.parent) == {"run"}
    assert io.Run.open(folder).accounts.height == 5


def test_what_is_not_a_run_is_not_opened(run: io.Run, tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="no such folder"):
        io.Run.open(tmp_path / "nowhere")
    with pytest.raises(RunFolderError, match="is not a finished run"):
        io.Run.open(tmp_path)
    folder = tmp_path / "run"
    run.save(folder)
    (folder / "hubs.parquet").write_bytes(b"PAR1")
    with pytest.raises(RunFolderError, match=r"hubs\.parquet: the Parquet file is damaged"):
        _ = io.Run.open(folder).hubs
    pl.DataFrame({"kind": ["x"]}).write_parquet(folder / "hubs.parquet")
    with pytest.raises(RunFolderError, match=r"hubs\.parquet: column 'value' is missing"):
        _ = io.Run.open(folder).hubs
    (folder / "hubs.parquet").unlink()
    with pytest.raises(RunFolderError, match=r"lacks hubs\.parquet"):
        io.Run.open(folder)
    (folder / "manifest.json").write_text("{")
    (folder / "hubs.parquet").touch()
    with pytest.raises(RunFolderError, match="is not JSON"):
        io.Run.open(folder)


def test_a_run_in_memory_is_whole_and_says_what_it_is(run: io.Run, tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="members"):
        io.Run(tables={"accounts": run.accounts}, manifest={}, report="")
    with pytest.raises(RunFolderError, match="no such table"):
        run.table("suspects")
    assert repr(run) == "<Run in memory: 5 accounts, 1 campaigns, 2 members>"
    assert repr(run.save(tmp_path / "r")).startswith(f"<Run {tmp_path / 'r'}: 5 accounts")
    assert run.path is None
    assert run.report is None
