"""What is each channel and each part worth: how well does a build do with all, and without each one in turn?

For each world: `linkage simulate`, then `linkage build` and `linkage evaluate` with the default settings, and again
for each channel of the manifest that carries links, without it (with `--groups` for each independence group): a
channel with a section under `similarity` is switched off, kinds of identifiers are given no weight (`scale = 0`). A
channel left out links nobody; what a group's assessment knows of its accounts' cards, addresses and times it knows
still. With `--parts` also without models, the link model (bits of all evidence add up without caps), checked caps,
consensus and pooled evidence. With `--peers` connected components, Leiden and Splink 5 stand beside it. `--foreign`
adds families of worlds that were not made by `linkage simulate` (`other_worlds.py`).

python benchmarks/ablation.py --sizes 20000 100000 --seeds 1 2 3
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks._harness import BENCH, RESULTS, command_line, keep, linkage, machine, measure, table
from benchmarks.other_worlds import EVERY, foreign_world
from benchmarks.worlds import SCENARIOS, world

ALL = "all"
TARGET_F1 = {"plain": 0.98, "rotating": 0.95, "relay": 0.85, "stealth": 0.85}
TARGET_INNOCENTS = 0.0005
HEADS = ("all channels", "B-cubed F1", "precision", "recall", "innocents", "AP", "asked of F1", "innocents ≤ 0.05 %")
GROUPS = ("money", "machine", "network", "identity", "content", "time", "birth", "decision", "other")
#: Parts of a build that are no channel, and the settings without them.
PARTS = {
    "models": "[gnn]\nenabled = false\n",
    "link model": "[graph]\nalone_bits_unknown = 40.0\n[graph.learn]\nenabled = false\n[graph.alone_bits]\n"
    + "".join(f"{group} = 40.0\n" for group in GROUPS),
    "checked caps": "[graph.learn]\nenabled = false\n",
    "consensus": "[communities]\nconsensus = false\n",
    "pooled evidence": "[pooling]\nenabled = false\n",
}
#: Sections under `similarity` whose name is not that of their channel.
SECTIONS = {"prompt": "prompts"}


def switched_off(channel: str, kinds: Iterable[str]) -> str:
    """TOML that leaves a channel out."""
    from linkage.similarity_settings import SimilaritySettings

    section = SECTIONS.get(channel, channel)
    if section in SimilaritySettings.model_fields:
        return f"[similarity.{section}]\nenabled = false\n"
    return "".join(f"[identifiers.kinds.{kind}]\nscale = 0.0\n" for kind in kinds)


def build(source: Path, seed: int, settings: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A build and its evaluation: the figures, and the channels of its manifest."""
    run, scores, config = BENCH / "run", BENCH / "evaluation.json", BENCH / "ablation.toml"
    config.write_text(settings)
    took = measure(linkage("build", source, "-o", run, "--overwrite", "--quiet", "--seed", seed, "-c", config))
    measure(linkage("evaluate", run, "--truth", source / "truth.parquet", "-o", scores))
    found = json.loads(scores.read_text())
    figures = {
        **figures_of(found),
        "average_precision": found["suspicion"]["average_precision"],
        "seconds": round(took.seconds, 2),
    }
    channels: dict[str, Any] = json.loads((run / "manifest.json").read_text())["channels"]
    return figures, channels


def figures_of(found: dict[str, Any]) -> dict[str, Any]:
    """Figures of an evaluation that every method has."""
    return {
        **found["campaigns"]["b_cubed"],
        "grouping": found["communities"]["all"]["b_cubed"]["f1"],
        "innocents": found["innocents"]["in_campaigns"],
        "share": found["innocents"]["share"],
    }


def variants(channels: dict[str, Any], given: argparse.Namespace) -> dict[str, str]:
    """What is left out -> the settings without it."""
    carrying = {name: each for name, each in channels.items() if each["present"] and each.get("links", 0)}
    off = {name: switched_off(name, each["kinds"]) for name, each in carrying.items()}
    if given.groups:
        of_group: dict[str, str] = {}
        for name, each in carrying.items():
            of_group[each["group"]] = of_group.get(each["group"], "") + off[name]
        off = of_group
    off |= PARTS if given.parts else {}
    return off if given.without is None else {name: toml for name, toml in off.items() if name in given.without}


def records(source: Path, about: dict[str, Any], given: argparse.Namespace) -> list[dict[str, Any]]:
    """All builds of one world."""
    figures, channels = build(source, about["seed"], "")
    found = [{**about, "without": ALL, **figures}]
    print(about, ALL, f"{figures['f1']:.3f}", flush=True)
    if given.peers:
        from benchmarks._peers import peers

        found[0]["peers"] = {
            name: figures_of(each) for name, each in peers(source, BENCH / "run", about["seed"]).items()
        }
    for name, settings in variants(channels, given).items():
        figures, _ = build(source, about["seed"], settings)
        found.append({**about, "without": name, **figures})
        print(about, f"without {name}", f"{figures['f1']:.3f}", flush=True)
    return found


def of(found: list[dict[str, Any]], key: str) -> str:
    """Mean of a figure over the seeds, and its range."""
    values = [each[key] for each in found]
    percent = key == "share"
    shown = [f"{value:.3%}" if percent else f"{value:.3f}" for value in (mean(values), min(values), max(values))]
    return shown[0] if len(values) == 1 else f"{shown[0]} ({shown[1]} to {shown[2]})"


