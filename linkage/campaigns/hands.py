"""How many hands run an honest group: one that pays or signs for all, or each member's own.

Whether two honest accounts have one operator is asked of what their group was found to be. Whoever runs the keys of one
vendor is one operator; who shares a home, a campus or a course is not. A place says nothing of it: an office's people,
a café's guests and a meeting's all sit behind one address.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from linkage.campaigns.explanations import Innocent
from linkage.campaigns.facts import Facts

#: Explanations of a group that one hand runs, if it also pays or signs for all.
ONE: Final = ("vendor", "laboratory", "firm")
#: A handful of accounts at one place or on one card: a family's, or one person's.
HOME: Final = "household"
#: What a handful fits for being one: it came within days, one card pays, it goes elsewhere too. Of who is at home there
#: that says nothing; that the place is no home (a campus, a VPN's exit), or that they never met, does.
IDLE: Final = ("class", "people", "reseller")


class Hands(NamedTuple):
    """Whose a group is, if it is honest."""

    one_hand: float  # chance that one hand runs all of it
    explained: float  # how far an explanation makes what its accounts share usual


def hands(known: Facts, tested: Sequence[Innocent]) -> Hands:
    """What facts and explanations of a group say of who runs it; what is not known is as likely as not.

    Args:
        known: `facts` of the group.
        tested: `explanations` of it, all of them.
    """
    fit = {each.name: each.fit for each in tested}
    one = max((fit.get(name, 0.0) for name in ONE), default=0.0)
    home = fit.get(HOME, 0.0)
    others = {name: each for name, each in fit.items() if name not in (*ONE, HOME)}
    # A reseller's customers have places and programs of their own, and a product's are no one organization: not so the
    # keys of one vendor, which no place holds together where its servers are a cloud's.
    sure = {"reseller": fit.get("vendor", 0.0) * known.program, "product": known.name}
    many = max((each * (1 - sure.get(name, 0.0)) for name, each in others.items()), default=0.0)
    away = max((each for name, each in others.items() if name not in IDLE), default=0.0)
    signed = max(known.name, known.domain)
    # Who lives together is no verified organization, and has no mail domain of its own.
    payer = max(signed, known.card * (1 - home), 0.5 * (1 - home) * known.payer_unknown)
    return Hands(max(one * payer * (1 - many), 0.5 * home * (1 - away)), max((one, home, *others.values())))
