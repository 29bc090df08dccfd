"""A world as the tables that `linkage build` reads, and its truth."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.foreign.prompts import texts, vectors
from benchmarks.foreign.world import END, START, Array, World


def write(world: World, folder: Path) -> None:
    """Write the tables of a world and `truth.parquet`; accounts get names drawn by chance."""
    folder.mkdir(parents=True, exist_ok=True)
    options = world.options
    names = np.array([f"u{x:08x}" for x in world.random.choice(16**8, len(world.accounts), False)])
    _exchanges(world, names).write_parquet(folder / "exchanges.parquet")
    if options.accounts:
        _accounts(world, names).write_parquet(folder / "accounts.parquet")
    if options.payments:
        _payments(world, names).write_parquet(folder / "payments.parquet")
    if options.networks:
        rows = [(ip, kind, number) for ip, (kind, number) in world.networks.items()]
        pl.DataFrame(rows, ["ip", "network", "asn"], orient="row").write_parquet(folder / "networks.parquet")
    _truth(world, names).write_parquet(folder / "truth.parquet")
    if options.prompts:
        _prompts(world, names).write_parquet(folder / "prompts.parquet")


def _times(seconds: Sequence[float] | Array) -> pl.Series:
    """Seconds as times."""
    return pl.Series((np.asarray(seconds) * 1e6).astype(np.int64)).cast(pl.Datetime("us", "UTC"))


def _values(codes: dict[str, int], used: Array) -> pl.Series:
    """The values behind codes."""
    return pl.Series(list(codes)).gather(used)


def _exchanges(world: World, names: Array) -> pl.DataFrame:
    """All calls by time; calls at one time in an order drawn by chance."""
    columns = [np.concatenate([each[k] for each in world.exchanges]) for k in range(8)]
    order = world.random.permutation(len(columns[0]))
    order = order[np.argsort(columns[1][order], kind="stable")]
    order = order[(columns[1][order] < END) & (columns[1][order] >= START)]
    account, sent, ip, device, model, status, read, written = (each[order] for each in columns)
    return pl.DataFrame(
        {
            "account_id": names[account],
            "sent_at": _times(sent),
            "ip": _values(world.codes.ip, ip),
            "device": _values(world.codes.device, device),
            "model": _values(world.codes.model, model),
            "status": status.astype(np.int16),
            "input_tokens": read.astype(np.int32),
            "output_tokens": written.astype(np.int32),
        }
    )


def _accounts(world: World, names: Array) -> pl.DataFrame:
    """What the provider knows of its accounts."""
    known = world.accounts
    return pl.DataFrame(
        {
            "account_id": names,
            "created_at": _times([float(each.created) for each in known]),
            "channel": [each.channel for each in known],
            "country": [each.country for each in known],
            "email_domain": [each.mail for each in known],
            "organization": pl.Series([each.organization for each in known], dtype=pl.String),
        }
    ).sort("created_at")


def _payments(world: World, names: Array) -> pl.DataFrame:
    """Who paid, when, and with which card."""
    paid = world.payments
    return pl.DataFrame(
        {
            "account_id": names[[each[0] for each in paid]],
            "instrument": [each[1] for each in paid],
            "issuer": [each[2] for each in paid],
            "paid_at": _times([each[3] for each in paid]),
            "amount": [each[4] for each in paid],
        }
    )


def _truth(world: World, names: Array) -> pl.DataFrame:
    """What is true of the accounts."""
    known = world.accounts
    return pl.DataFrame(
        {
            "account_id": names,
            "campaign": pl.Series([each.campaign for each in known], dtype=pl.String),
            "kind": [each.kind for each in known],
            "group": [each.group for each in known],
            "operator": pl.Series(
                [None if each.operator is None else f"op{each.operator}" for each in known], dtype=pl.String
            ),
            "guilty": [each.campaign is not None for each in known],
        }
    )


def _prompts(world: World, names: Array) -> pl.DataFrame:
    """The prompts that were sampled, as vectors or as text."""
    columns = [np.concatenate([each[k] for each in world.prompts]) for k in range(4)]
    order = np.argsort(columns[1], kind="stable")
    account, sent, topics, templates = (each[order] for each in columns)
    made = texts(world, topics, templates) if world.options.text else vectors(world, topics, templates)
    name = "text" if world.options.text else "embedding"
    return pl.DataFrame({"account_id": names[account], "sent_at": _times(sent), name: made})
