"""Measures against obvious, slow twins, and what must not matter to them."""

import json
import random
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, brier_score_loss

from linkage.errors import InputError, TableError
from linkage.evaluate import Evaluation, as_truth, compare, detect, evaluate, read_truth, render
from linkage.evaluate.scores import average_precision, precision_at
from linkage.tables import OUTPUT, empty

LABELS = st.one_of(st.none(), st.sampled_from("abcd"))
ROWS = st.lists(st.tuples(LABELS, LABELS), max_size=25)


@dataclass
class Run:
    accounts: pl.DataFrame
    members: pl.DataFrame
    campaigns: pl.DataFrame
    links: pl.DataFrame = field(default_factory=lambda: empty(OUTPUT["links"]))
    assessed_links: pl.DataFrame = field(default_factory=lambda: empty(OUTPUT["assessed_links"]))


def run_of(
    placed: dict[str, str | None],
    suspicion: dict[str, float] | None = None,
    named: dict[str, str] | None = None,
    communities: dict[str, str | None] | None = None,
    members: list[tuple[str, str]] | None = None,
    operators: dict[str, str] | None = None,
) -> Run:
    accounts = pl.DataFrame(
        {
            "account_id": list(placed),
            "community_id": [(communities or placed).get(each) for each in placed],
            "campaign_id": list(placed.values()),
            "suspicion": [(suspicion or {}).get(each, 0.0) for each in placed],
            "operator": [(named or {}).get(each) for each in placed],
        },
        schema_overrides={
            "community_id": pl.String,
            "campaign_id": pl.String,
            "suspicion": pl.Float32,
            "operator": pl.String,
        },
    )
    rows = members or [(campaign, account) for account, campaign in placed.items() if campaign is not None]
    found = sorted({campaign for campaign, _ in rows})
    return Run(
        accounts,
        pl.DataFrame(rows, schema={"campaign_id": pl.String, "account_id": pl.String}, orient="row"),
        pl.DataFrame(
            {"campaign_id": found, "operator": [(operators or {}).get(each) for each in found]},
            schema={"campaign_id": pl.String, "operator": pl.String},
        ),
    )


def clusters(labels: list[str | None]) -> list[object]:
    """Labels with a cluster of its own for every null."""
    return [(row,) if label is None else label for row, label in enumerate(labels)]


def naive(truth: list[str | None], found: list[str | None]) -> tuple[float, float, float, float]:
    """Pairwise and B-cubed precision and recall, by their definitions."""
    t, f = clusters(truth), clusters(found)
    together = [(t[a] == t[b], f[a] == f[b]) for a, b in combinations(range(len(t)), 2)]
    right, placed, true = (sum(each) for each in zip(*[(x and y, y, x) for x, y in together], strict=True))
    overlap = [(sum(x == t[i] and y == f[i] for x, y in zip(t, f, strict=True))) for i in range(len(t))]
    return (
        right / placed if placed else 1.0,
        right / true if true else 1.0,
        float(np.mean([n / f.count(f[i]) for i, n in enumerate(overlap)])),
        float(np.mean([n / t.count(t[i]) for i, n in enumerate(overlap)])),
    )


def series(labels: list[str | None]) -> pl.Series:
    return pl.Series(labels, dtype=pl.String)


@given(ROWS.filter(lambda rows: len(rows) > 1))
def test_clusterings_compare_as_defined(rows: list[tuple[str | None, str | None]]) -> None:
    truth, found = [row[0] for row in rows], [row[1] for row in rows]
    got = compare(series(truth), series(found))
    scores = (got.pairwise.precision, got.pairwise.recall, got.b_cubed.precision, got.b_cubed.recall)
    assert scores == pytest.approx(naive(truth, found))


@given(ROWS, st.randoms(use_true_random=False))
def test_order_and_names_change_nothing(rows: list[tuple[str | None, str | None]], rng: random.Random) -> None:
    shuffled = rng.sample(rows, len(rows))
    before = compare(series([row[0] for row in rows]), series([row[1] for row in rows]))
    renamed = [None if row[1] is None else f"C-{ord(row[1])}" for row in shuffled]
    assert compare(series([row[0] for row in shuffled]), series(renamed)) == before


