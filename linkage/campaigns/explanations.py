"""Innocent explanations, each tested for every community: how well it fits, and why.

A fit of 1 means that all an explanation asks for is there, 0 that one thing it needs is surely not; what it asks for is
multiplied. What an explanation says is usual for such a group (a class signs up together and writes the same) is no
reason for suspicion any more, as far as it fits. The explanation that takes most is the one that counts; it is named
from a fit of a half.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from linkage.campaigns.circumstances import rise
from linkage.campaigns.facts import Facts, facts
from linkage.campaigns.reasons import Row, figure
from linkage.settings import CampaignSettings

#: Who share prompts, perhaps the program that sends them, and nothing else.
STRANGERS = ("viral_template", "audience")
#: Of fewer payers two with one bank are chance.
_PAYERS = 8
#: From this fit on an explanation is named.
FITS = 0.5


class Innocent(NamedTuple):
    """One explanation: its name, how well it fits (0 to 1), what it takes from the suspicion in bits, and why.

    `bits` is what speaks for it; the reasons that it makes usual are weakened where they stand.
    """

    name: str
    fit: float
    bits: float
    text: str

    def __str__(self) -> str:
        return f"{self.name.replace('_', ' ')} (fits to {self.fit:.0%}): {self.text}"


def _share(row: Row, name: str) -> str:
    return f"{figure(row, name) or 0.0:.0%}"


def _campus(f: Facts) -> tuple[float, str]:
    return f.campus, f"{_share(f.row, 'net_education')} of the traffic comes from a campus network"


def _class(f: Facts) -> tuple[float, str]:
    # It signs up together, or when the course begins; what it asks is done within days, by people, at no great volume.
    meeting = rise(figure(f.row, "prefix_home") or 0.0, 0.3, 0.5) * (1 - f.servers)
    theirs = max(f.by_content, f.by_given, f.mail * (1 - f.hidden)) * (1 - f.servers)
    together = max(f.campus, f.place, meeting, theirs)
    people = together * f.modest * (1 - f.always)
    # A meeting of two days is hard work around the clock, but all sit in one place.
    meets = f.place * (1 - f.servers) * (1 - f.hidden)
    fit = max(people, meets) * f.brief * f.paid_apart
    span, lived = figure(f.row, "span_days"), figure(f.row, "lived")
    if span is None:
        return fit, f"people who pay apart came and went within {lived or 0.0:.0f} days"
    return fit, f"what they alone write was asked within {span:.0f} days, by people who pay apart"


def _vendor(f: Facts) -> tuple[float, str]:
    # Who has one place has no reason to let many cards go round in it.
    place = (f.place * f.paid_openly, "one place")
    who = max((f.name, "one verified organization"), (f.card, "one card"), place)
    # Servers in one place hide nothing, at whatever hours.
    servers = 0.5 if figure(f.row, "net_hosting") is None else f.servers
    return who[0] * servers * max(f.always, f.place), f"keys of {who[1]}, on servers"


def _laboratory(f: Facts) -> tuple[float, str]:
    # It runs what is public on its own machines: whose they are need not be known, but nothing about them is hidden.
    fit = f.shared * f.program * f.public * f.paid_openly * (1 - f.hidden)
    return fit, (
        f"all use the same addresses ({_share(f.row, 'ip_open')} of the traffic) and one program"
        f" ({_share(f.row, 'device_top')}); {_share(f.row, 'strangers')} of those who use their"
        f" {figure(f.row, 'templates') or 0.0:.0f} templates are strangers"
    )


def _firm(f: Facts) -> tuple[float, str]:
    # Behind one address without a card in common is how people sit in an office, not how machines run, unless theirs.
    # Servers that it has besides hide nothing if each account pays for itself.
    people = (1 - f.always) * (1 - f.hidden) * (1 - f.servers * (1 - f.paid_openly))
    # Unless one card pays, a carrier's exit is no office, nor is a place where one account replaces the other.
    staff = (1 - f.carried) * (1 - f.replaced) * max(f.business, people)
    office = f.place * max(f.card, staff)
    # Nor need it have an office: its people work at home, in its name, as much as people do.
    at_home = f.domain * f.modest * (1 - f.always) * (1 - f.servers)
    return max(f.name, office, at_home), (
        f"{_share(f.row, 'one_organization')} belong to one verified organization, one card pays for"
        f" {_share(f.row, 'instrument_top')} of the payers, one address serves {_share(f.row, 'ip_top')}"
    )


def _household(f: Facts) -> tuple[float, str]:
    # Who lives together has a home, and no exits to move over.
    fit = f.few * max(f.card * (1 - f.rotated), f.place)
    return fit, "a handful of accounts that share one card or one address openly"


def _reseller(f: Facts) -> tuple[float, str]:
    fit = f.card * (1 - f.place) * (1 - f.rotated)
    return fit, f"one card pays for {_share(f.row, 'instrument_top')}, each has its own place"


def _vpn_exit(f: Facts) -> tuple[float, str]:
    apart = 1 - rise(figure(f.row, "instrument_sharers") or 0.0, 0.05, 0.15)
    # They need not call from there always, if that is where they meet.
    meet = rise(figure(f.row, "met_hidden") or 0.0, 0.5, 0.8) * f.at_times_hidden
    return max(f.hidden, meet) * apart, "they meet at a commercial VPN and pay apart"


def _viral_template(f: Facts) -> tuple[float, str]:
    # Carriers and VPNs make strangers meet; a group that rotates exits meets all the time.
    meet = rise(figure(f.row, "ip_sharers") or 0.0, 0.45, 0.85)
    fit = max(f.by_content, f.by_given) * f.apart * (1 - meet)
    what = "prompts" if f.by_content >= f.by_given else "prompts and what is handed out with them"
    return fit, f"they share {what}; sign-ups, cards and addresses have nothing to do with one another"


def _audience(f: Facts) -> tuple[float, str]:
    # A course, a contest, an app: who is given the same to write has nothing else in common, whenever he signed up,
    # unless it be the program he is given with it.
    fit = max(f.by_content, f.by_given) * f.paid_apart * f.usual_issuers * (1 - f.met) * (1 - f.pooled)
    return fit, "they write the same and meet nowhere; each pays for itself, by issuers as common as anybody's"


def _product(f: Facts) -> tuple[float, str]:
    # A product calls with its customers' keys: from one set of servers, by one program, for people who came one by one.
    # So does a platform that runs anybody's jobs: on whichever of its machines, with the one image.
    # Of whom nobody knows how they pay, it is as likely as not if these are servers for sure.
    paying = (figure(f.row, "issuer_holders") or 0.0) * (figure(f.row, "accounts") or 0.0)
    pay = max(0.0, 2 * f.usual_issuers - 1)
    pay = pay if paying >= _PAYERS else max(pay, 0.5 * f.servers)
    program = f.program if figure(f.row, "device_top") is not None else 0.5
    platform = 0.0 if figure(f.row, "ip_met") is None else f.met * (1 - f.hidden) * (1 - f.always)
    fit = max(f.shared, platform) * program * f.apart * pay
    return fit, "one program at the same addresses, for accounts that sign up and pay as strangers do"


def _firms(f: Facts) -> tuple[float, str]:
    # Under one roof, or on one provider's desktops: who has little to do with one another pays for his own.
    fit = f.payers * f.modest * (1 - f.always) * (1 - f.hidden)
    return (
        fit,
        f"{figure(f.row, 'firms') or 0.0:.0f} pay, each with one card for accounts in one mail domain of its own",
    )


def _people(f: Facts) -> tuple[float, str]:
    # Entrants of a contest, firms of one accelerator, a city's drivers: what they have in common is a part of each.
    # Accounts that their owners rent out have such a life too, and work on while the owners sleep.
    # A house with a name of its own has nothing to rent out, and machines that work at night.
    living = f.own_life * (1 - f.always)
    if f.houses > living:
        own = f"{_share(f.row, 'houses')} have a mail domain and a device of their own besides"
    else:
        own = f"{_share(f.row, 'own_life')} go on with a life of their own, elsewhere and on other devices"
    return max(living, f.houses) * f.paid_apart, own


#: Explanations, the most bits each takes, and its test. Of equal ones the first is named.
TESTS: dict[str, tuple[float, Callable[[Facts], tuple[float, str]]]] = {
    "campus": (4.0, _campus),
    "vendor": (4.0, _vendor),
    "laboratory": (4.0, _laboratory),
    "firm": (4.0, _firm),
    "household": (3.0, _household),
    "class": (4.0, _class),
    "reseller": (3.0, _reseller),
    "vpn_exit": (3.0, _vpn_exit),
    "viral_template": (3.0, _viral_template),
    "audience": (4.0, _audience),
    "product": (4.0, _product),
    "firms": (4.0, _firms),
    "people": (4.0, _people),
}


#: What is usual for such a group, whoever runs it: subjects of reasons that say nothing where the explanation fits.
USUAL: dict[str, tuple[str, ...]] = {
    "campus": ("births", "content", "ties", "network", "machine"),
    "class": ("births", "content", "ties", "network", "machine"),
    "vendor": ("births", "content", "machine", "tempo"),  # many cards are not what keys of one place explain
    "laboratory": ("births", "content", "machine", "tempo"),  # nor are many cards what a benchmark explains
    "firm": ("births", "content", "money", "machine"),
    "household": ("births", "content", "money", "machine", "ties"),
    "reseller": ("content", "machine", "network"),
    "vpn_exit": ("network", "machine", "ties"),
    "viral_template": ("content", "machine", "ties"),
    "audience": ("births", "content", "machine", "network", "ties"),
    "product": ("content", "machine", "network", "ties"),
    "people": ("births", "content", "machine", "network", "ties"),
    "firms": ("machine", "money", "network"),  # what they write is not what one place explains
}


def explanations(row: Row, settings: CampaignSettings, speaking: Mapping[str, float] | None = None) -> list[Innocent]:
    """Every explanation, tested: that which takes most first, with what it makes usual.

    Args:
        row: one row of `figures.table`.
        settings: what counts as open sharing, the size of a household, and explanations switched off.
        speaking: subject -> bits for a campaign, of `reasons.weigh`.
    """
    for_it = speaking or {}
    known = facts(row, settings)
    tested = []
    for name, (bits, test) in TESTS.items():
        if name not in settings.explanations_off:
            fit, text = test(known)
            tested.append(Innocent(name, round(fit, 3), -bits * round(fit, 3), text))
    # `sorted` keeps the order of equal ones.
    return sorted(tested, key=lambda each: each.bits - each.fit * sum(for_it.get(s, 0.0) for s in USUAL[each.name]))
