"""What may be done about a campaign, by tier, as its own figures suggest. A person decides; nothing is automatic."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from linkage.report.doubts import mostly_others
from linkage.report.model import Action, Innocent, Robustness, Scale

#: An innocent explanation that fits so far is to be settled first.
_NEAR: Final = 0.2
#: Doubted accounts that a sentence names.
_NAMED: Final = 3


def actions(scale: Scale, returns: int, innocent: Innocent, robustness: Robustness) -> tuple[Action, ...]:
    """What may be done about each tier, about accounts that were cleared before, and about those in doubt."""
    said = [
        Action(tier="core", accounts=scale.core, text=" ".join(_core(scale, innocent, robustness))),
        Action(tier="periphery", accounts=scale.periphery, text=_periphery(scale)),
    ]
    if returns:
        text = "Cleared before, and new evidence speaks against it: look again, do not undo the decision unread."
        said.append(Action(tier="cleared", accounts=returns, text=text))
    if innocent.doubts:
        most = innocent.doubts[0]
        names = ", ".join(each.account_id for each in innocent.doubts[:_NAMED])
        text = f"Look at each by itself before any step, first at {names}."
        text += f" Of {most.account_id}: {', '.join(most.reasons)}."
        said.append(Action(tier="in doubt", accounts=len(innocent.doubts), text=text))
    return tuple(said)


def _core(scale: Scale, innocent: Innocent, robustness: Robustness) -> Iterator[str]:
    if scale.core:
        yield (
            "A person reads the evidence and what speaks against it; then, with a second person, decides whether to "
            "enforce. Keep a way to appeal."
        )
    else:
        yield "No account is of the core: the evidence alone is a reason to enforce against none."
    nearest = next(iter(innocent.explanations), None)
    if nearest is not None and (nearest.fit or 0.0) >= _NEAR:
        yield f"Settle first whether it is a {nearest.name} ({nearest.text})."
    if fall := [test.group for test in robustness.tests if test.stands is False]:
        yield f"Verify the evidence of {', '.join(fall)} by hand: without it the campaign would not stand."
    if mostly_others(scale):
        yield "Honest customers may be served through these accounts: weigh what closing one does to them."


def _periphery(scale: Scale) -> str:
    if not scale.periphery:
        return "There is none."
    return "Do not act on membership alone: watch, ask the customer, or wait for evidence of another group."