def whole(found: list[dict[str, Any]]) -> list[list[str]]:
    """Rows of the first table: all channels."""
    rows = []
    for scenario, size in worlds(found):
        here = [each for each in found if key(each) == (scenario, size) and each["without"] == ALL]
        asked = TARGET_F1.get(scenario)
        good = asked is not None and mean(each["f1"] for each in here) >= asked
        few = max(each["share"] for each in here) <= TARGET_INNOCENTS
        rows.append(
            [
                f"{scenario} {size:,}",
                *(of(here, figure) for figure in ("f1", "precision", "recall", "share", "average_precision")),
                "" if asked is None else f"{asked}: {'yes' if good else 'NO'}",
                "yes" if few else "NO",
            ]
        )
    return rows


def each_left_out(found: list[dict[str, Any]], figure: str, names: list[str]) -> list[list[str]]:
    """Rows of a further table: the mean of one figure with all channels and without each.

    A channel that carried no link with some seed was not left out there, since nothing would have changed.
    """
    rows = []
    for scenario, size in worlds(found):
        here = [each for each in found if key(each) == (scenario, size)]
        of_all = {each["seed"]: each[figure] for each in here if each["without"] == ALL}
        cells = []
        for name in names:
            values = {**of_all, **{each["seed"]: each[figure] for each in here if each["without"] == name}}
            shown = f"{mean(values.values()):.3%}" if figure == "share" else f"{mean(values.values()):.3f}"
            cells.append(shown if any(each["without"] == name for each in here) else "")
        rows.append([f"{scenario} {size:,}", *cells])
    return rows


def beside(found: list[dict[str, Any]]) -> list[list[str]]:
    """Rows of the table of peers: means over seeds of F1, grouping F1 and the share of innocents."""
    rows = []
    for scenario, size in worlds(found):
        here = [each for each in found if key(each) == (scenario, size) and "peers" in each]
        methods = {"linkage build": here, **{name: [each["peers"][name] for each in here] for name in here[0]["peers"]}}
        for name, figures in methods.items():
            means = {figure: mean(each[figure] for each in figures) for figure in ("f1", "grouping", "share")}
            rows.append([f"{scenario} {size:,}", name, f"{means['f1']:.3f}", f"{means['grouping']:.3f}",
                         f"{means['share']:.3%}"])  # fmt: skip
    return rows


def key(record: dict[str, Any]) -> tuple[str, int]:
    """Which world, whatever its seed."""
    return record["scenario"], record["size"]


def worlds(found: list[dict[str, Any]]) -> list[tuple[str, int]]:
    """The worlds there are, in order."""
    return list(dict.fromkeys(key(each) for each in found))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[20_000, 100_000])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--scenarios", nargs="*", choices=SCENARIOS, default=SCENARIOS)
    parser.add_argument("--foreign", nargs="*", choices=EVERY, default=[], help="families of another making as well")
    parser.add_argument("--foreign-size", type=int, default=3_000, help="about so many accounts in each of these")
    parser.add_argument("--groups", action="store_true", help="leave out whole independence groups")
    parser.add_argument("--parts", action="store_true", help="leave out parts of the build as well")
    parser.add_argument("--peers", action="store_true", help="components, Leiden and Splink beside it")
    parser.add_argument("--without", nargs="*", help="only these; all that carry links if absent")
    parser.add_argument("--reuse", action="store_true", help="take and leave worlds in bench/worlds")
    parser.add_argument("--results", type=Path, default=RESULTS, help="Markdown file whose section is replaced")
    given = parser.parse_args()
    BENCH.mkdir(exist_ok=True)
    found: list[dict[str, Any]] = []
    every = [(scenario, size) for size in given.sizes for scenario in given.scenarios]
    for scenario, size in [*every, *((family, given.foreign_size) for family in given.foreign)]:
        for seed in given.seeds:
            source = BENCH / "worlds" / f"{scenario}-{size}-{seed}"
            if scenario in given.foreign:
                foreign_world(source, scenario, seed, size)
            else:
                world(source, scenario, size, seed, given.reuse)
            found += records(source, {"scenario": scenario, "size": size, "seed": seed}, given)
            if not given.reuse:
                shutil.rmtree(source)
    names = [ALL, *sorted({each["without"] for each in found} - {ALL})]
    heads = ["world", *(name if name == ALL else f"no {name}" for name in names)]
    text = "\n\n".join(
        [
            table(HEADS, whole(found)),
            "B-cubed F1, mean over seeds:\n\n" + table(heads, each_left_out(found, "f1", names)),
            "Innocents, share of honest accounts, mean over seeds:\n\n"
            + table(heads, each_left_out(found, "share", names)),
            "Average precision of suspicion, mean over seeds:\n\n"
            + table(heads, each_left_out(found, "average_precision", names)),
        ]
    )
    if given.peers:
        from benchmarks import _peers

        heads = ["world", "method", "B-cubed F1", "grouping F1", "innocents"]
        text += f"\n\nBeside it, means over seeds:\n\n{table(heads, beside(found))}\n\n{_peers.LEGEND}"
    about = machine("polars", "numba", "igraph", *(["splink"] if given.peers else []))
    keep(
        "ablation",
        f"## What each channel is worth\n\n{__doc__.strip().splitlines()[0]} `{command_line('ablation.py')}`\n\n"
        f"{about}\n\nMeans over seeds, and ranges. Asked of F1: of the mean; of innocents: of every seed.\n\n{text}",
        given.results,
    )
    print(f"\n{text}\n")
    print(json.dumps({"benchmark": "ablation", "machine": about, "records": found}))


if __name__ == "__main__":
    main()
