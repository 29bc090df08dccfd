"""A world as the tables of the contract, with its log's habits, and the truth beside them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.foreign.traffic.log import Log
from benchmarks.foreign.traffic.nets import COUNTRIES, Array
from benchmarks.foreign.traffic.texts import texts

BEGAN = datetime(2026, 2, 2, tzinfo=UTC)
#: An offset a region writes its times with, in hours.
OFFSETS = (-8, 0, 1, 8)


def write(log: Log, folder: Path) -> None:
    """All tables of a world, in a new folder."""
    folder.mkdir(parents=True)
    names = np.array([each.name for each in log.accounts])
    tables = {
        "accounts": _accounts(log, names),
        "exchanges": _exchanges(log, names),
        "prompts": _prompts(log, names),
        "payments": _payments(log, names),
        "identifiers": _identifiers(log, names),
        "networks": _networks(log),
    }
    for name, table in tables.items():
        if not table.height:
            continue
        if log.habits.clock == "zone" and name in ("exchanges", "payments"):
            _zoned(table).write_csv(folder / f"{name}.csv")
        else:
            table.write_parquet(folder / f"{name}.parquet")
    _truth(log, names).write_parquet(folder / "truth.parquet")


def _times(log: Log, seconds: Array, name: str = "sent_at") -> pl.Series:
    scale = 1_000 if log.habits.clock == "ms" else 1_000_000
    start = int(BEGAN.timestamp()) * scale
    whole = np.round(np.asarray(seconds, np.float64) * scale).astype(np.int64) + start
    return pl.Series(name, whole).cast(pl.Datetime("ms" if log.habits.clock == "ms" else "us", "UTC"))


def _zoned(table: pl.DataFrame) -> pl.DataFrame:
    """Times as text with one of a few offsets, as regions write them."""
    column = next(each for each, kind in table.schema.items() if isinstance(kind, pl.Datetime))
    at, row = pl.col(column), pl.int_range(pl.len()) % len(OFFSETS)
    shown = pl.coalesce(
        pl.when(row == k).then(
            (at + timedelta(hours=each)).dt.strftime("%Y-%m-%dT%H:%M:%S%.3f")
            + ("-" if each < 0 else "+")
            + f"{abs(each):02d}:00"
        )
        for k, each in enumerate(OFFSETS)
    )
    return table.with_columns(shown.alias(column))


def _accounts(log: Log, names: Array) -> pl.DataFrame:
    known = log.accounts
    return pl.DataFrame(
        {
            "account_id": names,
            "created_at": _times(log, np.array([each.created for each in known])),
            "channel": [each.channel for each in known],
            "country": [COUNTRIES[each.country] for each in known],
            "email_domain": [each.domain for each in known],
            "organization": pl.Series([each.organization for each in known], dtype=pl.String),
        }
    ).sort("account_id")


def _address(log: Log, value: str) -> str | None:
    if log.habits.ip == "none":
        return None
    if log.habits.ip != "truncated":
        return value
    return ":".join(value.split(":")[:3]) + "::" if ":" in value else value.rsplit(".", 1)[0] + ".0"


def _exchanges(log: Log, names: Array) -> pl.DataFrame:
    who, sent, ip, device, model, status, entered, given = (
        np.concatenate([each[k] for each in log.calls]) for k in range(8)
    )
    values = pl.Series(list(log.names), dtype=pl.String)
    addresses = pl.Series([_address(log, each) for each in log.names], dtype=pl.String)
    keep = log.rng.random(len(who)) >= (1.0 if log.habits.device == "none" else log.habits.lost)
    models = pl.Series(["small-2", "large-2", "large-3"])
    table = pl.DataFrame(
        {
            "account_id": names[who],
            "sent_at": _times(log, sent),
            "ip": addresses.gather(ip),
            "device": values.gather(device),
            "model": models.gather(model),
            "status": pl.Series(status, dtype=pl.Int16),
            "input_tokens": pl.Series(entered, dtype=pl.Int32),
            "output_tokens": pl.Series(given, dtype=pl.Int32),
        }
    ).with_columns(device=pl.when(pl.Series(keep)).then("device"))
    return table.drop("ip" if log.habits.ip == "hashed" else []).sort("sent_at", "account_id", maintain_order=True)


def _prompts(log: Log, names: Array) -> pl.DataFrame:
    who, sent, *rows = (np.concatenate([each[k] for each in log.said]) for k in range(7))
    made = (
        log.speech.vectors(tuple(rows), log.habits.width)
        if log.habits.width
        else texts(log.seed, log.speech.hefts, tuple(rows))
    )
    table = pl.DataFrame({"account_id": names[who], "sent_at": _times(log, sent)})
    return table.with_columns(made).sort("sent_at", "account_id", maintain_order=True)


def _payments(log: Log, names: Array) -> pl.DataFrame:
    if not log.habits.pays or not log.payments:
        return pl.DataFrame()
    who, card, issuer, at, amount = zip(*log.payments, strict=True)
    return pl.DataFrame(
        {
            "account_id": names[list(who)],
            "instrument": card,
            "issuer": issuer,
            "paid_at": _times(log, np.array(at)),
            "amount": amount,
        }
    ).sort("paid_at", "account_id", maintain_order=True)


def _identifiers(log: Log, names: Array) -> pl.DataFrame:
    rows = [(names[who], kind, value) for who, kind, value in log.tags]
    columns = ["account_id", "kind", "value"]
    made = [pl.DataFrame(rows, columns, orient="row")] if rows else []
    if log.habits.ip == "hashed":
        who, sent, ip = (np.concatenate([each[k] for each in log.calls]) for k in range(3))
        hashed = pl.DataFrame({"account_id": names[who], "at": _times(log, sent, "at"), "ip": ip})
        mark = log.rng.permutation(len(log.names))
        seen = hashed.group_by("account_id", "ip").agg(
            count=pl.len().cast(pl.Int64), first_seen=pl.col("at").min(), last_seen=pl.col("at").max()
        )
        value = pl.Series("value", [f"h{mark[each]:08x}" for each in seen["ip"]], pl.String)
        seen = seen.with_columns(value, kind=pl.lit("ip_hash")).drop("ip")
        made.append(seen.select(*columns, "count", "first_seen", "last_seen"))
    return pl.concat(made, how="diagonal").sort(columns) if made else pl.DataFrame()


def _networks(log: Log) -> pl.DataFrame:
    if not log.habits.known or log.habits.ip in ("hashed", "none"):
        return pl.DataFrame()
    kept = [each for each in log.nets.rows if log.rng.random() < log.habits.known]
    return (
        pl.DataFrame(kept, {"ip": pl.String, "network": pl.String, "asn": pl.Int64}, orient="row")
        .unique("ip")
        .sort("ip")
    )


def _truth(log: Log, names: Array) -> pl.DataFrame:
    known = log.accounts
    return pl.DataFrame(
        {
            "account_id": names,
            "campaign": pl.Series([each.campaign for each in known], dtype=pl.String),
            "kind": [each.kind for each in known],
            "group": [each.group for each in known],
            "operator": pl.Series([each.campaign and "of " + each.campaign for each in known], dtype=pl.String),
            "guilty": [each.campaign is not None for each in known],
        }
    ).sort("account_id")
