"""The tables that are held whole: accounts, networks, dossiers, decisions."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from linkage import tables
from linkage.io import addresses
from linkage.io.blame import blamed
from linkage.io.checks import Checks, Findings, screen, static
from linkage.io.facts import check_accounts
from linkage.io.scan import Raw
from linkage.settings import InputSettings


def accounts(raw: Raw, settings: InputSettings, findings: Findings) -> pl.DataFrame:
    """The accounts table, one row an account: of several the smallest by (created_at, then the other columns)."""
    frame = _collected(raw, findings)
    columns = list(tables.INPUT["accounts"])
    checks = static(raw, settings)
    frame = _ranked(frame, columns)
    if frame["account_id"].n_unique() < frame.height:
        again = pl.col("__rank") > pl.col("__rank").min().over("account_id")
        checks.drop("account_id", "duplicate account", again)
    return _screened(raw, frame, checks, settings, findings).select(columns).sort("account_id")


def networks(raw: Raw, settings: InputSettings, findings: Findings) -> pl.DataFrame:
    """The networks table, its prefixes valid and each there once (the first by network, then asn), sorted by ip."""
    frame = _collected(raw, findings)
    columns = list(tables.INPUT["networks"])
    checks = static(raw, settings)
    if frame.height:
        keys = addresses.parse_networks(frame["ip"]).select(
            __key=pl.struct("hi", "lo", "v4", "bits"), __valid=pl.col("bits").is_not_null()
        )
        frame = _ranked(frame.with_columns(keys), ["network", "asn", "ip"])
        again = pl.col("__valid") & (pl.col("__rank") > pl.col("__rank").min().over("__key"))
        checks.drop("ip", "not an address or CIDR prefix", ~pl.col("__valid"), pl.col("ip"))
        checks.drop("ip", "prefix listed again", again)
    return _screened(raw, frame, checks, settings, findings).select(columns).sort("ip")


def other(raw: Raw, settings: InputSettings, findings: Findings, known: pl.Series | None) -> pl.DataFrame:
    """Dossiers, or decisions on `known` accounts, rows in the order of their columns."""
    frame = _collected(raw, findings)
    checks = static(raw, settings)
    if known is not None:
        named = frame["account_id"].drop_nulls()
        check_accounts(raw, checks, named.filter(named.str.strip_chars() != "").unique(), known)
    columns = list(tables.INPUT[raw.table])
    return _screened(raw, frame, checks, settings, findings).select(columns).sort(columns)


def _collected(raw: Raw, findings: Findings) -> pl.DataFrame:
    with blamed(raw):
        frame = raw.frame.collect(engine="streaming")
    findings.read(raw.table, frame.height)
    return frame


def _ranked(frame: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """`__rank`: the place of each row by these columns, nulls last; the order of the rows settles what is equal."""
    ranked = frame.with_row_index("__rank").sort(columns, nulls_last=True, maintain_order=True)
    place = ranked.select(at="__rank").with_row_index("__rank").sort("at")["__rank"]
    return frame.with_columns(place)


def _screened(
    raw: Raw, frame: pl.DataFrame, checks: Checks, settings: InputSettings, findings: Findings
) -> pl.DataFrame:
    """A collected table without its bad rows."""
    done = screen(replace(raw, frame=frame.lazy()), checks, {"rows": frame.height}, settings)
    findings.left_out(raw.table, done)
    return done.frame.collect()
