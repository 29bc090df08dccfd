"""Every text column of every input table, filled with what means harm: built, then in every format and command."""

from __future__ import annotations

import io
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import polars as pl
import pytest
from typer.testing import CliRunner

from linkage import cli
from linkage.errors import LinkageError
from linkage.io import Run
from linkage.tables import INPUT
from tests.report.test_hostile_columns import PAYLOADS, Tags, acting, harmless

START: Final = datetime(2026, 3, 1, tzinfo=UTC)
ACCOUNTS, CREW = 300, 9
FORMATS: Final = ("html", "md", "json", "stix", "misp", "graphml", "gexf", "csv", "pdf")
#: Without these words there is nothing to name, to decide or to look up.
PLAIN: Final = ("payment", "device", "email_domain", "enforced", "cleared", "hosting", "10.0.0.0/16")
#: Every community is a campaign, and an operator is named by little.
SETTINGS: Final = """
campaigns.prior_bits = 40.0
campaigns.belongs_bits = 30.0
campaigns.explained_bits = 0.0
attribution.threshold = 0.51
privacy.pseudonymise = false
gnn.enabled = false
"""


def world() -> dict[str, list[dict[str, Any]]]:
    """A crew with cards, devices, wallets and texts in common among strangers; a dossier and decisions on it."""
    draw = random.Random(1)
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in INPUT}
    for i in range(ACCOUNTS):
        name, ours = f"a{i:03}", i < CREW
        mine = "crew" if ours else f"{i}"
        born = START - timedelta(days=1 if ours else 1 + i % 90, minutes=i)
        rows["accounts"].append(
            {"account_id": name, "created_at": born, "channel": "api", "country": "ZZ",
             "email_domain": f"mail{mine if ours else i % 5}", "organization": None if i % 3 else f"firm{i}"}
        )  # fmt: skip
        rows["payments"].append(
            {"account_id": name, "instrument": f"card{i // 3 if ours else i}", "issuer": f"bank{i % 7}",
             "paid_at": born, "amount": 20.0}
        )  # fmt: skip
        for kind in ("wallet", "phone"):
            value = f"{kind} {i // 3 if ours else i}"
            rows["identifiers"].append({"account_id": name, "kind": kind, "value": value, "count": 1})
            if ours:
                rows["identifiers"].append({"account_id": name, "kind": kind, "value": f"{kind} of all", "count": 1})
        for j in range(6):
            then = START + timedelta(hours=draw.randrange(700), seconds=draw.randrange(3600))
            rows["exchanges"].append(
                {"account_id": name, "sent_at": then, "ip": f"10.{i % 200}.0.{1 if ours else j}", "status": 200,
                 "device": f"kit{mine}", "model": f"model{j % 3}", "input_tokens": 9, "output_tokens": 90}
            )  # fmt: skip
            words = " ".join(f"{mine}{each}" for each in range(30)) if ours else f"{draw.random()} " * 6
            rows["prompts"].append({"account_id": name, "sent_at": then, "text": f"{words} {j}"})
    listed = [("payment", f"card{i}") for i in range(3)] + [("device", "kitcrew"), ("email_domain", "mailcrew")]
    for kind, value in (*listed, ("wallet", "wallet of all"), ("phone", "phone 1")):
        for operator in ("lynx", "pike")[: 2 if kind == "phone" else 1]:
            rows["dossiers"].append({"operator": operator, "kind": kind, "value": value, "source": "case"})
    rows["networks"] = [{"ip": "10.0.0.0/16", "network": "hosting", "asn": 64500}, {"ip": "x", "network": "vpn"}]
    rows["decisions"] = [
        {"account_id": "a000", "decision": "enforced", "campaign": "C-before", "decided_at": START},
        {"account_id": "a200", "decision": "cleared", "campaign": "C-before", "decided_at": START},
        {"account_id": "a201", "decision": "perhaps", "campaign": "C-before", "decided_at": START},
    ]
    return rows


