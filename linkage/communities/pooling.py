"""Pieces of one group joined on what they write, pooled: two accounts have too few prompts to tell, two groups enough.

Modularity and sparse links cut groups that are one. Two pieces that links tie are compared as distributions: the
unbiased squared maximum mean discrepancy (Gretton et al. 2012) of their accounts' prompts. Whoever cut a group cut it
where it was thin, so that its pieces always differ by more than chance; what they may differ by is what the halves do
into which either piece falls along its own longest axis. Pieces of two groups lie farther apart than that.

Groups that write of everything (public benchmarks, long lists of tasks) lie near the middle of all prompts, and so near
one another. So two pieces must also lie nearer to each other than either to everybody else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.pooling_settings import PoolingSettings
from linkage.tables import schema

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Longs = NDArray[np.int64]

#: A pair of communities that was compared. `stray`: standard deviation of the distance; `bits`: how rare it is that two
#: communities lie as near. `stray` and `allowed` are null where the distance or the want of corroboration settles it.
COMPARED = schema(
    {
        "one": pl.Int32,
        "other": pl.Int32,
        "ties": pl.Float64,
        "corroborated": pl.Boolean,
        "distance": pl.Float64,
        "stray": pl.Float64,
        "allowed": pl.Float64,
        "bits": pl.Float64,
        "joined": pl.Boolean,
    }
)
#: Pairs of communities on which is read how far apart two usually lie.
_USUAL = 2_000


class Profiles(NamedTuple):
    """What accounts write as a whole."""

    account: NDArray[np.uint32]  # [n], ascending
    mean: Floats  # [n, d], mean vector of the account's prompts
    prompts: Longs  # [n]


class Pooled(NamedTuple):
    """Communities after joining, and what was compared."""

    memberships: pl.DataFrame  # MEMBERSHIPS
    compared: pl.DataFrame  # COMPARED, communities by their numbers before


class _Groups(NamedTuple):
    member: Longs  # rows of the profiles, by community
    start: Longs  # [communities + 1]
    total: Doubles
    mass: Doubles


def pool(
    memberships: pl.DataFrame,
    links: pl.DataFrame,
    channels: Mapping[str, str],
    profiles: Profiles | None,
    settings: PoolingSettings,
) -> Pooled:
    """Join communities that links tie and that write as one.

    Two are joined where at least `ties` of the smaller one's accounts have a link into the larger, some link rests on
    evidence other than content (where the logs have any), and what they write lies apart, doubt included, by no
    more than halves of either do, and by a small part of what two communities usually do and of what either lies
    from everybody else.

    Args:
        memberships: MEMBERSHIPS.
        links: LINKS with a column of bits a channel.
        channels: channel -> independence group.
        profiles: of the accounts that wrote; None where nobody did.
        settings: what is enough.
    """
    nothing = Pooled(memberships, pl.DataFrame(schema=COMPARED))
    if not settings.enabled or profiles is None or memberships.is_empty():
        return nothing
    tied = _tied(memberships, links, channels, settings)
    if tied.is_empty():
        return nothing
    groups = _groups(memberships, profiles)
    enough = np.diff(groups.start) >= settings.least_accounts
    usual = _usual(groups, np.flatnonzero(enough))
    pairs = tied.filter(pl.Series(enough[tied["one"].to_numpy()] & enough[tied["other"].to_numpy()]))
    if not len(usual):
        pairs = pairs.clear()
    compared = _compared(pairs, groups, profiles, usual, settings)
    return Pooled(_joined(memberships, compared.filter("joined")), compared)


def _tied(
    memberships: pl.DataFrame, links: pl.DataFrame, channels: Mapping[str, str], settings: PoolingSettings
) -> pl.DataFrame:
    """one < other, ties, corroborated: pairs of communities with links from enough of the smaller one's accounts."""
    of = memberships.select("account", "community")
    size = of.group_by("community").agg(accounts=pl.len())
    apart = [channel for channel, group in channels.items() if group != "content" and channel in links.columns]
    other_evidence = pl.max_horizontal(apart) >= 1.0 if apart else pl.lit(True)
    seen = bool(apart) and bool(links.select((pl.max_horizontal(apart) >= 1.0).any()).item())
    between = (
        links.select("account_a", "account_b", rests=other_evidence if seen else pl.lit(True))
        .join(of, left_on="account_a", right_on="account")
        .join(of, left_on="account_b", right_on="account", suffix="_b")
        .filter(pl.col("community") != pl.col("community_b"))
        .select(
            "rests",
            one=pl.min_horizontal("community", "community_b"),
            other=pl.max_horizontal("community", "community_b"),
            # Communities are numbered by falling size: the later one is the smaller.
            account=pl.when(pl.col("community") > pl.col("community_b")).then("account_a").otherwise("account_b"),
        )
    )
    return (
        between.group_by("one", "other")
        .agg(reaching=pl.col("account").n_unique(), corroborated=pl.col("rests").any())
        .join(size, left_on="other", right_on="community")
        .with_columns(ties=pl.col("reaching") / pl.col("accounts"))
        .filter(pl.col("ties") >= settings.ties)
        .select("one", "other", "ties", "corroborated")
        .sort("one", "other")
    )


