"""How far a group of evidence may be trusted alone, learned without labels.

Independent groups are like independent samples of the pairs that belong together. Among the pairs that a group links
by itself, let another group find n1, all further groups n2, and both n12: then n1 n2 / n12 of them belong together
(Chapman 1951, the capture-recapture estimate of Lincoln and Petersen, as used to count records that match), whether
found or not. What the others did not find is right as often as this leaves room for. Chance pairs are found by no
second group, so that a fingerprint which strangers share is seen through.

Groups that agree only with one another make n12 large and the estimate small: each is asked in turn, and the largest
estimate is taken, if they differ little. It only ever lowers: what a household shares is vouched for by every group, so
that agreement cannot tell an operator from a family. Where other groups find few of the true pairs (prompts in a world
that hides all else), their silence says nothing, and the default stays.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.graph.additive import add_up
from linkage.graph.links import Linked, chance
from linkage.settings import GraphSettings

#: From this many bits on, a group vouches for a pair.
SAYS = 1.0
DIFFERENT, UNKNOWN, SAME = -1, 0, 1

Bits = NDArray[np.float64]


class _Asked(NamedTuple):
    """The pairs that a group links by itself."""

    over: Bits  # [p]: its bits above the prior
    lone: NDArray[np.bool_]  # [p]: no other group says anything
    found: NDArray[np.bool_]  # [p, h]: which groups that may be asked find it too
    decided: NDArray[np.int8]  # [p]: SAME, DIFFERENT or UNKNOWN


def learn(linked: Linked, decided: NDArray[np.int8], settings: GraphSettings) -> Linked:
    """Lower the caps of groups whose pairs the other groups do not find, and weigh the links anew.

    Args:
        linked: from `link`.
        decided: int8[links], 1 where people put the two accounts together, -1 where apart, 0 where they said nothing
            (`decided_pairs`). They count beside what the groups say.
        settings: caps, threshold and how to learn.

    Returns:
        The links that stay, their columns still adding up to their weight, the new caps, and `learned`: group -> what
        was seen and done, in figures, or `why` not.
    """
    groups = sorted(linked.caps)
    if not settings.learn.enabled or linked.links.is_empty():
        why = "switched off in the settings" if not settings.learn.enabled else "no links"
        return linked._replace(learned={group: {"why": why} for group in groups})
    lane = {group: [c for c, its in linked.channels.items() if its == group] for group in groups}
    by_group = {
        group: linked.links.select(pl.sum_horizontal(columns)).to_series().to_numpy() for group, columns in lane.items()
    }
    found = {group: _group(group, by_group, decided, linked, settings) for group in groups}
    caps = {group: found[group].get("cap_bits", cap) for group, cap in linked.caps.items()}
    if caps == linked.caps:
        return linked._replace(learned=found)
    return _weighed(linked, caps, settings)._replace(learned=found)


def decided_pairs(links: pl.DataFrame, decisions: pl.DataFrame | None, accounts: pl.DataFrame) -> NDArray[np.int8]:
    """What people decided about the two ends of each link.

    Together: both enforced, as one campaign. Apart: one cleared, the other enforced. All else is unknown: two campaigns
    may be one operator's.

    Args:
        links: account_a, account_b.
        decisions: contract columns; of several about an account the last counts.
        accounts: account, account_id.
    """
    decided = np.zeros(links.height, np.int8)
    if decisions is None or decisions.is_empty() or links.is_empty():
        return decided
    last = decisions.sort("decided_at", "decision", "campaign", nulls_last=False).group_by("account_id").last()
    said = accounts.select("account", "account_id").join(last, on="account_id", how="left", maintain_order="left")
    by_account = said.select("decision", "campaign").rows()
    a, b = (links[end].to_list() for end in ("account_a", "account_b"))
    for row, (one, other) in enumerate(zip(a, b, strict=True)):
        (says, campaign), (says_b, campaign_b) = by_account[one], by_account[other]
        if says == says_b == "enforced":
            decided[row] = SAME if campaign is not None and campaign == campaign_b else UNKNOWN
        elif {says, says_b} == {"enforced", "cleared"}:
            decided[row] = DIFFERENT
    return decided


def _group(
    group: str, bits: dict[str, NDArray[np.float32]], decided: NDArray[np.int8], linked: Linked, settings: GraphSettings
) -> dict[str, Any]:
    """What the other groups say of the pairs that one links by itself, and the cap that follows."""
    learn, prior, cap = settings.learn, linked.prior_bits, linked.caps[group]
    floor = prior + math.log2(settings.min_probability / (1.0 - settings.min_probability))
    if group in learn.not_asked:
        return {"why": "looked for among suspected pairs only"}
    if cap < floor:
        return {"why": "never makes a link by itself"}
    asked = [other for other in bits if other != group and other not in learn.not_asked]
    if len(asked) < 2:
        return {"why": "fewer than two other groups to ask"}
    rows = np.flatnonzero(bits[group] >= floor - 1e-3)
    says = {other: bits[other][rows] >= SAYS for other in bits if other != group}
    pairs = _Asked(
        bits[group][rows].astype(np.float64) - prior,
        ~np.any(list(says.values()), axis=0),
        np.column_stack([says[other] for other in asked]),
        decided[rows],
    )
    return _judged(pairs, linked.links.height, cap, prior, settings)


def _judged(pairs: _Asked, links: int, cap: float, prior: float, settings: GraphSettings) -> dict[str, Any]:
    """The figures of a group and the cap that makes its lone pairs as probable as they are true."""
    learn, count, lone = settings.learn, len(pairs.over), int(pairs.lone.sum())
    seen: dict[str, Any] = {"pairs": count, "corroborated": count - lone}
    if count < learn.least_pairs or not lone:
        return {**seen, "why": f"fewer than {learn.least_pairs} pairs" if lone or not count else "no lone pairs"}
    claimed = float(chance(pairs.over[pairs.lone]).mean())
    estimates = _recaptured(pairs.found, learn.least_recaptured)
    people = pairs.decided[pairs.lone]
    same, apart = int((people == SAME).sum()), int((people == DIFFERENT).sum())
    seen |= {"claimed_alone": round(claimed, 4), "decided_same": same, "decided_apart": apart}
    room, why = claimed, ""
    if not estimates:
        why = "too few pairs that two other groups find"
    elif min(estimates) < learn.least_agreement * max(estimates):
        why = "the other groups contradict each other about how many pairs are true"
    elif int(pairs.found.any(axis=1).sum()) < learn.least_coverage * max(estimates):
        why = "other groups find too few of the true pairs for their silence to count"
    else:
        true = max(estimates)
        seen["together"] = round(min(true / count, 1.0), 4)
        room = min(max(true - (count - lone), 0.0) / lone, 1.0)
    if why and not same + apart:
        return {**seen, "why": why}
    weight = 0.0 if why else float(lone)
    held = (room * weight + claimed * learn.pseudo_pairs) / (weight + learn.pseudo_pairs) if weight else claimed
    # Decisions outweigh what the groups say as soon as there are more of them than pseudo-pairs.
    held = (held * learn.pseudo_pairs + same) / (learn.pseudo_pairs + same + apart) if same + apart else held
    seen["alone"] = round(held, 4)
    if _odds(claimed) - _odds(held) < SAYS:
        return {**seen, "why": "the default holds: it claims no more, or less than a bit"}
    if lone < learn.least_share * links and not same + apart:
        return {**seen, "why": "its lone pairs are too few of all links to matter"}
    lowest = max(0.0, cap - learn.most_bits)
    return {**seen, "cap_bits": round(_cap(pairs.over[pairs.lone], held, lowest - prior, cap - prior) + prior, 4)}


def _odds(probability: float) -> float:
    """Log2 odds, of what is not certain."""
    kept = min(max(probability, 1e-9), 1.0 - 1e-9)
    return math.log2(kept / (1.0 - kept))


def _recaptured(found: NDArray[np.bool_], least: int) -> list[float]:
    """How many pairs belong together, found or not: an estimate by each group that shares enough with the rest."""
    every = []
    for other in range(found.shape[1]):
        one, rest = found[:, other], np.delete(found, other, axis=1).any(axis=1)
        both = int((one & rest).sum())
        if both >= least:
            every.append((int(one.sum()) + 1) * (int(rest.sum()) + 1) / (both + 1) - 1)
    return every


def _cap(over: Bits, wanted: float, low: float, high: float) -> float:
    """The cap above the prior, within bounds, at which pairs with such bits are right as often as wanted."""
    if chance(np.minimum(over, high)).mean() <= wanted:
        return high
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if chance(np.minimum(over, middle)).mean() > wanted else (middle, high)
    return low


def _weighed(linked: Linked, caps: dict[str, float], settings: GraphSettings) -> Linked:
    """The same links under lower caps, without those that fall below the threshold."""
    groups, channels = sorted(caps), list(linked.channels)
    bits = linked.links.select(channels).to_numpy(order="c", writable=True)
    lane = np.array([groups.index(linked.channels[c]) for c in channels], np.int32)
    weight = add_up(bits, lane, np.array([caps[g] for g in groups], np.float32))
    over = weight.astype(np.float64) - linked.prior_bits
    stays = chance(over) >= settings.min_probability
    links = linked.links.with_columns(
        probability=pl.Series(chance(over).astype(np.float32)),
        weight=pl.Series(weight),
        **{channel: pl.Series(np.ascontiguousarray(bits[:, at])) for at, channel in enumerate(channels)},
    )
    return linked._replace(links=links.filter(pl.Series(stays)), caps=caps)
