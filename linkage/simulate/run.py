"""Write a world: a day at a time, so that memory holds one day's rows and the accounts, whatever the world's size."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from linkage.errors import RunFolderError
from linkage.simulate import ledger
from linkage.simulate.campaigns import build_plan
from linkage.simulate.draws import Array
from linkage.simulate.honest import DAY, MODELS, Rows, build_town, honest_day
from linkage.simulate.people import build_people
from linkage.simulate.prompts import embeddings, texts
from linkage.simulate.queue import campaign_day
from linkage.simulate.space import Space, address_text
from linkage.simulate.world import World
from linkage.tables import TIME

#: Prompts are made this many at a time; it bounds memory only and changes no value.
_BLOCK = 50_000


class Summary(NamedTuple):
    """What was written."""

    accounts: int
    campaigns: int
    exchanges: int
    prompts: int


def simulate(out: Path, settings: World) -> Summary:
    """Write the world of `settings` into the folder `out`, which must be new or empty: the same bytes every time.

    Beside the tables of the contract, `truth.parquet` says who is what.
    """
    _prepare(out, settings)
    seeds = np.random.SeedSequence(settings.seed).spawn(settings.days + 4)
    rngs = [np.random.default_rng(seed) for seed in seeds[:4]]
    space = Space()
    people = build_people(rngs[0], settings, space)
    plan = build_plan(rngs[1], settings, people, space)
    town = build_town(settings, people, space, plan.every_exit)
    ids = ledger.account_ids(settings)
    devices = ledger.device_names(settings, people)
    written = {
        "accounts": ledger.accounts_table(rngs[2], settings, people, plan, ids),
        "payments": ledger.payments_table(rngs[2], settings, people, plan, ids),
        "identifiers": ledger.identifiers_table(rngs[2], settings, people, plan, ids),
        "networks": ledger.networks_table(rngs[2], settings, space, town.tor),
        "dossiers": ledger.dossiers_table(rngs[3], settings, people, plan),
    }
    for name, frame in written.items():
        frame.write_parquet(out / f"{name}.parquet")
    del written
    exchanges, jobs = np.zeros(settings.accounts, dtype=np.int64), np.zeros(settings.accounts, dtype=np.int64)
    prompts = 0
    for day in range(settings.days):
        rng = np.random.default_rng(seeds[4 + day])
        rows = _day(campaign_day(rng, settings, people, town, plan, day), honest_day(rng, settings, people, town, day))
        rows = _in_order(rows, settings)
        exchanges += np.bincount(rows["account"], minlength=settings.accounts)
        jobs += np.bincount(rows["account"][rows["job"]], minlength=settings.accounts)
        _exchanges(settings, rows, ids, devices).write_parquet(out / "exchanges" / f"day-{day:03d}.parquet")
        if settings.prompts != "none":
            sampled = np.flatnonzero(rng.random(len(rows["at"])) < settings.content.sample)
            prompts += len(sampled)
            _prompts(rng, settings, rows, sampled, ids).write_parquet(out / "prompts" / f"day-{day:03d}.parquet")
    ledger.truth_table(people, plan, ids, jobs, exchanges).write_parquet(out / "truth.parquet")
    return Summary(settings.accounts, len(plan.sizes), int(exchanges.sum()), prompts)


def _prepare(out: Path, settings: World) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise RunFolderError(f"{out} exists and is not an empty folder: name a new one, or empty it first")
    folders = ["exchanges"] if settings.prompts == "none" else ["exchanges", "prompts"]
    for name in folders:
        (out / name).mkdir(parents=True, exist_ok=True)


def _day(campaign: Rows, honest: Rows) -> Rows:
    honest["job"] = np.zeros(len(honest["at"]), dtype=bool)
    if not campaign:
        return honest
    return {name: np.concatenate([campaign.pop(name), honest.pop(name)]) for name in list(honest)}


def _in_order(rows: Rows, settings: World) -> Rows:
    """Rows of the world's days in time order, so that their order tells nothing else."""
    order = np.argsort(rows["at"], kind="stable")
    order = order[: int(np.searchsorted(rows["at"][order], settings.days * DAY))]
    return {name: column[order] for name, column in rows.items()}


def _moments(settings: World, at: Array) -> pl.Series:
    start = ledger.times(settings, np.zeros(1)).dt.epoch("us")[0]
    return pl.Series(at + start).cast(TIME)


def _exchanges(settings: World, rows: Rows, ids: pl.Series, devices: pl.Series) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "account_id": ids.gather(rows["account"]),
            "sent_at": _moments(settings, rows["at"]),
            "ip": address_text(rows["high"], rows["low"]),
            "device": devices.gather(rows["device"]),
            "model": pl.Series(MODELS).gather(rows["model"]),
            "status": pl.Series(rows["status"].astype(np.int16)),
            "input_tokens": pl.Series(np.clip(rows["input"], 1, 200_000).astype(np.int32)),
            "output_tokens": pl.Series(np.clip(rows["output"], 0, 32_000).astype(np.int32)),
        }
    )


def _prompts(rng: np.random.Generator, settings: World, rows: Rows, sampled: Array, ids: pl.Series) -> pl.DataFrame:
    columns = {
        "account_id": ids.gather(rows["account"][sampled]),
        "sent_at": _moments(settings, rows["at"][sampled]),
    }
    source, item = rows["source"][sampled], rows["item"][sampled]
    blocks = range(0, max(len(sampled), 1), _BLOCK)
    if settings.prompts in ("text", "both"):
        parts = [texts(rng, source[i : i + _BLOCK], item[i : i + _BLOCK], settings.seed) for i in blocks]
        columns["text"] = pl.concat(parts)
    if settings.prompts in ("embedding", "both"):
        unit = np.concatenate(
            [
                embeddings(rng, source[i : i + _BLOCK], item[i : i + _BLOCK], settings.seed, settings.content)
                for i in blocks
            ]
        )
        columns["embedding"] = pl.Series(unit, dtype=pl.Array(pl.Float32, settings.content.width))
    return pl.DataFrame(columns)
