"""A log as the tables that `linkage build` reads, as much of them as is kept, and the truth."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from uuid import UUID

import numpy as np
import polars as pl

from benchmarks.foreign.outside.log import START, Array, Log
from benchmarks.foreign.outside.words import texts, vectors

#: Columns that may be null where values are lost.
LOST = {"exchanges": ("ip", "device", "model"), "accounts": ("created_at", "email_domain"), "payments": ("issuer",)}


def write(log: Log, folder: Path) -> None:
    """Write the tables of a log and `truth.parquet`."""
    folder.mkdir(parents=True, exist_ok=True)
    draw, many = log.random, len(log.accounts)
    if log.how.uuids:
        names = np.array([str(UUID(bytes=draw.bytes(16), version=4)) for _ in range(many)], object)
    else:
        names = np.array([f"acct_{x}" for x in 100_000 + draw.permutation(many)], object)
    for name, frame in _tables(log, names).items():
        if name in log.how.without or frame.is_empty():
            continue
        gone = [column.partition(".")[2] for column in log.how.without if column.startswith(f"{name}.")]
        _lose(log, name, frame).drop(gone).write_parquet(folder / f"{name}.parquet")
    _truth(log, names).write_parquet(folder / "truth.parquet")


def _lose(log: Log, name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """A table with some values gone, or a constant in their place."""
    for column in LOST.get(name, ()) if log.how.nulls else ():
        gone = pl.Series(log.random.random(frame.height) < log.how.nulls)
        instead = log.how.filler if frame.schema[column] == pl.String else None
        frame = frame.with_columns(pl.when(gone).then(pl.lit(instead)).otherwise(column).alias(column))
    return frame


def _times(log: Log, seconds: Array) -> pl.Series:
    cut = np.floor(np.asarray(seconds, np.float64) / log.how.coarse) * log.how.coarse
    return pl.Series((cut * 1e6).astype(np.int64)).cast(pl.Datetime("us", "UTC"))


def _address(log: Log, value: str) -> str:
    return sha256(f"salt{value}".encode()).hexdigest()[:20] if log.how.hashed else value


def _tables(log: Log, names: Array) -> dict[str, pl.DataFrame]:
    """All tables of a log."""
    who, sent, ip, device, model, status, read, wrote = (
        np.concatenate([each[k] for each in log.calls]) for k in range(8)
    )
    order = np.argsort(sent, kind="stable")
    order = order[(sent[order] >= START) & (sent[order] < log.end)]
    seen, codes = np.unique(ip.astype(str), return_inverse=True)
    addresses = np.array([_address(log, str(each)) for each in seen], object)
    known = log.accounts
    tables = {
        "exchanges": pl.DataFrame(
            {
                "account_id": names[who[order]],
                "sent_at": _times(log, sent[order]),
                "ip": addresses[codes[order]],
                "device": device[order],
                "model": model[order],
                "status": status[order].astype(np.int16),
                "input_tokens": read[order].astype(np.int32),
                "output_tokens": wrote[order].astype(np.int32),
            }
        ),
        "accounts": pl.DataFrame(
            {
                "account_id": names,
                "created_at": _times(log, np.array([each.created for each in known])),
                "channel": [each.channel for each in known],
                "country": [each.country for each in known],
                "email_domain": [each.mail for each in known],
                "organization": pl.Series([each.organization for each in known], dtype=pl.String),
            }
        ),
        "payments": pl.DataFrame(
            {
                "account_id": names[[each[0] for each in log.payments]],
                "instrument": [each[1] for each in log.payments],
                "issuer": [each[2] for each in log.payments],
                "paid_at": _times(log, np.array([each[3] for each in log.payments])),
                "amount": [each[4] for each in log.payments],
            }
        ),
        "networks": pl.DataFrame(
            [(ip, *of) for ip, of in log.networks.items()], ["ip", "network", "asn"], orient="row"
        ),
    }
    if log.tags:
        rows = [(names[who], kind, value) for who, kind, value in log.tags]
        tables["identifiers"] = pl.DataFrame(rows, ["account_id", "kind", "value"], orient="row")
    if log.prompts and "prompts" not in log.how.without:
        who, sent, frame = (np.concatenate([each[k] for each in log.prompts]) for k in range(3))
        made = vectors(log, frame) if log.how.width else texts(log, frame)
        column = "embedding" if log.how.width else "text"
        tables["prompts"] = pl.DataFrame({"account_id": names[who], "sent_at": _times(log, sent), column: made})
    return tables


def _truth(log: Log, names: Array) -> pl.DataFrame:
    known = log.accounts
    return pl.DataFrame(
        {
            "account_id": names,
            "campaign": pl.Series([each.campaign for each in known], dtype=pl.String),
            "kind": [each.kind for each in known],
            "group": [each.group for each in known],
            "operator": pl.Series([each.operator for each in known], dtype=pl.String),
            "guilty": [each.campaign is not None for each in known],
        }
    )
