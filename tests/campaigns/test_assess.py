"""Spreading is a campaign, sharing is not: small planted groups through the whole assessment."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import polars as pl

from linkage import campaigns, communities, graph, identifiers
from linkage.campaigns.activity import ACTIVITY
from linkage.campaigns.features import neighbours
from linkage.campaigns.scope import narrowed
from linkage.campaigns.ties import cohesion
from linkage.campaigns.view import Everybody
from linkage.settings import CampaignSettings, Settings
from linkage.tables import ACCOUNTS, ADDRESSES, USES

START = datetime(2026, 1, 1, tzinfo=UTC)
SETTINGS = Settings()
CROWD = 4000


class World:
    """Accounts, their uses and activity, put together a group at a time among a crowd of strangers."""

    def __init__(self) -> None:
        self.accounts: list[dict[str, object]] = []
        self.uses: list[tuple[object, ...]] = []
        self.active: list[dict[str, object]] = []
        self.touched: list[dict[str, object]] = []
        for i in range(CROWD):
            self.add(born=i * 0.09, values={"ip": f"home-{i}", "device": f"own-{i}", "instrument": f"card-{i}"})

    def add(
        self,
        born: float,
        values: dict[str, str | list[str]],
        organization: str | None = None,
        network: str = "residential",
        exchanges: int = 100,
        hours: int = 11,
    ) -> int:
        account = len(self.accounts)
        created = START + timedelta(days=born)
        self.accounts.append(
            {"account": account, "account_id": f"{account:06d}", "created_at": created, "organization": organization}
        )
        for kind, held in values.items():
            for value in [held] if isinstance(held, str) else held:
                self.uses.append((account, kind, value, 1, START, START + timedelta(days=40)))
                if kind == "ip":
                    self.touched.append({"account": account, "ip": value, "count": 10, "network": network})
        self.active.append({"account": account, "exchanges": exchanges, "refused": 0, "hours": hours})
        return account

    def assess(self, settings: CampaignSettings = SETTINGS.campaigns) -> campaigns.Assessment:
        grouped, links, view = self.seen()
        return campaigns.assess(grouped, links, view, settings)

    def seen(self) -> tuple[pl.DataFrame, pl.DataFrame, campaigns.View]:
        """Memberships, links, and what the accounts did."""
        accounts = pl.DataFrame(self.accounts, schema_overrides={"organization": pl.String})
        accounts = accounts.with_columns(
            pl.lit(None, ACCOUNTS[c]).alias(c) for c in ACCOUNTS if c not in accounts.columns
        )
        accounts = accounts.select([pl.col(c).cast(t) for c, t in ACCOUNTS.items()])
        uses = pl.DataFrame(self.uses, schema=USES, orient="row")
        active = pl.DataFrame(self.active)
        active = active.with_columns(
            pl.lit(START).alias(c) if c.endswith("seen") else pl.lit(0).alias(c)
            for c in ACTIVITY
            if c not in active.columns
        ).select([pl.col(c).cast(t) for c, t in ACTIVITY.items()])
        touched = pl.DataFrame(self.touched).with_columns(device=pl.lit(None, pl.String))
        touched = touched.with_columns(pl.col("account").cast(pl.UInt32))
        seen = touched.unique("ip").select(
            "ip", address="ip", prefix="ip", network="network", asn=pl.lit(None, pl.Int64)
        )
        n = accounts.height
        shared = identifiers.share(uses, n, SETTINGS.identifiers)
        linked = graph.link(shared.values, shared.uses, n, SETTINGS.identifiers, SETTINGS.graph)
        grouped = communities.group(linked.links, linked.prior_bits, SETTINGS.communities, 0)
        view = campaigns.View(
            accounts,
            active,
            touched.drop("network"),
            seen.select(list(ADDRESSES)),
            uses,
            shared.hubs,
            linked.channels,
        )
        return grouped, linked.links, view


def spreading(world: World, size: int = 30) -> set[int]:
    """Cards, exits and fingerprints rotated from pools, born in two waves, round the clock."""
    return {
        world.add(
            born=200.0 + (i % 2) * 9 + (i % 7) * 0.01,
            values={
                "instrument": f"rotated-{i // 4}",
                "ip": [f"exit-{i % 7}", f"exit-{(i + 3) % 7}"],
                "device": f"pool-{i % 6}",
            },
            network="hosting",
            exchanges=3000,
            hours=24,
        )
        for i in range(size)
    }


def firm(world: World, size: int = 40, organization: str | None = "Firm") -> set[int]:
    """One card, one egress, a machine each."""
    return {
        world.add(
            born=i * 2.1,
            values={"instrument": "firm-card", "ip": "egress", "device": f"managed-{i}"},
            organization=organization,
            network="business",
        )
        for i in range(size)
    }


def test_a_spreading_group_is_a_campaign_and_nobody_else_is_in_it() -> None:
    world = World()
    planted = spreading(world)
    found = world.assess()
    assert found.campaigns.height == 1
    assert set(found.members["account"]) == planted
    assert found.campaigns["accounts"].item() == len(planted)
    assert found.campaigns["exchanges"].item() == 3000 * len(planted)
    assert "rotated" in found.campaigns["reasons_for"].item()


def test_a_firm_is_listed_with_its_explanation_and_is_no_campaign() -> None:
    world = World()
    members = firm(world)
    found = world.assess()
    assert found.campaigns.is_empty()
    group = found.communities.filter(pl.col("accounts") == len(members))
    assert group["explanation"].to_list() == ["firm"]
    assert json.loads(group["reasons_against"].item())


def test_an_unverified_firm_on_one_card_and_egress_is_no_campaign_either() -> None:
    world = World()
    firm(world, organization=None)
    found = world.assess()
    assert found.campaigns.is_empty()
    assert found.communities["explanation"].to_list()[0] == "firm"


def test_a_firm_tied_to_a_campaign_by_one_account_stays_out_of_it() -> None:
    world = World()
    innocent = firm(world)
    planted = spreading(world)
    traitor = world.add(
        born=50.0,
        values={"instrument": ["firm-card", "rotated-0"], "ip": ["egress", "exit-0"], "device": "pool-1"},
        exchanges=3000,
        hours=24,
    )
    found = world.assess()
    named = set(found.members["account"])
    assert planted <= named
    assert not (named - {traitor}) & innocent


def test_the_owner_of_a_hijacked_home_is_not_a_member() -> None:
    world = World()
    planted = spreading(world)
    owner = world.add(born=10.0, values={"ip": "exit-0", "device": "own-phone", "instrument": "own-card"})
    found = world.assess()
    assert owner not in set(found.members["account"])
    assert planted == set(found.members["account"])


def test_who_is_tied_by_one_kind_only_is_not_a_member_and_neither_is_his_family() -> None:
    world = World()
    planted = spreading(world)
    bystander = world.add(born=10.0, values={"ip": ["exit-0", "exit-1"], "instrument": "family-card"}, exchanges=1)
    family = {world.add(born=12.0 + i, values={"instrument": "family-card", "ip": "house"}) for i in range(2)}
    named = set(world.assess().members["account"])
    assert planted == named
    assert not named & (family | {bystander})


def test_an_unverified_office_without_a_card_is_no_campaign() -> None:
    world = World()
    for i in range(30):
        world.add(
            born=200.0 + (i % 2) * 9 + (i % 7) * 0.01,
            values={"ip": "office", "device": f"managed-{i % 3}", "email_domain": "office.example"},
            network="business",
        )
    found = world.assess()
    assert found.campaigns.is_empty()
    assert found.communities["explanation"].to_list()[0] == "firm"
    tested = json.loads(found.communities["explanations"].item(0))
    assert len(tested) > 5
    assert tested[0]["name"] == "firm"
    assert all(0.0 <= each["fit"] <= 1.0 for each in tested)


def test_a_model_ranks_and_puts_out_and_admits_nobody() -> None:
    world = World()
    campaign = sorted(spreading(world))
    bystander = world.add(born=10.0, values={"ip": ["exit-0", "exit-1"], "instrument": "family-card"}, exchanges=1)
    world.add(born=12.0, values={"instrument": "family-card", "ip": "house"})
    grouped, links, view = world.seen()
    assessed = campaigns.assess(grouped, links, view, SETTINGS.campaigns)
    assert set(assessed.members["account"]) == set(campaign)
    linked = assessed.accounts.select("account", suspicion=pl.lit(0.99, pl.Float32))
    doubted = linked.with_columns(
        suspicion=pl.when(pl.col("account") == campaign[0]).then(pl.lit(0.1, pl.Float32)).otherwise("suspicion")
    )
    refined = campaigns.refine(assessed, doubted, links, view, SETTINGS.campaigns)
    assert set(refined.members["account"]) == set(campaign[1:])
    assert refined.campaigns["accounts"].to_list() == [len(campaign) - 1]
    said = dict(refined.accounts.select("account", "suspicion").iter_rows())
    assert said[bystander] > 0.9
    assert said[campaign[0]] < 0.2


def test_where_nobody_changes_sides_only_the_expected_innocents_follow() -> None:
    from linkage.campaigns.assess import conclude

    world = World()
    spreading(world)
    grouped, links, view = world.seen()
    assessed = campaigns.assess(grouped, links, view, SETTINGS.campaigns)
    accounts, communities = campaigns.settle(grouped, links, view, SETTINGS.campaigns)
    assert accounts.equals(assessed.accounts)
    assert communities.equals(assessed.communities)
    said = accounts.select("account", suspicion=pl.lit(0.9, pl.Float32))
    found = campaigns.refine(assessed, said, links, view, SETTINGS.campaigns)
    whole = conclude(found.accounts, communities, links, view, SETTINGS.campaigns)
    for one, other in zip((found.members, found.campaigns, found.robustness, found.templates), whole, strict=True):
        assert one.equals(other)
    assert not found.campaigns.equals(assessed.campaigns)


def test_a_subject_switched_off_has_no_say() -> None:
    world = World()
    spreading(world)
    off = SETTINGS.campaigns.model_copy(update={"reasons_off": ("money",)})
    assert "cards" in world.assess().campaigns["reasons_for"].item()
    assert "cards" not in world.assess(off).campaigns["reasons_for"].item()


def test_figures_of_a_campaign_add_up() -> None:
    world = World()
    spreading(world)
    found = world.assess()
    joined = found.members.join(found.accounts, on="account", suffix="_of")
    assert (joined["campaign_id"] == joined["campaign_id_of"]).all()
    assert set(found.members["tier"]) <= {"core", "periphery"}
    assert found.members["share"].is_between(0.0, 1.0).all()
    expected = (1.0 - joined["suspicion"]).sum()
    assert abs(found.campaigns["innocents_expected"].item() - expected) < 1e-3


def test_strangers_who_run_one_benchmark_and_a_laboratory_among_them_are_no_campaign() -> None:
    world = World()
    for i in range(50):
        prompts = [f"question-{(i + k * k) % 50}" for k in range(8)]
        world.add(born=i * 7.0, values={"ip": f"place-{i}", "prompt": prompts}, exchanges=2000, hours=24)
    for i in range(14):
        prompts = [f"question-{(3 * i + k * k) % 50}" for k in range(8)]
        values: dict[str, str | list[str]] = {"ip": "lab", "instrument": "lab-card", "prompt": prompts}
        world.add(born=90 + i * 0.1, values=values, network="education", exchanges=2000, hours=24)
    found = world.assess()
    assert found.campaigns.is_empty()
    explained = found.communities.filter(pl.col("accounts") >= 10)["explanation"]
    assert explained.null_count() == 0


def test_partners_near_in_time_count_beyond_chance() -> None:
    """A tenth of all accounts signed up within three days of the first hundred."""
    days = [i * 0.01 for i in range(100)] + [20.0 + i for i in range(900)]
    accounts = pl.DataFrame(
        {"account": range(1000), "created_at": [START + timedelta(days=d) for d in days]},
        schema_overrides={"account": pl.UInt32},
    )
    nothing = pl.DataFrame()
    everybody = Everybody(1000, accounts["created_at"], nothing, None, 0.0, nothing)
    crowd = neighbours(accounts.gather([0, 500]), everybody, 3)["crowd"]
    assert crowd[0] == 99 / 999
    assert crowd[1] == 6 / 999


def test_what_is_not_known_of_an_account_hardly_speaks_for_it() -> None:
    world = World()
    planted = spreading(world)
    bare = world.add(born=10.0, values={})
    _, links, view = world.seen()
    of = pl.DataFrame({"account": [*sorted(planted), bare]}, schema={"account": pl.UInt32})
    kin = cohesion(of.with_columns(community=pl.lit(0)), links, narrowed(view, of["account"]), SETTINGS.campaigns)
    alone = kin.filter(pl.col("account") == bare).row(0, named=True)
    assert alone["kin"] > 0.8
    assert alone["kin_shown"] == 0.65
