"""Accounts that begin alike: signed up near one another, alike in what they paid and do, beyond what surrounds them.

Sign-ups come in waves for many honest reasons, so that nearness in time alone is no evidence here: time is counted in
accounts, not seconds. What counts is that accounts near in time are also near in the amount, or near in it and of the
same habits, far more often than accounts a little further away. How often chance does as much is measured on the data:
the same search with everybody's neighbours replaced by accounts some way down the line, whose amounts and habits follow
the same drift (an empirical local false discovery rate: Efron 2004, "Large-scale simultaneous hypothesis testing").
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.birth_settings import BirthSettings
from linkage.similarity.significance import Found, pairs_table
from linkage.tables import PAIRS, empty

#: Bins of the figure, in bits: width, where the first begins (nothing under it is looked at), and the last.
_STEP, _FLOOR, _LAST = 0.5, 2.0, 12.0
#: Neighbours are replaced by those so many widest boxes down the line, each a trial of chance.
_LAGS = (3, 5)
#: What is expected is read off so many widest boxes to either side, and amounts are compared in so many heights.
_FAR, _HEIGHTS = 4, 8
#: Fewer accounts, in widest boxes, have no surroundings to speak of.
_ROOM = 16

Doubles = NDArray[np.float64]


def births(accounts: pl.DataFrame, paid: pl.DataFrame, habits: pl.DataFrame, settings: BirthSettings) -> Found:
    """Pairs that begin alike, kind `born`.

    Args:
        accounts: account, created_at; those without a time are left out.
        paid: account, amount: what each paid in all; those without are left out.
        habits: account, and columns of codes, the coarsest first: see `habits`. Accounts without a row have none.
        settings: how far to look, and what share of the pairs may be chance.
    """
    from linkage_kernels import crowding

    dated = (
        accounts.select("account", "created_at")
        .join(paid.filter(pl.col("amount").is_finite()).select("account", "amount"), on="account")
        .filter(pl.col("created_at").is_not_null())
        .sort("created_at", "account")
    )
    wide = max(1, int(np.log2(max(settings.places // crowding.PLACES, 1))) + 1)
    while wide > 2 and dated.height < _ROOM * (crowding.PLACES << (wide - 1)):
        wide -= 1
    reach = crowding.PLACES << (wide - 1)
    if dated.height < _ROOM * reach:
        return Found(empty(PAIRS), 0, 0, (f"births: {dated.height:,} accounts with time and amount are too few",))
    # Equal amounts have one rank: a price that many pay is crowded everywhere.
    rank = dated["amount"].rank("average").to_numpy()
    known = dated.select("account").join(habits, on="account", how="left", maintain_order="left").drop("account")
    does = known.fill_null(-1).to_numpy().astype(np.int32).reshape(dated.height, -1)
    high, far = _HEIGHTS, _FAR * reach

    def crowded(lag: int) -> tuple[NDArray[np.int64], NDArray[np.int64], Doubles]:
        return crowding.crowded(rank, does, crowding.crowding(rank, does, wide, high, far, lag), _FLOOR, lag)

    a, b, figure = crowded(0)
    trials = [crowded(lag * reach)[2] for lag in _LAGS]
    chance = _chance(figure, trials)
    kept = np.flatnonzero(chance <= settings.chance)
    kept = kept[_surest(a[kept], b[kept], figure[kept], settings.most_partners)]
    a, b, chance = a[kept], b[kept], chance[kept]
    bits = np.log2((1.0 - chance) / chance) + np.log2(max(dated.height / settings.partners, 2.0))
    alike = (does[a] == does[b]).any(axis=1) & (does[a] >= 0).any(axis=1)
    code, at, amount = dated["account"].to_numpy(), dated["created_at"], dated["amount"].to_numpy()
    table = pairs_table(
        "born",
        {
            "account_a": code[a],
            "account_b": code[b],
            "bits": np.minimum(bits, settings.cap_bits),
            "count": np.ones(len(a), np.int64),
            "first_seen": at.gather(a),
            "last_seen": at.gather(b),
            "detail": _said(at.gather(b) - at.gather(a), alike, amount[a], amount[b], chance),
        },
    )
    return Found(table, dated.height * reach, len(figure))


def _said(gap: pl.Series, alike: NDArray[np.bool_], one: Doubles, other: Doubles, chance: Doubles) -> pl.Series:
    """The pairs in words."""
    figures = {"gap": gap.dt.total_seconds(), "alike": alike, "one": one, "other": other, "chance": chance * 100}
    return (
        pl.DataFrame(figures)
        .select(
            pl.format(
                "signed up {} s apart{} and paid {} and {}; of pairs as near amid as few, chance makes {} %",
                "gap",
                pl.when("alike").then(pl.lit(", have the same habits")).otherwise(pl.lit("")),
                pl.col("one").round(2),
                pl.col("other").round(2),
                pl.col("chance").round(1),
            )
        )
        .to_series()
    )


def _chance(figure: Doubles, trials: list[Doubles]) -> Doubles:
    """The share of pairs with such a figure that chance makes: falling with the figure, never zero."""
    edges = np.append(np.arange(_FLOOR, _LAST + _STEP / 2, _STEP), np.inf)
    seen = np.histogram(figure, edges)[0]
    expected = np.sum([np.histogram(trial, edges)[0] for trial in trials], axis=0) / len(trials)
    share = np.minimum.accumulate(np.minimum((expected + 1.0) / (seen + 1.0), 1.0 - 1e-6))
    found: Doubles = share[np.clip(((figure - _FLOOR) / _STEP).astype(np.int64), 0, len(share) - 1)]
    return found


def _surest(a: NDArray[np.int64], b: NDArray[np.int64], figure: Doubles, most: int) -> NDArray[np.int64]:
    """Rows of pairs that are among the `most` of one of their ends, ascending."""
    end, row = np.concatenate((a, b)), np.tile(np.arange(len(a)), 2)
    order = np.lexsort((row, -figure[row], end))
    end, row = end[order], row[order]
    place = np.arange(len(end)) - np.searchsorted(end, end)
    return np.unique(row[place < most])
