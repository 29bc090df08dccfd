from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from linkage.gnn import Assessed, Case, opinion, opinions, stage
from linkage.gnn.features import FEATURES
from linkage.gnn.learner import Learned
from linkage.gnn_settings import GnnSettings
from linkage.tables import OUTPUT

pytest.importorskip("sklearn")

SIZE, GROUPS, GUILTY = 8, 40, 10
SETTINGS = GnnSettings(encoder=False, folds=3, lessons=10_000)


def case(blind: bool = True) -> Case:
    """Groups of eight in a ring; the first ten are campaigns, and their accounts are busy.

    One account of each campaign is left out by the rules, and as busy as the others.
    """
    rng = np.random.default_rng(0)
    n = SIZE * GROUPS
    account = np.arange(n)
    group = account // SIZE
    guilty = group < GUILTY
    missed = guilty & (account % SIZE == 5)
    busy = np.where(guilty, 4.0, 0.0) + rng.normal(size=n)
    features = pl.DataFrame({"account": account, "volume": busy, "hours": busy + rng.normal(size=n)}).with_columns(
        pl.lit(None, pl.Float32).alias(name) for name in FEATURES if name not in ("volume", "hours")
    )
    ends = [(g * SIZE + i, g * SIZE + (i + k) % SIZE) for g in range(GROUPS) for i in range(SIZE) for k in (1, 2)]
    a, b = np.array(sorted({(min(pair), max(pair)) for pair in ends})).T
    links = pl.DataFrame({"account_a": a, "account_b": b}).with_columns(
        probability=pl.lit(0.9), weight=pl.lit(12.0), payment=pl.lit(12.0)
    )
    links = links.cast({"account_a": pl.UInt32, "account_b": pl.UInt32})
    names = [f"G-{g}" for g in group]

    def rules(doubt: Any) -> Assessed:
        sure = np.where(guilty, 0.95, 0.02)
        suspicion = np.where(doubt, np.where(guilty, 0.6, 0.3), sure)
        suspicion = np.where(missed, 0.4, suspicion)
        campaign = [f"C-{g}" if g < GUILTY and not m else None for g, m in zip(group, missed, strict=True)]
        accounts = pl.DataFrame(
            {"account": account, "community_id": names, "campaign_id": campaign, "suspicion": suspicion},
            schema_overrides={"account": pl.UInt32, "suspicion": pl.Float32},
        )
        communities = pl.DataFrame(
            {
                "community_id": [f"G-{g}" for g in range(GROUPS)],
                "suspicion": np.where(np.arange(GROUPS) < GUILTY, 0.99, 0.01),
                "campaign_id": [f"C-{g}" if g < GUILTY else None for g in range(GROUPS)],
                "explanation": [None] * GROUPS,
            },
            schema={c: OUTPUT["communities"][c] for c in ("community_id", "suspicion", "campaign_id", "explanation")},
        )
        return Assessed(accounts, communities)

    half = rules(rng.random(n) < 0.5)
    return Case(
        features.cast({"account": pl.UInt32}),
        links,
        {"payment": "money"},
        pl.DataFrame({"account": account, "community": group}).cast({"account": pl.UInt32, "community": pl.Int32}),
        rules(np.zeros(n, bool)),
        lambda asked: rules(np.zeros(n, bool)),
        (lambda asked: half) if blind else None,
        None,
        pl.DataFrame({"account": account, "account_id": [f"a{i:04}" for i in account]}).cast({"account": pl.UInt32}),
        0.5,
    )


def decisions(of: Case, wrong: bool = False) -> pl.DataFrame:
    """What people decided of every third account; `wrong`: as the rules would not have it, and no feature either."""
    rng = np.random.default_rng(1)
    account = np.arange(0, SIZE * GROUPS, 3)
    guilty = rng.random(len(account)) < 0.5 if wrong else account // SIZE < GUILTY
    return pl.DataFrame(
        {
            "account_id": [f"a{i:04}" for i in account],
            "decision": ["enforced" if g else "cleared" for g in guilty],
            "decided_at": None,
        }
    )


def test_a_model_that_sees_more_than_the_rules_is_used() -> None:
    of = case()
    found = opinion(of, SETTINGS, 0, "cpu")
    assert found.figures["used"] == "trees"
    assert found.figures["tested_on"] == "content held out"
    assert found.figures["scores"]["trees"]["log_loss"] < found.figures["scores"]["none"]["log_loss"]
    assert "trees lowers the log loss" in found.figures["why"]
    assert found.suspicion is not None
    suspicion = found.suspicion.sort("account")["suspicion"].to_numpy()
    account = np.arange(SIZE * GROUPS)
    missed = (account < SIZE * GUILTY) & (account % SIZE == 5)
    assert (suspicion[missed] > 0.5).mean() > 0.7
    assert (suspicion[account >= SIZE * GUILTY] < 0.5).all()


def test_decisions_test_the_models_where_there_are_enough() -> None:
    of = case(blind=False)
    found = opinion(of._replace(decisions=decisions(of)), SETTINGS, 0, "cpu")
    assert (found.figures["tested_on"], found.figures["used"]) == ("decisions", "trees")


