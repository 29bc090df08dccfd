"""Does a model on the links help, does the graph neural network beat trees, and does a build choose the right one?

For each world: a build up to where models come in, then suspicion by the rules alone, by boosted trees on features
aggregated over neighbours, by trees on what the encoder is given (*carried*: means by type of link, one and two links
far), and by the encoder. *Chosen* is what a build takes by itself, on communities that no model saw and without knowing
the truth. In most worlds the rules leave little to find, so that two of `linkage simulate` are made harder (`HARD`: few
prompts are kept, cards and devices are rarely shared); the others are of another making (`foreign/`). With decisions,
that share of the campaigns' accounts is enforced beforehand and as many honest ones cleared; these accounts are left
out of what is measured.

python benchmarks/gnn.py --seeds 3 4 5
"""

from __future__ import annotations

import argparse
import json
import shutil
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from statistics import mean, stdev
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np
import polars as pl

from benchmarks._decided import write as decide
from benchmarks._harness import BENCH, RESULTS, command_line, keep, linkage, machine, measure, table
from benchmarks.foreign.families import FAMILIES, make
from benchmarks.foreign.write import write
from linkage import campaigns, evaluate, gnn
from linkage.campaigns import leads
from linkage.pipeline import scored, stages
from linkage.settings import Settings, read_settings
from linkage.tables import OUTPUT

#: The first is no model.
CARRIED = "trees, carried"
MODELS = ("none", "trees", CARRIED, "encoder", "chosen")
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
SIMULATED = ("relay", "stealth", "rotating", "plain")
LEGEND = """\
AP: average precision of suspicion, mean over seeds ± its spread (standard deviation). F1: B-cubed, of campaigns.
Innocents: honest accounts in campaigns, no model → chosen, all seeds. Chosen: how often a build takes which by itself.
Accounts that no link ties cannot be ranked by any model; they bound the average precision."""


class Stood(NamedTuple):
    """A build where models come in."""

    tables: Any
    links: pl.DataFrame
    plain: Any
    view: campaigns.View
    assessed: campaigns.Assessment
    settings: Settings


class _Reached(Exception):  # noqa: N818 - no error: a build has come as far as it is needed
    """Carries the arguments of `scored.score`."""


class Scored(NamedTuple):
    """As much of a run as `evaluate` reads."""

    accounts: pl.DataFrame
    members: pl.DataFrame
    campaigns: pl.DataFrame
    links: pl.DataFrame


def made(folder: Path, name: str, size: int, seed: int) -> Path:
    """A world of either making."""
    shutil.rmtree(folder, ignore_errors=True)
    if name in FAMILIES:
        write(make(FAMILIES[name](size), seed, size), folder)
        return folder
    base, changed = HARD.get(name, (name, {}))
    sets = [word for key, value in changed.items() for word in ("--set", f"{key}={value}")]
    measure(linkage("simulate", folder, "--accounts", size, "--scenario", base, "--seed", seed, *sets))
    return folder


def stood(source: Path, seed: int, settings: Path | None) -> Stood:
    """A build up to where models come in."""

    def reached(*given: Any, **_: Any) -> None:
        raise _Reached(*given)

    with patch.object(stages, "score", reached):
        try:
            stages.build(source, read_settings(settings, seed=seed))
        except _Reached as found:
            tables, links, plain, view, assessed, used = found.args[:6]
            return Stood(tables, links, plain, view, assessed, used)
    raise AssertionError("a build without its models")


def figures(at: Stood, found: gnn.Opinion | None, truth: pl.DataFrame) -> dict[str, float]:
    """What a build would come to with this opinion."""
    assessed, rules = at.assessed, at.settings.campaigns
    if found is not None and found.suspicion is not None:
        assessed = campaigns.refine(assessed, found.suspicion, at.links, at.view, rules)
    ids = at.tables.accounts.select("account", "account_id")
    pointed = leads(assessed.accounts, at.view, rules).rename({"suspicion": "lead"})
    accounts = (
        ids.join(assessed.accounts, on="account", how="left", maintain_order="left")
        .join(pointed, on="account", how="left", maintain_order="left")
        .with_columns(suspicion=pl.max_horizontal("suspicion", "lead", pl.lit(0.0)), operator=pl.lit(None, pl.String))
    )
    empty = pl.DataFrame(schema=OUTPUT["links"])
    run = Scored(accounts, assessed.members.join(ids, on="account"), pl.DataFrame(schema=OUTPUT["campaigns"]), empty)
    measured = evaluate.evaluate(run, truth)
    assert measured.suspicion is not None
    assert measured.innocents is not None
    return {
        "ap": float(measured.suspicion.average_precision or 0.0),
        "f1": measured.campaigns.b_cubed.f1,
        "innocents": measured.innocents.in_campaigns,
    }


def carried(x: Any, of: Any, rows: Any = None) -> Any:
    """`trees.aggregated` of what the encoder is given."""
    from linkage.gnn.given import Columns
    from linkage.gnn.scaling import scale

    rows = np.arange(len(x)) if rows is None else rows
    return np.concatenate((x, Columns(x, of, scale(x), "cpu").parts(0, len(x))[1].numpy()), axis=1)[rows]


