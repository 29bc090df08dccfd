"""Accounts that write alike as a whole, though they may share no single prompt.

An account's profile is the mean of its prompts' vectors. How alike two profiles are is a likelihood ratio (see
`linkage_kernels.likeness`) that knows how far a mean of few prompts strays, and in what accounts differ at all. It
knows nothing of topics: honest accounts resemble somebody too. So what a ratio is worth is read off all pairs: chance
likenesses grow rarer the higher the ratio, and what stands out against that fall is evidence.
"""

from __future__ import annotations

from math import log2
from typing import Final, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.similarity import cuda
from linkage.similarity_settings import NearestSettings
from linkage.tables import PAIRS, empty

KIND: Final = "alike"

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Longs = NDArray[np.int64]

#: Numbers held at once while the prompts of a sample of accounts are compared with their means; prompts an account.
_SAMPLED_NUMBERS = 1 << 24
_SAMPLED_PROMPTS = 32
#: Random pairs on which the fall of chance likenesses is read.
_RANDOM_PAIRS = 4_000_000
#: Dimensions of a profile, at most.
_DIMENSIONS = 64
#: Pairs of a ratio that are enough to tell how many there are.
_ENOUGH = 50
#: Odds, in bits, under which a likeness is no evidence.
_LEAST_ODDS = -3.0


class Alike(NamedTuple):
    """Accounts that write alike."""

    pairs: pl.DataFrame  # PAIRS, kind `alike`, sorted
    figures: dict[str, float | int]  # for the manifest


class _Profiles(NamedTuple):
    """Means of accounts in the few dimensions in which accounts differ most, by what one prompt strays."""

    account: NDArray[np.uint32]  # [n]
    prompts: Longs  # [n]
    mean: Floats  # [n, r]
    between: Doubles  # [r]: variance of accounts; that of an account's prompts is 1
    stray: Doubles  # [n]: variance of a mean about its account


def nearest(
    unit: Floats,
    account: NDArray[np.uint32],
    accounts: int,
    settings: NearestSettings,
    seed: int,
    templates: NDArray[np.int32] | None = None,
    device: str = "cpu",
) -> Alike:
    """Pairs of accounts whose prompts are alike as a whole, kind `alike`.

    The bits are the log2 odds that a pair as alike as this is not chance, over the prior odds of `partners` / accounts.

    Args:
        unit: float32[p, d], rows of length 1, in an order that does not depend on the input's; zeros count for nothing.
        account: uint32[p], ascending.
        accounts: how many there are in all.
        settings: neighbours, fewest prompts, caps.
        seed: of samples.
        templates: int32[p], the template of each prompt, -1 for none: prompts of one template are not independent,
            and together count for at most `template_prompts` of an account's.
        device: of torch, where all profiles are compared on one; `cpu` uses the kernels.
    """
    from linkage_kernels.likeness import likeness
    from linkage_kernels.nearest import nearest as neighbours

    rng = np.random.default_rng(seed)
    profiles = _profiles(unit, account, _weights(account, templates, settings), settings, rng)
    n = len(profiles.account)
    if n < 2 or not len(profiles.between):
        return Alike(empty(PAIRS), {"accounts": n, "pairs": 0})
    # The product of two of these is what the ratio of two accounts depends on most.
    leaning = profiles.mean * np.sqrt(profiles.between) / (profiles.between + profiles.stray[:, None])
    leaning /= np.maximum(np.sqrt(np.einsum("ij,ij->i", leaning, leaning)), 1e-12)[:, None]
    wanted = min(settings.neighbours, n - 1)
    if device == "cpu":
        searched = neighbours(leaning.astype(np.float32), wanted, settings.recall, seed)
        ids, recall, compared = searched.ids, searched.recall, searched.compared
    else:
        ids, recall, compared = cuda.nearest(leaning.astype(np.float32), wanted, device).ids, 1.0, n
    model = (profiles.mean, profiles.between, profiles.stray)
    one, place = np.nonzero(ids >= 0)
    other = ids[one, place].astype(np.int64)
    key = np.minimum(one, other) * n + np.maximum(one, other)
    pair = np.unique(key)
    a, b = pair // n, pair % n
    ratio = likeness(*model, a, b, settings.shared)
    chance = likeness(*model, *_random_pairs(n, rng), settings.shared)
    odds = _odds(ratio, chance, n, settings.decay)
    # Near the least odds evidence fades out, so that a little more or less of likeness makes no great difference.
    bits = (odds + log2(max(1.0, accounts / settings.partners))) * np.clip(1.0 - odds / _LEAST_ODDS, 0.0, 1.0)
    bits = np.round(np.minimum(bits, settings.cap_bits), 2).astype(np.float64)
    kept = bits >= settings.min_bits
    return Alike(
        _table(profiles, a[kept], b[kept], bits[kept], ratio[kept]),
        {
            "accounts": n,
            "dimensions": len(profiles.between),
            "neighbours_recall": round(recall, 4),
            "compared_with": round(compared),
            "pairs_weighed": len(a),
            "pairs": int(kept.sum()),
        },
    )


