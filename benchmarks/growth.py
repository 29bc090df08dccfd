"""Do campaigns keep their ids as a world grows?

Each world is built as its logs stood after some days, then whole with `--previous`. An id is *kept* when the later
build has a campaign of that id, *rightly* when most accounts of both are of the same true campaign.

python benchmarks/growth.py --size 20000 --seeds 1 2 --days 30
"""

from __future__ import annotations

import argparse
import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks._harness import BENCH, RESULTS, command_line, keep, linkage, machine, measure, table
from benchmarks.worlds import SCENARIOS, world

TIMES = {"exchanges": "sent_at", "prompts": "sent_at", "payments": "paid_at", "accounts": "created_at"}
EVENTS = ("kept", "grew", "shrank", "merged", "split", "died", "revived", "born")
HEADS = ("world", "seed", "campaigns then", "id kept", "rightly", *EVENTS[3:], "campaigns now")


def cut(source: Path, folder: Path, days: int) -> Path:
    """The world as its logs stood after so many days. Other identifiers are those of the accounts there were."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    tables = {path.stem: path / "*.parquet" if path.is_dir() else path for path in sorted(source.iterdir())}
    frames = {name: pl.scan_parquet(path) for name, path in tables.items() if name != "truth"}
    end = frames["exchanges"].select(pl.col("sent_at").min()).collect().item().replace(hour=0, minute=0, second=0)
    end = end.replace(microsecond=0) + timedelta(days=days)
    there = frames["accounts"].filter(pl.col("created_at") < end).select("account_id")
    for name, frame in frames.items():
        part = frame.filter(pl.col(TIMES[name]) < end) if name in TIMES else frame
        if name != "accounts" and "account_id" in part.collect_schema():
            part = part.join(there, on="account_id", how="semi")
        part.sink_parquet(folder / f"{name}.parquet")
    return folder


def mostly(run: Path, truth: pl.DataFrame) -> dict[str, str]:
    """Campaign of a run -> the true campaign of most of its accounts; absent where most are honest."""
    members = pl.read_parquet(run / "members.parquet").join(truth, on="account_id")
    most = (
        members.group_by("campaign_id", "campaign")
        .len()
        .sort("campaign_id", "len", "campaign", descending=[False, True, False])
        .unique("campaign_id", keep="first", maintain_order=True)
    )
    return dict(most.drop_nulls("campaign").select("campaign_id", "campaign").iter_rows())


def grow(source: Path, days: int, seed: int) -> dict[str, Any]:
    """Both builds of a world, and what the later one says of the campaigns of the first."""
    early, late = BENCH / "run-early", BENCH / "run-late"
    part = cut(source, BENCH / "worlds" / "cut", days)
    measure(linkage("build", part, "-o", early, "--overwrite", "--quiet", "--seed", seed))
    shutil.rmtree(part)
    measure(linkage("build", source, "-o", late, "--previous", early, "--overwrite", "--quiet", "--seed", seed))
    truth = pl.read_parquet(source / "truth.parquet").select("account_id", "campaign")
    before, now = mostly(early, truth), mostly(late, truth)
    ids = [set(pl.read_parquet(run / "campaigns.parquet")["campaign_id"]) for run in (early, late)]
    lineage = pl.read_parquet(late / "lineage.parquet").filter(pl.col("builds_ago") == 0)
    kept = ids[0] & ids[1]
    return {
        "then": len(ids[0]),
        "kept": len(kept),
        "rightly": sum(before.get(each) == now.get(each) for each in kept),
        "now": len(ids[1]),
        "events": {event: lineage.filter(pl.col("event") == event).height for event in EVENTS},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=20_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--scenarios", nargs="+", choices=SCENARIOS, default=SCENARIOS)
    parser.add_argument("--reuse", action="store_true", help="take worlds of an earlier run from bench/worlds")
    parser.add_argument("--results", type=Path, default=RESULTS, help="Markdown file whose section is replaced")
    given = parser.parse_args()
    BENCH.mkdir(exist_ok=True)
    records, rows = [], []
    for scenario in given.scenarios:
        for seed in given.seeds:
            name = f"{scenario}-{given.size}-{seed}"
            source = world(BENCH / "worlds" / name, scenario, given.size, seed, given.reuse)
            found = grow(source, given.days, seed)
            records.append({"world": f"{scenario} {given.size:,}", "seed": seed, **found})
            cells = [found["then"], found["kept"], found["rightly"], *(found["events"][e] for e in EVENTS[3:])]
            rows.append([records[-1]["world"], *map(str, (seed, *cells, found["now"]))])
            print("  ".join(rows[-1]), flush=True)
            if not given.reuse:
                shutil.rmtree(source)
    text = table(HEADS, rows)
    keep(
        "growth",
        f"## Ids as a world grows\n\nFirst build: {given.days} days. `{command_line('growth.py')}`\n\n"
        f"{machine('polars', 'igraph')}\n\n{text}",
        given.results,
    )
    print(f"\n{text}\n")
    print(json.dumps({"benchmark": "growth", "machine": machine("polars", "igraph"), "records": records}))


if __name__ == "__main__":
    main()
