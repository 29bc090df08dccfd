"""What speaks for and against a community being one operator's campaign: a list of weighed reasons.

A campaign *spreads* what honest groups *share*: many cards of few issuers where a firm has one, rotating exits where
an office has one, fingerprints from a pool, sign-ups in waves. Each rule looks at one of these, gives bits (log2 of
how much likelier a campaign looks like this than an honest group does) and says so in words. Rules of one subject are
capped together, since they look at the same thing twice.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

from linkage.campaigns.circumstances import chosen, own_domain, replaced
from linkage.campaigns.waves import WAVE, beyond_chance
from linkage.settings import CampaignSettings

Row = Mapping[str, object]


class Reason(NamedTuple):
    """One reason: bits for (above zero) or against, and the sentence a person reads."""

    bits: float
    text: str

    def __str__(self) -> str:
        return f"{self.text} ({self.bits:+.1f} bits)"


def figure(row: Row, name: str) -> float | None:
    """A feature as a number; None where it is absent."""
    value = row.get(name)
    # Asked a hundred times of each community.
    if value is None or type(value) is float:
        return value if value == value else None
    return float(value) if isinstance(value, int | float) and not math.isnan(value) else None


#: Addresses that fellows use too, over which an account's exchanges are spread: at home, at work and on the way; and
#: where they are surely rotated.
_KEPT, _ROTATED = 2.0, 8.0


def _ramp(value: float, low: float, high: float, bits: float) -> float:
    """No bits at `low`, all at `high`, evenly between."""
    return bits * min(1.0, max(0.0, (value - low) / (high - low)))


def _ties(row: Row, settings: CampaignSettings) -> Reason | None:
    partners = figure(row, "partners") or 0.0
    bits = min(4.0, math.log2(1.0 + partners))
    return Reason(bits, f"an account is linked to {partners:.1f} others of the group on average")


def _size(row: Row, settings: CampaignSettings) -> Reason | None:
    accounts = figure(row, "accounts") or 1.0
    if accounts >= settings.small_below:
        return None
    return Reason(-3.0 * math.log2(settings.small_below / accounts), f"only {accounts:.0f} accounts")


def _kin(row: Row, settings: CampaignSettings) -> Reason | None:
    kin = figure(row, "kin")
    if kin is None:
        return None
    said = f"{kin:.0%} of the values an account uses (hubs aside) occur elsewhere in the group"
    if kin < 0.3:
        return Reason(-_ramp(0.3 - kin, 0.0, 0.3, 2.0), f"only {said}")
    return Reason(_ramp(kin, 0.3, 0.8, 2.0), said)


def _single(row: Row, settings: CampaignSettings) -> Reason | None:
    single = figure(row, "single")
    if single is None or single < 0.25:
        return None
    return Reason(-_ramp(single, 0.2, 1.0, 2.0), f"{single:.0%} of its links rest on one kind of evidence only")


def _waves(row: Row, settings: CampaignSettings) -> Reason | None:
    wave, dated = figure(row, "wave"), figure(row, "dated")
    if wave is None or dated is None or dated < 5:
        return None
    if beyond_chance(wave, dated) < WAVE:
        return Reason(-0.5, "sign-ups come no more in waves than anybody's")
    return Reason(min(3.0, _ramp(wave, 0.25, 0.8, 3.0)), f"{wave:.0%} signed up in waves (18 % would by chance)")


def _takeovers(row: Row, settings: CampaignSettings) -> Reason | None:
    value = {name: figure(row, name) or 0.0 for name in ("accounts", "takeovers", "sooner")}
    bits = 3.0 * replaced(value)
    if bits < 0.3:
        return None
    share = value["takeovers"] / value["accounts"]
    return Reason(bits, f"{share:.0%} signed up where another had stopped, and sooner than others do")


def _near(row: Row, settings: CampaignSettings) -> Reason | None:
    near = figure(row, "near") or 0.0
    if near < 0.1:
        return None
    return Reason(
        min(3.0, math.log2(1.0 + near)),
        f"{near:.1f} partners of an account signed up within {settings.birth_days} days of it, beyond chance",
    )


def cards_rotated(row: Row) -> float:
    """Of the accounts that share a card, the share that does not use the commonest one: whoever rotates has several."""
    holders, top, sharers = (figure(row, f"instrument_{c}") or 0.0 for c in ("holders", "top", "sharers"))
    return max(0.0, 1.0 - holders * top / sharers) if sharers else 0.0


def _cards(row: Row, settings: CampaignSettings) -> Reason | None:
    holders, values, top = (figure(row, f"instrument_{c}") for c in ("holders", "values", "top"))
    sharers, accounts = figure(row, "instrument_sharers"), figure(row, "accounts")
    if holders is None or values is None or top is None or sharers is None or accounts is None:
        return None
    if holders * accounts < 3:
        return None
    if top >= settings.open_share:
        return Reason(-_ramp(top, settings.open_share - 0.1, 0.9, 4.0), f"one card pays for {top:.0%} of those who pay")
    if sharers >= 0.3 and values >= 3:
        return Reason(
            _ramp(sharers, 0.2, 0.7, 3.0) * _ramp(cards_rotated(row), 0.0, 0.3, 1.0),
            f"{values:.0f} cards are rotated: {sharers:.0%} of the accounts share one, none is on more than {top:.0%}",
        )
    return None


def _issuers(row: Row, settings: CampaignSettings) -> Reason | None:
    top, usual, values = figure(row, "issuer_top"), figure(row, "issuer_usual"), figure(row, "instrument_values")
    holders, accounts = figure(row, "issuer_holders"), figure(row, "accounts")
    if top is None or usual is None or values is None or holders is None or accounts is None:
        return None
    payers = holders * accounts
    if values < 3 or payers < 5 or top <= usual:
        return None
    ratio = math.log2(top / max(usual, 1e-6))
    # Accounts on one card share its issuer anyway.
    bits = min(2.0, _ramp(top * ratio, 0.5, 3.0, 2.0)) * (1.0 - min(1.0, (figure(row, "instrument_top") or 0.0) / top))
    if bits < 0.3:
        return None
    return Reason(bits, f"{top:.0%} of the payers use one issuer that {usual:.1%} of all payers use")


def _exits(row: Row, settings: CampaignSettings) -> Reason | None:
    shared, sharers, top, moves = (figure(row, f"ip_{c}") for c in ("shared", "sharers", "top", "moves"))
    if shared is None or sharers is None or top is None:
        return None
    # Customers of a carrier or a VPN use one another's addresses as well: what counts is meeting beyond that.
    moves, met = (1.0 if each is None else each for each in (moves, figure(row, "ip_met")))
    if top >= settings.open_share and moves < _ROTATED:
        # Machines of a pool that are on the move only pass through it.
        passed = _ramp(moves, _KEPT, _ROTATED, 1.0) * _ramp(figure(row, "device_pool") or 0.0, 0.5, 0.65, 1.0)
        bits = -_ramp(top, settings.open_share - 0.1, 0.95, 3.0) * (1.0 - passed)
        return Reason(bits, f"one address serves {top:.0%} of the accounts")
    if shared >= 5 and sharers >= 0.4:
        bits = _ramp(sharers, 0.3, 0.8, 2.0) * _ramp(moves, _KEPT, _ROTATED, 1.0) * _ramp(met, 0.05, 0.4, 1.0)
        bits *= chosen(figure(row, "met_mobile"), figure(row, "ip_theirs"))
        text = f"{shared:.0f} addresses are rotated among the accounts; one moves over {moves:.0f} that others use too"
        return Reason(bits, text)
    return None


def _pool(row: Row, settings: CampaignSettings) -> Reason | None:
    shared, sharers, top, pool = (figure(row, f"device_{c}") for c in ("shared", "sharers", "top", "pool"))
    if shared is None or sharers is None or top is None:
        return None
    if shared >= 3 and sharers >= 0.4 and top < settings.open_share:
        return Reason(
            _ramp(sharers, 0.3, 0.8, 1.5) * _ramp(1.0 if pool is None else pool, 0.05, 0.4, 1.0),
            f"{shared:.0f} fingerprints are shared from a pool, none on more than {top:.0%} of the accounts",
        )
    return None


def _content(row: Row, settings: CampaignSettings) -> Reason | None:
    content, prompts = figure(row, "content"), figure(row, "prompts")
    if content is None or prompts is None or prompts < 50:
        return None
    if content < 0.02:
        # Who has all put in new words writes nothing twice, and asks the same as his fellows.
        strange = _ramp(figure(row, "themes") or 0.0, 0.8, 0.5, 2.0)
        return Reason(-strange, "what they write is near-duplicate of nothing that others in the group write")
    return Reason(
        _ramp(content, 0.02, 0.4, 3.0), f"{content:.0%} of their prompts are near-duplicates used in this group only"
    )


def _verified(row: Row, settings: CampaignSettings) -> Reason | None:
    verified, one = figure(row, "verified") or 0.0, figure(row, "one_organization") or 0.0
    if one >= 0.5:
        return Reason(-_ramp(one, 0.3, 0.9, 6.0), f"{one:.0%} belong to one verified organization")
    if verified >= 0.2:
        return Reason(-_ramp(verified, 0.1, 0.7, 4.0), f"{verified:.0%} belong to verified organizations")
    return None


def _domain(row: Row, settings: CampaignSettings) -> Reason | None:
    names = ("accounts", "email_domain_top", "email_domain_holders", "email_domain_users")
    value = {name: figure(row, name) or 0.0 for name in names}
    bits = 2.0 * own_domain(value)
    if bits < 0.3:
        return None
    return Reason(-bits, f"{value['email_domain_top']:.0%} share one e-mail domain openly, which few others have")


def _clock(row: Row, settings: CampaignSettings) -> Reason | None:
    hours = figure(row, "hours")
    if hours is None:
        return None
    if hours >= 18:
        return Reason(_ramp(hours, 17.0, 22.0, 1.0), f"active in {hours:.0f} hours of the day")
    return Reason(-_ramp(18.0 - hours, 0.0, 8.0, 1.0), f"active in {hours:.0f} hours of the day, as people are")


def _volume(row: Row, settings: CampaignSettings) -> Reason | None:
    volume = figure(row, "volume")
    if volume is None or volume <= 0:
        return None
    bits = max(-1.0, min(2.0, math.log2(volume) / 2.0))
    return Reason(bits, f"a member makes {volume:.1f} times the exchanges of the median account")


def _enforced(row: Row, settings: CampaignSettings) -> Reason | None:
    enforced, surprise, accounts = (figure(row, c) for c in ("enforced", "enforced_bits", "accounts"))
    if not enforced or surprise is None or not accounts:
        return None
    named, beside = row.get("enforced_as"), figure(row, "beside")
    where = f", most of them in {named}" if named is not None else ""
    but = f"; {beside:.0f} that stood among them were cleared" if beside else ""
    said = f"{enforced:.0f} of the accounts ({enforced / accounts:.0%}) were enforced before{where}{but}"
    return Reason(surprise, said)


def _cleared(row: Row, settings: CampaignSettings) -> Reason | None:
    cleared, surprise, accounts = (figure(row, c) for c in ("cleared", "cleared_bits", "accounts"))
    if not cleared or surprise is None or not accounts:
        return None
    return Reason(-surprise, f"{cleared:.0f} of the accounts ({cleared / accounts:.0%}) were cleared before")


def _returned(row: Row, settings: CampaignSettings) -> Reason | None:
    returns = figure(row, "returns")
    return Reason(0.0, f"{returns:.0f} of the accounts were cleared before: {row.get('returned')}") if returns else None


def _pivot(row: Row, settings: CampaignSettings) -> Reason | None:
    active, moved, usual = (figure(row, f"pivot{c}") for c in ("ing", "ed", "ed_usual"))
    if active is None or moved is None or usual is None or active < 5 or moved <= usual:
        return None
    # How far the share is above everybody's, in standard errors: below two it is chance.
    if (moved - usual) / math.sqrt(max(usual * (1.0 - usual), 1e-4) / active) < 2.0:
        return None
    bits = _ramp(moved * math.log2(moved / max(usual, 1e-3)), 0.3, 2.0, 1.5)
    return Reason(bits, f"{moved:.0%} had moved to a new model within days, {usual:.0%} of all accounts had")


#: Subjects and the most bits each may add or take; rules of a subject look at the same thing.
SUBJECTS: dict[str, tuple[float, tuple[Callable[[Row, CampaignSettings], Reason | None], ...]]] = {
    "size": (8.0, (_size,)),
    "ties": (6.0, (_ties, _kin, _single)),
    "births": (5.0, (_waves, _near)),
    "succession": (3.0, (_takeovers,)),
    "money": (4.0, (_cards, _issuers)),
    "network": (3.0, (_exits,)),
    "machine": (2.0, (_pool,)),
    "content": (3.0, (_content,)),
    "organization": (6.0, (_verified, _domain)),
    "tempo": (2.5, (_clock, _volume, _pivot)),
    "decisions": (18.0, (_enforced, _cleared, _returned)),
}


def weigh(row: Row, settings: CampaignSettings) -> dict[str, list[Reason]]:
    """All reasons that apply to a community by subject, scaled so that no subject exceeds its cap.

    Args:
        row: one row of `figures.table`.
        settings: thresholds.
    """
    said = {}
    for subject, (cap, rules) in SUBJECTS.items():
        if subject in settings.reasons_off:
            continue
        found = [reason for rule in rules if (reason := rule(row, settings)) is not None]
        total = sum(reason.bits for reason in found)
        scale = min(1.0, cap / abs(total)) if total else 1.0
        said[subject] = [Reason(reason.bits * scale, reason.text) for reason in found]
    return said


def bits(said: list[Reason], settings: CampaignSettings) -> float:
    """Log2 odds: the prior and all reasons."""
    return settings.prior_bits + sum(reason.bits for reason in said)
