"""Splink on the accounts of a world, as two steps of `speed_splink.py`, each a process of its own.

python benchmarks/_splink.py aggregate WORLD RECORDS.parquet   one record an account: arrays of its values
python benchmarks/_splink.py link RECORDS.parquet CLUSTERS.parquet EDGES.parquet
"""

from __future__ import annotations

import argparse
import json
import logging
import time
from pathlib import Path

import polars as pl

#: Levels of agreement by array; sharing two cards or two devices is too rare to be trained.
ARRAYS = {"ips": [3, 2, 1], "devices": [1], "cards": [1]}


def aggregate(world: Path, out: Path, cap: int) -> None:
    """account_id and its values on at most `cap` accounts, most used first; null where it has none."""
    from benchmarks._exact import scan, uses

    kept = uses(world, cap)
    names = {"ip": "ips", "device": "devices", "card": "cards"}
    records = scan(world, "accounts").select("account_id").collect().sort("account_id")
    for kind, column in names.items():
        values = (
            kept.filter(pl.col("kind") == kind)
            .sort(["count", "value"], descending=[True, False])
            .group_by("account_id")
            .agg(pl.col("value").alias(column))
        )
        records = records.join(values, on="account_id", how="left", maintain_order="left")
    records.rename({"account_id": "unique_id"}).write_parquet(out)


def link(
    records: Path, clusters: Path, edges: Path, threshold: float, partners: float, u_pairs: float, seed: int
) -> dict[str, object]:
    """Train, predict and cluster; seconds by step.

    EM cannot block on exploded arrays, so that it blocks on the most used value of each; predictions explode them. The
    prior is that of `linkage`: `partners` accounts of the same operator for each.
    """
    import duckdb
    import splink.comparison_library as compare
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)
    clock, seconds = time.perf_counter(), {}
    connection = duckdb.connect()
    api = DuckDBAPI(connection)
    frame = api.register(connection.read_parquet(str(records)))
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[compare.ArrayIntersectAtSizes(column, sizes) for column, sizes in ARRAYS.items()],
        blocking_rules_to_generate_predictions=[block_on(column, arrays_to_explode=[column]) for column in ARRAYS],
        probability_two_random_records_match=partners / pl.scan_parquet(records).select(pl.len()).collect().item(),
        retain_matching_columns=False,
    )
    linker = Linker(frame, settings)
    linker.training.estimate_u_using_random_sampling(max_pairs=u_pairs, seed=seed)
    for column in ARRAYS:
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(f"{column}[1]"))
    seconds["train"], clock = time.perf_counter() - clock, time.perf_counter()
    predicted = linker.inference.predict(threshold_match_probability=0.5)
    seconds["predict"], clock = time.perf_counter() - clock, time.perf_counter()
    found = linker.clustering.cluster_pairwise_predictions_at_threshold(
        predicted, threshold_match_probability=threshold
    )
    connection.execute(
        f"copy (select unique_id as account_id, cluster_id as cluster from {found.physical_name}) to '{clusters}'"
    )
    connection.execute(
        "copy (select unique_id_l as a, unique_id_r as b, match_probability as probability "
        f"from {predicted.physical_name}) to '{edges}'"
    )
    seconds["cluster and write"] = time.perf_counter() - clock
    return {"seconds": seconds, "edges": pl.scan_parquet(edges).select(pl.len()).collect().item()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    step = parser.add_subparsers(dest="step", required=True)
    first = step.add_parser("aggregate")
    first.add_argument("world", type=Path)
    first.add_argument("records", type=Path)
    first.add_argument("--cap", type=int, default=50)
    second = step.add_parser("link")
    second.add_argument("records", type=Path)
    second.add_argument("clusters", type=Path)
    second.add_argument("edges", type=Path)
    second.add_argument("--threshold", type=float, default=0.95)
    second.add_argument("--partners", type=float, default=20.0)
    second.add_argument("--u-pairs", type=float, default=1e8)
    second.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if given.step == "aggregate":
        aggregate(given.world, given.records, given.cap)
    else:
        print(
            json.dumps(
                link(
                    given.records,
                    given.clusters,
                    given.edges,
                    given.threshold,
                    given.partners,
                    given.u_pairs,
                    given.seed,
                )
            )
        )


if __name__ == "__main__":
    main()
