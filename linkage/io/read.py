"""Read a folder of logs, or frames, into typed tables with coded accounts."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from linkage import tables
from linkage.errors import InputError
from linkage.io import addresses, vectors
from linkage.io.checks import Checks, Screened, screen, static
from linkage.io.files import described, described_frames, hashed
from linkage.io.guard import guard
from linkage.io.scan import LENIENT, Raw, scan, scan_frames
from linkage.io.sources import check_evidence, check_settings, find, hint, listed
from linkage.settings import InputSettings, TableSource

_BIG: Final[tuple[str, ...]] = tables.EVIDENCE_TABLES


@dataclass(frozen=True, slots=True)
class Tables:
    """Everything a build reads, checked. Times are UTC microseconds; `account` is the row number in `accounts`."""

    accounts: pl.DataFrame  # tables.ACCOUNTS, sorted by account_id
    exchanges: pl.LazyFrame | None  # account, then the contract columns but account_id; absent ones null
    payments: pl.LazyFrame | None
    prompts: pl.LazyFrame | None  # embedding Array(Float32, embedding_width); List(Float32) of nulls without any
    identifiers: pl.LazyFrame | None
    networks: pl.DataFrame | None  # contract columns, every ip an address or CIDR prefix
    dossiers: pl.DataFrame | None
    decisions: pl.DataFrame | None
    addresses: pl.DataFrame | None  # tables.ADDRESSES: every distinct exchanges.ip
    embedding_width: int | None
    rejected: pl.DataFrame  # tables.OUTPUT["rejected"], sorted
    rejected_counts: dict[str, dict[str, int]]  # table -> reason -> rows, also those beyond `rejected`
    files: list[dict[str, object]]  # table, path, rows, bytes, sha256
    notes: list[str]


@dataclass(frozen=True, slots=True)
class _Facts:
    """What one pass over a big table tells."""

    counts: dict[str, int]
    accounts: pl.Series
    ips: pl.Series | None


def read(source: Path | str | Mapping[str, pl.DataFrame | pl.LazyFrame], settings: InputSettings) -> Tables:
    """Tables of a folder, or of frames by table name.

    Big tables stay lazy; each is streamed once to check it, and again only where something is wrong. Rows that cannot
    be used are left out, counted and kept with their reason. Raises InputError if the input as a whole cannot be
    used, TableError if a table lacks a required column or a column cannot take its type.
    """
    with ThreadPoolExecutor(2) as pool:
        if isinstance(source, Mapping):
            raws = _from_frames(source, settings)
            return _read(raws, settings, lambda rows: described_frames(rows))
        folder = Path(source)
        found = find(folder, settings)
        hashes = hashed(pool, found)
        raws = {table: scan(table, files) for table, files in found.items()}
        return _read(raws, settings, lambda rows: described(folder, found, rows, hashes))


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


class _Report:
    """Collects what was left out, and notes, over the tables."""

    def __init__(self) -> None:
        self.rejected = [tables.empty(tables.OUTPUT["rejected"])]
        self.counts: dict[str, dict[str, int]] = {}
        self.rows: dict[str, int] = {}
        self.notes: list[str] = []

    def add(self, table: str, done: Screened) -> None:
        self.rejected.append(done.rejected)
        for reason, count in done.counts.items():
            reasons = self.counts.setdefault(table, {})
            reasons[reason] = reasons.get(reason, 0) + count
        if done.skipped:
            self.notes.append(f"{table}: {done.skipped} rows of accounts that are not in accounts were skipped")


def _read(raws: dict[str, Raw], settings: InputSettings, describe: object) -> Tables:
    report = _Report()
    for table in tables.INPUT:
        if table not in raws:
            report.notes.append(f"{table}: no such table in the input")
        elif raws[table].ignored:
            report.notes.append(f"{table}: columns ignored: {', '.join(raws[table].ignored)}")
    known = _accounts(raws["accounts"], settings, report) if "accounts" in raws else None
    checks: dict[str, Checks] = {table: static(raws[table], settings) for table in _BIG if table in raws}
    facts = {table: _facts(raws[table], checks[table], settings, report) for table in checks}
    accounts = _coded(known, facts, settings, report)
    raw_ids = accounts["account_id"]
    width = None
    if "prompts" in raws:
        with guard("prompts"):
            raws["prompts"], width = vectors.check(raws["prompts"], checks["prompts"], facts["prompts"].counts)
    networks = _networks(raws["networks"], settings, report) if "networks" in raws else None
    parsed = None
    if "exchanges" in raws:
        parsed = _check_addresses(facts["exchanges"], checks["exchanges"], networks, "ip" in raws["exchanges"].given)
    codes = accounts.select("account_id", "account").lazy()
    big: dict[str, pl.LazyFrame | None] = dict.fromkeys(_BIG)
    for table, checked in checks.items():
        if known is not None and settings.unknown_accounts == "reject":
            _check_accounts(raws[table], checked, facts[table], raw_ids)
        with guard(table):
            done = screen(raws[table], checked, facts[table].counts, settings)
        report.add(table, done)
        big[table] = _join(vectors.settle(done.frame, width) if table == "prompts" else done.frame, table, codes)
    small = {
        table: _small(raws[table], settings, report, raw_ids if table == "decisions" else None)
        for table in ("dossiers", "decisions")
        if table in raws
    }
    with guard("the input"):
        files = describe(report.rows)  # type: ignore[operator]
    return Tables(
        accounts=accounts,
        exchanges=big["exchanges"],
        payments=big["payments"],
        prompts=big["prompts"],
        identifiers=big["identifiers"],
        networks=networks,
        dossiers=small.get("dossiers"),
        decisions=small.get("decisions"),
        addresses=parsed,
        embedding_width=width,
        rejected=pl.concat(report.rejected).sort("table", "row", "column", "reason"),
        rejected_counts={table: dict(sorted(reasons.items())) for table, reasons in sorted(report.counts.items())},
        files=files,
        notes=report.notes,
    )


def _facts(raw: Raw, checks: Checks, settings: InputSettings, report: _Report) -> _Facts:
    """One streamed pass: rows, faults by check, distinct accounts and addresses."""
    sums = [check.bad.sum().alias(str(at)) for at, check in enumerate(checks.items)]
    account = pl.col("account_id")
    usable = account.str.len_bytes().is_between(1, settings.max_value_bytes) & (account.str.strip_chars() != "")
    queries = [raw.frame.select(pl.len().alias("rows"), *sums), raw.frame.select("account_id").unique().filter(usable)]
    if raw.table == "exchanges" and "ip" in raw.given:
        short = raw.frame.filter(pl.col("ip").str.len_bytes() <= settings.max_value_bytes)
        queries.append(short.select("ip").unique())
    with guard(raw.table):
        counted, ids, *ips = pl.collect_all(queries, engine="streaming")
    counts = counted.row(0, named=True)
    _count(raw.table, counts["rows"], report)
    return _Facts(counts, ids["account_id"], ips[0]["ip"] if ips else None)


def _count(table: str, rows: int, report: _Report) -> None:
    report.rows[table] = rows
    if rows == 0:
        report.notes.append(f"{table}: the table has no rows")


def _accounts(raw: Raw, settings: InputSettings, report: _Report) -> pl.DataFrame:
    """The accounts table, one row an account: of several the smallest by (created_at, then the other columns)."""
    with guard("accounts"):
        frame = raw.frame.collect(engine="streaming")
    _count("accounts", frame.height, report)
    columns = list(tables.INPUT["accounts"])
    order = ["account_id", "created_at", *(c for c in columns if c not in ("account_id", "created_at"))]
    frame = (
        frame.with_columns(__order=frame.select(pl.struct(order).rank("ordinal")).to_series())
        if frame.height
        else frame.with_columns(__order=pl.lit(None, pl.UInt32))
    )
    checks = static(raw, settings)
    if frame["account_id"].n_unique() < frame.height:
        again = pl.col("__order") > pl.col("__order").min().over("account_id")
        checks.drop("account_id", "duplicate account", again)
    return _screened(raw, frame, checks, settings, report).select(columns).sort("account_id")


def _screened(raw: Raw, frame: pl.DataFrame, checks: Checks, settings: InputSettings, report: _Report) -> pl.DataFrame:
    """A collected table without its bad rows."""
    done = screen(_replace(raw, frame.lazy()), checks, {"rows": frame.height}, settings)
    report.add(raw.table, done)
    return done.frame.collect()


def _replace(raw: Raw, frame: pl.LazyFrame) -> Raw:
    return Raw(raw.table, frame, raw.risky, raw.malformed, raw.lenient, raw.ignored, raw.given)


def _coded(
    known: pl.DataFrame | None, facts: Mapping[str, _Facts], settings: InputSettings, report: _Report
) -> pl.DataFrame:
    """tables.ACCOUNTS: the accounts table, with the accounts that only other tables name where they are kept."""
    named = pl.concat([fact.accounts for fact in facts.values()]).unique().to_frame("account_id")
    if known is None:
        known = tables.empty(tables.INPUT["accounts"])
        frame = pl.concat([known, named], how="diagonal")
    elif settings.unknown_accounts == "keep":
        added = named.join(known, on="account_id", how="anti")
        if added.height:
            report.notes.append(f"accounts: {added.height} accounts that only other tables name were added")
        frame = pl.concat([known, added], how="diagonal")
    else:
        frame = known
    frame = frame.sort("account_id").with_row_index("account").select(list(tables.ACCOUNTS))
    return frame.cast(dict(tables.ACCOUNTS))  # type: ignore[arg-type]


def _check_accounts(raw: Raw, checks: Checks, facts: _Facts, ids: pl.Series) -> None:
    unknown = facts.accounts.filter(~facts.accounts.is_in(ids.implode()))
    if unknown.is_empty():
        return
    strange = pl.col("account_id").is_in(unknown.implode())
    if raw.lenient:
        checks.drop("account_id", "unknown account, skipped", strange & pl.col(LENIENT), counted=False)
        strange = strange & ~pl.col(LENIENT)
    checks.drop("account_id", "unknown account", strange)


def _check_addresses(facts: _Facts, checks: Checks, networks: pl.DataFrame | None, given: bool) -> pl.DataFrame | None:
    """Parse the distinct addresses; rows whose address does not parse get a check."""
    if not given or facts.ips is None:
        return None
    texts = facts.ips.drop_nulls()
    parsed = addresses.describe(texts, networks)
    bad = texts.filter(~texts.is_in(parsed["ip"].implode()) & (texts.str.strip_chars() != ""))
    if bad.len():
        checks.drop("ip", "not an address", pl.col("ip").is_in(bad.implode()))
    return parsed


def _networks(raw: Raw, settings: InputSettings, report: _Report) -> pl.DataFrame:
    """The networks table, its prefixes valid and each there once (the first by network, then asn)."""
    with guard("networks"):
        frame = raw.frame.collect(engine="streaming")
    _count("networks", frame.height, report)
    prefixes = (
        addresses.parse_networks(frame["ip"]) if frame.height else frame.select("ip", hi=0, lo=0, v4=True, bits=0)
    )
    frame = frame.with_columns(
        prefixes.select(pl.struct("hi", "lo", "v4", "bits").alias("__key"), __ok=pl.col("bits").is_not_null())
    )
    frame = (
        frame.with_columns(__order=pl.struct("network", "asn", "ip").rank("ordinal"))
        if frame.height
        else frame.with_columns(__order=pl.lit(None, pl.UInt32))
    )
    checks = static(raw, settings)
    checks.drop("ip", "not an address or CIDR prefix", ~pl.col("__ok"))
    checks.drop(
        "ip", "prefix listed again", pl.col("__ok") & (pl.col("__order") > pl.col("__order").min().over("__key"))
    )
    return _screened(raw, frame, checks, settings, report).select(list(tables.INPUT["networks"])).sort("ip")


def _small(raw: Raw, settings: InputSettings, report: _Report, known: pl.Series | None) -> pl.DataFrame:
    """A table that is collected; rows of accounts that are not `known` are rejected."""
    with guard(raw.table):
        frame = raw.frame.collect(engine="streaming")
    _count(raw.table, frame.height, report)
    checks = static(raw, settings)
    if known is not None:
        strange = ~pl.col("account_id").is_in(known.implode())
        if raw.lenient:
            checks.drop("account_id", "unknown account, skipped", strange & pl.col(LENIENT), counted=False)
        checks.drop("account_id", "unknown account", strange)
    columns = list(tables.INPUT[raw.table])
    return _screened(raw, frame, checks, settings, report).select(columns).sort(columns)


def _join(frame: pl.LazyFrame, table: str, codes: pl.LazyFrame) -> pl.LazyFrame:
    """`account` instead of account_id; streams, and keeps the order of the rows."""
    columns = [column for column in tables.INPUT[table] if column != "account_id"]
    joined = frame.join(codes, on="account_id", how="inner", maintain_order="left")
    return joined.select("account", *columns)
