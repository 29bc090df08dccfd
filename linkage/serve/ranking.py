"""The queue: which campaign to look at first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import polars as pl

from linkage.serve.catalogue import Catalogue
from linkage.serve.state import Case, State

#: One exchange lost to an innocent person weighs as much as so many of an operator's that go on.
HARM_WEIGHT: Final = 10.0
FORMULA: Final = (
    "priority = exchanges × suspicion × stability − {weight:g} × innocents expected × their likely use; "  # noqa: RUF001
    "their likely use is the mean of the members' exchanges, each weighted by the chance that it is innocent"
)


@dataclass(frozen=True, slots=True)
class Line:
    """A campaign in the queue; figures are those of the run."""

    campaign: int
    campaign_id: str
    accounts: int
    exchanges: int
    suspicion: float | None
    stability: float | None
    innocents: float | None
    likely_use: float
    gain: float
    harm: float
    priority: float
    operator: str | None
    capability: str | None
    first_seen: datetime | None
    last_seen: datetime | None


@dataclass(frozen=True, slots=True)
class Stand:
    """What was done about a campaign, for its line."""

    case: Case
    label: str
    fresh: int  # members that nothing was decided about, though the campaign is decided
    enforced: int
    cleared: int
    merged: str | None

    @property
    def open(self) -> bool:
        """Whether somebody still has to look."""
        return self.case.status in ("open", "proposed") or self.fresh > 0


def ranked(of: Catalogue, weight: float = HARM_WEIGHT) -> list[Line]:
    """All campaigns, the one most worth a look first.

    What is gained by looking is what an operator would otherwise go on doing; what may be lost is what innocent people
    among the members would have done. Both are in exchanges. Accounts that are surely innocent are not members, so the
    doubt about each member says who of them may be.
    """
    innocent = (1.0 - pl.col("suspicion").cast(pl.Float64)).fill_null(1.0)
    use = dict(
        of.all_members.group_by("campaign")
        .agg(use=(innocent * pl.col("exchanges")).sum(), doubt=innocent.sum(), mean=pl.col("exchanges").mean())
        .sort("campaign")
        .select("campaign", pl.when(pl.col("doubt") > 0).then(pl.col("use") / pl.col("doubt")).otherwise("mean"))
        .iter_rows()
    )
    lines = [_line(code, row, use.get(code) or 0.0, weight) for code, row in enumerate(of.campaigns.to_dicts())]
    return sorted(lines, key=lambda line: (-line.priority, line.campaign_id))


def _line(code: int, row: dict[str, object], use: float, weight: float) -> Line:
    def figure(name: str) -> float:
        value = row[name]
        return float(value) if isinstance(value, int | float) and value == value else 0.0

    gain = figure("exchanges") * figure("suspicion") * figure("stability")
    harm = weight * figure("innocents_expected") * use
    names = ("operator", "capability", "first_seen", "last_seen", "suspicion", "stability")
    return Line(
        campaign=code,
        campaign_id=str(row["campaign_id"]),
        accounts=int(figure("accounts")),
        exchanges=int(figure("exchanges")),
        innocents=row["innocents_expected"],  # type: ignore[arg-type]
        likely_use=use,
        gain=gain,
        harm=harm,
        priority=gain - harm,
        **{name: row[name] for name in names},  # type: ignore[arg-type]
    )


def stand(of: Catalogue, state: State, campaign: int, campaign_id: str) -> Stand:
    """What was done about a campaign of this run."""
    case = state.case(campaign_id)
    held: dict[str, int] = {"enforced": 0, "cleared": 0}
    fresh = 0
    if case.status in ("confirmed", "cleared") or state.verdicts:
        ids = of.members(campaign)["account_id"].to_list()
        for account in ids:
            verdict = state.verdicts.get(account)
            if verdict is not None:
                held[verdict.decision] += 1
        fresh = len(ids) - sum(held.values()) if case.status == "cleared" else _fresh(of, state, campaign)
    label = {
        "open": "taken by " + (case.taken_by or "") if case.taken_by else "open",
        "proposed": f"waits for a second person (proposed by {case.proposal.by})" if case.proposal else "open",
        "confirmed": "confirmed",
        "cleared": "cleared",
    }[case.status]
    root = state.root(campaign_id)
    return Stand(case, label, fresh, held["enforced"], held["cleared"], root if root != campaign_id else None)


def _fresh(of: Catalogue, state: State, campaign: int) -> int:
    """Core members without a decision, of a campaign that is confirmed."""
    case = state.case(of.campaigns["campaign_id"][campaign])
    if case.status != "confirmed":
        return 0
    core = of.members(campaign).filter("core")["account_id"]
    return sum(1 for account in core if account not in state.verdicts)