def opinions(at: Stood, seed: int, with_carried: bool) -> Mapping[str, gnn.Opinion]:
    """By name of the model, as far as there is one."""
    given = scored.given(at.tables, at.plain, at.view, at.assessed, at.settings)
    found = gnn.opinions(given, at.settings.gnn, seed, "cpu")
    out = {("chosen" if name == "best" else name): each for name, each in found.items()}
    if with_carried and "trees" in found:
        with ExitStack() as stack:
            for module in ("scene", "trees"):
                stack.enter_context(patch(f"linkage.gnn.{module}.aggregated", carried))
            out[CARRIED] = gnn.opinions(given, at.settings.gnn, seed, "cpu", ["trees"])["trees"]
    return out


def one(name: str, size: int, seed: int, share: float, with_carried: bool) -> dict[str, Any]:
    """A world, built and scored."""
    source, settings = made(BENCH / "worlds" / f"gnn-{name.replace(' ', '-')}", name, size, seed), None
    truth = source / "truth.parquet"
    if share:
        settings, truth = decide(source, BENCH / "decided", share, seed)
    at = stood(source, seed, settings)
    start = time.process_time()
    found = opinions(at, seed, with_carried)
    took, known = time.process_time() - start, evaluate.read_truth(truth)
    shutil.rmtree(source)
    each = {model: figures(at, found.get(model), known) for model in MODELS if with_carried or model != CARRIED}
    told = found["chosen"].figures
    used = str(told["used"])
    if used != "none" and not told.get("members", True):
        used += " (ranks)"
    return {"world": name, "seed": seed, "decided": share, **each, "used": used, "why": told["why"], "cpu": took}


def heads(records: list[dict[str, Any]]) -> list[str]:
    """Of the table: models that were not asked have no column."""
    asked = (f"AP, {name}" for name in MODELS if name in records[0])
    return ["world", "decided", *asked, "F1, none", "F1, chosen", "innocents", "chosen"]


def row(records: list[dict[str, Any]]) -> list[str]:
    """One kind of world as cells."""
    first = records[0]

    def over(model: str, figure: str) -> str:
        values = [record[model][figure] for record in records]
        return f"{mean(values):.4f} ± {stdev(values) if len(values) > 1 else 0:.4f}"

    used = [record["used"] for record in records]
    before, after = (sum(record[model]["innocents"] for record in records) for model in ("none", "chosen"))
    return [
        first["world"],
        f"{first['decided']:.0%}",
        *(over(model, "ap") for model in MODELS if model in first),
        over("none", "f1"),
        over("chosen", "f1"),
        f"{before:g} → {after:g}",
        ", ".join(f"{name} {used.count(name)}" for name in sorted(set(used))),
    ]


def beaten(records: list[dict[str, Any]]) -> str:
    """In words: how often, and by how much, the encoder has the higher average precision."""
    told = []
    for name in (name for name in MODELS[:3] if name in records[0]):
        by = [record["encoder"]["ap"] - record[name]["ap"] for record in records]
        error = stdev(by) / len(by) ** 0.5 if len(by) > 1 else float("nan")
        told.append(
            f"over {'no model' if name == 'none' else name} by {mean(by):+.4f} in average precision (standard error "
            f"{error:.4f}, {min(by):+.4f} to {max(by):+.4f}), ahead in {sum(x > 1e-4 for x in by)}, behind in "
            f"{sum(x < -1e-4 for x in by)} of {len(by)}"
        )
    gains = [record["encoder"]["ap"] - record["trees"]["ap"] for record in records]
    wins = mean(gains) > 2 * stdev(gains) / len(gains) ** 0.5 if len(gains) > 1 else False
    return (
        f"The encoder: {'; '.join(told)}. It beats trees by more than two standard errors: {'yes' if wins else 'NO'}."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=4_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[3, 4, 5])
    every = (*HARD, *SIMULATED, *FAMILIES)
    parser.add_argument("--worlds", nargs="+", choices=every, default=(*HARD, "slow", "giant"))
    parser.add_argument("--decisions", type=float, nargs="+", default=[0.0, 0.05], help="shares decided beforehand")
    parser.add_argument("--no-carried", action="store_true", help="leave out trees on what is carried, which are slow")
    parser.add_argument("--results", type=Path, default=RESULTS, help="Markdown file whose section is replaced")
    given = parser.parse_args()
    BENCH.mkdir(exist_ok=True)
    records: list[dict[str, Any]] = []
    rows = []
    for share in given.decisions:
        for name in given.worlds:
            for seed in given.seeds:
                records.append(one(name, given.size, seed, share, not given.no_carried))
                print(json.dumps(records[-1]), flush=True)
            rows.append(row(records[-len(given.seeds) :]))
    text, about = table(heads(records), rows), machine("polars", "torch", "torch-geometric", "scikit-learn")
    keep(
        "gnn",
        f"## Models beside the rules\n\n{__doc__.strip().splitlines()[0]} `{command_line('gnn.py')}`\n\n{about}; "
        f"{given.size:,} accounts, seeds {', '.join(map(str, given.seeds))}\n\n{text}\n\n{LEGEND}\n\n{beaten(records)}",
        given.results,
    )
    print(f"\n{text}\n\n{beaten(records)}")
    print(json.dumps({"benchmark": "gnn", "machine": about, "records": records}))


if __name__ == "__main__":
    main()
