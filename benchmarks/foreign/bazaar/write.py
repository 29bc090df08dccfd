"""A world as the tables of the contract, as far as its log keeps them, and the truth beside them."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import blake2b
from ipaddress import IPv6Address
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.foreign.bazaar.ground import Array
from benchmarks.foreign.bazaar.world import WINDOW, World

BEGAN = datetime(2025, 10, 6, tzinfo=UTC)
MODELS = ("small", "medium", "large")


def write(w: World, folder: Path) -> None:
    """All tables of a world, in a new folder."""
    folder.mkdir(parents=True)
    order = np.random.default_rng([w.seed, 8]).permutation(len(w.accounts))
    names = np.array([f"acct_{each:06d}" for each in order])  # an account's number says nothing about it
    tables = {"exchanges": _exchanges(w, names)}
    if w.habits.accounts:
        tables["accounts"] = _accounts(w, names)
    if w.habits.payments:
        tables["payments"] = _payments(w, names)
    if w.habits.identifiers:
        tables["identifiers"] = _identifiers(w, names)
    if w.habits.prompts:
        tables["prompts"] = _prompts(w, names)
    if w.habits.networks:
        tables["networks"] = _networks(w)
    for name, table in tables.items():
        if table.height:
            table.write_parquet(folder / f"{name}.parquet")
    _truth(w, names, tables["exchanges"]).write_parquet(folder / "truth.parquet")


def _times(days: Array, name: str = "sent_at") -> pl.Series:
    micros = np.floor(np.asarray(days, np.float64) * 86_400_000).astype(np.int64) * 1_000
    return pl.Series(name, micros + int(BEGAN.timestamp()) * 1_000_000).cast(pl.Datetime("us", "UTC"))


def _hashed(address: str) -> str:
    """A keyed hash in the shape of an address, so that no prefix of it means anything."""
    return str(IPv6Address(b"\xfd" + blake2b(address.encode(), digest_size=15, key=b"stall").digest()))


def _exchanges(w: World, names: Array) -> pl.DataFrame:
    who, at, ip, device, model, status, asked, given = (np.concatenate([e[k] for e in w.calls]) for k in range(8))
    words = list(w.names)
    values = pl.Series(words, dtype=pl.String)
    rng = np.random.default_rng([w.seed, 6])
    table = pl.DataFrame(
        {
            "account_id": names[who],
            "sent_at": _times(at),
            "ip": pl.Series(list(map(_hashed, words)) if w.habits.ip == "hashed" else words).gather(ip),
            "device": values.gather(device),
            "model": pl.Series(MODELS).gather(model),
            "status": pl.Series(status, dtype=pl.Int16),
            "input_tokens": pl.Series(asked, dtype=pl.Int32),
            "output_tokens": pl.Series(given, dtype=pl.Int32),
        }
    )
    known = [pl.Series(rng.random(len(at)) >= w.habits.lost) for _ in range(2)]
    table = table.with_columns(ip=pl.when(known[0]).then("ip"), device=pl.when(known[1]).then("device"))
    left = [name for name, kept in (("ip", w.habits.ip != "none"), ("device", w.habits.device)) if not kept]
    inside = pl.Series((at >= 0) & (at < WINDOW))
    return table.drop(left).filter(inside).sort("sent_at", "account_id", maintain_order=True)


def _accounts(w: World, names: Array) -> pl.DataFrame:
    known = w.accounts
    return pl.DataFrame(
        {
            "account_id": names,
            "created_at": _times(np.array([each.created for each in known]), "created_at"),
            "channel": [each.channel for each in known],
            "country": [each.country for each in known],
            "email_domain": [each.domain for each in known],
            "organization": pl.Series([each.organization for each in known], dtype=pl.String),
        }
    ).sort("account_id")


def _payments(w: World, names: Array) -> pl.DataFrame:
    who, card, issuer, at, amount = zip(*w.paid, strict=True)
    table = pl.DataFrame({"account_id": names[list(who)], "instrument": card, "issuer": issuer})
    table = table.with_columns(_times(np.array(at), "paid_at"), pl.Series("amount", amount))
    return table.sort("paid_at", "account_id", maintain_order=True)


def _identifiers(w: World, names: Array) -> pl.DataFrame:
    rows = [(names[who], kind, value) for who, kind, value in w.tags]
    columns = ["account_id", "kind", "value"]
    return pl.DataFrame(rows, columns, orient="row").unique().sort(columns)


def _prompts(w: World, names: Array) -> pl.DataFrame:
    who, at, said = (np.concatenate([each[k] for each in w.said]) for k in range(3))
    vectors = pl.Series("embedding", said.astype(np.float32), dtype=pl.Array(pl.Float32, said.shape[1]))
    table = pl.DataFrame({"account_id": names[who], "sent_at": _times(at)}).with_columns(vectors)
    inside = pl.Series((at >= 0) & (at < WINDOW))
    return table.filter(inside).sort("sent_at", "account_id", maintain_order=True)


def _networks(w: World) -> pl.DataFrame:
    rng = np.random.default_rng([w.seed, 7])
    rows = [(f"{prefix}.0.0/16", network, number) for prefix, network, number in w.ground.blocks.values()]
    kept = [each for each in rows if rng.random() < w.habits.networks]
    schema = {"ip": pl.String, "network": pl.String, "asn": pl.Int64}
    return pl.DataFrame(kept, schema, orient="row").sort("ip")


def _truth(w: World, names: Array, exchanges: pl.DataFrame) -> pl.DataFrame:
    """Every account of the log; without a table of accounts, those that called."""
    known = w.accounts
    table = pl.DataFrame(
        {
            "account_id": names,
            "campaign": pl.Series([each.campaign for each in known], dtype=pl.String),
            "kind": [each.kind for each in known],
            "group": [each.group for each in known],
            "operator": pl.Series([each.operator for each in known], dtype=pl.String),
            "guilty": [each.campaign is not None for each in known],
        }
    ).sort("account_id")
    return table if w.habits.accounts else table.join(exchanges.select("account_id").unique(), "account_id", "semi")
