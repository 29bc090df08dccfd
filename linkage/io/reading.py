"""Read a folder of logs, or frames, into typed tables with coded accounts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from linkage import tables
from linkage.errors import InputError
from linkage.io import facts, small, vectors
from linkage.io.checks import Checks, Findings, screen, static
from linkage.io.files import described, described_frames, hashed
from linkage.io.guard import guard
from linkage.io.scan import LENIENT, Raw, scan, scan_frames
from linkage.io.sources import check_evidence, check_settings, find, hint, listed
from linkage.io.spool import spooled
from linkage.settings import InputSettings, TableSource


@dataclass(frozen=True, slots=True)
class Tables:
    """Everything a build reads, checked. Times are UTC microseconds; `account` is the row number in `accounts`.

    Lazy tables stream (`collect(engine="streaming")`); collect them inside `guard`, and while the files stay in place.
    """

    accounts: pl.DataFrame  # tables.ACCOUNTS, sorted by account_id
    exchanges: pl.LazyFrame | None  # account, then the contract columns but account_id; absent ones null
    payments: pl.LazyFrame | None
    prompts: pl.LazyFrame | None  # embedding Array(Float32, embedding_width); List(Float32) of nulls without any
    identifiers: pl.LazyFrame | None
    beyond: pl.LazyFrame | None  # holder, kind, value: identifiers of known_accounts_only whose holder is no account
    networks: pl.DataFrame | None  # contract columns, every ip an address or CIDR prefix
    dossiers: pl.DataFrame | None
    decisions: pl.DataFrame | None
    addresses: pl.DataFrame | None  # tables.ADDRESSES: every distinct exchanges.ip
    embedding_width: int | None
    reduced: pl.DataFrame | None  # what `reduce` leaves of the exchanges; None where it has to be asked again
    rejected: pl.DataFrame  # tables.OUTPUT["rejected"], sorted
    rejected_counts: dict[str, dict[str, int]]  # table -> reason -> rows, also those beyond `rejected`
    files: list[dict[str, object]]  # table, path, rows, bytes, sha256
    notes: list[str]
    named: pl.LazyFrame | None  # exchanges with account_id instead of account

    def exchanges_of(self, accounts: pl.Series) -> pl.LazyFrame | None:
        """The exchanges of a few accounts, in any order. To look these up alone takes a fifth of the time."""
        if self.named is None:
            return None
        few = self.accounts.select("account_id", "account").filter(pl.col("account").is_in(accounts.implode()))
        return self.named.join(few.lazy(), on="account_id").select("account", pl.exclude("account", "account_id"))


def read(
    source: Path | str | Mapping[str, pl.DataFrame | pl.LazyFrame],
    settings: InputSettings,
    reduce: facts.Reduce | None = None,
) -> Tables:
    """Tables of a folder, or of frames by table name.

    Big tables stay lazy; each is streamed to check it, and again only where something is wrong. Text (CSV, NDJSON) is
    parsed once, into a typed Parquet file under TMPDIR that is removed when the process ends. Rows that cannot
    be used are left out, counted and kept with their reason: the first that holds. A value that cannot be used in a
    column that is not required is set to null, counted and kept likewise. Row numbers count from 0 over the table's
    parts in path order.

    What the build makes first of the exchanges may be given as `reduce`. It then takes the pass in which accounts and
    addresses are looked for, unless other rows or values are at fault.

    Raises InputError if the input as a whole cannot be used, TableError if a table lacks a required column or a column
    cannot take its type.
    """
    if isinstance(source, Mapping):
        return _read(_from_frames(source, settings), settings, described_frames, reduce)
    folder = Path(source)
    found = find(folder, settings)
    with ThreadPoolExecutor(2) as pool:
        hashes = hashed(pool, found)
        try:
            raws = {table: spooled(scan(table, files)) for table, files in found.items()}
            return _read(raws, settings, lambda rows: described(folder, found, rows, hashes), reduce)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _from_frames(source: Mapping[str, pl.DataFrame | pl.LazyFrame], settings: InputSettings) -> dict[str, Raw]:
    check_settings(settings)
    for table in source:
        if table not in tables.INPUT:
            raise InputError(f"{table}: no such table{hint(table, tables.INPUT)}; use {', '.join(tables.INPUT)}")
    check_evidence("the frames", source)
    return {
        table: scan_frames(table, source[table], listed(settings.tables.get(table, TableSource(path=table))))
        for table in tables.INPUT
        if table in source
    }


def _read(
    raws: dict[str, Raw],
    settings: InputSettings,
    describe: Callable[[Mapping[str, int]], list[dict[str, object]]],
    reduce: facts.Reduce | None,
) -> Tables:
    findings = Findings(notes=_seen(raws))
    known = small.accounts(raws["accounts"], settings, findings) if "accounts" in raws else None
    networks = small.networks(raws["networks"], settings, findings) if "networks" in raws else None
    checks = {str(table): static(raws[table], settings) for table in tables.EVIDENCE_TABLES if table in raws}
    told = {
        table: facts.gather(raws[table], checks[table], settings, findings, reduce if table == "exchanges" else None)
        for table in checks
    }
    accounts = facts.coded(known, told.values(), settings, findings)
    width, parsed = None, None
    if "prompts" in raws:
        with guard("prompts"):
            width = vectors.check(raws["prompts"], checks["prompts"], told["prompts"].vectors)
    if "exchanges" in raws and (ips := told["exchanges"].ips) is not None:
        parsed = facts.check_addresses(ips, checks["exchanges"], networks)
    if known is not None and settings.unknown_accounts == "reject":
        for table, checked in checks.items():
            facts.check_accounts(raws[table], checked, told[table].accounts, accounts["account_id"])
    sound = {
        table: _settled(raws[table], checked, told[table].counts, settings, findings, width)
        for table, checked in checks.items()
    }
    big = {table: _coded(frame, accounts).select("account", *_others(table)) for table, frame in sound.items()}
    reduced = _reduced(told["exchanges"], checks["exchanges"], accounts) if "exchanges" in told else None
    held = {
        table: small.other(raws[table], settings, findings, accounts["account_id"] if table == "decisions" else None)
        for table in ("dossiers", "decisions")
        if table in raws
    }
    return Tables(
        accounts=accounts,
        exchanges=big.get("exchanges"),
        payments=big.get("payments"),
        prompts=big.get("prompts"),
        identifiers=big.get("identifiers"),
        beyond=_beyond(raws["identifiers"], accounts) if "identifiers" in raws else None,
        networks=networks,
        dossiers=held.get("dossiers"),
        decisions=held.get("decisions"),
        addresses=parsed,
        embedding_width=width,
        reduced=reduced,
        rejected=pl.concat([tables.empty(tables.OUTPUT["rejected"]), *findings.rejected]).sort(
            "table", "row", "column", "reason", nulls_last=True
        ),
        rejected_counts=dict(sorted(findings.counts.items())),
        files=describe(findings.rows),
        notes=findings.notes,
        named=sound["exchanges"].select("account_id", *_others("exchanges")) if "exchanges" in sound else None,
    )


def _seen(raws: Mapping[str, Raw]) -> list[str]:
    """Notes on tables that are absent and columns that nobody asked for."""
    notes = []
    for table in tables.INPUT:
        if table not in raws:
            notes.append(f"{table}: no such table in the input")
        elif raws[table].ignored:
            notes.append(f"{table}: columns ignored: {', '.join(raws[table].ignored)}")
    return notes


def _beyond(raw: Raw, accounts: pl.DataFrame) -> pl.LazyFrame | None:
    """Whoever is no account, and values: what an account uses may have identifiers itself."""
    if not raw.lenient:
        return None
    rows = raw.frame.filter(pl.col(LENIENT)).select("kind", "value", holder="account_id").drop_nulls()
    return rows.join(accounts.lazy().select(holder="account_id"), on="holder", how="anti")


def _settled(
    raw: Raw,
    checks: Checks,
    counts: dict[str, int],
    settings: InputSettings,
    findings: Findings,
    width: int | None,
) -> pl.LazyFrame:
    """A big table without its bad rows; it streams, and keeps the order of rows."""
    with guard(raw.table):
        done = screen(raw, checks, counts, settings)
        frame = vectors.settle(done.frame, width) if raw.table == "prompts" else done.frame
    findings.left_out(raw.table, done)
    return frame


def _others(table: str) -> list[str]:
    """Columns of a table but account_id."""
    return [column for column in tables.INPUT[table] if column != "account_id"]


def _reduced(told: facts.Facts, checks: Checks, accounts: pl.DataFrame) -> pl.DataFrame | None:
    """What was made of the exchanges at once, without the accounts and addresses that turned out to be none."""
    if told.reduced is None:
        return None
    later = [check for at, check in enumerate(checks.items) if check.by_value and str(at) not in told.counts]
    sound = ~pl.any_horizontal([pl.lit(False), *(check.bad for check in later)])
    return _coded(told.reduced.lazy().filter(sound), accounts).collect()


def _coded(frame: pl.LazyFrame, accounts: pl.DataFrame) -> pl.LazyFrame:
    """The rows of accounts that are known, in their order, with `account` instead of account_id."""
    codes = accounts.select("account_id", "account").lazy()
    return frame.join(codes, on="account_id", how="inner", maintain_order="left").select(
        "account", pl.exclude("account", "account_id")
    )
