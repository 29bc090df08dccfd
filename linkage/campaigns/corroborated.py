"""Whether anything but what people may be given speaks for a campaign: else it is told, ranked and not made one.

Who is given the same to write, with the same program, on the same day, looks like one operator's accounts where logs
hold prompts and times of sign-up and little else: a course, a contest, a firm's trial, accounts that a company moves
to. An explanation can be tested only on what logs hold; where they cannot tell, both are as likely.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from linkage.campaigns.reasons import Reason, Row, cards_rotated, figure

#: Share of the accounts that must be tied by what nobody is given. Public prompts put a campaign and others into one
#: community: it is parted and judged part by part only once the whole is suspected.
_TIED = 0.25
#: Share of the accounts with a fingerprint that must share those of a pool.
_POOLED = 0.5
#: Bits of sign-ups that come together.
_TOGETHER = 1.0
#: Bits of addresses that are rotated: whoever is at home, at work and on the way has a little of it.
_MOVING = 0.5
#: Addresses that fellows use too, over which an account moves, from which no carrier's phone does.
_SURELY = 8.0
#: Share of the traffic through addresses of their own, from which it is no carrier's.
_OPEN = 0.5
#: Share of meeting at addresses that is at mobile carriers' exits from which addresses tie nobody.
_PHONES = 0.95
#: Share of the accounts sharing a card, of those that do not use the commonest, from which cards go round.
_ROTATED = 0.3


def corroborated(row: Row, weighed: Mapping[str, Sequence[Reason]]) -> bool:
    """Whether a community shows what nobody is given.

    That is: enough accounts are tied by where (phones aside) or when they call, by who they say they are, or by what
    people decided; they rotate addresses; or cards and fingerprints go round, or one of the two among accounts that
    signed up together. Several cards of a firm, or a program and a few browsers, are no such thing alone. It is asked
    only of who writes: nobody else is given anything to write.

    Args:
        row: one row of `figures.table`.
        weighed: `reasons.weigh` of it.
    """
    if figure(row, "content") is None:
        return True
    bits = {subject: sum(reason.bits for reason in said) for subject, said in weighed.items()}
    # A phone does not choose the exit that its carrier's customers leave by; whose exits they are may not be known, of
    # none or of those at which they meet.
    mobile, nobodys = figure(row, "met_mobile") or 0.0, figure(row, "met_unknown") or 0.0
    phones, none = mobile >= _PHONES, row.get("net_mobile", 0.0) is None
    # A carrier's exit is not theirs alone.
    perhaps = mobile + nobodys >= _PHONES and (figure(row, "ip_open") or 0.0) < _OPEN
    unknown = none or perhaps
    if (figure(row, "beside_place" if phones or unknown else "beside") or 0.0) >= _TIED:
        return True
    # It moves over a few of these.
    surely = not perhaps or none or (figure(row, "ip_moves") or 0.0) >= _SURELY
    if not phones and surely and bits.get("network", 0.0) >= _MOVING:
        return True
    if bits.get("decisions", 0.0) > 0.0:
        return True
    cards = bits.get("money", 0.0) > 0.0 and cards_rotated(row) >= _ROTATED
    pool = bits.get("machine", 0.0) > 0.0 and (figure(row, "device_pool") or 0.0) >= _POOLED
    return (cards and pool) or ((cards or pool) and bits.get("births", 0.0) >= _TOGETHER)


def doubt(total: float) -> Reason:
    """What is taken from `total` bits for a campaign where whoever is given the same explains as much as they do."""
    less = -math.log2(1.0 + 2.0**-total) - total
    return Reason(less, "nothing speaks for it that people could not be given: prompts, a program, a day to begin")
