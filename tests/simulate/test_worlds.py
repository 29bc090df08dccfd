"""What is planted in a world is there, and nothing but behaviour tells who planted it."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from linkage.errors import RunFolderError
from linkage.simulate import World, simulate
from linkage.simulate.people import KINDS
from linkage.tables import INPUT, NETWORKS

SCENARIOS = ("plain", "rotating", "stealth", "relay")


class Tables:
    """A world, read back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.truth = self.read("truth")
        self.guilty = self.truth.filter(pl.col("campaign").is_not_null())
        self.exchanges = self.read("exchanges")

    def read(self, table: str) -> pl.DataFrame:
        single = self.folder / f"{table}.parquet"
        return pl.read_parquet(single if single.exists() else self.folder / table / "*.parquet")

    def labelled(self, table: str) -> pl.DataFrame:
        return self.read(table).join(self.truth, on="account_id", maintain_order="left")


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Tables]:
    made: dict[str, Tables] = {}

    def world(scenario: str) -> Tables:
        if scenario not in made:
            folder = tmp_path_factory.mktemp(scenario) / "world"
            simulate(folder, World.of(scenario, accounts=5_000, seed=3))  # type: ignore[arg-type]
            made[scenario] = Tables(folder)
        return made[scenario]

    return world


def small(**changes: Any) -> World:
    return World.of("plain", 300, 5, **{"days": 9, "honest": {"exchanges": 5.0}, **changes})


