"""What the benchmarks stand on: measuring, the first attempts, the projection's twin, results.md."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import igraph
import numpy as np
import polars as pl
import pytest

from benchmarks._clusters import as_run, score
from benchmarks._exact import cluster, shared_pairs, uses
from benchmarks._harness import MIB, CrashedError, attempt, keep, machine, measure, table
from benchmarks._projection import kernel, self_join
from benchmarks.projection import same_pairs, zipf


def test_a_command_is_measured_without_the_memory_of_its_caller() -> None:
    ballast = np.ones(50 * MIB, np.float64)  # 400 MiB, all touched
    small = measure([sys.executable, "-I", "-S", "-c", "print('{\"x\": 1}')"])
    large = measure([sys.executable, "-I", "-S", "-c", f"x = bytearray({100 * MIB}); print(len(x))"])
    assert ballast.sum() > 0
    assert small.answer == {"x": 1}
    assert small.peak_bytes < 60 * MIB
    assert large.peak_bytes > 100 * MIB
    assert 0 < small.seconds < 30


def test_a_command_that_fails_ends_the_benchmark_with_its_words() -> None:
    with pytest.raises(SystemExit, match="so it goes"):
        measure([sys.executable, "-c", "raise SystemExit('so it goes')"])


def test_a_section_is_replaced_and_the_rest_stays(tmp_path: Path) -> None:
    results = tmp_path / "results.md"
    keep("one", "first", results)
    keep("two", "second", results)
    keep("one", "third", results)
    text = results.read_text()
    assert "first" not in text
    assert text.index("third") < text.index("second")
    assert text.count("<!-- one: begin -->") == text.count("<!-- one: end -->") == 1


def test_a_table_is_aligned() -> None:
    assert table(("a", "b"), [("x", "10"), ("long", "2")]).splitlines() == [
        "| a    |  b |",
        "| ---- | -: |",
        "| x    | 10 |",
        "| long |  2 |",
    ]


def test_the_machine_is_described_not_named() -> None:
    import platform

    assert "cores" in machine("polars")
    assert "absent" in machine("no-such-package-at-all")
    assert platform.node() not in machine("polars") or len(platform.node()) < 3


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """Six accounts on one address, three of them on one device; a card of two others; one alone; one busy hub."""
    sent = datetime(2026, 1, 1, tzinfo=UTC)
    rows: list[tuple[str, str, str | None]] = []
    for i in range(6):
        rows += [(f"a{i}", "10.0.0.1", "dev" if i < 3 else f"own-{i}")] * 2
    rows += [(f"b{i}", f"10.0.1.{i}", None) for i in range(3)]
    rows += [(each, "10.9.9.9", None) for each in {account for account, *_ in rows}]
    (tmp_path / "exchanges").mkdir()
    pl.DataFrame(rows, schema=["account_id", "ip", "device"], orient="row").with_columns(sent_at=sent).write_parquet(
        tmp_path / "exchanges" / "part-0.parquet"
    )
    paid = pl.DataFrame({"account_id": ["b0", "b1", "b2"], "instrument": ["card", "card", "other"]})
    paid.with_columns(paid_at=sent).write_parquet(tmp_path / "payments.parquet")
    return tmp_path


@pytest.mark.parametrize("method", ["components", "leiden"])
def test_first_attempts_find_what_is_plain_to_see(world: Path, method: str) -> None:
    found = cluster(method, world, cap=8, seed=1)
    assert sorted(part["account_id"].sort().to_list() for part in found.partition_by("cluster")) == [
        [f"a{i}" for i in range(6)],
        ["b0", "b1"],
    ]
    truth = pl.DataFrame(
        {"account_id": [*(f"a{i}" for i in range(6)), "b0", "b1", "b2"], "campaign": ["x"] * 6 + [None] * 3}
    )
    assert score(found, truth)["campaigns"]["b_cubed"]["f1"] == 1.0
    assert as_run(found, truth["account_id"]).campaigns.height == 1


def test_components_of_accounts_and_values_are_those_of_pairs() -> None:
    made = zipf(60, 25, 6, seed=2)
    used = made.select("account", code="value")
    pairs = shared_pairs(used)
    by_pairs = igraph.Graph(60, pairs.select("account", "account_b").to_numpy()).connected_components()
    both = igraph.Graph(
        60 + 25, np.column_stack([used["account"].to_numpy(), used["code"].to_numpy() + np.uint32(60)])
    ).connected_components()
    parts = {frozenset(each for each in part if each < 60) for part in both} - {frozenset()}
    assert parts == {frozenset(part) for part in by_pairs}


def test_values_over_the_cap_are_left_out(world: Path) -> None:
    assert "10.9.9.9" not in uses(world, 8)["value"]
    assert "10.9.9.9" in uses(world, 9)["value"]


@pytest.mark.parametrize("engine", ["polars", "streaming"])
def test_kernel_and_self_join_give_equal_pairs(engine: str) -> None:
    made = zipf(300, 200, 12, seed=1)
    ours = kernel(made, 5.0, 7.0)
    theirs = self_join(made, 5.0, 7.0, engine)
    order = {"a": pl.UInt32, "b": pl.UInt32}
    assert ours.height > 100
    assert same_pairs(ours.cast(order), theirs.cast(order), 5.0)  # type: ignore[arg-type]
    assert not same_pairs(ours.cast(order)[1:], theirs.cast(order), 5.0)  # type: ignore[arg-type]


def test_a_peer_that_crashes_is_a_result_and_no_end() -> None:
    with pytest.raises(CrashedError) as crash:
        attempt([sys.executable, "-c", "print('so far'); import os, signal; os.kill(os.getpid(), signal.SIGKILL)"])
    assert crash.value.code == -9
    with pytest.raises(SystemExit, match="ended with 3"):
        measure([sys.executable, "-c", "import sys; sys.exit(3)"])
