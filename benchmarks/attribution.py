"""Who is named, how surely, and is it true?

For each world: `linkage simulate` with dossiers, `linkage build`, and the operators of its campaigns against truth: the
true operator of a found campaign is that of most of its accounts. *Nameable*: the operator has a dossier, and the
campaign uses an indicator of it; *specific*: one other than an issuer of cards. *Without dossier*: campaigns of
operators that no dossier knows, and how many of these got somebody's name. The table of confidence takes the nearest
dossier of every campaign, named or not.

python benchmarks/attribution.py --sizes 20000 --seeds 1 2
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

from benchmarks._harness import BENCH, RESULTS, command_line, keep, linkage, machine, measure, table

SCENARIOS = ("plain", "rotating", "stealth", "relay")
#: campaigns, operators, share of operators with a dossier, most indicators of a kind.
VARIANTS = {
    "standard": (),
    "many": ("campaigns.count=30", "campaigns.operators=12", "campaigns.share=0.06", "campaigns.largest=0.25"),
    "few dossiers": (
        *("campaigns.count=24", "campaigns.operators=12", "campaigns.share=0.05", "campaigns.largest=0.25"),
        *("campaigns.dossiers=0.3", "campaigns.bare_indicators=1"),
    ),
    "full dossiers": (
        *("campaigns.count=24", "campaigns.operators=8", "campaigns.share=0.05", "campaigns.largest=0.25"),
        *("campaigns.dossiers=0.9", "campaigns.bare_indicators=5"),
    ),
}
HEADS = ("world", "variant", "seed", "campaigns", "named", "right", "nameable", "of them", "specific", "of them",
         "without dossier", "misnamed", "unknown operators", "of one")  # fmt: skip
BINS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.99, 0.999)


def examine(world: Path, run: Path) -> tuple[dict[str, int], list[tuple[float, bool]]]:
    """Figures of one run, and (posterior, right) of the nearest dossier of each campaign that has one."""
    import polars as pl

    members = pl.read_parquet(run / "members.parquet").select("campaign_id", "account_id")
    truth = pl.read_parquet(world / "truth.parquet").select("account_id", "operator")
    dossiers = pl.read_parquet(world / "dossiers.parquet")
    true = (
        members.join(truth, on="account_id")
        .drop_nulls("operator")
        .group_by("campaign_id", "operator")
        .len()
        .sort(["len", "operator"], descending=[True, False])
        .unique("campaign_id", keep="first", maintain_order=True)
        .select("campaign_id", true="operator")
    )
    rows = (
        pl.read_parquet(run / "attributions.parquet")
        .filter(pl.col("rung") == "operator")
        .join(true, on="campaign_id", how="left")
        .join(
            _used(world, members, dossiers),
            left_on=["campaign_id", "true"],
            right_on=["campaign_id", "operator"],
            how="left",
        )
        .with_columns(
            known=pl.col("true").is_in(dossiers["operator"].unique().implode()),
            group=pl.when(pl.col("name").str.starts_with("unknown operator")).then("name"),
        )
        .with_columns(name=pl.when(pl.col("group").is_null()).then("name"))
    )
    named, right = pl.col("name").is_not_null(), (pl.col("name") == pl.col("true")).fill_null(False)
    nameable, specific = pl.col("specific").is_not_null(), pl.col("specific").fill_null(False)
    groups = rows.drop_nulls("group").group_by("group").agg(operators=pl.col("true").n_unique())
    figures = rows.select(
        campaigns=pl.len(), named=named.sum(), right=right.sum(), nameable=nameable.sum(),
        nameable_named=(nameable & named).sum(), specific=specific.sum(), specific_named=(specific & named).sum(),
        without=(~pl.col("known")).sum(), misnamed=(named & ~pl.col("known")).sum(),
    ).row(0, named=True)  # fmt: skip
    figures |= {"groups": groups.height, "groups_of_one": int((groups["operators"] == 1).sum())}
    return figures, [_nearest(row) for row in rows.iter_rows(named=True) if row["name"] or row["rivals"] != "[]"]


def _nearest(row: dict[str, Any]) -> tuple[float, bool]:
    """Posterior of the likeliest documented operator, and whether it is the true one."""
    rivals = [(one["posterior"], one["name"]) for one in json.loads(row["rivals"])]
    if row["name"]:
        rivals.append((row["confidence"], row["name"]))
    posterior, name = max(rivals)
    return posterior, name == row["true"]


def _used(world: Path, members: Any, dossiers: Any) -> Any:
    """campaign_id, operator, specific: whose indicators each campaign uses; specific: one that is no issuer."""
    import polars as pl

    from linkage import io
    from linkage.attribution import indicators, usage
    from linkage.identifiers import gather, touches
    from linkage.settings import InputSettings

    tables = io.read(world, InputSettings())
    assert tables.exchanges is not None
    touched = touches(tables.exchanges).collect(engine="streaming")
    uses = gather(tables.accounts, touched, tables.addresses, tables.payments, tables.identifiers)
    coded = members.join(tables.accounts.select("account", "account_id"), on="account_id")
    systems = usage.system_uses(touched, tables.addresses, coded["account"].unique())
    read, columns = indicators.read(dossiers), ["account", "kind", "value"]
    return (
        pl.concat([uses.select(columns), systems.select(columns)])
        .join(coded, on="account")
        .join(read.aliases, on=["kind", "value"])
        .join(read.rows.select("indicator", operator="name"), on="indicator")
        .group_by("campaign_id", "operator")
        .agg(specific=(pl.col("kind") != "issuer").any())
    )


def calibration(pairs: list[tuple[float, bool]]) -> str:
    """How often the nearest dossier is right, by its posterior."""
    rows = []
    for low, high in zip(BINS, (*BINS[1:], 1.01), strict=True):
        inside = [(posterior, right) for posterior, right in pairs if low <= posterior < high]
        if inside:
            said, true = sum(p for p, _ in inside) / len(inside), sum(r for _, r in inside) / len(inside)
            rows.append([f"{low:g} to {min(high, 1.0):g}", str(len(inside)), f"{said:.3f}", f"{true:.3f}"])
    return table(("confidence", "campaigns", "said", "right"), rows)


def cells(world: str, variant: str, seed: str, f: dict[str, int]) -> list[str]:
    """A line of the table."""
    return [world, variant, seed, *(str(f[name]) for name in ("campaigns", "named", "right", "nameable")),
            _share(f["nameable_named"], f["nameable"]), str(f["specific"]), _share(f["specific_named"], f["specific"]),
            str(f["without"]), str(f["misnamed"]), str(f["groups"]), str(f["groups_of_one"])]  # fmt: skip


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[20_000])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--scenarios", nargs="+", choices=SCENARIOS, default=SCENARIOS)
    parser.add_argument("--variants", nargs="+", choices=tuple(VARIANTS), default=tuple(VARIANTS))
    parser.add_argument("--set", nargs="*", default=[], help="further knobs of the worlds, as of linkage simulate")
    parser.add_argument("--results", type=Path, default=RESULTS, help="Markdown file whose section is replaced")
    given = parser.parse_args()
    BENCH.mkdir(exist_ok=True)
    world, run, lines, pairs = BENCH / "attribution-world", BENCH / "attribution-run", [], []
    total: dict[str, int] = {}
    for size in given.sizes:
        for scenario in given.scenarios:
            for variant in given.variants:
                for seed in given.seeds:
                    shutil.rmtree(world, ignore_errors=True)
                    knobs = [part for knob in (*VARIANTS[variant], *given.set) for part in ("--set", knob)]
                    measure(linkage("simulate", world, "--accounts", size, "--scenario", scenario, "--seed", seed,
                                    *knobs))  # fmt: skip
                    measure(linkage("build", world, "-o", run, "--overwrite", "--quiet", "--seed", seed))
                    figures, found = examine(world, run)
                    total = {name: total.get(name, 0) + count for name, count in figures.items()}
                    pairs += found
                    lines.append(cells(f"{scenario} {size:,}", variant, str(seed), figures))
                    print("  ".join(lines[-1]), flush=True)
    shutil.rmtree(world, ignore_errors=True)
    lines.append(cells("all", "", "", total))
    text = f"{table(HEADS, lines)}\n\n{calibration(pairs)}"
    about = " ".join((__doc__ or "").strip().split("\n\n")[1].split())
    keep(
        "attribution",
        f"## Attribution\n\n{about} `{command_line('attribution.py')}`\n\n{machine('polars')}\n\n{text}",
        given.results,
    )
    print(f"\n{text}\n")
    print(json.dumps({"benchmark": "attribution", "named": total["named"], "right": total["right"]}))


if __name__ == "__main__":
    main()
