"""What innocent explanations ask about a community, from its figures: each from 0 (surely not) to 1 (surely)."""

from __future__ import annotations

from typing import NamedTuple

from linkage.campaigns.circumstances import (
    brief,
    by_given,
    offices,
    one_place,
    own_domain,
    replaced,
    rise,
    usual_issuers,
)
from linkage.campaigns.reasons import Row, cards_rotated, figure
from linkage.campaigns.waves import beyond_chance
from linkage.settings import CampaignSettings


class Facts(NamedTuple):
    """What explanations ask about."""

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
    payer_unknown: float  # hardly anybody is known to pay
    paid_openly: float  # that, or one card or two pay
    brief: float  # what they alone write was asked within days
    modest: float  # they ask no more than most accounts do
    by_content: float  # links rest on prompts alone
    by_given: float  # links rest on prompts and on what is handed out with them, a program or a code
    shared: float  # all use the same handful of addresses, and hardly anybody else does
    program: float  # with one program
    public: float  # strangers write what they write, which is much
    usual_issuers: float  # their cards are issued by whom anybody's are
    met: float  # they use one another's addresses, more than strangers do
    pooled: float  # they use one another's fingerprints, more than strangers do, and not one program
    domain: float  # one e-mail domain, which is theirs
    rotated: float  # they move over many addresses that fellows use too, more than strangers do
    carried: float  # they write the same on a pool of phones, and where they meet is a carrier's exits
    replaced: float  # many began where a fellow had stopped
    own_life: float  # many go on with a life of their own beside what they share
    houses: float  # each has a mail domain and a machine of its own, and writes most of what it writes alone
    payers: float  # several pay, each for accounts in a mail domain of its own


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
        payer_unknown=1 - rise(zero["instrument_holders"], 0.1, 0.3),
        # One card that many use, while whoever does not has his own, is open however many have their own.
        paid_openly=1.0
        if zero["instrument_values"] < 3
        else max(card, paid_apart, 1 - rise(cards_rotated(row), 0.1, 0.3)),
        brief=brief(span, value["lived"], value["days"]),
        modest=modest,
        by_content=rise(zero["by_content"], 0.5, 0.9),
        by_given=by_given(zero),
        shared=rise(zero["ip_open"], one, 0.9) * (1 - rise(zero["ip_moves"], 4.0, 12.0)),
        program=rise(zero["device_top"], one, 0.9),
        # A benchmark has many tasks; of a few templates one may be another's by accident.
        public=rise(zero["strangers"], 0.05, 0.15) * rise(zero["templates"], 10.0, 40.0),
        usual_issuers=usual_issuers(value),
        met=0.5 if value["ip_met"] is None else rise(value["ip_met"], 0.15, 0.5),
        pooled=rise(zero["device_pool"], 0.15, 0.5),
        domain=own_domain(zero),
        rotated=rise(zero["ip_moves"], 4.0, 12.0) * rise(zero["ip_met"], 0.15, 0.5),
        # Whoever bought a phone in one shop meets there too, and writes what he likes; drivers with one app each have
        # a phone of their own, at most of the same make.
        carried=rise(zero["met_mobile"], 0.5, 0.8)
        * rise(zero["ip_met"], 0.15, 0.5)
        * rise(zero["content"], 0.02, 0.2)
        * rise(zero["device_pool"], 0.5, 0.65),
        replaced=replaced(zero),
        own_life=rise(zero["own_life"], 0.25, 0.45),
        houses=rise(zero["houses"], 0.3, 0.6) * (1 - rise(zero["content"], 0.3, 0.6)),
        payers=rise(zero["firms"], 1.0, 3.0) * rise(zero["firms_share"], 0.6, 0.9),
    )


#: Figures that these follow from.
NEEDED = (
    "accounts",
    "by_content",
    "by_given",
    "by_program",
    "code_top",
    "content",
    "dated",
    "days",
    *(f"device_{name}" for name in ("pool", "top")),
    "email_domain_holders",
    "email_domain_top",
    "email_domain_users",
    "firms",
    "firms_share",
    "hours",
    "houses",
    *(f"instrument_{name}" for name in ("holders", "sharers", "top", "values")),
    *(f"issuer_{name}" for name in ("holders", "top", "usual")),
    *(f"ip_{name}" for name in ("few", "home", "met", "moves", "open", "top")),
    "lived",
    "mail",
    "met_mobile",
    "near",
    "net_business",
    "net_education",
    "net_hosting",
    "net_tor",
    "net_vpn",
    "one_organization",
    "own_life",
    "prefix_few",
    "prefix_top",
    "sooner",
    "span_days",
    "strangers",
    "takeovers",
    "templates",
    "volume",
    "wave",
)
