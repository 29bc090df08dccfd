"""The model holds the tables' figures, says what it lacks, and reads back as it was written."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, timedelta
from hashlib import sha256
from statistics import median
from typing import Any

import polars as pl
import pytest

from linkage.errors import SettingsError
from linkage.report.compose import compose, run_hash
from linkage.report.document import VERSION, Document
from linkage.report.estimative import words
from linkage.report.events import releases
from linkage.report.formats import markdown, plain_json
from linkage.report.model import Campaign
from linkage.report.plain import MOST, plain
from linkage.tables import OUTPUT
from tests.report import runs


def f32(value: float | None) -> float | None:
    """A number as a 32-bit column holds it."""
    return None if value is None else pl.Series([value], dtype=pl.Float32)[0]


@pytest.fixture(scope="module")
def campaigns() -> dict[str | None, Campaign]:
    return {each.header.campaign_id: each for each in runs.report().document.campaigns}


@pytest.mark.parametrize("campaign", runs.IDS)
def test_scale_and_accounts_are_those_of_the_tables(campaign: str, campaigns: dict[str | None, Campaign]) -> None:
    frames, found = runs.tables(), campaigns[campaign]
    row = frames["campaigns"].row(by_predicate=pl.col("campaign_id") == campaign, named=True)
    for name in ("accounts", "exchanges", "input_tokens", "output_tokens", "first_seen", "last_seen"):
        assert getattr(found.scale, name) == row[name]
    assert f32(found.scale.suspicion) == row["suspicion"]
    assert found.scale.links == len(runs.inside(frames, "links", campaign))
    everybody = {each["account_id"]: each for each in frames["accounts"].to_dicts()}
    wanted = frames["members"].filter(pl.col("campaign_id") == campaign).to_dicts()
    assert {each.account_id for each in found.accounts} == {each["account_id"] for each in wanted}
    stand = {each["account_id"]: each for each in wanted}
    for each in found.accounts:
        member, account = stand[each.account_id], everybody[each.account_id]
        assert (each.tier, each.exchanges) == (member["tier"], member["exchanges"])
        assert (f32(each.share), f32(each.stability)) == (member["share"], member["stability"])
        assert (f32(each.suspicion), each.first_seen) == (account["suspicion"], account["first_seen"])
    tiers = Counter(each.tier for each in found.accounts)
    assert (found.scale.core, found.scale.periphery) == (tiers["core"], tiers["periphery"])
    assert [each.accounts for each in found.actions[:2]] == [tiers["core"], tiers["periphery"]]


@pytest.mark.parametrize("campaign", runs.IDS)
def test_the_evidence_matrix_counts_what_the_slow_way_counts(
    campaign: str, campaigns: dict[str | None, Campaign]
) -> None:
    frames, found = runs.tables(), campaigns[campaign]
    rows = runs.inside(frames, "evidence", campaign)
    assert {each.kind for each in found.evidence.channels} == {row["kind"] for row in rows}
    for channel in found.evidence.channels:
        mine = [row for row in rows if row["kind"] == channel.kind]
        assert channel.links == len({(row["account_a"], row["account_b"]) for row in mine})
        assert channel.accounts == len({row[side] for row in mine for side in ("account_a", "account_b")})
        assert channel.values == len({row["value"] for row in mine})
        assert channel.median_bits == pytest.approx(median(row["weight"] for row in mine), rel=1e-6)
        hubs = frames["hubs"].filter(pl.col("kind") == channel.kind)
        assert (channel.hubs, channel.hub_pairs) == (hubs.height, hubs["pairs"].sum())
    groups = {each.kind: each.group for each in found.evidence.channels}
    assert groups["ip"] == "network"
    assert groups["instrument"] == "money"
    for one in found.indicators:
        mine = [row for row in rows if (row["kind"], row["value"]) == (one.kind, one.value)]
        assert one.links == len(mine)
        assert f32(one.bits) == max(row["weight"] for row in mine)
    assert "succession" not in {one.kind for one in found.indicators}


@pytest.mark.parametrize("campaign", runs.IDS)
def test_hours_models_templates_and_bridges(campaign: str, campaigns: dict[str | None, Campaign]) -> None:
    frames, found = runs.tables(), campaigns[campaign]
    of = {
        name: frames[name].filter(pl.col("campaign_id") == campaign).to_dicts()
        for name in ("activity", "models", "own_templates")
    }
    assert [each.model_dump() for each in found.activity] == [
        {name: row[name] for name in ("day", "hour", "exchanges")} for row in of["activity"]
    ]
    assert sum(each.exchanges for each in found.activity) == found.scale.exchanges
    assert Counter({(e.day, e.model): e.exchanges for e in found.ramp}) == Counter(
        {(row["day"], row["model"]): row["exchanges"] for row in of["models"]}
    )
    everybody = sum(frames["accounts"]["exchanges"]) - found.scale.exchanges
    for use in found.models:
        theirs = sum(row["exchanges"] for row in of["models"] if row["model"] == use.model)
        every = frames["models"].filter(pl.col("campaign_id").is_null(), pl.col("model") == use.model)["exchanges"]
        assert use.exchanges == theirs
        assert use.share == pytest.approx(theirs / found.scale.exchanges)
        assert use.elsewhere == pytest.approx((every.sum() - theirs) / everybody)
    assert len(found.models) == len({row["model"] for row in of["models"]})
    assert {(e.template, e.accounts, e.prompts, e.exemplar_row) for e in found.templates} == {
        (row["template"], row["accounts"], row["prompts"], row["exemplar_row"]) for row in of["own_templates"]
    }
    words_of = {row["template"]: row["words"] for row in of["own_templates"]}
    for each in found.templates:
        assert (None if each.words is None else ", ".join(each.words)) == words_of[each.template]
    group = frames["communities"].filter(pl.col("campaign_id") == campaign)["community_id"].item()
    bridges = frames["bridges"].filter(pl.col("community_id") == group).drop("community_id").to_dicts()
    assert sorted((e.model_dump() for e in found.bridges), key=str) == sorted(bridges, key=str)


def test_custody_says_what_the_manifest_says() -> None:
    given: dict[str, Any] = runs.manifest()
    found = compose(runs.tables(), given).document.custody
    assert [each.model_dump() for each in found.inputs] == given["inputs"]
    assert (
        found.settings_hash
        == sha256(json.dumps(given["settings"], sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    )
    assert found.not_reproducible == tuple(given["not_reproducible"])
    assert "The manifest does not say whether its values are pseudonyms." in found.notes
    more = {"privacy": {"pseudonymised": True, "key_fingerprint": "fp"}, "versions": {"polars": "2.1.0"}}
    found = compose(runs.tables(), {**given, **more}).document.custody
    assert (found.pseudonymised, found.key_fingerprint, found.notes) == (True, "fp", ())
    assert {each.name: each.version for each in found.versions} == {"linkage": given["version"], "polars": "2.1.0"}


def test_names_rivals_and_what_would_change_are_kept(campaigns: dict[str | None, Campaign]) -> None:
    big, small = campaigns["C-big"].attribution, campaigns["C-small"].attribution
    assert [rung.rung for rung in big.rungs] == ["operator", "beneficiary"]
    operator = big.rungs[0]
    assert (operator.name, operator.confidence, operator.words) == ("card-1", 0.91, "very likely")
    assert [(each.value, each.bits, each.members) for each in operator.rests_on] == [("card-1", 7.512, 3)]
    assert [(each.name, each.posterior) for each in operator.rivals] == [("card-1 rival", 0.123)]
    assert big.rungs[1].abstained
    assert small.operator is None
    assert small.rungs[0].rivals[0].name == "card-1 rival"
    assert "Abstained on the operator: only one kind of evidence." in campaigns["C-small"].limits


def test_robustness_explanations_and_events(campaigns: dict[str | None, Campaign]) -> None:
    big, small = campaigns["C-big"], campaigns["C-small"]
    assert big.robustness.verdict == "It would not stand without the evidence of: network."
    assert small.robustness.verdict == "It stands without any one of its 1 independent kinds of evidence."
    assert [(each.name, each.fit, each.bits) for each in big.innocent.explanations] == [
        ("vendor", 0.663, -2.652),
        ("campus", 0.0, 0.0),
    ]
    assert big.innocent.doubtful == sum((each.suspicion or 0) < 0.8 for each in big.accounts)
    seen = ("first seen", "last seen", "ramp", "peak", "release", "pivot")
    once = (*seen, "decision: enforced", "lineage: grew", "lineage: merged")
    assert Counter(event.kind for event in big.timeline.events) == dict.fromkeys(once, 1)
    assert "A member took over: one began after card-1." in [event.text for event in small.timeline.events]
    assert sum(day.began for day in big.timeline.days) + big.timeline.undated == 130
    assert small.actions[2].accounts == 1  # cleared, and evidence speaks against it


def test_ramp_releases_and_pivots_are_told_in_time_order(campaigns: dict[str | None, Campaign]) -> None:
    events = campaigns["C-big"].timeline.events
    dated = [event.at for event in events if event.at is not None]
    assert dated == sorted(dated)
    assert all(event.at is None for event in events[len(dated) :])
    told = {event.kind: (str(event.at)[:10], event.text) for event in events}
    assert told["ramp"] == ("2026-04-10", "Traffic had come to half of its peak: 2,815 exchanges a day.")
    assert told["peak"] == ("2026-04-10", "Most traffic on one day: 2,815 exchanges.")
    assert told["release"] == ("2026-03-21", "Model large appeared in the logs.")
    assert told["pivot"] == (
        "2026-03-21",
        "Most of the day's exchanges were with model large, 0 days after it appeared; it had 100% of everybody's that "
        "day.",
    )


def test_a_pivot_is_the_first_day_on_which_a_new_model_has_most() -> None:
    start = date(2026, 1, 1)
    days = [start + timedelta(days=i) for i in range(12)]
    old = [(None, day, "old", 1_000) for day in days]
    everybody = [*old, (None, days[5], "new", 1), (None, days[7], "new", 500), (None, days[8], "new", 3_000)]
    theirs = [(day, "old", 10) for day in days] + [(days[7], "new", 10), (days[8], "new", 11), (days[9], "new", 90)]
    of = pl.DataFrame(everybody, schema=OUTPUT["models"], orient="row")
    used = pl.DataFrame(theirs, schema={"day": pl.Date, "model": pl.String, "exchanges": pl.Int64}, orient="row")
    # On the sixth day one tester had it, 1 of 3,501 uses: it appeared on the eighth.
    found = [(event.kind, str(event.at)[:10], event.text) for event in releases(used, of, 5)]
    assert found == [
        ("release", "2026-01-08", "Model new appeared in the logs."),
        (
            "pivot",
            "2026-01-09",
            "Most of the day's exchanges were with model new, 1 days after it appeared; it had 75% of everybody's that "
            "day.",
        ),
    ]
    assert releases(used, of, 8) == []
    assert releases(used.filter(pl.col("model") == "old"), of, 5) == []
    assert [event.kind for event in releases(used.filter(pl.col("day") < days[8]), of, 5)] == ["release"]


def test_sign_ups_are_told_where_the_run_has_them() -> None:
    frames = runs.tables()
    frames["accounts"] = frames["accounts"].with_columns(created_at=pl.col("first_seen").dt.offset_by("-3d"))
    times = compose(frames, runs.manifest()).document.campaigns[0].timeline
    assert times.begin == "sign-up"
    assert str(times.days[0].day) == "2026-02-26"
    said = [event.text for event in times.events if event.kind == "sign-ups"]
    assert said == [
        "The first member signed up, the last on 2026-03-27; 130 of 130 members have a time of sign-up.",
        "Most sign-ups on one day: 5.",
    ]


@pytest.mark.parametrize("name", [name for name in OUTPUT if name not in ("campaigns", "templates")])
def test_a_run_without_a_table_says_so(name: str) -> None:
    frames = runs.tables()
    del frames[name]
    document = compose(frames, runs.manifest()).document
    assert any(f"no table {name};" in limit for limit in document.overview.limits)
    assert any(f"no table {name};" in limit for limit in document.campaigns[0].limits)
    assert "no table" in markdown.render(document)


def test_a_run_without_a_column_says_so() -> None:
    frames = runs.tables()
    frames["campaigns"] = frames["campaigns"].drop("capability", "operator_confidence")
    document = compose(frames, {}).document
    assert any("no column operator_confidence, capability;" in limit for limit in document.overview.limits)
    assert document.campaigns[0].capability is None


def test_only_the_campaigns_asked_for_in_that_order() -> None:
    assert [each.header.campaign_id for each in runs.report(campaigns=["C-small"]).document.campaigns] == ["C-small"]
    with pytest.raises(
        SettingsError, match=r"--campaign C-9\\x1b: the run has no such campaign; it has 2: C-big, C-small$"
    ):
        runs.report(campaigns=["C-9\x1b"])


def test_it_reads_back_as_it_was_written() -> None:
    document = runs.report().document
    text = plain_json.render(document)
    assert Document.model_validate_json(text) == document
    assert json.loads(text)["version"] == VERSION == 3
    assert plain_json.render(runs.report().document) == text


def test_order_of_rows_changes_nothing() -> None:
    frames = {name: frame.sample(fraction=1, shuffle=True, seed=5) for name, frame in runs.tables().items()}
    assert compose(frames, runs.manifest("card-1")).document == runs.report().document


def test_the_run_hash_knows_all_but_timings() -> None:
    given: dict[str, Any] = runs.manifest()
    later = {**given, "stages": [{**given["stages"][0], "seconds": 9.0, "peak_bytes": 1}]}
    assert run_hash(later) == run_hash(given)
    assert run_hash({**given, "seed": 8}) != run_hash(given)
    assert run_hash({**given, "stages": [{**given["stages"][0], "rows": 1}]}) != run_hash(given)


@pytest.mark.parametrize(
    ("probability", "said"),
    [
        (1.0, "almost certain"),
        (0.95, "almost certain"),
        (0.9499, "very likely"),
        (0.55, "likely"),
        (0.5, "a roughly even chance"),
        (0.2, "unlikely"),
        (0.05, "very unlikely"),
        (0.0, "almost no chance"),
        (None, None),
    ],
)
def test_words_of_probability(probability: float | None, said: str | None) -> None:
    assert words(probability) == said


@pytest.mark.parametrize("text", ["a\x1b[31m", "x" * 1_000_000, "\u202egpj", "\x00" * MOST, "two\nlines", "\x1b" * 99])
def test_a_text_is_made_plain_once(text: str) -> None:
    shown = plain(text)
    assert isinstance(shown, str)
    assert shown.isprintable()
    assert len(shown) <= MOST
    assert plain(shown) == shown
    assert plain(text + "a") != shown


@pytest.mark.parametrize("text", ["", "acc-1", "Ünïcode ½", "数学", "a=b"])
def test_a_plain_text_stays(text: str) -> None:
    assert plain(text) == text
