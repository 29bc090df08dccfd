"""Does a model on the links help, does the graph neural network beat trees, and does a build choose the right one?

For each world: `linkage simulate`, then `linkage build` and `linkage evaluate` with no model, with boosted trees on
features aggregated over neighbours, and with the graph neural network, each forced by `gnn.use`. What a build would
have chosen by itself, on communities that no model saw and without knowing the truth, is marked with a star. In the
scenarios of `linkage simulate` the rules leave little to find, so that two are made harder (`HARD`): few prompts are
kept, and cards and devices are rarely shared. With `--decisions 0.2` that share of the campaigns' accounts is enforced
beforehand and as many honest ones cleared; these accounts are left out of what is measured.

python benchmarks/gnn.py --seeds 3 4 5 6 7
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from benchmarks._decided import write
from benchmarks._harness import BENCH, RESULTS, command_line, keep, linkage, machine, measure, table
from benchmarks.worlds import SCENARIOS, world

MODELS = ("none", "trees", "encoder")
#: Scenarios with less to go by.
HARD = {
    "hard relay": (
        "relay",
        {
            "content.sample": 0.02,
            "queue.relayed": 0.75,
            "queue.failover": 0.2,
            "campaigns.own_card": 0.8,
            "campaigns.own_device": 0.8,
        },
    ),
    "hard stealth": (
        "stealth",
        {"content.sample": 0.03, "queue.failover": 0.2, "queue.mimicry": 0.05, "queue.camouflage": 0.7},
    ),
}
HEADS = ("world", "seed", *(f"{figure}, {name}" for figure in ("AP", "F1", "innocents") for name in MODELS), "chosen")
LEGEND = """\
AP: average precision of suspicion. F1: B-cubed, of campaigns. Innocents: honest accounts in campaigns. Chosen: by the
build itself, on communities held out. A model says nothing where there was too little to teach or to test it."""


def made(folder: Path, scenario: str, size: int, seed: int, reuse: bool) -> Path:
    """A world, a hard one among them."""
    if scenario not in HARD:
        return world(folder, scenario, size, seed, reuse)
    if not (reuse and (folder / "truth.parquet").exists()):
        shutil.rmtree(folder, ignore_errors=True)
        base, changed = HARD[scenario]
        sets = [word for name, value in changed.items() for word in ("--set", f"{name}={value}")]
        measure(linkage("simulate", folder, "--accounts", size, "--scenario", base, "--seed", seed, *sets))
    return folder


def build(source: Path, seed: int, use: str, share: float) -> dict[str, Any]:
    """A build with a model forced, and its evaluation."""
    run, scores, truth, options = BENCH / "run", BENCH / "evaluation.json", source / "truth.parquet", []
    if share:
        settings, truth = write(source, BENCH / "decided", share, seed)
        options = ["-c", settings]
    command = linkage("build", source, "-o", run, "--overwrite", "--quiet", "--seed", seed, *options)
    measure(command, {"LINKAGE_GNN__USE": use})
    measure(linkage("evaluate", run, "--truth", truth, "-o", scores))
    found, manifest = json.loads(scores.read_text()), json.loads((run / "manifest.json").read_text())
    seconds = {stage["name"]: stage["seconds"] for stage in manifest["stages"]}
    return {
        "average_precision": found["suspicion"]["average_precision"],
        "f1": found["campaigns"]["b_cubed"]["f1"],
        "innocents": found["innocents"]["in_campaigns"],
        "used": manifest["model"]["used"],
        "best": manifest["model"].get("best", "none"),
        "gains": manifest["model"].get("gains", {}),
        "why": manifest["model"]["why"],
        "share_of_seconds": seconds.get("model", 0.0) / max(sum(seconds.values()), 1e-9),
    }


def row(about: str, seed: str, each: dict[str, dict[str, Any]], chosen: str) -> list[str]:
    """One world as cells, what the build chose with a star."""

    def cell(figure: str, name: str) -> str:
        value = each[name][figure]
        star = "*" if name == chosen else ""
        return (f"{value:g}" if figure == "innocents" else f"{value:.4f}") + star

    figures = [cell(figure, name) for figure in ("average_precision", "f1", "innocents") for name in MODELS]
    return [about, seed, *figures, chosen]


def means(records: list[dict[str, Any]]) -> list[str]:
    """The last row: means over all worlds."""
    figures = ("average_precision", "f1", "innocents")
    each = {n: {f: mean(record[n][f] for record in records) for f in figures} for n in MODELS}
    return row("mean", "", each, "")


def _error(of: list[float]) -> float:
    """Standard error of a mean over worlds."""
    return stdev(of) / len(of) ** 0.5 if len(of) > 1 else float("nan")


def beaten(records: list[dict[str, Any]]) -> str:
    """In words: how often, and by how much, the encoder has the higher average precision."""
    by = {
        n: [record["encoder"]["average_precision"] - record[n]["average_precision"] for record in records]
        for n in MODELS
    }
    told = [
        f"over {'no model' if name == 'none' else name} by {mean(by[name]):+.4f} in average precision "
        f"(standard error {_error(by[name]):.4f}, {min(by[name]):+.4f} to {max(by[name]):+.4f}), "
        f"ahead in {sum(x > 0 for x in by[name])} of {len(records)}"
        for name in MODELS[:2]
    ]
    return f"The encoder: {'; '.join(told)}."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[20_000])
    parser.add_argument("--seeds", type=int, nargs="+", default=[3, 4, 5, 6, 7])
    parser.add_argument("--scenarios", nargs="+", choices=(*SCENARIOS, *HARD), default=tuple(HARD))
    parser.add_argument("--decisions", type=float, default=0.0, help="Share of campaigns' accounts decided on.")
    parser.add_argument("--reuse", action="store_true", help="take and leave worlds in bench/worlds")
    parser.add_argument("--results", type=Path, default=RESULTS, help="Markdown file whose section is replaced")
    given = parser.parse_args()
    BENCH.mkdir(exist_ok=True)
    records: list[dict[str, Any]] = []
    rows = []
    for size in given.sizes:
        for scenario in given.scenarios:
            for seed in given.seeds:
                folder = BENCH / "worlds" / f"{scenario.replace(' ', '-')}-{size}-{seed}"
                source = made(folder, scenario, size, seed, given.reuse)
                found = {name: build(source, seed, name, given.decisions) for name in MODELS}
                chosen = found["none"]["best"]
                rows.append(row(f"{scenario} {size:,}", str(seed), found, chosen))
                records.append({"scenario": scenario, "size": size, "seed": seed, "chosen": chosen, **found})
                print("  ".join(rows[-1]), flush=True)
                if not given.reuse:
                    shutil.rmtree(folder)
    text = table(HEADS, [*rows, means(records)])
    about = machine("polars", "torch", "torch-geometric", "scikit-learn")
    keep(
        "gnn",
        f"## Models beside the rules\n\n{__doc__.strip().splitlines()[0]} `{command_line('gnn.py')}`\n\n{about}\n\n"
        f"{text}\n\n{beaten(records)}\n\n{LEGEND}",
        given.results,
    )
    print(f"\n{text}\n")
    print(json.dumps({"benchmark": "gnn", "machine": about, "records": records}))


if __name__ == "__main__":
    main()
