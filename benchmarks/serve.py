"""How fast are pages of `linkage serve` on a run of a million accounts with a campaign of 25,000?

The run's tables are made up: links and evidence of about the size that a build of the letter's case writes. A process
of its own serves them; pages are asked for over HTTP, each with filters that were not drawn before as well. The last
line is JSON.
"""

from __future__ import annotations

import argparse
import itertools
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import _harness

START = datetime(2026, 3, 1, tzinfo=UTC)
#: Kind, accounts that share one of its values, values of it in a block, independence group.
KINDS = (
    ("prompt", 48, 4, "content"),
    ("ip", 30, 1, "network"),
    ("device", 24, 1, "machine"),
    ("instrument", 12, 1, "money"),
    ("phone", 6, 1, "identity"),
    ("referral_code", 40, 1, "birth"),
)
#: Accounts of a campaign are linked with those so many places on at most.
REACH = 48


def run_folder(folder: Path, accounts: int, large: int, others: int) -> Path:
    """Write the tables: one campaign of `large` accounts, nine of `others`, and links between honest accounts."""
    from linkage.io import Run
    from linkage.tables import OUTPUT, empty

    draw = np.random.default_rng(1)
    sizes = [large, *[others] * 9]
    ids = pl.Series([f"acc_{n:016x}" for n in range(accounts)])
    inside = sum(sizes)
    campaign = pl.Series(np.repeat(np.arange(len(sizes)), sizes))
    names = pl.Series([f"C-{n:010x}" for n in range(len(sizes))])
    first = draw.integers(0, 40 * 86_400, accounts)
    frame = pl.DataFrame(
        {
            "account_id": ids,
            "campaign_id": names.gather(campaign).extend(pl.Series([None] * (accounts - inside), dtype=pl.String)),
            "suspicion": np.where(np.arange(accounts) < inside, 0.9 + 0.1 * draw.random(accounts), 0.001),
            "exchanges": draw.integers(1, 3_000, accounts),
            "first_seen": pl.Series(first).cast(pl.Int64) * 1_000_000,
        }
    ).with_columns(
        community_id=pl.col("campaign_id").str.replace("C-", "G-"),
        stability=pl.lit(0.98),
        tier=pl.when(pl.col("campaign_id").is_not_null())
        .then(pl.when(pl.col("suspicion") > 0.91).then(pl.lit("core")).otherwise(pl.lit("periphery"))),
        operator=pl.lit(None),
        first_seen=pl.lit(START) + pl.duration(microseconds="first_seen"),
        last_seen=pl.lit(START + timedelta(days=44)),
    )  # fmt: skip
    found = {name: empty(schema) for name, schema in OUTPUT.items()}
    found["accounts"] = _typed("accounts", frame)
    members = frame.head(inside).with_columns(share=pl.lit(0.6))
    found["members"] = _typed("members", members)
    of = members.group_by("campaign_id").agg(
        accounts=pl.len(),
        exchanges=pl.col("exchanges").sum(),
        first_seen=pl.col("first_seen").min(),
        last_seen=pl.col("last_seen").max(),
    )
    found["campaigns"] = _typed(
        "campaigns",
        of.with_columns(
            suspicion=pl.lit(0.999), stability=pl.lit(0.98), innocents_expected=pl.col("accounts") * 0.001,
            reasons_for=pl.lit('["cards are rotated (+2.0 bits)"]'), reasons_against=pl.lit("[]"),
        ).sort("campaign_id"),
    )  # fmt: skip
    found["communities"] = _typed(
        "communities", of.with_columns(community_id=pl.col("campaign_id").str.replace("C-", "G-"))
    )
    starts = np.concatenate([[0], np.cumsum(sizes)])
    pairs = pl.concat([_pairs(int(a), int(b)) for a, b in itertools.pairwise(starts)])
    found["evidence"] = _typed("evidence", _evidence(pairs, ids))
    honest = draw.integers(inside, accounts, (6_000_000 * accounts // 1_000_000, 2))
    honest.sort(axis=1)
    loose = pl.DataFrame({"a": honest[:, 0], "b": honest[:, 1]}).unique().filter(pl.col("a") < pl.col("b"))
    links = pl.concat([pairs, loose.select(pairs.columns)]).sort("a", "b")
    links = links.with_columns(account_a=ids.gather(links["a"]), account_b=ids.gather(links["b"]))
    found["links"] = _typed(
        "links", links.with_columns(probability=pl.lit(0.97), weight=12.0 + (pl.col("a") * 7 + pl.col("b")) % 64 / 8)
    ).with_columns(pl.lit(3.0, pl.Float32).alias(kind) for kind, *_ in KINDS)
    manifest = {
        "version": "0",
        "privacy": {"pseudonymised": False},
        "channels": {kind: {"present": True, "group": group, "kinds": [kind]} for kind, _, _, group in KINDS},
        "link_model": {"prior_bits": 15.6, "group_cap_bits": {group: 30.0 for *_, group in KINDS}},
        "settings": {"graph": {"min_probability": 0.5, "reasons_per_link": 50}},
    }
    Run(tables=found, manifest=manifest, report="").save(folder)
    return folder


def _pairs(start: int, end: int) -> pl.DataFrame:
    one = np.arange(start, end, dtype=np.int64)
    a = np.repeat(one, REACH)
    b = a + np.tile(np.arange(1, REACH + 1), len(one))
    return pl.DataFrame({"a": a, "b": b}).filter(pl.col("b") < end)


def _evidence(pairs: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
    parts = []
    for kind, block, values, _ in KINDS:
        both = pairs.filter(pl.col("a") // block == pl.col("b") // block)
        for n in range(values):
            parts.append(
                both.with_columns(
                    kind=pl.lit(kind),
                    value=pl.format(kind + "-{}-{}", pl.col("a") // block, pl.lit(n)),
                    weight=pl.lit(14.0 - block / 8),
                )
            )
    told = pl.concat(parts).sort("a", "b", "kind", "value")
    return told.select(
        account_a=ids.gather(told["a"]), account_b=ids.gather(told["b"]), kind="kind", value="value", weight="weight",
        first_seen=pl.lit(START), last_seen=pl.lit(START + timedelta(days=9)),
    )  # fmt: skip


def _typed(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    from linkage.tables import OUTPUT

    given = set(frame.columns)
    return frame.select(
        (pl.col(column) if column in given else pl.lit(None).alias(column)).cast(kind)
        for column, kind in OUTPUT[name].items()
    )


def serve(folder: Path, state: Path) -> dict[str, object]:
    """In a process of its own: start, ask for pages, tell the seconds."""
    import resource
    import threading

    import httpx2 as httpx
    import uvicorn

    from linkage.io import Run
    from linkage.serve.app import create
    from linkage.serve.log import Log

    begun = time.perf_counter()
    port = 8799
    served = create(Run.open(folder), Log(state), {"ann": "a" * 43}, port=port)
    indexed = time.perf_counter() - begun
    served.site.warm()
    started = time.perf_counter() - begun
    server = uvicorn.Server(uvicorn.Config(served.asgi, port=port, log_level="critical"))
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.01)
    site = served.site
    big = max(site.lines, key=lambda line: line.accounts)
    some = site.of.members(big.campaign)["account_id"]
    campaign = f"/campaign/{big.campaign_id}"
    days = [f"2026-03-{day:02}" for day in range(2, 30)]
    asked: dict[str, list[str]] = {
        "queue": ["/"] * 20,
        "campaign": [campaign] * 20,
        "campaign, next pages": [f"{campaign}?page={n}" for n in range(2, 22)],
        "campaign, by evidence": [f"{campaign}?kind={kind}&tier=core" for kind, *_ in KINDS],
        "campaign, by time": [f"{campaign}?until={day}" for day in days],
        "campaign, a group": [f"{campaign}?group={n}" for n in range(20)],
        "account": [f"/account/{some[n * 50]}" for n in range(8)],
        "pair": [f"/pair?one={some[n * 50]}&other={some[n * 50 + 1]}" for n in range(6)],
        "value": [f"/value/{n * 37}" for n in range(20)],
        "search for an id": ["/search?q=00000abc"] * 8,
    }
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120)
    token = client.get("/login").text.split('name="form_token" value="')[1].split('"')[0]
    client.post("/login", data={"form_token": token, "token": "a" * 43}, headers={"origin": f"http://127.0.0.1:{port}"})
    pages = {}
    for name, paths in asked.items():
        seconds, worked = [], []
        for path in paths:
            at, cpu = time.perf_counter(), time.process_time()
            answer = client.get(path)
            seconds.append(time.perf_counter() - at)
            worked.append(time.process_time() - cpu)
            if answer.status_code != 200:
                sys.exit(f"{path}: {answer.status_code}")
        pages[name] = {
            "p50_ms": _ms(statistics.median(seconds)),
            "p95_ms": _ms(_late(seconds)),
            "cpu_p95_ms": _ms(_late(worked)),  # of all threads, the one that asks included
            "bytes": len(answer.content),
        }
    return {
        "accounts": site.of.accounts.height,
        "largest": big.accounts,
        "links_inside": site.of.ties.links.height,
        "values": site.of.ties.values.height,
        "index_s": round(indexed, 2),
        "start_s": round(started, 2),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "pages": pages,
    }


def _ms(seconds: float) -> float:
    return round(1000 * seconds, 1)


def _late(seconds: Sequence[float]) -> float:
    return sorted(seconds)[max(0, -(-len(seconds) * 95 // 100) - 1)]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--accounts", type=int, default=1_000_000)
    options.add_argument("--large", type=int, default=25_000)
    options.add_argument("--others", type=int, default=1_000)
    options.add_argument("--run", type=Path, help="keep the run here, and use it if it is there")
    options.add_argument("--keep", action="store_true", help="write the figures to results.md")
    options.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.serve is not None:
        with tempfile.TemporaryDirectory() as state:
            print(json.dumps(serve(given.serve, Path(state) / "state" / "log.sqlite")))
        return
    scratch = Path(tempfile.mkdtemp(prefix="linkage-serve-"))
    folder = given.run or scratch / "run"
    try:
        if not folder.exists():
            run_folder(folder, given.accounts, given.large, given.others)
        found = _harness.measure(_harness.python("serve.py", "--serve", folder)).answer
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    figures = ("p50_ms", "p95_ms", "cpu_p95_ms")
    rows = [
        [name, *(f"{each[figure]:.0f}" for figure in figures), f"{each['bytes']:,}"]
        for name, each in found["pages"].items()
    ]
    text = _harness.table(["page", "p50 ms", "p95 ms", "p95 CPU ms", "bytes"], rows)
    print(text)
    if given.keep:
        head = (
            f"## Pages of `linkage serve`\n\n`{_harness.command_line('serve.py')}`; "
            f"{_harness.machine('polars', 'fastapi')}. {found['accounts']:,} accounts, a campaign of "
            f"{found['largest']:,}; {found['links_inside']:,} links inside campaigns. "
            f"Ready after {found['start_s']} s, at most {found['peak_mib']:,} MiB.\n\n"
        )
        _harness.keep("serve", head + text)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
