"""Posteriors and families of campaigns -> names: of documented operators, of unknown ones, or none."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256

import numpy as np
import polars as pl

from linkage.attribution.chance import Floats
from linkage.attribution.shared import families
from linkage.settings import AttributionSettings

#: What the name of an operator without a dossier begins with.
UNKNOWN = "unknown operator"
#: What carries a campaign whose accounts work for others too.
RELAY = "unnamed relay"


@dataclass(slots=True)
class Verdict:
    """What is said of one rung of one campaign."""

    name: str | None = None
    confidence: float | None = None
    lead: int | None = None  # a named campaign that is probably the same operator's
    likely: float | None = None  # chance that the name of `lead` is right here too
    fellows: list[int] = field(default_factory=list)  # campaigns of the same unknown operator
    conflict: bool = False  # its family has two names


def named(names: pl.DataFrame, role: str, campaigns: int, settings: AttributionSettings) -> list[Verdict]:
    """The documented name of each campaign, where the posterior reaches the threshold and two groups speak for it."""
    out = [Verdict() for _ in range(campaigns)]
    best = names.filter(pl.col("role") == role).unique("campaign", keep="first", maintain_order=True)
    for row in best.iter_rows(named=True):
        if row["posterior"] >= settings.threshold and row["groups"] >= 2:
            out[row["campaign"]] = Verdict(row["name"], row["posterior"])
    return out


def spread(verdicts: list[Verdict], same: Floats, ids: list[str], settings: AttributionSettings) -> None:
    """What campaigns share with others, where no dossier names them; changes `verdicts`.

    In a family (`shared.families`) with a documented name the campaigns that have none get a lead to the one that has
    it, not its name: what ties them is evidence of one infrastructure, and who else uses that is not known. A family
    with two names gives none. A family without a name is one unknown operator's, called after its first campaign id.
    """
    for family in families(same, settings.threshold):
        known = [one for one in family if verdicts[one].name is not None]
        if len({verdicts[one].name for one in known}) > 1:
            for one in family:
                verdicts[one].conflict = True
            continue
        for one in family:
            if one in known:
                continue
            if known:
                sure = [float(verdicts[other].confidence or 0.0) * float(same[one, other]) for other in known]
                source = int(np.argmax(sure))
                if sure[source] >= 0.5:
                    verdicts[one] = Verdict(lead=known[source], likely=sure[source])
            else:
                others = [other for other in family if other != one]
                first = min(ids[each] for each in family)
                name = f"{UNKNOWN} U-{sha256(first.encode()).hexdigest()[:8]}"
                chance = float(max(same[one, other] for other in others))
                verdicts[one] = Verdict(name, chance, fellows=others)