class Spoiler:
    """Puts something harmful before every string, before the same string the same, so that what is shared stays so.

    A string in nine stays as it is, and so do words that mean something to a build; one of each column has a megabyte.
    """

    def __init__(self, turn: int) -> None:
        self.turn = turn
        self.made: dict[str, str] = {}
        self.large: set[str] = set()

    def rows(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Rows of a table."""
        return [{name: self._cell(name, value) for name, value in row.items()} for row in rows]

    def _cell(self, column: str, value: Any) -> Any:
        if not isinstance(value, str) or value in PLAIN:
            return value
        if value not in self.made:
            i = 5 * int(value[1:]) if column == "account_id" else len(self.made) + self.turn
            text = f"{PAYLOADS[i % len(PAYLOADS)]}{value}"
            if i % 9 == 0 or (len(text) > 100_000 and column in self.large):
                text = value
            if len(text) > 100_000:
                self.large.add(column)
            self.made[value] = text
        return self.made[value]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two worlds, built one after the other, and the truth about them."""
    where = tmp_path_factory.mktemp("hostile")
    (where / "linkage.toml").write_text(SETTINGS)
    for turn in (0, 5):
        (where / f"in{turn}").mkdir()
        spoiler = Spoiler(turn)
        for name, rows in world().items():
            frame = pl.DataFrame(spoiler.rows(rows), schema={**INPUT[name]}, infer_schema_length=None)
            frame.drop("embedding", strict=False).write_parquet(where / f"in{turn}" / f"{name}.parquet")
    truth = [{"account_id": f"a{i:03}", "campaign": "us" if i < CREW else None, "operator": "lynx"} for i in range(99)]
    pl.DataFrame(Spoiler(3).rows(truth)).write_parquet(where / "truth.parquet")
    return where


def said(*command: str, code: int | None = 0) -> str:
    """What a command prints, which moves no terminal and has an end."""
    done = CliRunner().invoke(cli.app, list(command))
    failed = done.exception if isinstance(done.exception, LinkageError) else None
    assert failed or done.exit_code == code or code is None, (command[0], done.exception)
    shown = done.output + (cli._message(failed) if failed else "")
    assert not acting(shown, "\n"), command[0]
    assert len(shown) < 300_000, command[0]
    assert max(map(len, shown.split("\n"))) < 3_000, command[0]
    assert code is None or failed is None, (command[0], failed)
    return shown


@pytest.mark.slow
def test_nothing_of_the_input_acts_anywhere(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(folder / "home"))
    run, later, toml = (str(folder / name) for name in ("run", "later", "linkage.toml"))
    said("build", str(folder / "in0"), "-o", run, "-c", toml)
    said("build", str(folder / "in5"), "-o", later, "-c", toml, "--previous", run, "--log-json")
    opened = Run.open(run)
    assert opened.campaigns.height
    assert opened.table("rejected").height
    assert opened.table("decisions").height
    attributions = opened.table("attributions")
    assert attributions.filter(pl.col("rests_on") != "[]").height
    _commands(folder, opened, run, later)
    _drawn(folder, run)
    harmless("html", (folder / "run" / "report.html").read_text())
    assert not acting(opened._repr_html_(), "\n")
    for campaign in opened.campaigns:
        assert Tags(campaign._repr_html_()).tags <= {"h4", "table", "tr", "th", "td", "p", "b", "ul", "li"}


def _commands(folder: Path, opened: Run, run: str, later: str) -> None:
    """Every command that prints what stands in a run, in words and as JSON."""
    key = folder / "key"
    key.write_text("k" * 44)
    key.chmod(0o600)
    first = opened.campaigns["campaign_id"][0]
    inside = opened.members.filter(pl.col("campaign_id") == first)["account_id"].sort().to_list()
    stranger = opened.accounts.filter(pl.col("campaign_id").is_null())["account_id"][-1]
    for extra in ([], ["--json"]):
        said("campaigns", run, *extra)
        said("diff", run, later, *extra)
        for one in (*inside[:4], stranger):
            said("explain", run, *extra, "--", one)
        said("explain", run, *extra, "--", inside[0], inside[1])
        said("explain", run, *extra, "--", inside[0], stranger)
        for campaign in opened.campaigns["campaign_id"]:
            said("show", run, *extra, "--", campaign)
    said("evaluate", run, "--truth", str(folder / "truth.parquet"))
    said("doctor", code=None)
    said("share", run, first, "-o", str(folder / "bundle"), "--key-file", str(key), "--source", PAYLOADS[13], code=None)
    if (folder / "bundle").exists():
        said("match", later, str(folder / "bundle"), "--key-file", str(key), "--reliability", "B")
    said("decisions", run, "-o", str(folder / "told.parquet"), code=None)
    said("audit", run, code=None)
    said("purge", "--dry-run", run)
    for hurt in PAYLOADS[:-2]:
        said("show", run, "--", hurt, code=None)
        said("explain", run, "--", hurt, code=None)
        said("unmask", run, "--", hurt, code=None)
        said("build", str(folder / "none"), "-o", run, "-c", hurt.replace("\x00", ""), code=None)


def _drawn(folder: Path, run: str) -> None:
    """Every format of the run."""
    for name in FORMATS:
        out = folder / f"report.{name}"
        said("report", run, "--format", name, "-o", str(out))
        if name == "csv":
            for table in out.iterdir():
                if table.suffix == ".csv":
                    harmless(table.name, io.StringIO(table.read_text("utf-8-sig"), newline="").read())
        elif name == "pdf":
            made = out.read_bytes()
            assert not [act for act in (b"/JavaScript", b"/Launch", b"/URI") if act in made]
        else:
            harmless(name, out.read_text())