def _weights(account: NDArray[np.uint32], templates: NDArray[np.int32] | None, settings: NearestSettings) -> Floats:
    """What each prompt counts for: less where its account has many of its template."""
    if templates is None:
        return np.ones(len(account), np.float32)
    key = account.astype(np.int64) * (int(templates.max(initial=0)) + 2) + templates
    count = pl.DataFrame({"key": key}).select(pl.len().over("key")).to_series().to_numpy()
    capped = np.minimum(1.0, settings.template_prompts / count)
    return np.where(templates >= 0, capped, 1.0).astype(np.float32)


def _profiles(
    unit: Floats, account: NDArray[np.uint32], weight: Floats, settings: NearestSettings, rng: np.random.Generator
) -> _Profiles:
    """Profiles of the accounts that have enough prompts."""
    from linkage_kernels.likeness import sums

    codes, first = np.unique(account, return_index=True)
    start = np.append(first, len(account)).astype(np.int64)
    total, counts = sums(unit, start, weight)
    enough = counts[:, 0] >= settings.min_prompts
    codes, begin, end = codes[enough], start[:-1][enough], start[1:][enough]
    mass, n = counts[enough, 0], int(enough.sum())
    if n < 2:
        return _Profiles(codes, begin, np.zeros((n, 0), np.float32), np.zeros(0), np.zeros(n))
    mean = total[enough] / mass[:, None]
    within = _within(unit, weight, mean, begin, end, rng)
    # Of a mean's variance what it owes to its prompts is not the account's.
    spread = np.maximum(counts[enough, 1] / mass - np.einsum("ij,ij->i", mean, mean), 0.0) * mass / (mass - 1.0)
    mean -= mean.mean(axis=0)
    scale, axes = np.linalg.eigh(within)
    white = axes / np.sqrt(np.maximum(scale, 1e-3 * scale.mean() + 1e-12))
    mean = mean @ white
    noise = float((1.0 / mass).mean())
    between, axes = np.linalg.eigh(mean.T @ mean / n - np.eye(len(scale)) * noise)
    # Where accounts differ no more than means of so many prompts would by chance (Marchenko and Pastur 1967).
    ratio = len(scale) / n
    chance = noise * (2.0 * ratio**0.5 + ratio)
    kept = [i for i in np.argsort(-between, kind="stable")[:_DIMENSIONS] if between[i] > chance]
    # An account more varied than most strays more; one less varied is not believed to stray less.
    stray = np.maximum(1.0, spread / max(float(np.trace(within)), 1e-12)) / mass
    prompts = counts[enough, 2].astype(np.int64)
    return _Profiles(codes, prompts, (mean @ axes[:, kept]).astype(np.float32), between[kept], stray)


