"""A world as the tables of the contract, as its log keeps them, and the truth beside them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.foreign.custody.ground import DAY, Array
from benchmarks.foreign.custody.world import WINDOW, World

BEGAN = datetime(2025, 9, 1, tzinfo=UTC)
MODELS = ("mini", "standard", "pro")


def write(w: World, folder: Path) -> None:
    """All tables of a world, in a new folder."""
    folder.mkdir(parents=True)
    names = np.array([each.name for each in w.accounts])
    tables = {"accounts": _accounts(w, names), "prompts": _prompts(w, names), "payments": _payments(w, names)}
    tables["identifiers"] = _identifiers(w, names)
    if w.habits.exchanges:
        tables |= {"exchanges": _exchanges(w, names), "networks": _networks(w)}
    for name, table in tables.items():
        if not table.height:
            continue
        if w.habits.clock == "zone" and name != "prompts":
            _zoned(table).write_csv(folder / f"{name}.csv")
        else:
            table.write_parquet(folder / f"{name}.parquet")
    _truth(w, names).write_parquet(folder / "truth.parquet")


def _times(w: World, seconds: Array, name: str = "sent_at") -> pl.Series:
    grain = 1 if w.habits.clock == "s" else 1_000_000
    whole = np.floor(np.asarray(seconds, np.float64) * grain).astype(np.int64) * (1_000_000 // grain)
    return pl.Series(name, whole + int(BEGAN.timestamp()) * 1_000_000).cast(pl.Datetime("us", "UTC"))


def _zoned(table: pl.DataFrame) -> pl.DataFrame:
    """Times as text with an offset, now of one front end, now of another."""
    stamps = [name for name, kind in table.schema.items() if isinstance(kind, pl.Datetime)]
    odd = pl.int_range(pl.len()) % 3 == 0
    shape = "%Y-%m-%dT%H:%M:%S%.6f"
    return table.with_columns(
        pl.when(odd)
        .then((pl.col(each) + timedelta(hours=5, minutes=30)).dt.strftime(shape) + "+05:30")
        .otherwise(pl.col(each).dt.strftime(shape) + "Z")
        .alias(each)
        for each in stamps
    )


def _accounts(w: World, names: Array) -> pl.DataFrame:
    known = w.accounts
    return pl.DataFrame(
        {
            "account_id": names,
            "created_at": _times(w, np.array([each.created for each in known]) * DAY),
            "channel": [each.channel for each in known],
            "country": [each.country for each in known],
            "email_domain": [each.domain for each in known],
            "organization": pl.Series([each.organization for each in known], dtype=pl.String),
        }
    ).sort("account_id")


def _exchanges(w: World, names: Array) -> pl.DataFrame:
    who, sent, ip, device, model, status, entered, given = (np.concatenate([e[k] for e in w.calls]) for k in range(8))
    values = pl.Series(list(w.names), dtype=pl.String)
    rng, count = np.random.default_rng([w.seed, 6]), len(who)
    known = [pl.Series(rng.random(count) >= w.habits.lost) for _ in range(2)]
    address = values.gather(ip)
    table = pl.DataFrame(
        {
            "account_id": names[who],
            "sent_at": _times(w, sent),
            "ip": address,
            "device": values.gather(device),
            "model": pl.Series(MODELS).gather(model),
            "status": pl.Series(status, dtype=pl.Int16),
            "input_tokens": pl.Series(entered, dtype=pl.Int32),
            "output_tokens": pl.Series(given, dtype=pl.Int32),
        }
    )
    if w.habits.mapped:  # one front end in three writes IPv4 as IPv6
        mapped = pl.Series(rng.random(count) < 1 / 3) & ~pl.col("ip").str.contains(":")
        table = table.with_columns(ip=pl.when(mapped).then("::ffff:" + pl.col("ip")).otherwise("ip"))
    table = table.with_columns(ip=pl.when(known[0]).then("ip"), device=pl.when(known[1]).then("device"))
    inside = (sent >= 0) & (sent < (WINDOW + 1) * DAY)
    return table.filter(pl.Series(inside)).sort("sent_at", "account_id", maintain_order=True)


def _prompts(w: World, names: Array) -> pl.DataFrame:
    who, sent = (np.concatenate([each[k] for each in w.said]) for k in range(2))
    said = np.concatenate([each[2] for each in w.said])
    table = pl.DataFrame({"account_id": names[who], "sent_at": _times(w, sent)})
    if w.habits.text:
        table = table.with_columns(text=pl.Series(said.tolist(), dtype=pl.String))
    else:
        unit = (said / np.linalg.norm(said, axis=1, keepdims=True)).astype(np.float32)
        table = table.with_columns(embedding=pl.Series(unit, dtype=pl.Array(pl.Float32, unit.shape[1])))
    return table.sort("sent_at", "account_id", maintain_order=True)


def _payments(w: World, names: Array) -> pl.DataFrame:
    if not w.paid:
        return pl.DataFrame()
    who, card, issuer, at, amount = zip(*w.paid, strict=True)
    table = pl.DataFrame({"account_id": names[list(who)], "instrument": card, "issuer": issuer})
    table = table.with_columns(_times(w, np.array(at), "paid_at"), pl.Series("amount", amount))
    return table.sort("paid_at", "account_id", maintain_order=True)


def _identifiers(w: World, names: Array) -> pl.DataFrame:
    rows = [(names[who], kind, value) for who, kind, value in w.tags]
    columns = ["account_id", "kind", "value"]
    return pl.DataFrame(rows, columns, orient="row").sort(columns) if rows else pl.DataFrame()


def _networks(w: World) -> pl.DataFrame:
    rng = np.random.default_rng([w.seed, 7])
    kept = [each for each in w.ground.rows if rng.random() < w.habits.networks]
    schema = {"ip": pl.String, "network": pl.String, "asn": pl.Int64}
    return pl.DataFrame(kept, schema, orient="row").unique("ip").sort("ip")


def _truth(w: World, names: Array) -> pl.DataFrame:
    known = w.accounts
    return pl.DataFrame(
        {
            "account_id": names,
            "campaign": pl.Series([each.campaign for each in known], dtype=pl.String),
            "kind": [each.kind for each in known],
            "group": [each.group for each in known],
            "operator": pl.Series([each.operator for each in known], dtype=pl.String),
            "guilty": [each.campaign is not None for each in known],
        }
    ).sort("account_id")
