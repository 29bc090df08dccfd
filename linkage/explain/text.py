"""What is known of two accounts or of one, as lines for a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from linkage.explain.account import Account, Membership
from linkage.explain.carrying import Carrying
from linkage.explain.model import ChannelBits, Reason
from linkage.explain.pair import Link, Pair, Standing, Step
from linkage.explain.unlinked import Unlinked
from linkage.explain.without import Without
from linkage.explain.words import LONG, VALUE, bullets, chance, fact, inert, likely, moment, named, number, span, table

#: Reasons, partners and values listed; `--json` has all.
LISTED = 10


def pair_lines(found: Pair) -> Iterator[str]:
    """Why two accounts are linked, or why not."""
    yield from _standings(found.one, found.other)
    yield ""
    if found.link is not None:
        yield from _link(found.link)
    elif found.path:
        yield from _path(found.path)
    else:
        yield "Not linked, and no path of links inside their communities leads from one to the other."
    if found.unlinked is not None:
        yield from ["", *_unlinked(found.unlinked)]
    if found.notes:
        yield ""
        yield from (f"note: {inert(note, LONG)}" for note in found.notes)


def _standings(*accounts: Standing) -> Iterator[str]:
    yield from table(
        ("account", "community", "campaign", "tier", "suspicion"),
        [
            (inert(s.account_id), inert(s.community_id), inert(s.campaign_id), inert(s.tier), likely(s.suspicion))
            for s in accounts
        ],
        right=(4,),
    )


def _link(link: Link) -> Iterator[str]:
    yield f"Linked: probability {likely(link.probability)}, {link.weight:.2f} bits."
    yield (
        f"Two random accounts start at {-link.prior_bits:.2f} bits; a link needs {link.needed_bits:.2f}, "
        f"and this one has {link.weight - link.needed_bits:.2f} more."
    )
    yield ""
    yield from _channels(link.channels, link.weight)
    yield from (
        f"  the group {inert(g)} says more than the {cap:.2f} bits it may add" for g, cap in link.capped.items()
    )
    if link.carried_by is None:
        return
    yield ""
    if link.carried_by.smallest:
        yield f"The smallest set that carries it ({link.carried_by.weight:.2f} bits; drop any one, and it falls):"
        yield from reason_table(link.carried_by.smallest)
    yield from _essential(link.carried_by)
    yield ""
    yield f"All reasons listed, bits before the caps ({len(link.reasons):,}):"
    yield from reason_table(link.reasons[:LISTED])
    if len(link.reasons) > LISTED:
        yield f"  and {len(link.reasons) - LISTED:,} more: see --json"
    for group, bits in link.carried_by.unlisted.items():
        yield f"  and {bits:.2f} bits of the group {inert(group)} by values that the run does not list"


def _essential(carried: Carrying) -> Iterator[str]:
    if not carried.essential:
        yield "No single reason is indispensable: without any one of them the link still stands."
    for reason in carried.essential[:LISTED]:
        yield f"Without {named(reason.kind, reason.value)} there is no link."


def _channels(channels: Iterable[ChannelBits], weight: float) -> Iterator[str]:
    rows = [(inert(c.channel), inert(c.group), f"{c.bits:.2f}", f"{c.counted:.2f}") for c in channels]
    yield from table(("channel", "group", "bits", "counted"), [*rows, ("sum", "", "", f"{weight:.2f}")], right=(2, 3))


def reason_table(reasons: Iterable[Reason]) -> Iterator[str]:
    """Reasons, one a line."""
    yield from table(
        ("kind", "value", "group", "bits", "both since", "last"),
        [
            (
                inert(r.kind),
                inert(r.value, VALUE),
                inert(r.group),
                f"{r.bits:.2f}",
                moment(r.first_seen),
                moment(r.last_seen),
            )
            for r in reasons
        ],
        right=(3,),
    )


def _path(path: list[Step]) -> Iterator[str]:
    others = f"{len(path) - 1:,} other account{'s' if len(path) != 2 else ''}"
    yield f"Not linked directly, but through {others}; all links of the path hold with probability {_chain(path)}:"
    for step in path:
        said = ", ".join(f"{inert(part.channel)} {part.counted:.1f}" for part in step.channels)
        yield (
            f"  {inert(step.start)} - {inert(step.end)}: probability {likely(step.probability)}, "
            f"{step.weight:.2f} bits ({said})"
        )
        yield from (f"      {named(r.kind, r.value)} ({r.bits:.1f} bits)" for r in step.reasons)
        if not step.reasons:
            yield "      values not listed: the run keeps them behind links inside campaigns"


def _chain(path: list[Step]) -> str:
    return likely(math.prod(step.probability for step in path))


def _unlinked(found: Unlinked) -> Iterator[str]:
    yield "Why there is no link:"
    yield from bullets(found.why)
    if found.common:
        missing = f", {found.short_bits:.2f} too few" if found.short_bits else ""
        yield f"Values both are known to have used ({found.common_bits:.2f} bits{missing}):"
        yield from table(
            ("kind", "value", "group", "bits up to"),
            [(inert(r.kind), inert(r.value, VALUE), inert(r.group), f"{r.bits:.2f}") for r in found.common[:LISTED]],
            right=(3,),
        )
    if found.suppressed:
        kinds = ", ".join(f"{inert(kind)} {count:,}" for kind, count in found.suppressed.items())
        yield f"Suppressed in the whole run: {kinds}"


def account_lines(found: Account) -> Iterator[str]:
    """What the run knows of an account."""
    yield inert(found.account_id)
    yield fact("suspicion", f"{likely(found.suspicion)}, stability {chance(found.stability)}")
    yield fact("exchanges", f"{found.exchanges:,}, {span(found.first_seen, found.last_seen)}")
    if found.operator is not None:
        yield fact("operator", inert(found.operator))
    yield from _community(found)
    for membership in found.memberships:
        yield from ["", *_membership(membership)]
    yield ""
    yield from _ties(found)
    yield "What speaks against:"
    yield from bullets(
        [*found.against, *(found.group.reasons_against if found.group else [])], "nothing that the run says"
    )
    if found.decisions:
        yield "Decisions:"
        yield from table(
            ("decision", "campaign", "decided at", "outcome"),
            [
                (inert(d["decision"]), inert(d["campaign"]), moment(d["decided_at"]), inert(d["outcome"], LONG))
                for d in found.decisions
            ],
        )


def _community(found: Account) -> Iterator[str]:
    group = found.group
    if group is None:
        yield fact("community", "none: it is linked to nobody")
        return
    yield fact(
        "community", f"{inert(group.community_id)}: {group.accounts:,} accounts, suspicion {likely(group.suspicion)}"
    )
    if group.explanation is not None:
        yield fact("", f"innocent explanation that fits: {inert(group.explanation)}")
    elif group.nearest is not None and group.nearest.fits_at_all:
        near = group.nearest
        yield fact("", f"innocent explanation nearest to fitting: {inert(near.name)} ({near.fit:.0%})")
    elif group.nearest is not None:
        yield fact("", "innocent explanations: none of those tested fits at all")
    if not found.memberships:
        yield fact("campaign", "none")


def _membership(each: Membership) -> Iterator[str]:
    share = "" if each.share is None else f", {each.share:.0%} of what it did belongs there"
    yield fact("campaign", f"{inert(each.campaign_id)}: {inert(each.tier)}, stability {chance(each.stability)}{share}")
    said = ", ".join(f"{inert(group)} {count:,}" for group, count in each.by_group.items())
    yield fact(
        "", f"links to {each.links:,} of {number(each.fellows, 'fellow')}, {each.corroborated:,} by two groups or more"
    )
    yield fact("", f"links for which a group says a bit: {said or 'none'}")
    yield "  If it were not for one value of the account:"
    yield from bullets([_without(one) for one in each.without_values[:LISTED]], "no single value costs it a link")
    yield "  If it were not for one kind of evidence:"
    yield from bullets([_without(one) for one in each.without_groups], "it has no links there")


def _without(one: Without) -> str:
    what = f"the group {inert(one.kind)}" if one.value is None else named(one.kind, one.value)
    if one.leaves:
        return f"without {what} it leaves the campaign: no link is left of {one.lost:,}"
    if not one.lost:
        return f"without {what} it keeps its {number(one.left, 'link')}"
    return f"without {what} it loses {one.lost:,} of {number(one.lost + one.left, 'link')}"


def _ties(found: Account) -> Iterator[str]:
    places = ", ".join(f"{place} {count:,}" for place, count in found.links_by_place.items() if count)
    yield fact("links", f"{found.links:,}" + (f" ({places})" if places else ""))
    if found.partners:
        yield from table(
            ("with", "campaign", "probability", "bits", "by"),
            [
                (
                    inert(p.account_id),
                    inert(p.campaign_id),
                    likely(p.probability),
                    f"{p.weight:.2f}",
                    ", ".join(f"{inert(part.channel)} {part.counted:.1f}" for part in p.channels),
                )
                for p in found.partners[:LISTED]
            ],
            right=(2, 3),
        )
    if found.values:
        yield "Values shared inside campaigns, the rarest first:"
        yield from table(
            ("kind", "value", "bits", "with accounts"),
            [(inert(v.kind), inert(v.value, VALUE), f"{v.bits:.2f}", f"{v.accounts:,}") for v in found.values[:LISTED]],
            right=(2, 3),
        )
