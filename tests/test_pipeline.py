"""The whole build on the committed world: what must not matter, and figures that must agree."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import linkage
from linkage.errors import InputError
from linkage.tables import OUTPUT

ROOT = Path(__file__).parent.parent
WORLD = ROOT / "fixtures" / "world"
TABLES = ("exchanges", "accounts", "payments", "prompts", "identifiers", "networks", "dossiers")


def load() -> dict[str, pl.DataFrame]:
    """The committed world, in memory."""
    found = {}
    for name in TABLES:
        folder, file = WORLD / name, WORLD / f"{name}.parquet"
        source = folder / "*.parquet" if folder.is_dir() else file
        if folder.is_dir() or file.exists():
            found[name] = pl.read_parquet(source)
    return found


@pytest.fixture(scope="module")
def run() -> linkage.Run:
    return linkage.build(WORLD)


def frames(run: linkage.Run) -> dict[str, pl.DataFrame]:
    return {name: getattr(run, name) for name in OUTPUT}


def same(one: linkage.Run, other: linkage.Run, but: tuple[str, ...] = ()) -> None:
    for name, frame in frames(one).items():
        if name not in but:
            # An exemplar is named by its row in the input as given.
            assert frame.drop("exemplar_row", strict=False).equals(
                getattr(other, name).drop("exemplar_row", strict=False)
            ), name


def test_it_finds_campaigns_and_the_figures_agree(run: linkage.Run) -> None:
    assert run.campaigns.height > 0
    members = run.members.group_by("campaign_id").agg(
        accounts=pl.len().cast(pl.Int64), exchanges=pl.col("exchanges").sum()
    )
    both = run.campaigns.join(members, on="campaign_id", suffix="_of_members")
    assert both.height == run.campaigns.height
    assert (both["accounts"] == both["accounts_of_members"]).all()
    assert (both["exchanges"] == both["exchanges_of_members"]).all()
    of_accounts = run.accounts.filter(pl.col("campaign_id").is_not_null())
    assert of_accounts.height == run.members["account_id"].n_unique()
    assert run.accounts.height == load()["accounts"].height


def test_links_are_ordered_pairs_and_evidence_adds_up(run: linkage.Run) -> None:
    assert (run.links["account_a"] < run.links["account_b"]).all()
    channels = run.links.columns[4:]
    inside = run.evidence.group_by("account_a", "account_b").agg(pl.col("weight").sum())
    both = run.links.join(inside, on=["account_a", "account_b"], suffix="_of_evidence")
    assert both.height == inside.height
    assert run.links.select(pl.sum_horizontal(channels) == pl.col("weight")).to_series().all()
    # Evidence stands for itself, before the caps: it is more than the link's bits only where a group is at its cap.
    model = run.manifest["link_model"]
    assert isinstance(model, dict)
    caps, described = model["group_cap_bits"], run.manifest["channels"]
    assert isinstance(described, dict)
    full = pl.any_horizontal(
        pl.sum_horizontal(c for c in channels if described[c]["group"] == group) >= cap - 0.01
        for group, cap in caps.items()
    )
    more = both.select(more=pl.col("weight_of_evidence") - pl.col("weight"), full=full)
    assert (more["more"] > -0.02).all()
    assert (more.filter(~pl.col("full"))["more"] < 0.01).all()
    assert more["full"].any()


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes(run: linkage.Run, tmp_path: Path) -> None:
    again = linkage.build(WORLD)
    run.save(tmp_path / "one")
    again.save(tmp_path / "two")
    for file in sorted((tmp_path / "one").iterdir()):
        if file.name != "manifest.json":
            assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes(), file.name
    one, two = (json.loads((tmp_path / name / "manifest.json").read_text()) for name in ("one", "two"))
    for manifest in (one, two):
        assert manifest["not_reproducible"] == ["stages.seconds", "stages.peak_bytes"]
        for stage in manifest["stages"]:
            del stage["seconds"], stage["peak_bytes"]
    assert one == two


@pytest.mark.slow
def test_the_order_of_rows_changes_nothing(run: linkage.Run) -> None:
    shuffled = {name: table.sample(fraction=1.0, shuffle=True, seed=4) for name, table in load().items()}
    same(run, linkage.build(shuffled))


def renamed(frame: pl.DataFrame, back: dict[str, str]) -> pl.DataFrame:
    """Operators called as before: names stand in their columns, in JSON text and in sentences."""
    names = [column for column in ("operator", "name") if column in frame.columns]
    frame = frame.with_columns(pl.col(column).replace(back) for column in names)
    quoted = {f'"{new}"': f'"{old}"' for new, old in back.items()}
    for column, said in (("rivals", quoted), ("would_change", back)):
        if column in frame.columns:
            frame = frame.with_columns(pl.col(column).str.replace_many(list(said), list(said.values())))
    return frame


@pytest.mark.slow
def test_country_and_operator_names_weigh_nothing(run: linkage.Run) -> None:
    tables = load()
    accounts, dossiers = tables["accounts"], tables["dossiers"]
    permuted = accounts["country"].sample(fraction=1.0, shuffle=True, seed=9)
    assert not permuted.equals(accounts["country"])
    tables["accounts"] = accounts.with_columns(country=permuted)
    names = dossiers["operator"].unique().sort().to_list()
    # The order of the new names is another one, and so is their length.
    new = {name: f"{'Z' * (at % 3)}{len(names) - at:02d} Operator" for at, name in enumerate(names)}
    tables["dossiers"] = dossiers.with_columns(pl.col("operator").replace(new))
    other = linkage.build(tables)
    back = {after: before for before, after in new.items()}
    assert run.campaigns["operator"].drop_nulls().len() > 0
    for name, frame in frames(run).items():
        found = renamed(getattr(other, name), back)
        assert frame.drop("exemplar_row", strict=False).equals(found.drop("exemplar_row", strict=False)), name


def without(*names: str) -> Callable[[dict[str, pl.DataFrame]], dict[str, pl.DataFrame]]:
    return lambda tables: {name: table for name, table in tables.items() if name not in names}


@pytest.mark.parametrize(
    "kept",
    [
        ("exchanges",),
        ("payments",),
        ("identifiers",),
        ("prompts",),
        ("exchanges", "accounts"),
        ("payments", "networks"),
    ],
    ids="+".join,
)
def test_any_subset_of_tables_builds(kept: tuple[str, ...]) -> None:
    tables = {name: table for name, table in load().items() if name in kept}
    found = linkage.build(tables)
    channels: Any = found.manifest["channels"]
    absent = [channel for channel in channels.values() if not channel["present"]]
    assert all(channel["why"] for channel in absent)
    assert found.accounts.height > 0


def test_a_build_that_finds_nothing_says_why() -> None:
    found = linkage.build({"prompts": load()["prompts"].head(0)})
    assert found.campaigns.is_empty()
    why: Any = found.manifest["why_nothing"]
    assert any("No channel that can link accounts" in sentence for sentence in why)
    assert why[0] in found.html


def test_no_table_with_evidence_is_an_input_error() -> None:
    with pytest.raises(InputError, match="exchanges"):
        linkage.build({"accounts": load()["accounts"]})


def test_an_unknown_kind_gets_defaults_and_the_manifest_says_so() -> None:
    table = pl.DataFrame({"account_id": ["a", "b", "c"], "kind": ["serial"] * 3, "value": ["s", "s", "t"]})
    found = linkage.build({"identifiers": table})
    channels: Any = found.manifest["channels"]
    channel = channels["serial"]
    assert channel["group"] == "other"
    assert "default" in channel["note"]


def test_the_manifest_bounds_the_projection_and_lists_suppressions(run: linkage.Run) -> None:
    model: Any = run.manifest["link_model"]
    assert model["projection_scratch_bytes_at_most"] > 0
    suppressed: Any = run.manifest["suppressed"]
    listed = sum(r["identifiers"] for kind in suppressed.values() for r in kind.values())
    assert listed == run.hubs.height


def test_the_manifest_has_a_curve_of_either_probability(run: linkage.Run) -> None:
    model: Any = run.manifest["link_model"]
    told: Any = run.manifest["assessed_links"]
    for table, rows in ((run.links, model["reliability"]), (run.assessed_links, told["reliability"])):
        tenths = table.group_by((pl.col("probability") * 10).cast(pl.Int32).clip(0, 9).alias("low")).agg(pl.len())
        assert [(row["low"], row["links"]) for row in rows] == [(low / 10, n) for low, n in tenths.sort("low").rows()]


def test_the_report_needs_no_network(run: linkage.Run) -> None:
    assert "default-src 'none'" in run.html
    assert not re.search(r"(?:src|href)=[\"']?(?:https?:)?//", run.html)