@given(ROWS)
def test_finding_campaigns_is_scored_as_defined(rows: list[tuple[str | None, str | None]]) -> None:
    got = detect(series([row[0] for row in rows]), series([row[1] for row in rows])).b_cubed
    for side, score in ((1, got.precision), (0, got.recall)):
        shares = [
            sum(other == row for other in rows) / sum(other[side] == row[side] for other in rows)
            if None not in row
            else 0.0
            for row in rows
            if row[side] is not None
        ]
        assert score == pytest.approx(np.mean(shares) if shares else 1.0)


@given(ROWS, st.integers(1, 30), st.integers(1, 5))
def test_accusing_innocents_never_helps(rows: list[tuple[str | None, str | None]], innocents: int, size: int) -> None:
    accused = rows + [(None, f"innocents-{i // size}") for i in range(innocents)]
    before = detect(series([row[0] for row in rows]), series([row[1] for row in rows]))
    after = detect(series([row[0] for row in accused]), series([row[1] for row in accused]))
    assert after.b_cubed.recall == before.b_cubed.recall
    assert after.b_cubed.precision <= before.b_cubed.precision
    assert after.pairwise.f1 <= before.pairwise.f1


def test_nothing_compared_is_nothing_wrong() -> None:
    got = compare(series([]), series([]))
    assert (got.accounts, got.pairwise.f1, got.b_cubed.f1) == (0, 1.0, 1.0)


SCORED = st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]), st.booleans()), min_size=1, max_size=40)


@given(SCORED)
def test_average_precision_handles_ties_as_scikit_learn(rows: list[tuple[float, bool]]) -> None:
    score, guilty = (np.array(each, dtype=np.float64) for each in zip(*rows, strict=True))
    got = average_precision(score, guilty)
    if not guilty.any():
        assert got is None
    else:
        assert got == pytest.approx(average_precision_score(guilty, score))


@given(SCORED, st.data())
def test_precision_at_is_the_expectation_over_orders_of_ties(
    rows: list[tuple[float, bool]], data: st.DataObject
) -> None:
    score, guilty = (np.array(each, dtype=np.float64) for each in zip(*rows, strict=True))
    k = data.draw(st.integers(1, len(rows)))
    border = np.sort(score)[::-1][k - 1]
    above, tied = score > border, score == border
    expected = (guilty[above].sum() + (k - above.sum()) * guilty[tied].mean()) / k
    assert precision_at(score, guilty, k) == pytest.approx(expected)


WORLD = pl.DataFrame(
    {
        "account_id": [f"a{i}" for i in range(12)],
        "kind": ["campaign"] * 6 + ["individual"] * 4 + ["firm"] * 2,
        "campaign": ["one"] * 4 + ["two"] * 2 + [None] * 6,
        "operator": ["x"] * 4 + ["y"] * 2 + [None] * 6,
    }
)


def test_a_perfect_run_scores_one() -> None:
    placed = dict(zip(WORLD["account_id"], WORLD["campaign"], strict=True))
    named = {account: operator for account, operator in WORLD.select("account_id", "operator").iter_rows() if operator}
    found = evaluate(
        run_of(placed, dict.fromkeys(named, 1.0), named, operators={"one": "x", "two": "y"}),
        WORLD,
    )
    assert found.campaigns.pairwise.f1 == found.campaigns.b_cubed.f1 == 1.0
    assert found.communities["all"].b_cubed.f1 == 1.0
    assert found.suspicion is not None
    assert (found.suspicion.average_precision, found.suspicion.brier, found.suspicion.calibration_error) == (1.0, 0, 0)
    assert found.innocents is not None
    assert (found.innocents.in_campaigns, found.innocents.guilty_share) == (0, 1.0)
    for named_rightly in (found.operators_of_accounts, found.operators_of_campaigns):
        assert named_rightly is not None
        assert (named_rightly.accuracy, named_rightly.coverage) == (1.0, 1.0)


def test_finding_nothing_scores_near_zero() -> None:
    found = evaluate(run_of(dict.fromkeys(WORLD["account_id"])), WORLD)
    assert found.campaigns.accounts == 6
    assert found.campaigns.pairwise.f1 == 0.0
    assert (found.campaigns.b_cubed.recall, found.campaigns.b_cubed.f1) == (0.0, 0.0)
    assert found.innocents is not None
    assert found.innocents.guilty_share is None
    assert found.operators_of_accounts is not None
    assert found.operators_of_accounts.accuracy is None


