"""The parts of the report model on what members did, and on what their community hangs together by."""

from __future__ import annotations

from datetime import date

from linkage.report.plain import Text
from linkage.report.record import Record


class ModelUse(Record):
    """What members asked one model. `share`: of all their exchanges; `elsewhere`: of all of everybody else."""

    model: Text
    exchanges: int
    share: float | None
    elsewhere: float | None


class ModelDay(Record):
    """A day's exchanges of members with one model."""

    day: date
    model: Text
    exchanges: int


class Hour(Record):
    """An hour of a day (UTC) in which members made exchanges; hours without any are left out."""

    day: date
    hour: int  # 0 to 23
    exchanges: int


class Template(Record):
    """A near-duplicate prompt that the campaign alone uses, and no text of it."""

    template: Text
    accounts: int
    prompts: int
    exemplar_row: int | None  # of the input's prompts, from 0
    words: tuple[Text, ...] | None  # none: the run keeps none


class Bridge(Record):
    """A link, or an account with its links into one side, without which the campaign's community falls in two."""

    account_a: Text
    account_b: Text | None  # none: the account
    accounts: int  # of the smaller side
    links: int
    groups: int  # independence groups that the tie rests on
    cut: bool
