"""What the page shows of one campaign beside the report model: its pictures, and the rows a script may page through."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple

import polars as pl
from markupsafe import Markup

from linkage.report import words
from linkage.report.gather import PAIRWISE
from linkage.report.html import charts
from linkage.report.html.picture import picture, places
from linkage.report.html.pieces import SMALL, Held, Pieces, held, pieces
from linkage.report.html.ramp import ramp
from linkage.report.html.treemap import Item, treemap
from linkage.report.model import Account, Campaign, Indicator, Template
from linkage.report.stix_ids import stands_for

#: Rows in the page itself, readable without a script.
LISTED: Final = 100
#: Members in doubt that a page lists.
DOUBTS: Final = 50
#: Rows that a script may page through: accounts in one file, and values of a campaign and in one file.
EMBEDDED: Final = 30_000
INDICATORS: Final = 2_000
ALL_INDICATORS: Final = 10_000
#: Boxes of the template map.
_BOXES: Final = 60


@dataclass(frozen=True, slots=True)
class Sheet:
    """A campaign's page."""

    key: str  # in anchors: c1, c2, …
    campaign: Campaign
    found: Pieces
    held: Sequence[Held]
    kinds: Sequence[str]
    graph: Markup
    lasting: int  # members active on the day the data end
    timeline: Markup | None
    heat: Markup | None
    hours: Sequence[int]
    ramp: Markup | None
    templates: Markup | None
    accounts: Sequence[Account]
    indicators: Sequence[Indicator]
    data: Markup | None  # a script's JSON; none: this file is too large for it

    @property
    def id(self) -> str:
        """The campaign's id."""
        return self.campaign.header.campaign_id or ""

    @property
    def heads(self) -> list[str]:
        """Column heads of the kinds, for figures."""
        return [f"#{kind}" for kind in self.kinds]

    @property
    def stix(self) -> list[tuple[str, str]]:
        """Its objects in STIX."""
        return stands_for(self.campaign)

    @property
    def small(self) -> bool:
        """Whether accounts are drawn one by one."""
        return len(self.campaign.accounts) <= SMALL


class Room(NamedTuple):
    """What of a campaign goes into the page for a script: all its accounts or none, and so many values."""

    accounts: bool
    indicators: int


def sheet(campaign: Campaign, key: str, links: pl.DataFrame, uses: pl.DataFrame, end: date | None, room: Room) -> Sheet:
    """Pictures and rows of a campaign.

    Args:
        campaign: of the report model.
        key: names its anchors.
        links: account_a, account_b, weight inside it.
        uses: account, kind, value inside it.
        end: day on which the run's data end.
        room: how many rows go into the page for a script.
    """
    found = pieces(campaign, links)
    cells = [(each.day, each.hour, each.exchanges) for each in campaign.activity]
    strongest = sorted(campaign.indicators, key=lambda each: (-each.bits, each.kind, each.value))
    return Sheet(
        key=key,
        campaign=campaign,
        found=found,
        held=held(campaign, found, uses, sorted(PAIRWISE)),
        kinds=[channel.kind for channel in campaign.evidence.channels],
        graph=picture(campaign, found, key),
        lasting=sum(each.ended for each in campaign.timeline.days if each.day == end),
        timeline=charts.timeline(campaign.timeline, end),
        heat=charts.heat(cells),
        hours=charts.hours(cells),
        ramp=ramp(campaign.ramp),
        templates=_templates(campaign.templates, len(campaign.accounts)),
        accounts=campaign.accounts[:LISTED],
        indicators=strongest[:LISTED],
        data=_data(campaign, found, strongest[: room.indicators]) if room.accounts else None,
    )


def _templates(templates: Sequence[Template], members: int) -> Markup | None:
    items = [
        Item(
            value=float(each.prompts),
            strength=each.accounts / members if members else 0.0,
            lines=(
                " ".join(each.words) if each.words else str(words.inert(each.template)).removeprefix("template "),
                f"{each.prompts:,} prompts",
                f"{each.accounts:,} accounts",
            ),
        )
        for each in sorted(templates, key=lambda each: (-each.prompts, each.template))[:_BOXES]
    ]
    more = len(templates) - len(items)
    title = f"The {len(items):,} templates with most prompts" + (f" of {len(templates):,}" if more else "")
    return treemap(items, title)


def block(data: object) -> Markup:
    """Data as JSON that no text can end: it stands in a script element that no browser runs."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    for char in "<>&":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return Markup(text)


def _data(campaign: Campaign, found: Pieces, indicators: Sequence[Indicator]) -> Markup:
    tiers = sorted({str(words.inert(each.tier)) for each in campaign.accounts})
    rows = campaign.accounts
    accounts = {
        "id": [words.inert(each.account_id) for each in rows],
        "tiers": tiers,
        "tier": [tiers.index(str(words.inert(each.tier))) for each in rows],
        "suspicion": _chances(each.suspicion for each in rows),
        "stability": _chances(each.stability for each in rows),
        "share": _chances(each.share for each in rows),
        "exchanges": [each.exchanges for each in rows],
        "first": _minutes(each.first_seen for each in rows),
        "last": _minutes(each.last_seen for each in rows),
    }
    shared = {
        "kind": [words.inert(each.kind) for each in indicators],
        "value": [words.inert(each.value) for each in indicators],
        "accounts": [each.accounts for each in indicators],
        "links": [each.links for each in indicators],
        "bits": [round(each.bits, 2) for each in indicators],
        "first": _minutes(each.first_seen for each in indicators),
        "last": _minutes(each.last_seen for each in indicators),
    }
    small = len(rows) <= SMALL
    return block(
        {
            "accounts": accounts,
            "indicators": shared,
            "pieces": [piece.accounts.tolist() for piece in found.pieces],
            "links": found.drawn.ends.reshape(-1).tolist(),
            "bits": [round(float(each), 1) for each in found.drawn.bits],
            "places": places(campaign, found) if small else [],
        }
    )


def _chances(values: Iterable[float | None]) -> list[float | None]:
    """Three places; what is not certain does not become certain."""
    return [None if v is None else 0.9999 if 0.9995 <= v < 1 else float(f"{v:.3f}") for v in values]


def _minutes(times: Iterable[datetime | None]) -> list[int | None]:
    """Minutes since 1970."""
    return [None if each is None else int(each.timestamp() // 60) for each in times]


def rooms(sizes: Sequence[int]) -> list[Room]:
    """Room for campaigns of so many accounts, largest first, in a page of bounded size."""
    left, found = EMBEDDED, []
    values = max(LISTED, min(INDICATORS, ALL_INDICATORS // max(len(sizes), 1)))
    for size in sizes:
        found.append(Room(size <= left, values))
        left -= size if size <= left else 0
    return found