def _groups(memberships: pl.DataFrame, profiles: Profiles) -> _Groups:
    """The accounts of each community that wrote, and their sums; an account counts by its prompts."""
    from linkage_kernels.mmd import sums

    rows = pl.DataFrame({"account": profiles.account}).with_row_index("row")
    held = memberships.join(rows, on="account").sort("community", "account")
    member = held["row"].to_numpy().astype(np.int64)
    many = int(memberships["community"].to_numpy().max()) + 1
    start = np.searchsorted(held["community"].to_numpy(), np.arange(many + 1)).astype(np.int64)
    total, mass = sums(profiles.mean, member, start, profiles.prompts[member].astype(np.float32))
    return _Groups(member, start, total, mass)


def _usual(groups: _Groups, communities: Longs) -> Doubles:
    """Distances of evenly chosen pairs of communities, ascending."""
    from linkage_kernels.mmd import squared

    n = len(communities)
    pairs = n * (n - 1) // 2
    if not pairs:
        return np.zeros(0)
    chosen = np.unique(np.arange(min(pairs, _USUAL)) * pairs // min(pairs, _USUAL))
    # The k-th pair above the diagonal, by rows of falling length.
    b = np.floor((1.0 + np.sqrt(1.0 + 8.0 * chosen)) / 2.0).astype(np.int64)
    a = chosen - b * (b - 1) // 2
    found = squared(groups.total, groups.mass, communities[a], communities[b])
    return np.sort(found[np.isfinite(found)])


def _compared(
    pairs: pl.DataFrame, groups: _Groups, profiles: Profiles, usual: Doubles, settings: PoolingSettings
) -> pl.DataFrame:
    """COMPARED, of one, other, ties, corroborated."""
    from linkage_kernels.mmd import squared

    one, other = (pairs[name].to_numpy().astype(np.int64) for name in ("one", "other"))
    distance = squared(groups.total, groups.mass, one, other)
    nearest = settings.near * float(np.median(usual)) if len(usual) else 0.0
    everybody = groups.total.sum(axis=0), groups.mass.sum(axis=0)
    stray, allowed = np.full(len(one), np.nan), np.full(len(one), np.nan)
    halves: dict[int, float] = {}
    # Most pairs lie too far apart whatever the rest would say, and that takes all their accounts to tell.
    for at in np.flatnonzero(pairs["corroborated"].to_numpy() & (distance <= nearest)).tolist():
        for community in (int(one[at]), int(other[at])):
            if community not in halves:
                rows = groups.member[groups.start[community] : groups.start[community + 1]]
                halves[community] = _halves(rows, profiles)
        apart = settings.near * float(_from_others(int(one[at]), int(other[at]), groups, everybody).min())
        allowed[at] = min(halves[int(one[at])], halves[int(other[at])], nearest, apart)
        stray[at] = _stray(int(one[at]), int(other[at]), groups, profiles)
    bits = np.log2((len(usual) + 1) / (np.searchsorted(usual, distance) + 1))
    # Few prompts say nothing, neither that two are one.
    found = {"distance": distance, "stray": stray, "allowed": allowed, "bits": bits}
    columns = [pl.Series(name, values) for name, values in found.items()]
    joined = pl.Series("joined", distance + 2.0 * stray <= allowed)
    return (
        pairs.with_columns(*columns, joined)
        .with_columns(pl.col("stray", "allowed").fill_nan(None))
        .select(pl.col(name).cast(kind) for name, kind in COMPARED.items())
    )


def _from_others(one: int, other: int, groups: _Groups, everybody: tuple[Doubles, Doubles]) -> Doubles:
    """How far each of two communities lies from all accounts that are in neither -> float64[2]."""
    from linkage_kernels.mmd import squared

    total, mass = groups.total[[one, other]], groups.mass[[one, other]]
    total = np.vstack((total, everybody[0] - total.sum(axis=0)))
    mass = np.vstack((mass, everybody[1] - mass.sum(axis=0)))
    found = squared(total, mass, np.array([0, 1]), np.array([2, 2]))
    # Where there is nobody else, nothing says that they are near one another.
    return np.where(np.isfinite(found), np.maximum(found, 0.0), 0.0)


def _stray(one: int, other: int, groups: _Groups, profiles: Profiles) -> float:
    """How far two groups of these sizes seem to lie apart by chance, a standard deviation."""
    spread, size = 0.0, 0.0
    for community in (one, other):
        rows = groups.member[groups.start[community] : groups.start[community + 1]]
        weight, mass = profiles.prompts[rows] / profiles.prompts[rows].sum(), groups.mass[community]
        mean = profiles.mean[rows].astype(np.float64)
        rest = (mean - weight @ mean) * np.sqrt(weight)[:, None]
        # The Gram matrix has the eigenvalues of the covariance.
        gram = rest @ rest.T if len(rows) < rest.shape[1] else rest.T @ rest
        spread = max(spread, float(np.sqrt(2.0 * (gram**2).sum())))
        size += float(mass[1] / mass[0] ** 2)
    return spread * size


def _halves(rows: Longs, profiles: Profiles) -> float:
    """How far apart a community's halves lie, cut along its longest axis."""
    from linkage_kernels.mmd import squared, sums

    weight = profiles.prompts[rows].astype(np.float64)
    mean = profiles.mean[rows].astype(np.float64)
    rest = (mean - (weight[:, None] * mean).sum(axis=0) / weight.sum()) * np.sqrt(weight)[:, None]
    _, axes = np.linalg.eigh(rest.T @ rest)
    along = rest @ axes[:, -1] / np.sqrt(weight)
    order = np.argsort(along, kind="stable")
    total, mass = sums(
        profiles.mean,
        rows[order],
        np.array([0, len(rows) // 2, len(rows)]),
        weight[order].astype(np.float32),
    )
    return float(squared(total, mass, np.array([0]), np.array([1]))[0])


def _joined(memberships: pl.DataFrame, joins: pl.DataFrame) -> pl.DataFrame:
    """Memberships with joined communities under one number, numbered anew by falling size, ties by lowest account."""
    if joins.is_empty():
        return memberships
    into = np.arange(int(memberships["community"].to_numpy().max()) + 1)
    for one, other in joins.sort("distance", "one", "other").select("one", "other").iter_rows():
        a, b = sorted((int(into[one]), int(into[other])))
        into[into == b] = a
    labelled = memberships.with_columns(community=pl.Series(into[memberships["community"].to_numpy()]))
    ranked = (
        labelled.group_by("community")
        .agg(accounts=pl.len(), lowest=pl.col("account").min())
        .sort("accounts", "lowest", descending=[True, False])
        .with_row_index("rank")
        .select("community", pl.col("rank").cast(pl.Int32))
    )
    return (
        labelled.join(ranked, on="community", maintain_order="left")
        .with_columns(community="rank")
        .select(memberships.columns)
    )
