"""A made-up run folder of any size, without a build: communities of accounts with links and evidence among them."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage import io
from linkage.tables import OUTPUT, empty

#: Channel -> group and most bits of it.
CHANNELS: Final = {
    "activity": ("time", 6.1),
    "device": ("machine", 3.8),
    "ip": ("network", 3.1),
    "payment": ("money", 8.1),
    "phone": ("identity", 10.1),
    "prefix": ("network", 3.1),
    "prompt": ("content", 9.1),
    "succession": ("birth", 3.1),
}
_NEEDED: Final = 15.0
_START: Final = datetime(2026, 1, 1, tzinfo=UTC)
_HONEST: Final = 20  # links that an account of an honest group begins, at most
_CROWDED: Final = 50  # the same inside campaigns
_REASONS: Final = 3
_LARGEST: Final = 12_000
_SMALL: Final = 12


def made(accounts: int, seed: int) -> dict[str, pl.DataFrame]:
    """The tables of a run: four fifths of the accounts have links, one in forty stands in a campaign."""
    rng = np.random.default_rng(seed)
    ids = pl.Series("account_id", np.unique(rng.integers(0, 1 << 62, 2 * accounts))[:accounts])
    names = pl.select(pl.format("acc_{}", ids.cast(pl.String).str.zfill(19))).to_series().sort()
    sizes = _sizes(accounts)
    campaigns = int((np.cumsum(sizes) <= accounts // 40).sum())
    order = rng.permutation(accounts)[: sizes.sum()]
    group = np.repeat(np.arange(len(sizes)), sizes)
    a, b, of = _near(order, group, sizes, campaigns)
    links = _links(names, a, b, rng)
    inside = of < campaigns
    tables = {name: empty(schema) for name, schema in OUTPUT.items()}
    named = pl.DataFrame({"at": order, "group": group}).with_columns(
        community_id=pl.format("G-{}", pl.col("group").cast(pl.String).str.zfill(10)),
        campaign_id=pl.when(pl.col("group") < campaigns).then(
            pl.format("C-{}", pl.col("group").cast(pl.String).str.zfill(10))
        ),
    )
    told = (
        pl.DataFrame({"account_id": names, "at": np.arange(accounts)})
        .join(named, on="at", how="left", maintain_order="left")
        .with_columns(
            suspicion=pl.Series(rng.random(accounts), dtype=pl.Float32),
            stability=pl.lit(1.0, pl.Float32),
            tier=pl.when(pl.col("campaign_id").is_not_null()).then(pl.lit("core")),
            operator=pl.lit(None, pl.String),
            exchanges=pl.Series(rng.integers(1, 5_000, accounts)),
            first_seen=pl.lit(_START),
            last_seen=pl.lit(_START),
            share=pl.lit(1.0, pl.Float32),
        )
    )
    groups = (
        told.drop_nulls("community_id")
        .group_by("community_id", "campaign_id")
        .agg(accounts=pl.len(), exchanges=pl.col("exchanges").sum())
    )
    groups = groups.sort("community_id").with_columns(
        suspicion=pl.lit(0.9), stability=pl.lit(1.0), explanation=pl.lit(None, pl.String), explanations=pl.lit("[]"),
        reasons_for=pl.lit('["many cards (+3.0 bits)"]'), reasons_against=pl.lit("[]"),
        operator=pl.lit(None, pl.String), operator_confidence=pl.lit(None), capability=pl.lit("words: proof"),
        innocents_expected=pl.lit(1.0),
        input_tokens=pl.lit(1), output_tokens=pl.lit(1), first_seen=pl.lit(_START), last_seen=pl.lit(_START),
    )  # fmt: skip
    tables["accounts"] = told
    tables["members"] = told.drop_nulls("campaign_id").sort("campaign_id", "account_id")
    tables["communities"], tables["campaigns"] = groups, groups.drop_nulls("campaign_id")
    tables["evidence"] = _evidence(links.filter(pl.Series(inside)), rng)
    tables["links"] = links.sort("account_a", "account_b")
    tables["hubs"] = pl.DataFrame(
        {"kind": ["ip"] * 50_000, "value": [f"{i:016x}" for i in range(50_000)], "degree": 100, "pairs": 4_950}
    ).with_columns(reason=pl.lit("degree"))
    return {name: _shaped(name, table) for name, table in tables.items()}


def described() -> dict[str, Any]:
    """As much of a manifest as an explanation asks for."""
    return {
        "format": 1,
        "seed": 0,
        "version": "synthetic",
        "settings": {"graph": {"min_probability": 0.5, "reasons_per_link": 20}},
        "link_model": {
            "prior_bits": _NEEDED,
            "group_cap_bits": dict(CHANNELS.values()),
        },
        "channels": {name: {"present": True, "group": group, "kinds": [name]} for name, (group, _) in CHANNELS.items()},
        "not_reproducible": [],
    }


def _sizes(accounts: int) -> NDArray[np.int64]:
    """One large group, some middling ones, and many small, together four fifths of the accounts."""
    largest = min(_LARGEST, accounts // 80)
    middle = [max(5, largest // 40)] * 40
    rest = accounts * 4 // 5 - largest - sum(middle)
    return np.array([largest, *middle, *[_SMALL] * (rest // _SMALL)])


def _near(
    order: NDArray[np.int64], group: NDArray[np.int64], sizes: NDArray[np.int64], campaigns: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of accounts, a < b, and their group: each has links to those some places on, so that paths are short."""
    start = np.repeat(np.cumsum(sizes) - sizes, sizes)
    size, place = np.repeat(sizes, sizes), np.arange(len(order)) - start
    found = []
    for each in np.unique(sizes):
        for inside, most in ((True, _CROWDED), (False, _HONEST)):
            kept = np.flatnonzero((size == each) & ((group < campaigns) == inside))
            for step in np.unique(np.geomspace(1, (each - 1) // 2, most).astype(np.int64)):
                other = start[kept] + (place[kept] + step) % each
                found.append(np.stack([order[kept], order[other], group[kept]]))
    a, b, of = np.concatenate(found, axis=1)
    return np.minimum(a, b), np.maximum(a, b), of


def _links(names: pl.Series, a: NDArray[np.int64], b: NDArray[np.int64], rng: np.random.Generator) -> pl.DataFrame:
    """The pairs with their bits by channel, several of which speak for each."""
    bits = {
        name: np.where(rng.random(len(a)) < 0.4, rng.random(len(a)) * cap, 0.0).astype(np.float32)
        for name, (_, cap) in CHANNELS.items()
    }
    columns = pl.DataFrame(bits)
    return pl.DataFrame({"account_a": names.gather(a), "account_b": names.gather(b)}).with_columns(
        probability=pl.lit(0.9, pl.Float32), weight=columns.sum_horizontal() + _NEEDED, **bits
    )


def _evidence(links: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Some reasons for each link, of kinds and values that others share."""
    rows = links.select("account_a", "account_b")
    kinds = pl.Series(list(CHANNELS))
    parts = [
        rows.with_columns(
            kind=kinds.gather(rng.integers(0, 3, rows.height) + 2 * i),
            value=pl.Series([f"{each:016x}" for each in rng.integers(0, rows.height // 20 + 1, rows.height)]),
            weight=pl.Series(rng.random(rows.height) * 8, dtype=pl.Float32),
            first_seen=pl.lit(_START),
            last_seen=pl.lit(_START),
        )
        for i in range(_REASONS)
    ]
    return pl.concat(parts).sort("account_a", "account_b", "kind", "value")


def _shaped(name: str, table: pl.DataFrame) -> pl.DataFrame:
    schema = dict(OUTPUT[name])
    if name == "links":
        schema |= {channel: pl.Float32() for channel in CHANNELS}
    return table.select(pl.col(column).cast(kind) for column, kind in schema.items())


def main() -> None:
    """Write the folder, and print its counts as JSON on the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--accounts", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    tables = made(given.accounts, given.seed)
    io.Run(tables=tables, manifest=described(), report="<!doctype html>").save(given.out, overwrite=True)
    print(json.dumps({name: tables[name].height for name in ("accounts", "links", "evidence", "members", "campaigns")}))


if __name__ == "__main__":
    main()
