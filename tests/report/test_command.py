"""`linkage report` writes what it says, and refuses without a traceback."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from linkage.cli import app
from linkage.errors import LinkageError, RunFolderError, SettingsError
from linkage.io import Run
from linkage.report import render
from linkage.report.compose import repeatable
from linkage.report.document import Document
from linkage.tables import LATER
from tests.report import runs


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("report") / "run"
    Run(tables=runs.tables(), manifest=runs.manifest(), report="<!doctype html>").save(out)
    return out


def report(*arguments: str | Path) -> str:
    done = CliRunner().invoke(app, ["report", *map(str, arguments)])
    if isinstance(done.exception, LinkageError):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize("name", ["md", "json", "csv", "stix", "misp", "graphml", "gexf", "html"])
def test_every_format_is_written(name: str, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / f"new\x1b/report.{'zip' if name == 'csv' else name}"
    said = report(folder, "--format", name, "-o", out)
    assert f"{out.stat().st_size:,}" in said or name == "csv"
    assert "\x1b" not in said
    assert out.stat().st_mode & 0o600 == 0o600
    assert sorted(out.parent.iterdir()) == [out]
    if name == "csv":
        assert "accounts.csv" in zipfile.ZipFile(out).namelist()
        assert "a folder of tables, " in report(folder, "--format", name, "-o", tmp_path / "tables")


def test_a_page_drawn_again_is_the_page_in_the_folder(tmp_path: Path) -> None:
    manifest = {
        **runs.manifest(),
        "versions": {"python": "3.11", "numpy": "2"},
        "settings": {"seed": 7, "io": [{"b": 1, "a": 2}]},
    }
    page = render(runs.tables(), repeatable(manifest))
    Run(tables=runs.tables(), manifest=manifest, report=page).save(tmp_path / "run")
    report(tmp_path / "run", "--format", "html", "-o", tmp_path / "again.html")
    assert (tmp_path / "again.html").read_text() == page


def test_one_campaign_with_its_mark(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "one.json"
    report(folder, "--format", "json", "--campaign", "C-small", "--tlp", "amber+strict", "-o", out)
    document = Document.model_validate_json(out.read_text())
    assert [each.header.campaign_id for each in document.campaigns] == ["C-small"]
    assert {each.header.tlp for each in document.campaigns} == {"amber+strict"}
    assert json.loads(out.read_text())["overview"]["counts"]["campaigns"] == 2


def test_a_run_of_an_older_version_is_reported_with_what_it_lacks(folder: Path, tmp_path: Path) -> None:
    old = tmp_path / "old"
    shutil.copytree(folder, old)
    for name in LATER:
        (old / f"{name}.parquet").unlink()
    assert Run.open(old).save(tmp_path / "again").lacks == tuple(sorted(LATER))
    report(old, "--format", "json", "-o", tmp_path / "one.json")
    document = Document.model_validate_json((tmp_path / "one.json").read_text())
    for name in LATER:
        assert f"The run has no table {name}; what rests on it is not said." in document.campaigns[0].limits
        with pytest.raises(RunFolderError, match=f"{name}.parquet"):
            Run.open(old).table(name)
    report(old, "--format", "html", "-o", tmp_path / "one.html")


def test_the_page_of_one_campaign_says_nothing_of_others(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "one.html"
    report(folder, "--format", "html", "--campaign", "C-small", "--tlp", "red", "-o", out)
    page = out.read_text()
    assert "C-small" in page
    assert "TLP:RED" in page
    assert "C-big" not in page
    assert 'id="overview"' not in page


def test_nothing_is_replaced_unless_asked(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.md"
    out.write_text("mine")
    with pytest.raises(SettingsError, match="is there already; choose another path, or --overwrite"):
        report(folder, "-o", out)
    assert out.read_text() == "mine"
    report(folder, "-o", out, "--overwrite")
    assert out.read_text().startswith("# ")


def test_a_folder_with_other_things_is_left_alone(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(SettingsError, match=r"holds 'thesis.txt', which is no part of a report"):
        report(folder, "--format", "csv", "-o", tmp_path, "--overwrite")
    assert (tmp_path / "thesis.txt").exists()


def test_what_cannot_be_done_is_said(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="the run has no such campaign"):
        report(folder, "--campaign", "C-none", "-o", tmp_path / "x.md")
    with pytest.raises(RunFolderError, match="is not a finished run"):
        report(tmp_path, "-o", tmp_path / "x.md")
    assert list(tmp_path.iterdir()) == []
