"""Telling another lab: what goes out, what does not, and what comes back as a lead."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from linkage.cli import app
from linkage.errors import RunFolderError
from linkage.io import Run
from linkage.privacy import PrivacyError, exchange_key
from linkage.privacy.bundle import hashed
from tests.privacy.runs import key_file, saved, tables

#: Of ACCOUNTS, a value on n accounts weighs log2(1024 / n) bits.
TOLD = [
    ("instrument", "card-1", [0, 1, 2, 3], 8.0),
    ("device", "finger-1", [0, 1], 9.0),
    ("ip", "192.0.2.7", [1, 2, 3], 7.9),
    ("email_domain", "Crew.Example", [0, 1, 2, 3], 5.6),  # scale 0.7
]
UNTOLD = [
    ("instrument", "card-of-many", [0, 1], 5.0),  # up to 32 accounts use it: mostly others
    ("device", "finger-of-six", [0, 1], 6.0),  # up to 6 do
    ("instrument", "card-of-the-edge", [4, 5], 9.0),  # not of the core
    ("instrument", "card-of-one-core", [0, 5], 9.0),
    ("wallet", "hub", [0, 1, 2, 3], 8.0),
    ("prompt", "template 3", [0, 1, 2, 3], 8.0),
]
HUBS = (("wallet", "hub"),)


def call(*arguments: str | Path) -> str:
    done = CliRunner().invoke(app, list(map(str, arguments)))
    if done.exception is not None:
        raise done.exception
    return done.output


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return key_file(tmp_path / "key")


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    return tmp_path / "vault.sqlite"


@pytest.fixture
def run(tmp_path: Path, vault: Path) -> Path:
    return saved(tmp_path / "run", tables(TOLD + UNTOLD, HUBS), vault)


@pytest.fixture
def told(tmp_path: Path, run: Path, vault: Path, key: Path) -> Path:
    out = tmp_path / "bundle.json"
    call("share", run, "C-1", "-o", out, "--key-file", key, "--vault", vault, "--source", "Lab A", "--tlp", "amber")
    return out


def test_rare_values_of_the_core_are_told_and_nothing_else(told: Path, key: Path, vault: Path) -> None:
    bundle = json.loads(told.read_text())
    wanted = {hashed(kind, value, exchange_key(key)) for kind, value, *_ in TOLD}
    assert {one["hash"] for one in bundle["indicators"]} == wanted
    assert bundle["tlp"] == "amber"
    assert bundle["version"] == 1
    text = told.read_text().lower()
    for _, value, *_ in TOLD + UNTOLD:
        assert value.lower() not in text
    assert "acc_" not in text
    assert key.read_text() not in told.read_text()
    log = [json.loads(line) for line in vault.with_name("vault.sqlite.log").read_text().splitlines()]
    assert {line["purpose"] for line in log} == {"share"}
    assert len(log) == len(TOLD)


def test_where_a_look_at_raw_values_was_logged_is_said(run: Path, told: Path, key: Path, vault: Path) -> None:
    asked = ["match", run, told, "--key-file", key, "--reliability", "B", "--vault", vault]
    done = CliRunner().invoke(app, list(map(str, asked)))
    assert done.stderr == f"logged in {vault}.log\n"
    again = ["share", run, "C-1", "-o", told, "--key-file", key, "--vault", vault]
    assert CliRunner().invoke(app, list(map(str, again))).stderr == f"logged in {vault}.log\n"


def test_a_run_with_its_values_shares_the_same_without_a_vault(tmp_path: Path, told: Path, key: Path) -> None:
    plain = saved(tmp_path / "plain", tables(TOLD + UNTOLD, HUBS))
    call("share", plain, "C-1", "-o", tmp_path / "other", "--key-file", key)
    one, two = (json.loads(path.read_text())["indicators"] for path in (told, tmp_path / "other"))
    assert one == two


def test_overlaps_come_back_as_leads(tmp_path: Path, told: Path, key: Path) -> None:
    """Another lab's world: other key, other vault, the card and the domain in common, the fingerprint a hub there."""
    vault = tmp_path / "their.sqlite"
    theirs = [
        ("instrument", "card-1", [0, 1, 4], 7.0),
        ("email_domain", "crew.example", [0, 1], 5.0),
        ("ip", "192.0.2.99", [2, 3], 9.0),
    ]
    run = saved(tmp_path / "theirs", tables(theirs, (("device", "finger-1"),)), vault)
    before = {file.name: file.read_bytes() for file in run.iterdir()}
    said = call(
        "match", run, told, "--key-file", key, "--reliability", "B", "--vault", vault, "-o", tmp_path / "leads.csv"
    )
    assert "C-1  3 of 6 accounts use 2 of them (email_domain, instrument)" in said
    assert "1 are too common here" in said
    assert "reliability B, TLP:AMBER" in said
    leads = pl.read_csv(tmp_path / "leads.csv").row(0, named=True)
    assert (leads["accounts"], leads["indicators"], leads["users_at_most"]) == (3, 2, 8)
    assert leads["source"] == "Lab A"
    assert {file.name: file.read_bytes() for file in run.iterdir()} == before