def test_an_innocent_inside_costs_precision_and_is_counted_by_kind() -> None:
    placed = {each: "C-1" if each in ("a0", "a1", "a2", "a3", "a10") else None for each in WORLD["account_id"]}
    found = evaluate(run_of(placed), WORLD)
    assert found.campaigns.accounts == 7
    assert found.campaigns.b_cubed.precision == pytest.approx(4 * 4 / 5 / 5)
    assert found.campaigns.b_cubed.recall == pytest.approx(4 / 6)
    assert found.innocents is not None
    assert [(each.kind, each.honest, each.in_campaigns) for each in found.innocents.kinds] == [
        ("firm", 2, 1),
        ("individual", 4, 0),
    ]
    assert found.innocents.share == pytest.approx(1 / 6)
    assert found.innocents.guilty_share == pytest.approx(4 / 5)
    assert [(each.campaign_id, each.mostly, each.purity) for each in found.found_campaigns] == [("C-1", "one", 0.8)]
    one, two = found.true_campaigns
    assert (one.found_as, one.shared, one.recall, one.precision, one.pieces) == ("C-1", 4, 1.0, 0.8, 1)
    assert (two.found_as, two.shared, two.recall, two.precision, two.pieces) == (None, 0, 0.0, None, 0)


def test_a_member_without_a_campaign_of_its_own_is_an_innocent_inside() -> None:
    found = evaluate(run_of(dict.fromkeys(WORLD["account_id"]), members=[("C-1", "a7")]), WORLD)
    assert found.innocents is not None
    assert found.innocents.in_campaigns == 1


def test_a_campaign_in_pieces_is_found_as_its_largest() -> None:
    placed = {"a0": "C-1", "a1": "C-2", "a2": "C-2", "a3": None}
    one = evaluate(run_of(placed), WORLD).true_campaigns[0]
    assert (one.found_as, one.shared, one.recall, one.pieces) == ("C-2", 2, 0.5, 2)


def test_wrong_operators_are_wrong() -> None:
    placed = {each: "C-1" if each in ("a0", "a1", "a4") else None for each in WORLD["account_id"]}
    found = evaluate(run_of(placed, named={"a0": "x", "a4": "x", "a7": "x"}, operators={"C-1": "y"}), WORLD)
    assert found.operators_of_accounts is not None
    assert (found.operators_of_accounts.named, found.operators_of_accounts.right) == (3, 1)
    assert found.operators_of_accounts.coverage == pytest.approx(2 / 6)
    assert found.operators_of_campaigns is not None
    assert (found.operators_of_campaigns.named, found.operators_of_campaigns.right) == (1, 0)


GROUPS = pl.DataFrame(
    {
        "account_id": [0, 1, 2, 3, 4, 5, 6],
        "group": ["g", "g", "h", "h", None, None, None],
        "source": ["report", "report", "review", "review", None, None, None],
        "sybil": [True, True, True, True, False, False, None],
    }
)


def test_labelled_groups_are_measured_by_source() -> None:
    placed = {"0": "c", "1": "c", "2": "c", "3": "d", "4": "c", "5": None, "6": "c", "7": "c"}
    found = evaluate(run_of(dict.fromkeys(placed), {"0": 0.9}, communities=placed), GROUPS)
    assert list(found.communities) == ["all", "report", "review"]
    assert found.communities["report"].pairwise.f1 == 1.0
    assert found.communities["review"].pairwise.f1 == 0.0
    assert found.communities["all"].accounts == 4
    assert found.suspicion is not None
    assert (found.suspicion.accounts, found.suspicion.guilty) == (6, 4)
    assert (found.labelled, found.not_in_truth, found.not_in_run) == (6, 2, 0)


def test_groups_alone_say_nothing_of_guilt() -> None:
    found = evaluate(run_of({"0": None}), GROUPS.drop("sybil"))
    assert found.suspicion is None
    assert found.innocents is None
    assert found.not_in_run == 3


def some_run() -> Evaluation:
    rng = np.random.default_rng(1)
    accounts = [f"a{i:03}" for i in range(300)]
    campaign = [None if i > 60 else f"t{i % 3}" for i in range(300)]
    truth = pl.DataFrame({"account_id": accounts, "campaign": campaign, "kind": rng.choice(["firm", "vpn"], 300)})
    placed = {a: None if rng.random() < 0.7 else f"C-{rng.integers(4)}" for a in accounts}
    suspicion = {a: float(rng.random()) for a in accounts}
    return evaluate(run_of(placed, suspicion), truth)


