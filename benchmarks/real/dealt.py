"""Are accounts that harvest a model found by what they write, when nothing else says anything? Real prompts, dealt.

    python benchmarks/real/dealt.py [--data ../shared/data] [--out bench]

Queries of published extraction attacks and corpora that machines wrote (sources) are dealt to accounts of 80 prompts,
and prompts that people wrote to organic accounts, mixed from all organic corpora; times say nothing. The data are not
part of the project (licences); where they are absent this says so and ends. Compared with the sources, by B-cubed over
the sourced accounts: the communities of `linkage build` with default settings, and those of the centroids of the same
text vectors alone (nearest accounts, Leiden), and how suspicion ranks the accounts; on both data sets together, dealt
anew with several seeds, whose mean is the figure asked for; the same with one corpus for each organic account, so that
honest accounts are as narrow as the sources; on each data set; and with each corpus left out. Beside suspicion, in the
same run, the simplest figures rank the accounts: the share of the prompts in the template an account uses most, in any
template, and how even the lengths of its prompts are; and corpora in a random order, of which there are few. Halves of
the corpora (every other one, by name) are reported apart; figures of both were seen when what looks at the texts was
chosen. Prints a JSON line last.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path
from statistics import fmean
from typing import Any, Final

import numpy as np
import polars as pl

from benchmarks._harness import LINKAGE, RESULTS, keep, machine, table
from benchmarks.real._dealt import ORGANIC, by_chance, by_source, centroids, deal, half, pool, scores, simple, write
from linkage.evaluate.scores import average_precision

ASKED: Final = 0.95
#: Average precision of suspicion.
ASKED_OF_SUSPICION: Final = 0.85
#: What ranks accounts beside suspicion: columns of `_dealt.simple`.
SIMPLE: Final = ("concentration", "templated", "even")


def build(folder: Path) -> pl.DataFrame:
    """One command, as a user types it -> account_id, community_id, campaign_id, suspicion."""
    command = [*LINKAGE, "build", str(folder / "input"), "-o", str(folder / "run"), "--overwrite"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"linkage build ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    wanted = ["account_id", "community_id", "campaign_id", "suspicion"]
    return pl.read_parquet(folder / "run" / "accounts.parquet", columns=wanted)


def ranked(truth: pl.DataFrame, figures: pl.DataFrame, name: str) -> float:
    """Average precision of one column of `figures`, by account."""
    judged = truth.join(figures, on="account_id")
    sourced = (judged["source"] != ORGANIC).to_numpy().astype(np.float64)
    return average_precision(judged[name].to_numpy().astype(np.float64), sourced) or 0.0


def world(prompts: pl.DataFrame, folder: Path, seed: int, mixed: bool, with_build: bool) -> dict[str, Any]:
    """Deal, build, compare."""
    shutil.rmtree(folder, ignore_errors=True)
    truth = write(deal(prompts, seed, mixed), folder, seed)
    alone = centroids(folder / "input")
    found: dict[str, Any] = {"centroids": scores(truth, alone), "centroids_by_source": by_source(truth, alone)}
    found |= {name: ranked(truth, simple(folder / "input"), name) for name in SIMPLE}
    found["chance"], found["chance_reaches"] = by_chance(truth, ASKED_OF_SUSPICION)
    if with_build:
        built = build(folder)
        found["build"] = scores(truth, built)
        found["build_by_source"] = by_source(truth, built)
        found["suspicion"] = ranked(truth, built, "suspicion")
        named = truth.join(built, on="account_id").filter(pl.col("campaign_id").is_not_null())
        found["campaigns"] = {
            "sourced": int((named["source"] != ORGANIC).sum()),
            "organic": int((named["source"] == ORGANIC).sum()),
        }
    return found


def row(name: str, found: dict[str, Any]) -> list[str]:
    """One world as a row of the table."""
    cells = [name, f"{found['centroids']['sourced']} of {found['centroids']['accounts']}"]
    for method in ("build", "centroids"):
        each = found.get(method)
        figures = ("f1", "precision", "recall", "organic_beside")
        cells.extend([f"{each[key]:.3f}" for key in figures] if each else ["", "", "", ""])
    beside = [f"{found[key]:.3f}" for key in (*SIMPLE, "chance")]
    return [*cells, f"{found['suspicion']:.3f}" if "suspicion" in found else "", *beside]


def beside(worlds: list[dict[str, Any]]) -> str:
    """What ranks accounts beside suspicion."""
    figures = {key: fmean(each[key] for each in worlds) for key in (*SIMPLE, "chance", "chance_reaches")}
    return (
        f"Beside it, one corpus each: most of one template {figures['concentration']:.3f}, of any "
        f"{figures['templated']:.3f}, even lengths {figures['even']:.3f}, corpora in a random order "
        f"{figures['chance']:.3f}, of which {figures['chance_reaches']:.0%} reach {ASKED_OF_SUSPICION}."
    )


def main() -> int:
    """Exit 1 where the build falls short."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("bench"))
    parser.add_argument(
        "--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5], help="the first deals the other worlds"
    )
    parser.add_argument("--centroids-only", action="store_true", help="leave `linkage build` out")
    parser.add_argument("--quick", action="store_true", help="both data sets together only")
    parser.add_argument("--results", type=Path, default=RESULTS, help="Markdown file whose section is replaced")
    given = parser.parse_args()
    if not (given.data / "llm_extraction_queries").is_dir() or not (given.data / "prompts").is_dir():
        print(f"no real data at {given.data}: nothing measured")
        return 0
    prompts = pool(given.data)
    worlds = {f"both, seed {seed}": (prompts, seed, True) for seed in given.seeds}
    worlds |= {f"one corpus each, seed {seed}": (prompts, seed, False) for seed in given.seeds}
    for number in (1, 2):
        part = half(prompts, number == 2)
        worlds |= {f"half {number}, one corpus each, seed {seed}": (part, seed, False) for seed in given.seeds}
    first = given.seeds[0]
    if not given.quick:
        for name in ("queries", "prompts"):
            worlds[f"{name} only"] = (prompts.filter(pl.col("set") == name), first, True)
        for corpus in sorted(prompts["corpus"].unique()):
            worlds[f"without {corpus}"] = (prompts.filter(pl.col("corpus") != corpus), first, True)
    found = {}
    for name, (part, seed, mixed) in worlds.items():
        found[name] = world(part, given.out / "dealt", seed, mixed, not given.centroids_only)
        print("  ".join(row(name, found[name])), flush=True)
    both = [found[f"both, seed {seed}"] for seed in given.seeds]
    heads = [f"{kind} {figure}" for kind in ("build", "centroids") for figure in ("F1", "P", "R", "organic")]
    text = table(
        ["world", "sourced", *heads, "suspicion AP", *SIMPLE, "random order"],
        [row(name, each) for name, each in found.items()],
    )
    methods = [method for method in ("build", "centroids") if method in both[0]]
    sources = table(
        ["source", *(f"{method} {figure}" for method in methods for figure in ("P", "R"))],
        [
            [source, *(f"{fmean(each[f'{method}_by_source'][source][k] for each in both):.3f}"
                       for method in methods for k in (0, 1))]
            for source in both[0]["centroids_by_source"]
        ],
    )  # fmt: skip
    verdict, mean = "`linkage build` was left out.", None
    if "build" in methods:
        reached = [each["build"]["f1"] for each in both]
        kinds = ("one corpus each", "half 1, one corpus each", "half 2, one corpus each")
        narrow, one, two = ([found[f"{kind}, seed {seed}"] for seed in given.seeds] for kind in kinds)
        mean, suspicion = fmean(reached), fmean(each["suspicion"] for each in narrow)
        enough = "yes" if suspicion >= ASKED_OF_SUSPICION else "NO"
        caught = {
            kind: sum(each["campaigns"][kind] for each in (*both, *narrow, *one, *two))
            for kind in ("sourced", "organic")
        }
        verdict = (
            f"B-cubed F1 of the build's communities, mean of {len(both)} seeds {mean:.3f} (at least {ASKED}: "
            f"{'yes' if mean >= ASKED else 'NO'}), {min(reached):.3f} to {max(reached):.3f}; in campaigns, all seeds: "
            f"{caught['sourced']} sourced and {caught['organic']} organic accounts. Average precision of suspicion, "
            f"one corpus each, mean {suspicion:.3f} (at least {ASKED_OF_SUSPICION}: {enough}); accounts mixed from all "
            f"corpora, {fmean(each['suspicion'] for each in both):.3f}; half of the corpora, "
            f"{fmean(each['suspicion'] for each in one):.3f}, the other half "
            f"{fmean(each['suspicion'] for each in two):.3f}. {beside(narrow)}"
        )
    title = "## Real prompts, dealt to accounts\n\n`python benchmarks/real/dealt.py`"
    about = f"{title}\n\n{machine('polars', 'numba', 'igraph')}"
    keep(
        "dealt",
        f"{about}\n\n{text}\n\nBoth data sets, by source, mean of the seeds:\n\n{sources}\n\n{verdict}",
        given.results,
    )
    print(f"\n{text}\n\n{sources}\n\n{verdict}\n")
    print(json.dumps({"benchmark": "dealt", "mean_f1": mean, "worlds": found}))
    return 1 if mean is not None and mean < ASKED else 0


if __name__ == "__main__":
    sys.exit(main())
