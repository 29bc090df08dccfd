"""What others make of a build's world: components and Leiden, with and without the build's links, and Splink 5."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any, Final

import igraph
import polars as pl

from benchmarks._clusters import score
from benchmarks._harness import BENCH, measure, python
from linkage.evaluate import read_truth

#: How each is called in the tables.
COMPONENTS_OF_VALUES: Final = "components of shared values"
LEIDEN_OF_VALUES: Final = "Leiden on shared values"
COMPONENTS_OF_LINKS: Final = "components of our links"
LEIDEN_OF_LINKS: Final = "Leiden on our links"
SPLINK: Final = "Splink 5"
PEERS: Final = (COMPONENTS_OF_VALUES, LEIDEN_OF_VALUES, SPLINK, COMPONENTS_OF_LINKS, LEIDEN_OF_LINKS)
LEGEND: Final = """\
None of these judges: each of their clusters of five accounts or more counts as a campaign. *Grouping* asks no
judgement: B-cubed F1 over the accounts of true campaigns only. *Shared values* are cards, addresses and devices on at
most 50 accounts, as for Splink, whose threshold is the one that scores best with the truth in hand. *Our links* are
those of the build, all channels, at even odds or better, weighed by their bits."""


def peers(source: Path, run: Path, seed: int) -> dict[str, dict[str, Any]]:
    """Method -> evaluation, of one world and a build of it."""
    truth = read_truth(source / "truth.parquet")
    found = {}
    for name, method in ((COMPONENTS_OF_VALUES, "components"), (LEIDEN_OF_VALUES, "leiden")):
        out = BENCH / f"{method}.parquet"
        measure(python("_exact.py", method, source, out, "--seed", seed))
        found[name] = score(pl.read_parquet(out), truth)
    found[SPLINK] = splink(source)
    links = pl.read_parquet(run / "links.parquet", columns=["account_a", "account_b", "weight"])
    graph = igraph.Graph.TupleList(links.iter_rows(), weights=True)
    found[COMPONENTS_OF_LINKS] = score(named(graph, graph.connected_components().membership), truth)
    random.seed(seed)
    igraph.set_random_number_generator(random)
    leiden = graph.community_leiden("modularity", weights="weight", n_iterations=10)
    found[LEIDEN_OF_LINKS] = score(named(graph, leiden.membership), truth)
    return found


def named(graph: igraph.Graph, membership: list[int]) -> pl.DataFrame:
    """account_id, cluster."""
    names = graph.vs["name"] if graph.vcount() else []
    return pl.DataFrame(
        {"account_id": names, "cluster": membership}, schema={"account_id": pl.String, "cluster": pl.Int64}
    )


def splink(source: Path) -> dict[str, Any]:
    """The evaluation of Splink's best threshold, u trained on a million pairs, its default."""
    from benchmarks.speed_splink import best_threshold

    records, clusters, edges = (BENCH / f"splink-{name}.parquet" for name in ("records", "clusters", "edges"))
    measure(python("_splink.py", "aggregate", source, records))
    measure(python("_splink.py", "link", records, clusters, edges, "--u-pairs", 1e6))
    return best_threshold(edges, source / "truth.parquet")[1]
