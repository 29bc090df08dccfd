"""Innocent explanations, each tested for every community: how well it fits, and why.

A fit of 1 means that all an explanation asks for is there, 0 that one thing it needs is surely not; what it asks for is
multiplied. What an explanation says is usual for such a group (a class signs up together and writes the same) is no
reason for suspicion any more, as far as it fits. The explanation that takes most is the one that counts; it is named
from a fit of a half.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from linkage.campaigns.circumstances import brief, by_program, offices, one_place, own_domain, rise, usual_issuers
from linkage.campaigns.reasons import Row, beyond_chance, cards_rotated, figure
from linkage.settings import CampaignSettings

#: Who share prompts, perhaps the program that sends them, and nothing else.
STRANGERS = ("viral_template", "audience")
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


class Facts(NamedTuple):
    """What explanations ask about, each 0 (surely not) to 1 (surely)."""

    row: Row
    card: float  # one card pays for all
    place: float  # one address or prefix serves all, or two or three do, each its own
    name: float  # one verified organization
    mail: float  # one mail domain that few others have
    servers: float  # traffic from hosting
    business: float  # traffic from business networks
    campus: float  # traffic from education networks
    hidden: float  # traffic from VPN exits or Tor
    at_times_hidden: float  # some of it
    always: float  # round the clock
    few: float  # no more than a household
    apart: float  # cards, addresses and sign-ups have nothing to do with one another
    paid_apart: float  # cards have nothing to do with one another
    paid_openly: float  # that, or one card or two pay
    brief: float  # what they alone write was asked within days
    modest: float  # they ask no more than most accounts do
    by_content: float  # links rest on prompts alone
    by_program: float  # links rest on prompts and on the program that sends them
    shared: float  # all use the same handful of addresses, and hardly anybody else does
    program: float  # with one program
    public: float  # strangers write what they write, which is much
    usual_issuers: float  # their cards are issued by whom anybody's are
    met: float  # they use one another's addresses, more than strangers do
    pooled: float  # they use one another's fingerprints, more than strangers do, and not one program
    domain: float  # one e-mail domain, which is theirs


def facts(row: Row, settings: CampaignSettings) -> Facts:
    """A row of `figures.table` -> what explanations ask about; what is not known is as likely as not."""
    value = {name: figure(row, name) for name in NEEDED}
    zero = {name: 0.0 if each is None else each for name, each in value.items()}
    one = settings.open_share
    hours, span, volume = value["hours"], value["span_days"], value["volume"]
    # As many exchanges as the median account makes, or twice that.
    modest = 1 - rise(1.0 if volume is None else volume, 2.0, 4.0)
    paid_apart = 1 - rise(zero["instrument_sharers"], 0.1, 0.4)
    card = rise(zero["instrument_top"], one - 0.2, one + 0.2) * rise(zero["instrument_holders"], 0.3, 0.7)
    alone = (
        paid_apart
        * (1 - rise(beyond_chance(zero["wave"], zero["dated"]) if zero["dated"] >= 5 else 0.0, 0.25, 0.5))
        * (1 - rise(zero["near"], 0.5, 2.0))
    )
    return Facts(
        row=row,
        card=card,
        place=max(one_place(zero, value["ip_home"], one), offices(zero, one)),
        name=rise(zero["one_organization"], 0.3, 0.7),
        mail=rise(zero["mail"], 0.8, 0.95),
        servers=rise(zero["net_hosting"], 0.3, 0.7),
        business=rise(zero["net_business"], 0.3, 0.7),
        campus=rise(zero["net_education"], 0.15, 0.45),
        hidden=rise(zero["net_vpn"] + zero["net_tor"], 0.3, 0.7),
        at_times_hidden=rise(zero["net_vpn"] + zero["net_tor"], 0.15, 0.4),
        # Hours are told of accounts with many exchanges only: machines at work would have them.
        always=0.5 * (1 - modest)
        if hours is None and volume is not None
        else 0.5
        if hours is None
        else rise(hours, 15.0, 21.0),
        few=rise(settings.household_size + 1.0 - zero["accounts"], 0.0, 1.0),
        apart=alone,
        paid_apart=paid_apart,
        # One card that many use, while whoever does not has his own, is open however many have their own.
        paid_openly=1.0
        if zero["instrument_values"] < 3
        else max(card, paid_apart, 1 - rise(cards_rotated(row), 0.1, 0.3)),
        brief=brief(span, value["lived"], value["days"]),
        modest=modest,
        by_content=rise(zero["by_content"], 0.5, 0.9),
        by_program=by_program(zero),
        shared=rise(zero["ip_open"], one, 0.9) * (1 - rise(zero["ip_moves"], 4.0, 12.0)),
        program=rise(zero["device_top"], one, 0.9),
        # A benchmark has many tasks; of a few templates one may be another's by accident.
        public=rise(zero["strangers"], 0.05, 0.15) * rise(zero["templates"], 10.0, 40.0),
        usual_issuers=usual_issuers(value),
        met=0.5 if value["ip_met"] is None else rise(value["ip_met"], 0.15, 0.5),
        pooled=rise(zero["device_pool"], 0.15, 0.5),
        domain=own_domain(zero),
    )


def _share(row: Row, name: str) -> str:
    return f"{figure(row, name) or 0.0:.0%}"


def _campus(f: Facts) -> tuple[float, str]:
    return f.campus, f"{_share(f.row, 'net_education')} of the traffic comes from a campus network"


def _class(f: Facts) -> tuple[float, str]:
    # It signs up together, or when the course begins; what it asks is done within days, by people, at no great volume.
    meeting = rise(figure(f.row, "prefix_home") or 0.0, 0.3, 0.5) * (1 - f.servers)
    together = max(f.campus, f.place, meeting, max(f.by_content, f.mail * (1 - f.hidden)) * (1 - f.servers))
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
    office = f.place * max(f.card, f.business, people)
    # Nor need it have an office: its people work at home, in its name, as much as people do.
    at_home = f.domain * f.modest * (1 - f.always) * (1 - f.servers)
    return max(f.name, office, at_home), (
        f"{_share(f.row, 'one_organization')} belong to one verified organization, one card pays for"
        f" {_share(f.row, 'instrument_top')} of the payers, one address serves {_share(f.row, 'ip_top')}"
    )


def _household(f: Facts) -> tuple[float, str]:
    return f.few * max(f.card, f.place), "a handful of accounts that share one card or one address openly"


def _reseller(f: Facts) -> tuple[float, str]:
    return f.card * (1 - f.place), f"one card pays for {_share(f.row, 'instrument_top')}, each has its own place"


def _vpn_exit(f: Facts) -> tuple[float, str]:
    apart = 1 - rise(figure(f.row, "instrument_sharers") or 0.0, 0.05, 0.15)
    # They need not call from there always, if that is where they meet.
    meet = rise(figure(f.row, "met_hidden") or 0.0, 0.5, 0.8) * f.at_times_hidden
    return max(f.hidden, meet) * apart, "they meet at a commercial VPN and pay apart"


def _viral_template(f: Facts) -> tuple[float, str]:
    # Carriers and VPNs make strangers meet; a group that rotates exits meets all the time.
    meet = rise(figure(f.row, "ip_sharers") or 0.0, 0.45, 0.85)
    fit = max(f.by_content, f.by_program) * f.apart * (1 - meet)
    what = "prompts" if f.by_content >= f.by_program else "prompts and the program that sends them"
    return fit, f"they share {what}; sign-ups, cards and addresses have nothing to do with one another"


def _audience(f: Facts) -> tuple[float, str]:
    # A course, a contest, an app: who is given the same to write has nothing else in common, whenever he signed up,
    # unless it be the program he is given with it.
    fit = max(f.by_content, f.by_program) * f.paid_apart * f.usual_issuers * (1 - f.met) * (1 - f.pooled)
    return fit, "they write the same and meet nowhere; each pays for itself, by issuers as common as anybody's"


def _product(f: Facts) -> tuple[float, str]:
    # A product calls with its customers' keys: from one set of servers, by one program, for people who came one by one.
    # Of whom nobody knows how they pay, it is as likely as not if these are servers for sure.
    pay = max(0.0, 2 * f.usual_issuers - 1) if figure(f.row, "issuer_top") is not None else 0.5 * f.servers
    program = f.program if figure(f.row, "device_top") is not None else 0.5
    fit = f.shared * program * f.apart * pay
    return fit, "one program at the same few addresses, for accounts that sign up and pay as strangers do"


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


NEEDED = (
    "accounts",
    "by_content",
    "by_program",
    "dated",
    "days",
    *(f"device_{name}" for name in ("pool", "top")),
    "email_domain_holders",
    "email_domain_top",
    "email_domain_users",
    "hours",
    *(f"instrument_{name}" for name in ("holders", "sharers", "top", "values")),
    *(f"issuer_{name}" for name in ("holders", "top", "usual")),
    *(f"ip_{name}" for name in ("few", "home", "met", "moves", "open", "top")),
    "lived",
    "mail",
    "near",
    "net_business",
    "net_education",
    "net_hosting",
    "net_tor",
    "net_vpn",
    "one_organization",
    "prefix_few",
    "prefix_top",
    "span_days",
    "strangers",
    "templates",
    "volume",
    "wave",
)
