"""What one streamed pass over a big table tells, and the checks that follow from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import polars as pl

from linkage import tables
from linkage.io import addresses, vectors
from linkage.io.blame import blamed
from linkage.io.checks import Checks, Findings
from linkage.io.scan import LENIENT, Raw
from linkage.settings import InputSettings

_SLICE: Final = 8_000_000  # rows
#: Exchanges (account, sent_at, ip, device) -> the few rows that a build goes on with; `account` and `ip` stay.
Reduce = Callable[[pl.LazyFrame], pl.LazyFrame]


@dataclass(frozen=True, slots=True)
class Facts:
    """Of one table: faults by check (its position as text), distinct accounts, distinct addresses, embeddings."""

    counts: dict[str, int]
    accounts: pl.Series
    ips: pl.Series | None
    vectors: dict[str, int]
    reduced: pl.DataFrame | None = None  # what `reduce` leaves, by account id; None where rows are at fault


def gather(
    raw: Raw, checks: Checks, settings: InputSettings, findings: Findings, reduce: Reduce | None = None
) -> Facts:
    """Stream the table for its faults, then for its ids and addresses.

    Checks on account_id or ip alone are tried on their distinct values. Where nothing else is wrong with the table,
    these are those of `reduce`, and no pass of its own is needed for them.
    """
    keys = ["account_id", *(["ip"] if "ip" in raw.given and raw.table == "exchanges" else [])]
    limit = settings.max_value_bytes
    by_value = {at: check.column for at, check in enumerate(checks.items) if check.by_value and check.column in keys}
    sums = raw.frame.select(
        pl.len().alias("rows"),
        *(check.bad.sum().alias(str(at)) for at, check in enumerate(checks.items) if at not in by_value),
        *((pl.col(key).str.len_bytes() > limit).sum().alias(f"long {key}") for key in keys),
        *vectors.measures(raw),
    )
    with blamed(raw):
        measured = sums.collect(engine="streaming").row(0, named=True)
        counts = {name: int(count or 0) for name, count in measured.items()}
        whole = not any(count for name, count in counts.items() if name.isdigit() or name.startswith("long "))
        reduced = None
        if reduce is not None and whole:
            reduced = reduce(raw.frame.rename({"account_id": "account"})).collect(engine="streaming")
            reduced = reduced.rename({"account": "account_id"})
            distinct = {key: reduced.select(key).unique() for key in keys}
        else:
            distinct = {key: _distinct(raw, key, limit, counts["rows"]) for key in keys}
    for at, key in by_value.items():
        bad = distinct[key].select(checks.items[at].bad.sum()).item()
        counts[str(at)] = bad + counts[f"long {key}"]  # a long value may have the fault: let the screening see
    findings.read(raw.table, counts["rows"])
    named = distinct["account_id"]["account_id"].drop_nulls()
    ips = distinct["ip"]["ip"].drop_nulls() if "ip" in distinct else None
    sound = not any(counts[str(at)] for at in by_value)
    return Facts(counts, named.filter(named.str.strip_chars() != ""), ips, counts, reduced if sound else None)


def _distinct(raw: Raw, key: str, limit: int, rows: int) -> pl.DataFrame:
    """Distinct values of a column, those over `limit` bytes left out.

    A streamed `unique` of many values holds more than the values: 60 M rows with 1 M accounts took 2.8 GB at once,
    1.0 GB and as long in slices.
    """
    found: list[pl.DataFrame] = []
    for start in range(0, max(rows, 1), _SLICE):
        part = raw.frame.select(key).slice(start, _SLICE).filter(pl.col(key).str.len_bytes().fill_null(0) <= limit)
        found.append(part.unique().collect(engine="streaming"))
        if len(found) == 4:
            found = [pl.concat(found).unique()]
    return pl.concat(found).unique()


def coded(
    known: pl.DataFrame | None, facts: Iterable[Facts], settings: InputSettings, findings: Findings
) -> pl.DataFrame:
    """tables.ACCOUNTS: the accounts table, with the accounts that only other tables name where they are kept."""
    frame = tables.empty(tables.INPUT["accounts"]) if known is None else known
    if known is None or settings.unknown_accounts == "keep":
        named = pl.concat([fact.accounts for fact in facts]).unique().to_frame("account_id")
        added = named.join(frame, on="account_id", how="anti")
        if known is not None and added.height:
            findings.notes.append(f"accounts: {added.height} accounts that only other tables name were added")
        frame = pl.concat([frame, added], how="diagonal")
    if alike := frame.height - frame["account_id"].str.to_lowercase().n_unique():
        findings.notes.append(
            f"accounts: {alike:,} ids differ from another in upper and lower case only; each counts as an account, so "
            "make them one beforehand if they are"
        )
    coded = frame.sort("account_id").with_row_index("account")
    return pl.DataFrame(coded.select(list(tables.ACCOUNTS)), schema=tables.ACCOUNTS)


def check_accounts(raw: Raw, checks: Checks, named: pl.Series, known: pl.Series) -> None:
    """Add the check for rows of accounts that are `named` but not `known`, if there are any."""
    both = (each.alias("account_id").to_frame() for each in (named, known))
    unknown = next(both).join(next(both), on="account_id", how="anti")["account_id"]  # `is_in` takes one thread
    if unknown.is_empty():
        return
    strange = pl.col("account_id").is_in(unknown.implode())
    if raw.lenient:
        checks.drop("account_id", "unknown account, skipped", strange & pl.col(LENIENT), counted=False)
        strange = strange & ~pl.col(LENIENT)
    checks.drop("account_id", "unknown account", strange)


def check_addresses(ips: pl.Series, checks: Checks, networks: pl.DataFrame | None) -> pl.DataFrame:
    """tables.ADDRESSES of the distinct texts; rows whose address does not parse get a check."""
    parsed = addresses.describe(ips, networks)
    bad = ips.filter(~ips.is_in(parsed["ip"].implode()) & (ips.str.strip_chars() != ""))
    if bad.len():
        checks.drop("ip", "not an address", pl.col("ip").is_in(bad.implode()))
    return parsed
