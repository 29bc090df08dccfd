"""What the pages share: the run, the desk, the masks; addresses of things, and templates."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote, urlencode

import polars as pl
from fastapi import Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from linkage import __version__
from linkage.errors import RunFolderError, UnknownIdError
from linkage.explain.model import link_model
from linkage.privacy import looks_masked
from linkage.report.estimative import words
from linkage.report.plain import escaped
from linkage.report.words import few
from linkage.serve.catalogue import Catalogue
from linkage.serve.desk import Desk
from linkage.serve.drawing import Graph, groups
from linkage.serve.masks import Masks
from linkage.serve.narrowing import Filters
from linkage.serve.ranking import FORMULA, HARM_WEIGHT, Line, ranked
from linkage.serve.sessions import Session, Sessions

#: Rows of a table on a page.
PAGE: Final = 100
#: Campaigns made ready when the app starts, and pictures kept.
_WARMED, _DRAWINGS = 50, 256
_PLAIN: Final = re.compile(r"[A-Za-z0-9_.:@-]{1,128}")


class Site:
    """One run with what was decided about it."""

    def __init__(
        self,
        of: Catalogue,
        desk: Desk,
        masks: Masks,
        sessions: Sessions,
        tokens: Mapping[str, str],
        port: int,
        harm_weight: float = HARM_WEIGHT,
    ) -> None:
        """`tokens` hold for this process only: user -> hash of the token."""
        self.of, self.desk, self.masks, self.sessions = of, desk, masks, sessions
        self.tokens, self.port, self.harm_weight = dict(tokens), port, harm_weight
        self.lines: list[Line] = ranked(of, harm_weight)
        self.line = {line.campaign: line for line in self.lines}
        self.operators = sorted({line.operator for line in self.lines if line.operator})
        self.groups = lru_cache(maxsize=64)(self._groups)
        self.explains = _explains(of.manifest)
        self._drawn: OrderedDict[tuple[int, Filters], Graph] = OrderedDict()
        self._pseudonyms: dict[str, list[int]] | None = None
        members = of.all_members
        self.counts = {
            "accounts": of.accounts.height,
            "exchanges": int(of.accounts["exchanges"].sum()),
            "campaigns": of.campaigns.height,
            "members": members["account_id"].n_unique(),
            "innocents": float(of.campaigns["innocents_expected"].sum()),
        }

    def _groups(self, campaign: int) -> pl.Series | None:
        return groups(self.of, campaign)

    def warm(self) -> None:
        """Draw and report the campaigns at the head of the queue, so that their first visitor does not wait."""
        for line in self.lines[:_WARMED]:
            self.groups(line.campaign)
            self.of.report(line.campaign)

    def group_sizes(self, campaign: int) -> list[tuple[int, int]]:
        """Groups of the drawing and their accounts; none where accounts are drawn one by one."""
        label = self.groups(campaign)
        if label is None:
            return []
        return list(label.value_counts().sort("group").iter_rows())

    def graph(self, campaign: int, by: Filters, draw: Callable[[], Graph]) -> Graph:
        """A picture under filters, drawn once."""
        key = (campaign, replace(by, order=""))
        found = self._drawn.get(key)
        if found is None:
            found = self._drawn[key] = draw()
            if len(self._drawn) > _DRAWINGS:
                self._drawn.popitem(last=False)
        return found

    def by_pseudonym(self, text: str) -> list[int]:
        """Values of a run that has them as they are, by what stands for them on the pages."""
        if not looks_masked(text):
            return []
        if self._pseudonyms is None:
            made: dict[str, list[int]] = {}
            for code, (kind, value) in enumerate(self.of.ties.values.select("kind", "value").iter_rows()):
                made.setdefault(self.masks.shown(kind, value), []).append(code)
            self._pseudonyms = made
        return self._pseudonyms.get(text, [])

    @property
    def formula(self) -> str:
        """What the queue is ranked by."""
        return FORMULA.format(weight=self.harm_weight)

    def campaign(self, key: str) -> int:
        """The campaign of an address. Raises UnknownIdError."""
        return _code(key, self.of.campaigns.height, self.of.campaign(key), "campaign")

    def account(self, key: str) -> int:
        """The account of an address. Raises UnknownIdError."""
        return _code(key, self.of.accounts.height, self.of.account(key), "account")

    def campaign_id(self, campaign: int) -> str:
        """Its id."""
        return str(self.of.campaigns["campaign_id"][campaign])

    def account_id(self, account: int) -> str:
        """Its id."""
        return str(self.of.accounts["account_id"][account])

    def campaign_key(self, campaign_id: str) -> str:
        """How a campaign stands in an address: its id, or `~` and its row where that is not fit to."""
        return campaign_id if _PLAIN.fullmatch(campaign_id) else f"~{self.of.campaign(campaign_id)}"

    def account_key(self, account_id: str) -> str:
        """How an account stands in an address."""
        return account_id if _PLAIN.fullmatch(account_id) else f"~{self.of.account(account_id)}"

    def operator_address(self, name: str) -> str:
        """Where the campaigns of an operator stand: names may be long, so that addresses have their number."""
        return f"/?operator={self.operators.index(name) + 1}&state=all"

    def users(self) -> dict[str, str]:
        """User -> hash of the token."""
        return {**self.desk.log.users(), **self.tokens}

    def page(self, request: Request, name: str, status: int = 200, **given: Any) -> HTMLResponse:
        """A page from its template."""
        session: Session | None = request.scope["state"]["session"]
        text = _TEMPLATES.get_template(name).render(
            site=self, session=session, user=session.user if session else None, state=self.desk.state,
            path=request.url.path, words=words, PAGE=PAGE, **given,
        )  # fmt: skip
        return HTMLResponse(text, status)


def _explains(manifest: Mapping[str, Any]) -> bool:
    """Whether the run says how links were weighed."""
    try:
        link_model(manifest)
    except RunFolderError:
        return False
    return True


def _code(key: str, rows: int, found: int | None, what: str) -> int:
    """The row of an address."""
    if found is not None:
        return found
    row = key[1:]
    if key.startswith("~") and row.isascii() and row.isdigit() and len(row) < 10 and int(row) < rows:
        return int(row)
    raise UnknownIdError(f"{what} {inert(key, 60)}: is not in the run")


def inert(value: object, most: int = 160) -> str:
    """A string of the logs that can do nothing but be read; an absent one is a dash."""
    if value is None:
        return "–"  # noqa: RUF001
    text = str(value)
    shown = escaped(text[:most])
    return shown if len(text) <= most else f"{shown}… ({len(text):,} characters)"


def count(value: float | None) -> str:
    """A number with its thousands."""
    if value is None:
        return "–"  # noqa: RUF001
    return f"{value:,.0f}"


def chance(value: float | None) -> str:
    """A probability; what is not certain never reads as 1.00."""
    if value is None:
        return "–"  # noqa: RUF001
    return ">0.99" if 0.995 <= value < 1 else f"{value:.2f}"


def likely(value: float | None) -> str:
    """An estimate that is never certain, however it was rounded."""
    if value is None:
        return chance(value)
    return ">0.99" if value >= 0.995 else "<0.01" if value < 0.005 else f"{value:.2f}"


def moment(time: datetime | None) -> str:
    """A time to the minute, UTC."""
    return "–" if time is None else f"{time:%Y-%m-%d %H:%M}"  # noqa: RUF001


def day(time: datetime | None) -> str:
    """A day, UTC."""
    return "–" if time is None else f"{time:%Y-%m-%d}"  # noqa: RUF001


def query(given: Mapping[str, object], **changes: object) -> str:
    """An address's part after the path, with some of it changed; nothing for what is none or empty."""
    told = {name: str(value) for name, value in {**given, **changes}.items() if value not in (None, "")}
    return "?" + urlencode(told) if told else "?"


def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("linkage.serve"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"inert": inert, "count": count, "chance": chance, "likely": likely, "moment": moment, "day": day}
    made.filters |= {"path": lambda text: Markup(quote(str(text), safe=""))}
    made.globals |= {"query": query, "few": few, "version": __version__}
    return made


_TEMPLATES: Final = _environment()