def digest(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    simulate(tmp_path / "a", small(prompts="both"))
    simulate(tmp_path / "b", small(prompts="both"))
    simulate(tmp_path / "c", World.of("plain", 300, 6, days=9, prompts="both"))
    assert digest(tmp_path / "a") == digest(tmp_path / "b")
    assert all(digest(tmp_path / "c")[name] != value for name, value in digest(tmp_path / "a").items())


def test_the_summary_counts_the_rows_written(tmp_path: Path) -> None:
    summary = simulate(tmp_path / "world", small())
    world = Tables(tmp_path / "world")
    assert summary.exchanges == world.exchanges.height == world.truth["exchanges"].sum()
    assert summary.prompts == world.read("prompts").height
    assert summary.accounts == world.truth.height == 300
    assert summary.campaigns == world.guilty["campaign"].n_unique()


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_tables_follow_the_contract(worlds: Callable[[str], Tables], scenario: str) -> None:
    world = worlds(scenario)
    for table in ("accounts", "exchanges", "payments", "identifiers", "networks", "dossiers"):
        assert world.read(table).schema == INPUT[table], table
    prompts = world.read("prompts")
    assert prompts.schema["embedding"] == pl.Array(pl.Float32, 64)
    assert np.allclose(np.linalg.norm(prompts["embedding"].to_numpy(), axis=1), 1.0, atol=1e-5)
    assert set(world.read("networks")["network"]) <= set(NETWORKS)
    for table in ("accounts", "exchanges", "payments", "identifiers", "prompts"):
        assert world.read(table)["account_id"].is_in(world.truth["account_id"].to_list()).all(), table
    assert world.exchanges["output_tokens"].filter(world.exchanges["status"] != 200).max() == 0


@pytest.mark.parametrize(("prompts", "columns"), [("text", {"text"}), ("both", {"text", "embedding"}), ("none", None)])
def test_prompts_hold_what_was_asked_for(tmp_path: Path, prompts: str, columns: set[str] | None) -> None:
    simulate(tmp_path / "world", small(prompts=prompts))
    if columns is None:
        assert not (tmp_path / "world" / "prompts").exists()
    else:
        table = Tables(tmp_path / "world").read("prompts")
        assert set(table.columns) == {"account_id", "sent_at"} | columns
        assert table["text"].str.len_chars().min() > 20  # type: ignore[operator]


def test_every_kind_is_there(worlds: Callable[[str], Tables]) -> None:
    truth = worlds("plain").truth
    assert set(truth["kind"]) == set(KINDS)
    assert truth.filter(pl.col("campaign").is_not_null())["kind"].unique().to_list() == ["campaign"]
    sizes = truth.filter(pl.col("kind") == "vendor").group_by("group").len()["len"]
    assert sizes.min() >= 100  # type: ignore[operator]


def test_firms_share_card_and_egress(worlds: Callable[[str], Tables]) -> None:
    world = worlds("plain")
    firms = world.labelled("payments").filter(pl.col("kind") == "firm")
    common = firms.group_by("group", "instrument").agg(pl.col("account_id").n_unique()).group_by("group").max()
    assert (common["account_id"] >= 4).mean() > 0.4  # type: ignore[operator]
    at_work = world.exchanges.join(world.truth, on="account_id").filter(pl.col("kind") == "firm")
    egress = at_work.group_by("group", "ip").agg(pl.col("account_id").n_unique()).group_by("group").max()
    assert (egress["account_id"] >= 4).mean() > 0.9  # type: ignore[operator]


def test_homes_move_addresses_and_networks_are_shared(worlds: Callable[[str], Tables]) -> None:
    world = worlds("plain")
    rows = world.exchanges.join(world.truth, on="account_id").filter(pl.col("campaign").is_null())
    degree = rows.group_by("ip").agg(pl.col("account_id").n_unique(), pl.col("group").n_unique())
    assert degree.filter(pl.col("account_id") > 100).height >= 10  # carrier NAT, a campus
    assert degree.filter(pl.col("account_id").is_between(2, 4)).height > 200  # families, leases
    assert rows["ip"].str.contains(":").any()
    common = rows.group_by("device").agg(pl.col("account_id").n_unique())
    assert common["account_id"].max() > 150  # type: ignore[operator]
    assert common.filter(pl.col("account_id") == 1).height > 1_000


def test_placeholder_values_are_on_strangers(worlds: Callable[[str], Tables]) -> None:
    world = worlds("plain")
    for table, column, values in (
        ("payments", "instrument", ("", "tok_test_4242")),
        ("exchanges", "device", ("", "unknown", "sdk-default")),
    ):
        degree = world.read(table).group_by(column).agg(pl.col("account_id").n_unique())
        for value in values:
            assert degree.filter(pl.col(column) == value)["account_id"].item() >= 3, value


def test_campaigns_are_heavy_tailed(worlds: Callable[[str], Tables]) -> None:
    sizes = worlds("plain").guilty.group_by("campaign").len()["len"].sort(descending=True)
    assert len(sizes) == 10
    assert sizes.min() == 12
    big = World.of("plain", 100_000)
    from linkage.simulate.campaigns import campaign_sizes

    large = campaign_sizes(2_500, big)
    assert large.sum() == 2_500
    assert 0.4 * 2_500 < large[0] < 0.5 * 2_500
    assert (np.diff(large) <= 0).all()


def test_campaigns_sign_up_in_waves(worlds: Callable[[str], Tables]) -> None:
    world = worlds("plain")
    fresh = world.labelled("accounts").filter(pl.col("campaign").is_not_null() & ~pl.col("aged"))
    for (_,), rows in fresh.filter(pl.len().over("campaign") >= 10).group_by("campaign"):
        moments = np.sort(rows["created_at"].dt.epoch("us").to_numpy()) / 3.6e9
        within = [(np.abs(moments - moment) < 12).mean() for moment in moments]
        assert max(within) > 0.15
    bought = world.labelled("accounts").filter(pl.col("aged"))
    assert bought.height > 5
    assert bought["created_at"].dt.date().max() < World().start  # type: ignore[operator]


def test_a_refused_job_is_taken_up_within_seconds(worlds: Callable[[str], Tables]) -> None:
    world = worlds("plain")
    rows = world.exchanges.join(world.guilty, on="account_id").sort("sent_at")
    seconds, taken = rows["sent_at"].dt.epoch("us").to_numpy() / 1e6, 0
    account, campaign, status = rows["account_id"].to_numpy(), rows["campaign"].to_numpy(), rows["status"].to_numpy()
    refused = np.flatnonzero(status == 429)
    assert len(refused) > 100
    for row in refused.tolist():
        upto = int(np.searchsorted(seconds, seconds[row] + 15))
        after = slice(row + 1, upto)
        taken += bool(
            ((campaign[after] == campaign[row]) & (account[after] != account[row]) & (status[after] == 200)).any()
        )
    assert taken > 0.7 * len(refused)
    assert (world.exchanges["status"] == 403).sum() > 10


def test_campaigns_pivot_to_a_new_model_within_a_day(worlds: Callable[[str], Tables]) -> None:
    world, settings = worlds("plain"), World()
    start = pl.lit(settings.start).cast(pl.Datetime("us", "UTC"))
    after = world.exchanges.join(world.truth, on="account_id").filter(
        (pl.col("sent_at") - start).is_between(
            pl.duration(days=settings.release_day + 1), pl.duration(days=settings.release_day + 5)
        )
    )
    new = after.group_by(pl.col("campaign").is_not_null()).agg((pl.col("model") == "large-2").mean()).sort("campaign")
    assert new["model"][0] < 0.15
    assert new["model"][1] > 0.75
    early = world.exchanges.filter((pl.col("sent_at") - start) < pl.duration(days=settings.release_day))
    assert not (early["model"] == "large-2").any()


def test_ids_order_and_country_tell_nothing(worlds: Callable[[str], Tables]) -> None:
    world = worlds("rotating")
    assert world.truth["account_id"].is_sorted()
    assert world.truth["account_id"].str.len_chars().unique().to_list() == [20]
    guilty = world.truth["campaign"].is_not_null().to_numpy()
    places = np.flatnonzero(guilty) / len(guilty)
    assert abs(places.mean() - 0.5) < 4 * 0.29 / np.sqrt(len(places))
    assert world.read("accounts")["account_id"].is_sorted()
    one = pl.read_parquet(world.folder / "exchanges" / "day-010.parquet")
    assert one["sent_at"].is_sorted()
    countries = (
        world.labelled("accounts")
        .group_by("country")
        .agg(
            guilty=pl.col("campaign").is_not_null().sum() / len(places),
            honest=pl.col("campaign").is_null().sum() / (len(guilty) - len(places)),
        )
    )
    assert (countries["guilty"] - countries["honest"]).abs().sum() / 2 < 0.25


def accounts_per(rows: pl.DataFrame, value: str) -> float:
    """Mean number of campaign accounts that share a value, over accounts' uses of it."""
    uses = rows.select("account_id", "campaign", value).unique()
    return float(uses.select(pl.len().over("campaign", value).mean()).item())


def test_scenarios_differ_as_they_say(worlds: Callable[[str], Tables]) -> None:
    cards, exits, hijacked, share = {}, {}, {}, {}
    for scenario in SCENARIOS:
        world = worlds(scenario)
        paid = world.read("payments").join(world.guilty, on="account_id")
        cards[scenario] = accounts_per(paid, "instrument")
        exits[scenario] = accounts_per(world.exchanges.join(world.guilty, on="account_id"), "ip")
        hijacked[scenario] = world.truth["hijacked"].sum() / world.guilty.height
        share[scenario] = float(world.guilty.filter(~pl.col("aged"))["share"].mean())  # type: ignore[arg-type]
    assert cards["plain"] > cards["rotating"] > cards["stealth"]
    assert exits["plain"] > exits["rotating"] > exits["stealth"] * 0.9
    assert hijacked["stealth"] > 1 > hijacked["plain"]
    assert share["plain"] > 0.85
    assert 0.55 < share["rotating"] < 0.75
    assert 0.4 < share["stealth"] < 0.6
    assert share["relay"] < 0.45


@pytest.mark.parametrize(("scenario", "least", "most"), [("plain", 0.95, 1.0), ("relay", 0.75, 0.95)])
def test_near_duplicates_of_a_campaign_stay_inside_it(
    worlds: Callable[[str], Tables], scenario: str, least: float, most: float
) -> None:
    prompts = worlds(scenario).labelled("prompts").with_row_index()
    unit = prompts["embedding"].to_numpy()
    rows = prompts.filter(pl.col("campaign").is_not_null()).sample(3_000, seed=1)["index"].to_numpy()
    campaign = prompts["campaign"].fill_null("").to_numpy()
    account = prompts["account_id"].to_numpy()
    inside = touching = 0
    for part in np.array_split(rows, 6):
        mine, theirs = np.nonzero(unit[part] @ unit.T >= 0.85)
        other = account[part[mine]] != account[theirs]
        mine, theirs = part[mine[other]], theirs[other]
        touching += len(mine)
        inside += int((campaign[mine] == campaign[theirs]).sum())
    assert touching > 5 * len(rows)
    # From a campaign's side a pair inside is seen twice, and one that leaves it once.
    assert least < (inside / 2) / (touching - inside / 2) <= most


def test_explicit_settings_override_a_preset() -> None:
    world = World.of("stealth", 900, 4, campaigns={"own_card": 0.5}, queue={"camouflage": 0.1})
    assert (world.campaigns.own_card, world.campaigns.own_device) == (0.5, 0.85)
    assert World(scenario="stealth").campaigns.own_card == 0.85
    assert World.of("plain").campaigns.own_card != 0.85
    assert all(field.description for field in World.model_fields.values())
    for name in ("honest", "networks", "devices", "campaigns", "queue", "content"):
        section = type(getattr(world, name))
        assert all(field.description for field in section.model_fields.values()), name
    with pytest.raises(ValueError, match="own_crad"):
        World.of("plain", campaigns={"own_crad": 1})


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(RunFolderError, match="not an empty folder"):
        simulate(tmp_path, small())
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]


@pytest.mark.parametrize("accounts", [50, 80])
def test_tiny_worlds_and_worlds_without_campaigns(tmp_path: Path, accounts: int) -> None:
    for share in (0.0, 0.1):
        out = tmp_path / f"{share}"
        summary = simulate(out, World.of("relay", accounts, 1, days=8, campaigns={"share": share}))
        assert summary.exchanges > 0
        assert (summary.campaigns == 0) == (share == 0.0)


def test_importing_the_settings_is_light() -> None:
    code = "import linkage.simulate, sys; print([m for m in ('numba', 'torch', 'igraph') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