def test_rules_that_know_the_decisions_are_not_what_a_model_must_beat() -> None:
    # People say that every third account is the other way round: rules that were told repeat it, and know no others.
    of = case(blind=False)
    said = decisions(of, wrong=True)
    guilty = said.select(
        account=pl.col("account_id").str.slice(1).cast(pl.UInt32), guilty=pl.col("decision") == "enforced"
    )
    told = of.whole.accounts.join(guilty, on="account", how="left", maintain_order="left").with_columns(
        suspicion=pl.when("guilty").then(0.99).when(~pl.col("guilty")).then(0.01).otherwise("suspicion")
    )
    knowing = of._replace(whole=of.whole._replace(accounts=told.drop("guilty")), decisions=said)
    losses = [
        opinion(each, SETTINGS, 0, "cpu").figures["scores"]["none"] for each in (knowing, of._replace(decisions=said))
    ]
    assert losses[0] == losses[1]
    assert losses[0]["log_loss"] > 1.0


def test_without_anything_held_out_no_model_is_used() -> None:
    found = opinion(case(blind=False), SETTINGS, 0, "cpu")
    assert found.suspicion is None
    assert found.figures["used"] == "none"
    assert "nothing to test a model on" in found.figures["why"]


def test_a_model_that_does_not_help_is_not_used() -> None:
    of = case(blind=False)
    found = opinion(of._replace(decisions=decisions(of, wrong=True)), SETTINGS, 0, "cpu")
    assert found.suspicion is None
    assert "no model beats the assessment" in found.figures["why"]


def test_too_few_communities_are_too_little() -> None:
    found = opinion(case(), SETTINGS.model_copy(update={"min_communities": 41}), 0, "cpu")
    assert found.suspicion is None
    assert "40 sure communities, 10 of them campaigns (at least 41 and 4)" in found.figures["why"]


def test_missing_packages_are_named_and_stop_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "find_spec", lambda name: None)
    found = opinion(case(), GnnSettings(), 0, "cpu")
    assert found.suspicion is None
    assert found.figures["missing"] == "sklearn, torch, torch_geometric: pip install 'account-linkage[gnn]'"


def test_the_encoder_can_win(monkeypatch: pytest.MonkeyPatch) -> None:
    # The trees say nothing: whatever they learn from is noise.
    pytest.importorskip("torch_geometric")
    monkeypatch.setattr("linkage.gnn.trees.predict", lambda forest, x: np.full(len(x), 0.5, np.float32))
    found = opinion(case(), GnnSettings(folds=3, steps=30, width=8, rate=0.01), 0, "cpu")
    assert found.figures["used"] == "encoder"


def test_a_saved_model_is_listened_to_as_it_did() -> None:
    of = case()
    made = opinion(of, SETTINGS, 0, "cpu", keep=True).model
    assert isinstance(made, Learned)
    assert opinion(of, SETTINGS, 0, "cpu", saved=(made, True)).suspicion is not None
    assert opinion(of, SETTINGS, 0, "cpu", saved=(made, False)).suspicion is None
    tested = opinion(of._replace(decisions=decisions(of)), SETTINGS, 0, "cpu", saved=(made, False))
    assert (tested.figures["tested_on"], tested.figures["used"]) == ("decisions", "trees")


def test_accounts_beyond_the_lessons_are_scored_too() -> None:
    of = case()
    found = opinion(of, SETTINGS.model_copy(update={"lessons": 200, "min_communities": 10}), 0, "cpu")
    assert found.figures["used"] == "trees"
    assert found.figures["lessons"] <= 200
    assert found.suspicion is not None
    assert found.suspicion.height == SIZE * GROUPS
    account, suspicion = np.arange(SIZE * GROUPS), found.suspicion.sort("account")["suspicion"].to_numpy()
    assert (suspicion[account >= SIZE * GUILTY] < 0.5).all()
    assert found.model is None


@pytest.mark.parametrize("name", ["none", "trees"])
def test_the_settings_may_say_which_to_use(name: str) -> None:
    found = opinion(case(), SETTINGS.model_copy(update={"use": name}), 0, "cpu")
    assert (found.figures["used"], found.figures["best"]) == (name, "trees")
    assert (found.suspicion is None) == (name == "none")
    assert found.figures["why"].startswith("the settings say so") == (name == "none")


def test_all_opinions_are_those_of_builds_that_were_told_which() -> None:
    of = case()
    every = opinions(of, SETTINGS, 0, "cpu", ["trees"])
    alone = opinion(of, SETTINGS, 0, "cpu")
    assert set(every) == {"trees", "best"}
    assert alone.suspicion is not None
    for name in every:
        found = every[name].suspicion
        assert found is not None
        assert found.equals(alone.suspicion)
    assert every["best"].figures == alone.figures


def test_rules_that_are_sure_of_all_that_is_held_out_leave_a_model_the_ranks() -> None:
    # The rules know everything they are asked; a model that agrees may rank, and puts nobody out.
    of = case()
    sure = pl.when(pl.col("suspicion") > 0.5).then(0.99999).otherwise(1e-5).cast(pl.Float32)
    rules = of.whole._replace(accounts=of.whole.accounts.with_columns(suspicion=sure))
    clear = pl.when(pl.col("account") < SIZE * GUILTY).then(9.0).otherwise(0.0).cast(pl.Float32)
    features = of.features.with_columns(volume=clear, hours=clear)
    found = opinion(of._replace(features=features, blind=lambda asked: rules), SETTINGS, 0, "cpu")
    assert (found.figures["used"], found.figures["members"]) == ("trees", False)
    assert found.figures["moved"] == 0
    assert "puts nobody out" in found.figures["why"]