def _within(unit: Floats, weight: Floats, mean: Doubles, begin: Longs, end: Longs, rng: np.random.Generator) -> Doubles:
    """Covariance of an account's prompts, all accounts counted alike -> float64[d, d]; from a sample."""
    many = max(2, _SAMPLED_NUMBERS // (unit.shape[1] * _SAMPLED_PROMPTS))
    chosen = np.sort(rng.choice(len(begin), min(many, len(begin)), replace=False))
    size = np.minimum(end - begin, _SAMPLED_PROMPTS)[chosen]
    owner = np.repeat(chosen, size)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(size) - size, size)
    # Evenly over an account's prompts, which lie in the order of time.
    rows = begin[owner] + place * (end - begin)[owner] // np.repeat(size, size)
    rest = (unit[rows] - mean[owner]).astype(np.float64)
    counted = np.where(unit[rows].any(axis=1), weight[rows], 0.0)
    share = counted / np.maximum(np.bincount(owner, counted, len(begin)), 1e-12)[owner]
    # A mean of s prompts lies too near to them, by one part in s.
    few = size / np.maximum(size - 1, 1)
    rest *= np.sqrt(share * np.repeat(few, size) / len(chosen))[:, None]
    covariance: Doubles = rest.T @ rest
    return covariance


def _random_pairs(n: int, rng: np.random.Generator) -> tuple[Longs, Longs]:
    """Two accounts each, not the same one; all pairs if these are few."""
    if n * (n - 1) // 2 <= _RANDOM_PAIRS:
        a, b = np.triu_indices(n, 1)
        return a.astype(np.int64), b.astype(np.int64)
    a = rng.integers(0, n, _RANDOM_PAIRS)
    return a, (a + rng.integers(1, n, _RANDOM_PAIRS)) % n


def _odds(ratio: Floats, chance: Floats, n: int, decay: float) -> Doubles:
    """Log2 odds that the likeness of each pair is not chance (the local false-discovery rate of Efron 2004).

    Pairs alike by chance grow rarer with the ratio, by at least `decay` bits a bit and no more slowly than they begin
    to about an even ratio, where nearly all pairs are unrelated (Gaussian accounts: by one bit a bit). So at no ratio
    are there more of them than all pairs of any lower ratio make one expect, related ones included.

    Args:
        ratio: [p], of the pairs found.
        chance: ratios of random pairs, or of all.
        n: accounts.
        decay: the least, see above.
    """
    steps = int(max(1.0, float(ratio.max()))) + 2
    bins = np.arange(steps + 1, dtype=np.float64)
    # One more than seen: of what was not seen there may be some all the same.
    everywhere = (np.histogram(chance, bins)[0] + 1.0) / max(len(chance), 1) * (n * (n - 1) / 2)
    around = np.histogram(chance, np.arange(-6.0, 4.0, 2.0))[0]
    fall = np.where(around[1:] >= _ENOUGH, np.log2(np.maximum(around[:-1], 1) / np.maximum(around[1:], 1)) / 2, 0.0)
    decay = min(1.0, max(decay, float(fall.max())))
    expected = np.empty(steps)
    least = np.inf
    for step in range(steps):
        least = min(least * 2.0**-decay, float(everywhere[step]))
        expected[step] = least
    found = np.histogram(ratio, bins)[0]
    with np.errstate(divide="ignore"):
        odds = np.log2(np.maximum(found - expected, 0.0) / expected)
    odds = np.maximum.accumulate(np.maximum(odds, 2 * _LEAST_ODDS))
    place = np.floor(ratio).astype(np.int64)
    return np.where(place >= 0, odds[np.clip(place, 0, steps - 1)], 2 * _LEAST_ODDS)


def _table(profiles: _Profiles, a: Longs, b: Longs, bits: Doubles, ratio: Floats) -> pl.DataFrame:
    frame = pl.DataFrame(
        {
            "account_a": profiles.account[a],
            "account_b": profiles.account[b],
            "bits": bits,
            "m": profiles.prompts[a],
            "n": profiles.prompts[b],
            "ratio": np.floor(ratio).astype(np.int64),
        }
    ).with_columns(
        kind=pl.lit(KIND),
        count=pl.min_horizontal("m", "n"),
        first_seen=None,
        last_seen=None,
        detail=pl.format(
            "{} and {} prompts, alike as a whole: 2^{} times likelier from one source than from two",
            pl.min_horizontal("m", "n"), pl.max_horizontal("m", "n"), "ratio",
        ),
    )  # fmt: skip
    return frame.select(pl.col(name).cast(dtype) for name, dtype in PAIRS.items()).sort("account_a", "account_b")