def test_leads_are_no_formulas_and_a_path_that_cannot_be_written_is_told(
    run: Path, vault: Path, tmp_path: Path, key: Path
) -> None:
    bundle = tmp_path / "bundle.json"
    call("share", run, "C-1", "-o", bundle, "--key-file", key, "--vault", vault, "--source", "=cmd|' /C calc'!A0")
    asked = ("match", run, bundle, "--key-file", key, "--reliability", "B", "--vault", vault, "-o")
    call(*asked, tmp_path / "new" / "leads.csv")
    assert "\"'=cmd|" in (tmp_path / "new" / "leads.csv").read_text()
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(PrivacyError, match="cannot be written"):
        call(*asked, tmp_path / "file" / "leads.csv")


def test_no_overlap_is_said(tmp_path: Path, told: Path, key: Path) -> None:
    run = saved(tmp_path / "theirs", tables([("instrument", "card-2", [0, 1], 9.0)]))
    assert "No campaign uses any" in call("match", run, told, "--key-file", key, "--reliability", "F")


def changed(told: Path, **fields: Any) -> Path:
    told.write_text(json.dumps(json.loads(told.read_text()) | fields))
    return told


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"expires": "2999-01-01"}, "was changed"),
        ({"tlp": "clear"}, "was changed"),
        ({"indicators": []}, "was changed"),
        ({"mac": "0" * 64}, "was changed"),
        ({"mac": None}, "was changed"),
        ({"further": 1}, "was changed"),
        ({"key_fingerprint": "0" * 16}, "another key"),
        ({"version": 2}, "newer linkage"),
        ({"format": "stix"}, "is no bundle"),
    ],
)
def test_a_bundle_that_was_changed_is_refused(run: Path, told: Path, key: Path, fields: Any, said: str) -> None:
    with pytest.raises(PrivacyError, match=said):
        call("match", run, changed(told, **fields), "--key-file", key, "--reliability", "A")


@pytest.mark.parametrize("text", ["", "[]", "\x00", "[" * 100_000, '{"format": "linkage-bundle"}'], ids=len)
def test_what_is_no_bundle_is_refused(run: Path, tmp_path: Path, key: Path, text: str) -> None:
    (tmp_path / "odd").write_text(text)
    with pytest.raises(PrivacyError):
        call("match", run, tmp_path / "odd", "--key-file", key, "--reliability", "A")


def test_another_key_and_an_ended_bundle_are_refused(
    run: Path, told: Path, tmp_path: Path, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(PrivacyError, match="give the key agreed"):
        call("match", run, told, "--key-file", key_file(tmp_path / "other", "z" * 40), "--reliability", "A")
    from datetime import date

    from linkage.privacy.bundle import read

    with pytest.raises(PrivacyError, match=r"ended on .*ask its sender"):
        read(told, exchange_key(key), date(2999, 1, 1))


def test_sharing_says_what_it_cannot_do(run: Path, vault: Path, tmp_path: Path, key: Path) -> None:
    def share(*options: str | Path, campaign: str = "C-1", of: Path = run) -> str:
        return call("share", of, campaign, "-o", tmp_path / "out", "--key-file", key, *options)

    with pytest.raises(RunFolderError, match="how it was built"):
        share("--templates", tmp_path, "--vault", vault)
    with pytest.raises(PrivacyError, match="no campaign C-9"):
        share("--vault", vault, campaign="C-9")
    with pytest.raises(PrivacyError, match="no such vault"):
        share("--vault", tmp_path / "none")
    saved(tmp_path / "another", tables([("ip", "x", [0, 1], 9.0)]), tmp_path / "another.sqlite")
    with pytest.raises(PrivacyError, match="give the vault"):
        share("--vault", tmp_path / "another.sqlite")
    with pytest.raises(PrivacyError, match="nothing to share"):
        share(of=saved(tmp_path / "weak", tables(UNTOLD, HUBS)))
    assert not (tmp_path / "out").exists()


def test_the_order_of_rows_changes_no_bundle(tmp_path: Path, key: Path) -> None:
    given = tables(TOLD + UNTOLD, HUBS)
    mixed = {name: table.sample(fraction=1.0, shuffle=True, seed=3) for name, table in given.items()}
    texts = []
    for name, each in (("one", given), ("two", mixed)):
        run = saved(tmp_path / name, each)
        assert Run.open(run).evidence.height
        call("share", run, "C-1", "-o", tmp_path / f"{name}.json", "--key-file", key)
        texts.append((tmp_path / f"{name}.json").read_bytes())
    assert texts[0] == texts[1]
