"""The smallest set of evidence that carries a link, and the single reasons without which it would not stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from linkage.explain.model import ROUNDING, ChannelBits, LinkModel, Reason

#: Bits of a group that no listed value accounts for, below which they are rounding.
_NOTHING = 0.01


@dataclass(frozen=True, slots=True)
class Carrying:
    """What a link rests on."""

    smallest: list[Reason]  # no fewer reasons carry the link; empty if those listed do not
    weight: float  # of the smallest set
    essential: list[Reason]  # each by itself: without it the link falls
    unlisted: dict[str, float]  # group -> bits that no listed value accounts for


def carrying(reasons: Sequence[Reason], parts: Sequence[ChannelBits], model: LinkModel) -> Carrying:
    """What carries a link.

    A group adds the sum of its reasons up to its cap, which is concave in their number when the strongest come first.
    So the fewest reasons that reach the threshold are found by taking, step by step, the one that adds most
    (Federgruen and Groenevelt 1986); dropping any one of them then takes the link below the threshold.

    Args:
        reasons: those listed for the link.
        parts: `LinkModel.by_channel` of the link.
        model: caps and threshold.
    """
    needed = model.needed_bits - ROUNDING
    unlisted = _unlisted(reasons, parts)
    left: dict[str, list[Reason]] = {}
    for reason in _strongest(reasons):
        left.setdefault(reason.group, []).append(reason)
    taken: list[Reason] = []
    sums: dict[str, float] = {}
    while model.weight(sums) < needed and any(left.values()):
        gains = {group: _gain(sums.get(group, 0.0), of[0].bits, model.cap(group)) for group, of in left.items() if of}
        group = min(gains, key=lambda each: (-gains[each], each))
        if gains[group] <= 0:
            break
        taken.append(left[group].pop(0))
        sums[group] = sums.get(group, 0.0) + taken[-1].bits
    weight = model.weight(sums)
    whole = _sums(reasons, unlisted)
    essential = [each for each in _strongest(reasons) if _without(each, whole, model) < needed]
    return Carrying(taken if weight >= needed else [], weight, essential, unlisted)


def raw_bits(reasons: Sequence[Reason], parts: Sequence[ChannelBits]) -> dict[str, float]:
    """Group -> its bits before the cap: what is listed for it, and what is not."""
    return _sums(reasons, _unlisted(reasons, parts))


def _unlisted(reasons: Sequence[Reason], parts: Sequence[ChannelBits]) -> dict[str, float]:
    """Group -> bits of its channels beyond those of the reasons listed."""
    of_links: dict[str, float] = {}
    for part in parts:
        of_links[part.group] = of_links.get(part.group, 0.0) + part.bits
    listed = _sums(reasons, {})
    return {g: bits - listed.get(g, 0.0) for g, bits in of_links.items() if bits - listed.get(g, 0.0) > _NOTHING}


def _sums(reasons: Sequence[Reason], further: dict[str, float]) -> dict[str, float]:
    sums = dict(further)
    for reason in reasons:
        sums[reason.group] = sums.get(reason.group, 0.0) + reason.bits
    return sums


def _without(reason: Reason, whole: dict[str, float], model: LinkModel) -> float:
    """The link's weight without one reason."""
    return model.weight({**whole, reason.group: whole[reason.group] - reason.bits})


def _gain(before: float, bits: float, cap: float) -> float:
    return min(before + bits, cap) - min(before, cap)


def _strongest(reasons: Sequence[Reason]) -> list[Reason]:
    return sorted(reasons, key=lambda each: (-each.bits, each.kind, each.value))
