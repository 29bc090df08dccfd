"""What `evaluate` hands back: frozen records of what was measured."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Scores:
    """Precision, recall and their harmonic mean."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


@dataclass(frozen=True, slots=True)
class Clustering:
    """How two clusterings of the same accounts agree."""

    accounts: int
    pairwise: Scores
    b_cubed: Scores


@dataclass(frozen=True, slots=True)
class Bin:
    """Accounts with a suspicion of `low` up to `high`: their mean score, and how many are guilty in fact."""

    low: float
    high: float
    accounts: int
    suspicion: float | None
    guilty: float | None


@dataclass(frozen=True, slots=True)
class Suspicion:
    """How suspicion ranks accounts, and whether it means what it says."""

    accounts: int
    guilty: int
    base_rate: float
    average_precision: float | None
    precision_at: dict[str, float]
    calibration_error: float
    brier: float
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class LinkBin:
    """Links with a probability of `low` up to `high`: its mean, and the share that truth puts together."""

    low: float
    high: float
    links: int
    probability: float | None
    same: float | None


@dataclass(frozen=True, slots=True)
class Reliability:
    """Whether the probability of a link means what it says."""

    links: int
    same: int
    calibration_error: float
    bins: tuple[LinkBin, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """Honest accounts of one kind, and how many of them stand in a campaign."""

    kind: str
    honest: int
    in_campaigns: int


@dataclass(frozen=True, slots=True)
class Innocents:
    """Honest accounts in campaigns; `guilty_share` is the share of accounts in campaigns that belong there."""

    honest: int
    in_campaigns: int
    share: float
    guilty_share: float | None
    kinds: tuple[Kind, ...]


@dataclass(frozen=True, slots=True)
class TrueCampaign:
    """What became of a campaign: the found one that shares most accounts with it, and how many it is spread over."""

    campaign: str
    accounts: int
    found_as: str | None
    shared: int
    recall: float
    precision: float | None
    pieces: int


@dataclass(frozen=True, slots=True)
class FoundCampaign:
    """What a found campaign is made of: the true one it holds most of (null: honest accounts only)."""

    campaign_id: str
    accounts: int
    guilty: int
    mostly: str | None
    purity: float


@dataclass(frozen=True, slots=True)
class Named:
    """Operators named: how many could be, were, and rightly."""

    nameable: int
    named: int
    right: int
    accuracy: float | None
    coverage: float | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything measured; `to_dict` for machines, `render` for people."""

    accounts: int
    labelled: int
    not_in_truth: int
    not_in_run: int
    campaigns: Clustering
    communities: dict[str, Clustering]
    suspicion: Suspicion | None
    innocents: Innocents | None
    true_campaigns: tuple[TrueCampaign, ...]
    found_campaigns: tuple[FoundCampaign, ...]
    operators_of_accounts: Named | None
    operators_of_campaigns: Named | None
    links: dict[str, Reliability]
    assessed_links: dict[str, Reliability]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON, each F1 among them."""
        plain: dict[str, Any] = _plain(self)
        return plain

    def render(self) -> str:
        """Tables a person reads."""
        from linkage.evaluate.text import render  # which stands on these records

        return render(self)


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        plain = {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
        return {**plain, "f1": value.f1} if isinstance(value, Scores) else plain
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, tuple) else value
