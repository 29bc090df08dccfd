"""What models learn from, and what they are tested on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

#: How a decision is spelled in the contract.
_DECIDED = {"enforced": 1, "cleared": 0}


class Lessons(NamedTuple):
    """Labels of nodes: 1 one operator's, 0 honest, -1 not known."""

    label: NDArray[np.int8]  # [n]
    weight: NDArray[np.float32]  # [n]: a community of m labelled accounts weighs the square root of m


def weak(
    accounts: pl.DataFrame,
    communities: pl.DataFrame,
    nodes: NDArray[np.uint32],
    found: NDArray[np.int32],
    sure_bits: float,
) -> NDArray[np.int8]:
    """What the rules are sure of, community by community, never by country.

    Who was found among accounts of a campaign and put out of it again is no lesson in innocence: in worlds with few
    prompts most of these belong to it, and models that say so were held to be wrong.

    Args:
        accounts: account, community_id, campaign_id, suspicion: an assessment of the linked accounts.
        communities: community_id, suspicion, campaign_id, explanation.
        nodes: uint32[n]: accounts, sorted.
        found: int32[n]: the community that a node was found in, before anybody was put out.
        sure_bits: bits for or against that make a community a lesson.

    Returns:
        int8[n]: 1 for members of a campaign with that many bits for it, 0 for all accounts of communities with that
        many against or an innocent explanation that was believed, unless found in one with accounts of a campaign,
        -1 otherwise.
    """
    odds = (pl.col("suspicion") / (1.0 - pl.col("suspicion"))).log(2)
    judged = communities.select(
        "community_id",
        guilty=pl.col("campaign_id").is_not_null() & (odds >= sure_bits),
        honest=pl.col("campaign_id").is_null()
        & ((odds <= -sure_bits) | (pl.col("explanation").is_not_null() & (odds < 0))),
    )
    told = accounts.join(judged, on="community_id", how="left").select(
        "account",
        label=pl.when(pl.col("guilty") & pl.col("campaign_id").is_not_null())
        .then(1)
        .when(pl.col("honest"))
        .then(0)
        .otherwise(-1)
        .cast(pl.Int8),
        named=pl.col("campaign_id").is_not_null(),
    )
    label = _at(nodes, told.select("account", "label"))
    named = _at(nodes, told.select("account", label=pl.col("named").cast(pl.Int8))) == 1
    label[(label == 0) & np.isin(found, found[named])] = -1
    return label


def decided(decisions: pl.DataFrame | None, ids: pl.DataFrame, nodes: NDArray[np.uint32]) -> NDArray[np.int8]:
    """What people decided of the accounts, the latest decision of each; -1 for all others.

    Args:
        decisions: account_id, decision, decided_at; None for no table.
        ids: account, account_id.
        nodes: uint32[n]: accounts, sorted.
    """
    if decisions is None:
        return np.full(len(nodes), -1, np.int8)
    latest = (
        decisions.filter(pl.col("decision").is_in(list(_DECIDED)))
        .sort("account_id", "decided_at", "decision", nulls_last=False)
        .unique("account_id", keep="last", maintain_order=True)
        .join(ids, on="account_id")
        .select("account", label=pl.col("decision").replace_strict(_DECIDED, return_dtype=pl.Int8))
    )
    return _at(nodes, latest)


def lessons(weakly: NDArray[np.int8], decisions: NDArray[np.int8], community: NDArray[np.int32]) -> Lessons:
    """Decisions where there are any, else what the rules are sure of; weighed by community.

    Args:
        weakly: int8[n], see `weak`.
        decisions: int8[n], see `decided`.
        community: int32[n].
    """
    label = np.where(decisions >= 0, decisions, weakly).astype(np.int8)
    known = label >= 0
    size = np.bincount(community[known], minlength=int(community.max(initial=0)) + 1)[community]
    weight = np.where(known, 1.0 / np.sqrt(np.maximum(size, 1)), 0.0)
    # A decision is worth more than a rule's opinion of a whole group.
    weight[decisions >= 0] = 1.0
    return Lessons(label, weight.astype(np.float32))


def folds(label: NDArray[np.int8], community: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    """int64[n]: in which part each node stands. A community is in one part; parts have alike many guilty ones.

    Args:
        label: int8[n].
        community: int32[n].
        count: parts.
    """
    codes, inverse, size = np.unique(community, return_inverse=True, return_counts=True)
    guilty = np.bincount(inverse, label == 1, len(codes)) > 0
    order = np.lexsort((codes, -size, guilty))
    part = np.empty(len(codes), np.int64)
    for kind in (True, False):
        of = order[guilty[order] == kind]
        part[of] = np.arange(len(of)) % count
    split: NDArray[np.int64] = part[inverse]
    return split


def _at(nodes: NDArray[np.uint32], told: pl.DataFrame) -> NDArray[np.int8]:
    """Labels of an account table, at nodes."""
    at = pl.DataFrame({"account": nodes}, schema={"account": pl.UInt32})
    return at.join(told, on="account", how="left", maintain_order="left")["label"].fill_null(-1).to_numpy().copy()