def test_calibration_is_that_of_its_definition() -> None:
    rng = np.random.default_rng(5)
    accounts = [f"a{i}" for i in range(200)]
    score = {a: float(np.float32(rng.random())) for a in accounts}
    guilty = [bool(rng.random() < score[a]) for a in accounts]
    found = evaluate(
        run_of(dict.fromkeys(accounts), score),
        pl.DataFrame({"account_id": accounts, "campaign": ["t" if each else None for each in guilty]}),
    ).suspicion
    assert found is not None
    values, facts = np.array(list(score.values())), np.array(guilty)
    assert found.brier == pytest.approx(brier_score_loss(facts, values))
    error = 0.0
    for each in found.bins:
        inside = (values >= each.low) & (values < each.high)
        assert each.accounts == inside.sum()
        error += abs(values[inside].sum() - facts[inside].sum()) / len(values)
    assert found.calibration_error == pytest.approx(error)


def test_rows_in_any_order_give_the_same_evaluation() -> None:
    truth = WORLD.sample(fraction=1, shuffle=True, seed=3)
    placed = {each: "C-1" if each in ("a0", "a1", "a4") else None for each in WORLD["account_id"]}
    mixed = dict(random.Random(4).sample(list(placed.items()), len(placed)))
    assert evaluate(run_of(mixed), truth) == evaluate(run_of(placed), WORLD)


def test_it_is_json_and_text() -> None:
    found = some_run()
    plain = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert plain["campaigns"]["b_cubed"]["f1"] == found.campaigns.b_cubed.f1
    assert plain["true_campaigns"][0]["campaign"] == "t0"
    text = render(found)
    assert text == found.render()
    assert f"{found.campaigns.b_cubed.f1:.3f}" in text
    assert "innocents in campaigns" in text


def test_hostile_names_stay_on_their_line() -> None:
    truth = pl.DataFrame({"account_id": ["a", "b"], "campaign": ["x\n\x1b[31m\u202e", "y"]})
    text = render(evaluate(run_of({"a": "c", "b": "c"}), truth))
    assert "\x1b" not in text
    assert "\u202e" not in text


@pytest.mark.parametrize("ending", ["truth.parquet", "truth.csv", "truth.ndjson"])
def test_truth_reads_the_same_from_every_format(tmp_path: Path, ending: str) -> None:
    path = tmp_path / ending
    if ending.endswith("parquet"):
        GROUPS.write_parquet(path)
    elif ending.endswith("csv"):
        GROUPS.write_csv(path)
    else:
        GROUPS.write_ndjson(path)
    assert read_truth(path).equals(as_truth(GROUPS))


def test_leading_zeros_of_accounts_survive_csv(tmp_path: Path) -> None:
    path = tmp_path / "truth.csv"
    path.write_text("account_id,group,guilty\n007,g,yes\n008,,no\n009,,\n")
    assert read_truth(path).select("account_id", "guilty").rows() == [("007", True), ("008", False), ("009", None)]


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (pl.DataFrame({"account": ["a"], "campaign": ["x"]}), "account_id"),
        (pl.DataFrame({"account_id": ["a"], "label": ["x"]}), "campaign \\(or group\\)"),
        (pl.DataFrame({"account_id": ["a", "a"], "campaign": ["x", "y"]}), "repeat an account"),
        (pl.DataFrame({"account_id": [None, "a"], "campaign": ["x", "y"]}), "null in 1"),
        (pl.DataFrame({"account_id": ["a"], "group": ["x"], "guilty": ["perhaps"]}), "perhaps"),
        (pl.DataFrame({"account_id": ["a"], "campaign": [["x"]]}), "type"),
    ],
)
def test_bad_truth_is_told(table: pl.DataFrame, says: str) -> None:
    with pytest.raises(TableError, match=says):
        as_truth(table)


@pytest.mark.parametrize(
    ("name", "content"), [("t.parquet", b"no"), ("t.csv", b""), ("t.xlsx", b""), ("t.ndjson", b"{")]
)
def test_an_unreadable_file_is_told(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=name):
        read_truth(tmp_path / name)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere"):
        read_truth(tmp_path / "nowhere.parquet")
