"""Where decisions are made: who may do what, written to the log before it holds; and what the next build is told."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from threading import RLock
from typing import Any, Final

import polars as pl

from linkage.errors import LinkageError, RunFolderError
from linkage.privacy.keys import data_folder
from linkage.serve.log import Entry, Log
from linkage.serve.state import Case, Proposal, State
from linkage.tables import INPUT

#: Longest words of a person that are kept.
MOST: Final = 4_000


class RefusedError(LinkageError):
    """A decision that this person may not make, or not now."""

    exit_code = 2


def state_path(run: Path | None, given: Path | None = None) -> Path:
    """The log that is named, else the user's for runs that lie in the same folder. Never inside a run folder."""
    if given is not None:
        return given.expanduser().absolute()
    folder = (run or Path.cwd()).resolve().parent
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", folder.name)[:40] or "runs"
    return data_folder() / "triage" / f"{name}-{sha256(str(folder).encode()).hexdigest()[:8]}.sqlite"


class Desk:
    """A log, what it amounts to, and the rules of adding to it."""

    def __init__(self, log: Log, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.log = log
        self.now = now
        self._lock = RLock()
        self._state = State()

    @property
    def state(self) -> State:
        """What holds now, entries of other processes included."""
        with self._lock:
            if self.log.last() > self._state.seen:
                self._state.fold(self.log.entries(after=self._state.seen))
            return self._state

    def note(self, who: str, text: str, campaign: str | None = None, account: str | None = None) -> None:
        """Words about a campaign or an account."""
        about = {"campaign": campaign} if account is None else {"account": account}
        self.write(who, "note", {**about, "text": _words(text, "a note")})

    def ask(self, who: str, campaign: str, text: str) -> None:
        """Say that a second person should look."""
        self.write(who, "ask", {"campaign": campaign, "text": _words(text, "what to look at")})

    def take(self, who: str, campaign: str) -> None:
        """Work on a campaign; takes it over from whoever had it."""
        self.write(who, "take", {"campaign": campaign, "from": self.state.case(campaign).taken_by})

    def release(self, who: str, campaign: str) -> None:
        """Give it back."""
        self._own(who, campaign)
        self.write(who, "release", {"campaign": campaign})

    def confirm(self, who: str, campaign: str, accounts: Sequence[str], why: str, run: str) -> None:
        """Propose to enforce accounts; it holds once somebody else approves."""
        with self._lock:
            case = self._own(who, campaign)
            if case.proposal is not None:
                raise RefusedError(
                    f"a confirmation by {case.proposal.by} waits already; approve, refuse or withdraw it"
                )
            verdicts = self.state.verdicts
            left = [each for each in accounts if each not in verdicts or verdicts[each].decision != "cleared"]
            if not left:
                raise RefusedError("no account is left to confirm: those chosen are cleared; reopen them first")
            detail = {"campaign": campaign, "accounts": left, "why": _words(why, "why it is confirmed"), "run": run}
            self.write(who, "confirm", detail)

    def approve(self, who: str, number: int) -> Proposal:
        """Be the second person."""
        with self._lock:
            proposal = self._waiting(number)
            if proposal.by == who:
                raise RefusedError("a confirmation needs a second person: you proposed this one")
            self.write(who, "approve", {"campaign": proposal.campaign, "proposal": number})
            return proposal

    def drop(self, who: str, number: int, why: str) -> Proposal:
        """Refuse somebody's proposal, or withdraw one's own."""
        with self._lock:
            proposal = self._waiting(number)
            action = "withdraw" if proposal.by == who else "refuse"
            detail = {"campaign": proposal.campaign, "proposal": number, "why": _words(why, "why")}
            self.write(who, action, detail)
            return proposal

    def clear(
        self, who: str, campaign: str, accounts: Sequence[str], why: str, whole: bool, run: str,
        elsewhere: Sequence[str] = (),
    ) -> None:  # fmt: skip
        """Accounts are innocent: it holds at once, also against an earlier confirmation, and in every campaign.

        `elsewhere`: other campaigns that some of them stand in; the log keeps that these were touched too.
        """
        self._own(who, campaign)
        detail = {"campaign": campaign, "accounts": _some(accounts), "why": _words(why, "why they are cleared")}
        also = {"elsewhere": list(elsewhere)} if elsewhere else {}
        self.write(who, "clear", {**detail, **also, "whole": whole, "run": run})

    def split(self, who: str, campaign: str, accounts: Sequence[str], why: str, run: str) -> str:
        """Set accounts apart; the name of their part."""
        with self._lock:
            self._own(who, campaign)
            taken = set(self.state.parts_of(campaign))
            number = next(n for n in range(2, len(taken) + 3) if f"{campaign}.{n}" not in taken)
            detail = {"campaign": campaign, "accounts": _some(accounts), "why": _words(why, "why they stand apart")}
            name = f"{campaign}.{number}"
            self.write(who, "split", {**detail, "name": name, "run": run})
            return name

    def merge(self, who: str, campaign: str, into: str, why: str) -> None:
        """Two campaigns are one."""
        with self._lock:
            self._own(who, campaign)
            if self.state.root(campaign) == self.state.root(into):
                raise RefusedError("they are one already")
            self.write(who, "merge", {"campaign": campaign, "into": into, "why": _words(why, "why they are one")})

    def reopen(self, who: str, campaign: str, accounts: Sequence[str], why: str, whole: bool) -> None:
        """Take decisions back: they leave what the next build is told, and stay in the log."""
        self._own(who, campaign)
        held = [each for each, verdict in self.state.verdicts.items() if verdict.campaign == campaign]
        chosen = held if whole else _some(accounts)
        detail = {"campaign": campaign, "accounts": chosen, "whole": whole, "why": _words(why, "why it is reopened")}
        self.write(who, "reopen", detail)

    def write(self, who: str, action: str, detail: Mapping[str, Any]) -> Entry:
        """Add to the log, and only then to what holds."""
        with self._lock:
            entry = self.log.append(self.now(), who, action, detail)
            _ = self.state
            return entry

    def _own(self, who: str, campaign: str) -> Case:
        case = self.state.case(campaign)
        if case.taken_by not in (None, who):
            raise RefusedError(f"{case.taken_by} has this campaign; take it over first, which they will see")
        return case

    def _waiting(self, number: int) -> Proposal:
        found = next((each for each in self.state.proposals() if each.seq == number), None)
        if found is None:
            raise RefusedError("this confirmation does not wait any more; look at the campaign again")
        return found


def told(state: State, before: pl.DataFrame) -> pl.DataFrame:
    """INPUT["decisions"] for the next build, sorted by account and time.

    A split is told by different campaigns, a merger by the same one: the contract has no other words for them, so
    that they bind where the accounts are confirmed.

    Args:
        state: what holds.
        before: OUTPUT["decisions"] of the run: what it was told, which stays for accounts that nothing was decided of.
    """
    rows = [
        (account, held.decision, state.name(held.campaign, account) if held.decision == "enforced" else None, held.at)
        for account, held in state.verdicts.items()
    ]
    schema = INPUT["decisions"]
    now = pl.DataFrame(rows, schema=schema, orient="row")
    kept = before.select(list(schema)).cast(dict(schema))  # type: ignore[arg-type]
    kept = kept.filter(~pl.col("account_id").is_in(sorted(state.touched)))
    return pl.concat([kept, now]).unique().sort("account_id", "decided_at", nulls_last=True)


def write_decisions(frame: pl.DataFrame, out: Path) -> None:
    """Write what `told` made. Raises RunFolderError."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        frame.write_parquet(out)
    except OSError as error:
        raise RunFolderError(f"{out}: cannot be written: {error.strerror or error}; choose another file") from error


def _words(text: str, what: str) -> str:
    said = text.strip()
    if not said:
        raise RefusedError(f"say {what}: an appeal may ask for it")
    if len(said) > MOST:
        raise RefusedError(f"that is {len(said):,} characters; {MOST:,} are kept")
    return said


def _some(accounts: Sequence[str]) -> list[str]:
    if not accounts:
        raise RefusedError("no account is chosen")
    return list(accounts)
