"""Does a small change move little: what becomes of campaigns when one link in a hundred is missing?

For each world: `linkage simulate` and a build; then, ten times, 1 % of its links are dropped at random, and the links
that stay are grouped and assessed again, with consensus and without. Compared with what all links give, over all
accounts, by the adjusted Rand index (Hubert & Arabie 1985) of campaigns and of communities. An account in no campaign,
or without a link, counts as one by itself.

python benchmarks/stability.py --sizes 20000 --seeds 1 2
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from statistics import fmean
from typing import Any, Final, NamedTuple
from unittest.mock import patch

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks._harness import BENCH, RESULTS, command_line, keep, machine, table
from benchmarks.worlds import SCENARIOS, world
from linkage import campaigns, communities, pipeline
from linkage.settings import Settings

ASKED: Final = 0.95
DROPPED: Final = 0.01
TIMES: Final = 10
HEADS: Final = ("world", "seed", "grouping", "campaigns", "mean", "least", "communities: mean", "least")


class Given(NamedTuple):
    """What a build groups and assesses."""

    links: pl.DataFrame
    prior_bits: float
    view: campaigns.View


def given(source: Path, settings: Settings) -> Given:
    """A build, and what its grouping and its assessment were given on the way."""
    with (
        patch.object(communities, "group", wraps=communities.group) as group,
        patch.object(campaigns, "assess", wraps=campaigns.assess) as assess,
    ):
        pipeline.build(source, settings)
    links, prior_bits, *_ = group.call_args.args
    return Given(links, prior_bits, assess.call_args.args[2])


def adjusted_rand(one: NDArray[np.int64], other: NDArray[np.int64]) -> float:
    """Adjusted Rand index of two labellings of the same accounts; 1 where each is by itself in both."""
    together = one * (int(other.max()) + 1) + other
    both, first, second = (_pairs(labels) for labels in (together, one, other))
    expected = first * second / (len(one) * (len(one) - 1) / 2)
    most = (first + second) / 2
    return 1.0 if most == expected else (both - expected) / (most - expected)


def _pairs(labels: NDArray[np.int64]) -> float:
    size = np.unique(labels, return_counts=True)[1].astype(np.float64)
    return float((size * (size - 1) / 2).sum())


def labels(found: pl.DataFrame, column: str, accounts: int) -> NDArray[np.int64]:
    """A label for every account, by its code; one of its own where the column has none."""
    known = found.drop_nulls(column)
    out = np.arange(accounts) + known.height
    out[known["account"].to_numpy()] = known[column].rank("dense").to_numpy().astype(np.int64)
    return out


def grouped(links: pl.DataFrame, of: Given, settings: Settings) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Campaign and community of every account."""
    members = communities.group(links, of.prior_bits, settings.communities, settings.seed)
    members = communities.bridges(members, links, of.view.channels, settings.communities).memberships
    assessed = campaigns.assess(members, links, of.view, settings.campaigns)
    accounts = of.view.accounts.height
    return labels(assessed.members, "campaign_id", accounts), labels(members, "community", accounts)


def measured(of: Given, settings: Settings) -> dict[str, Any]:
    """Adjusted Rand indices of the ten."""
    links = of.links
    whole = grouped(links, of, settings)
    found: list[tuple[float, float]] = []
    for seed in range(TIMES):
        stay = np.random.default_rng(seed).random(links.height) >= DROPPED
        less = grouped(links.filter(stay), of, settings)
        found.append((adjusted_rand(whole[0], less[0]), adjusted_rand(whole[1], less[1])))
    in_campaigns, in_communities = zip(*found, strict=True)
    return {"campaigns": in_campaigns, "communities": in_communities, "found": _several(whole[0])}


def _several(of: NDArray[np.int64]) -> int:
    return int((np.unique(of, return_counts=True)[1] > 1).sum())


def row(each: dict[str, Any]) -> list[str]:
    """A record as cells."""
    figures = [f"{say(each[name]):.3f}" for name in ("campaigns", "communities") for say in (fmean, min)]
    return [each["world"], str(each["seed"]), each["grouping"], str(each["found"]), *figures]


def main() -> None:
    """Exit with a verdict in the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[20_000])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--scenarios", nargs="+", choices=SCENARIOS, default=SCENARIOS)
    parser.add_argument("--reuse", action="store_true", help="take worlds of an earlier run from bench/worlds")
    parser.add_argument("--results", type=Path, default=RESULTS, help="Markdown file whose section is replaced")
    asked = parser.parse_args()
    records = []
    for size, scenario, seed in ((n, s, i) for n in asked.sizes for s in asked.scenarios for i in asked.seeds):
        folder = BENCH / "worlds" / f"{scenario}-{size}-{seed}"
        settings = Settings(seed=seed)
        of = given(world(folder, scenario, size, seed, asked.reuse), settings)
        for consensus in (True, False):
            how = settings.communities.model_copy(update={"consensus": consensus})
            about = {"world": f"{scenario} {size:,}", "seed": seed, "grouping": "consensus" if consensus else "single"}
            records.append({**about, **measured(of, settings.model_copy(update={"communities": how}))})
            print("  ".join(row(records[-1])), flush=True)
        if not asked.reuse:
            shutil.rmtree(folder)
    least = min(fmean(each["campaigns"]) for each in records if each["grouping"] == "consensus")
    text = table(HEADS, [row(each) for each in records])
    met = "yes" if least >= ASKED else "NO"
    verdict = f"Campaigns, mean of ten, the worst world: {least:.3f} (at least {ASKED}: {met})."
    question, _, method = __doc__.strip().partition("\n\n")
    keep(
        "stability",
        f"## A small change\n\n{question} `{command_line('stability.py')}`\n\n{machine('polars', 'igraph')}\n\n"
        f"{method.rpartition(chr(10) * 2)[0]}\n\n{text}\n\n{verdict}",
        asked.results,
    )
    print(f"\n{text}\n\n{verdict}\n")
    print(json.dumps({"benchmark": "stability", "records": records}))


if __name__ == "__main__":
    main()
