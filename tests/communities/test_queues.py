"""Communities on one pool that one queue feeds."""

from __future__ import annotations

import polars as pl

from linkage.communities import one_queue, pools
from linkage.queue_settings import QueueSettings
from linkage.tables import MEMBERSHIPS

SIZES = (40, 30, 5, 30)


def memberships() -> pl.DataFrame:
    community = [i for i, size in enumerate(SIZES) for _ in range(size)]
    columns = {"account": range(len(community)), "community": community, "part": community, "stability": 1.0}
    return pl.DataFrame(columns, schema=MEMBERSHIPS, strict=False)


def crowds(*without: int) -> pl.DataFrame:
    account = [a for a in range(sum(SIZES)) if a not in without]
    return pl.DataFrame({"account": account, "crowd": 9}, {"account": pl.UInt32, "crowd": pl.UInt32}, strict=False)


def handed(between: dict[tuple[int, int], float], spread: float = 1.0) -> pl.DataFrame:
    """Every account is refused ten times; a fellow takes up one in fifty of these beyond chance, which is as much.

    `between`: how much of this the accounts of two communities take up of each other's; without: by chance alone.
    """
    rows = []
    for one, refused in enumerate(SIZES):
        for other, size in enumerate(SIZES):
            fellows = size - (one == other)
            rate = 1.0 if one == other else between.get((min(one, other), max(one, other)), 0.0)
            chance = 10 * refused * fellows / 50
            rows.append((9, one, other, 10 * refused, round(chance * (1 + rate)), chance, spread))
    schema = {"pool": pl.UInt32, "one": pl.Int32, "other": pl.Int32, "refused": pl.Int64, "taken": pl.Int64}
    return pl.DataFrame(rows, schema | {"expected": pl.Float64, "spread": pl.Float64}, orient="row")


def joined(between: dict[tuple[int, int], float], spread: float = 1.0) -> list[set[int]]:
    """Which of the four communities are one."""
    given = memberships()
    found = one_queue(given, pools(given, crowds(), 9), handed(between, spread), QueueSettings())
    assert found.drop("community", "part").equals(given.drop("community", "part"))
    both = found.join(given.select("account", was="community"), on="account")
    return sorted((set(group["was"]) for _, group in both.group_by("community")), key=min)


def test_communities_that_take_up_one_anothers_refusals_are_one() -> None:
    assert joined({(0, 1): 1.0}) == [{0, 1}, {2}, {3}]
    assert joined({(0, 1): 1.0, (0, 2): 1.0, (1, 2): 1.0}) == [{0, 1, 2}, {3}]


def test_a_pool_alone_joins_nothing() -> None:
    """Two operators may rent one."""
    assert joined({}) == [{0}, {1}, {2}, {3}]


def test_what_is_less_than_fellows_do_joins_nothing() -> None:
    assert joined({(0, 1): 0.3}) == [{0}, {1}, {2}, {3}]
    assert joined({(0, 1): 0.7}) == [{0, 1}, {2}, {3}]


def test_what_varies_much_surprises_less() -> None:
    assert joined({(0, 2): 1.0}) == [{0, 2}, {1}, {3}]
    assert joined({(0, 2): 1.0}, spread=12.0) == [{0}, {1}, {2}, {3}]


def test_only_communities_that_a_pool_holds_are_compared() -> None:
    given = memberships()
    few = pools(given, crowds(*range(40, 60)), 9)
    assert set(few["community"]) == {0, 2, 3}
    assert pools(given, crowds(*range(40, 105)), 9).is_empty()


def test_of_a_pool_only_the_largest_are_compared() -> None:
    found = pools(memberships(), crowds(), 2)
    assert sorted(found["community"].unique()) == [0, 1]  # of the two of thirty the lower number
