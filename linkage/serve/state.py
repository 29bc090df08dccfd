"""What the log amounts to: who has which campaign, what was proposed, approved, cleared, split and merged.

The log is the only truth; this is a fold over its entries, and an entry that cannot be understood changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from linkage.serve.log import Entry

Status = Literal["open", "proposed", "confirmed", "cleared"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A confirmation that waits for a second person."""

    seq: int
    at: datetime
    by: str
    campaign: str
    accounts: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What holds for an account."""

    decision: Literal["enforced", "cleared"]
    campaign: str  # in which it was decided
    at: datetime
    by: str
    second: str | None
    seq: int


@dataclass(frozen=True, slots=True)
class Note:
    """Words of a person."""

    at: datetime
    by: str
    text: str


@dataclass(slots=True)
class Case:
    """What people did about one campaign."""

    status: Status = "open"
    taken_by: str | None = None
    asks: str | None = None  # who asked for a second person's look
    proposal: Proposal | None = None
    settled: Status = "open"  # what it goes back to when a proposal is refused
    notes: list[Note] = field(default_factory=list)


@dataclass(slots=True)
class State:
    """Everything that was decided."""

    cases: dict[str, Case] = field(default_factory=dict)
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)  # accounts that anything was ever decided about
    parts: dict[tuple[str, str], str] = field(default_factory=dict)  # (campaign, account) -> name of the part
    merged: dict[str, str] = field(default_factory=dict)  # campaign -> the one it was merged into
    notes: dict[str, list[Note]] = field(default_factory=dict)  # account -> notes
    seen: int = 0  # seq of the last entry folded in

    def case(self, campaign: str) -> Case:
        """What was done about a campaign; an empty case, which is not kept, if nothing."""
        return self.cases.get(campaign) or Case()

    def root(self, campaign: str) -> str:
        """The campaign that this one was merged into, or itself."""
        while campaign in self.merged:
            campaign = self.merged[campaign]
        return campaign

    def name(self, campaign: str, account: str) -> str:
        """Under which name an account's campaign is told to the next build."""
        return self.parts.get((campaign, account)) or self.root(campaign)

    def parts_of(self, campaign: str) -> dict[str, list[str]]:
        """Name -> accounts of the parts that were split off a campaign."""
        found: dict[str, list[str]] = {}
        for (of, account), name in self.parts.items():
            if of == campaign:
                found.setdefault(name, []).append(account)
        return found

    def proposals(self) -> list[Proposal]:
        """Those that wait, the oldest first."""
        waiting = [case.proposal for case in self.cases.values() if case.proposal is not None]
        return sorted(waiting, key=lambda each: each.seq)

    def fold(self, entries: Iterable[Entry]) -> None:
        """Take entries in, in their order."""
        for entry in entries:
            self.seen = entry.seq
            try:
                self._take(entry)
            except (KeyError, TypeError, AttributeError):
                continue

    def _take(self, entry: Entry) -> None:
        detail = entry.detail
        if entry.action == "note" and "account" in detail:
            self.notes.setdefault(str(detail["account"]), []).append(_note(entry))
            return
        if entry.action not in _ACTIONS:
            return
        campaign = str(detail["campaign"])
        case = self.cases.setdefault(campaign, Case())
        _ACTIONS[entry.action](self, case, campaign, entry)


def _note(entry: Entry) -> Note:
    return Note(entry.at, entry.who, str(entry.detail["text"]))


def _accounts(entry: Entry) -> tuple[str, ...]:
    return tuple(str(each) for each in entry.detail["accounts"])


def _take(_: State, case: Case, __: str, entry: Entry) -> None:
    case.taken_by = entry.who


def _release(_: State, case: Case, __: str, ___: Entry) -> None:
    case.taken_by = None


def _noted(_: State, case: Case, __: str, entry: Entry) -> None:
    case.notes.append(_note(entry))


def _ask(_: State, case: Case, __: str, entry: Entry) -> None:
    case.asks = entry.who
    case.notes.append(Note(entry.at, entry.who, f"needs a second person: {entry.detail['text']}"))


def _propose(_: State, case: Case, campaign: str, entry: Entry) -> None:
    case.proposal = Proposal(entry.seq, entry.at, entry.who, campaign, _accounts(entry), str(entry.detail["why"]))
    case.status = "proposed"


def _approve(state: State, case: Case, campaign: str, entry: Entry) -> None:
    proposal = case.proposal
    if proposal is None or proposal.seq != entry.detail["proposal"] or proposal.by == entry.who:
        return
    for account in proposal.accounts:
        held = state.verdicts.get(account)
        if held is not None and held.decision == "cleared" and held.seq > proposal.seq:
            continue
        state.touched.add(account)
        state.verdicts[account] = Verdict("enforced", campaign, entry.at, proposal.by, entry.who, entry.seq)
    case.proposal, case.asks, case.status, case.settled = None, None, "confirmed", "confirmed"


def _drop(_: State, case: Case, __: str, entry: Entry) -> None:
    if case.proposal is not None and case.proposal.seq == entry.detail["proposal"]:
        case.notes.append(Note(entry.at, entry.who, f"{entry.action}: {entry.detail['why']}"))
        case.proposal, case.status = None, case.settled


def _clear(state: State, case: Case, campaign: str, entry: Entry) -> None:
    for account in _accounts(entry):
        state.touched.add(account)
        state.verdicts[account] = Verdict("cleared", campaign, entry.at, entry.who, None, entry.seq)
    if entry.detail["whole"]:
        case.proposal, case.asks, case.status, case.settled = None, None, "cleared", "cleared"


def _split(state: State, _: Case, campaign: str, entry: Entry) -> None:
    for account in _accounts(entry):
        state.parts[campaign, account] = str(entry.detail["name"])


def _merge(state: State, _: Case, campaign: str, entry: Entry) -> None:
    into = state.root(str(entry.detail["into"]))
    if state.root(campaign) != into:
        state.merged[state.root(campaign)] = into


def _reopen(state: State, case: Case, campaign: str, entry: Entry) -> None:
    for account in _accounts(entry):
        state.touched.add(account)
        state.verdicts.pop(account, None)
        state.parts.pop((campaign, account), None)
    if entry.detail["whole"]:
        state.merged.pop(campaign, None)
        case.proposal, case.status, case.settled = None, "open", "open"


_ACTIONS = {
    "take": _take,
    "release": _release,
    "note": _noted,
    "ask": _ask,
    "confirm": _propose,
    "approve": _approve,
    "refuse": _drop,
    "withdraw": _drop,
    "clear": _clear,
    "split": _split,
    "merge": _merge,
    "reopen": _reopen,
}
