"""Whether the probability of links means what it says, as far as a build can tell without truth."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.graph.assessed import evidence_alone
from linkage.graph.links import Linked
from linkage.graph.trust import DIFFERENT, SAME, SAYS
from linkage.tables import ASSESSMENT

BINS: Final = 10
#: Links whose ends stand in two groups.
BETWEEN: Final = "between"


def curve(linked: Linked, decided: NDArray[np.int8]) -> list[dict[str, Any]]:
    """Links by tenths of probability, those without links left out.

    Args:
        linked: the final links.
        decided: int8[links], from `trust.decided_pairs`.

    Returns:
        A row a bin: `low`, `high`, `links`, mean `probability`, what `evidence` alone would say; `corroborated`, the
        share that two groups or more speak for; `expected`, the share that belongs together as far as the other groups
        tell: a lone pair of a group counts what was learned of it, else its probability; `decided` pairs and, of
        these, the share that is the `same` (null without any).
    """
    links = linked.links
    if links.is_empty():
        return []
    groups = sorted(set(linked.caps) - {ASSESSMENT})
    says = [
        (links.select(pl.sum_horizontal(c for c, its in linked.channels.items() if its == group)).to_series() >= SAYS)
        for group in groups
    ]
    speak = np.column_stack([each.to_numpy() for each in says])
    several = speak.sum(axis=1) > 1
    score = links["probability"].to_numpy().astype(np.float64)
    alone_says = evidence_alone(links, linked.prior_bits)["probability"].to_numpy()
    expected = score.copy()
    for at, group in enumerate(groups):
        alone = linked.learned.get(group, {}).get("alone")
        if alone is not None:
            lone = speak[:, at] & ~several
            expected[lone] = np.minimum(score[lone], alone)
    slot = np.clip((score * BINS).astype(np.int64), 0, BINS - 1)
    rows = []
    for each in np.unique(slot).tolist():
        inside = slot == each
        same, apart = int((decided[inside] == SAME).sum()), int((decided[inside] == DIFFERENT).sum())
        rows.append(
            {
                "low": each / BINS,
                "high": (each + 1) / BINS,
                "links": int(inside.sum()),
                "probability": round(float(score[inside].mean()), 4),
                "evidence": round(float(alone_says[inside].mean(dtype=np.float64)), 4),
                "corroborated": round(float(several[inside].mean()), 4),
                "expected": round(float(expected[inside].mean()), 4),
                "decided": same + apart,
                "same": round(same / (same + apart), 4) if same + apart else None,
            }
        )
    return rows


def by_group(linked: Linked, accounts: pl.DataFrame, communities: pl.DataFrame) -> list[dict[str, Any]]:
    """Links by what was found of the group they stand in, and what that makes of their probability.

    Args:
        linked: the final links.
        accounts: account, community_id.
        communities: community_id, campaign_id, explanation.

    Returns:
        A row for links of a `campaign`'s group, of groups by their explanation (null: none fits) and `between` groups:
        `links`, mean `probability`, what the `evidence` alone would say. The most links first.
    """
    named = communities.with_columns(
        group=pl.when(pl.col("campaign_id").is_not_null()).then(pl.lit("campaign")).otherwise("explanation")
    ).with_row_index("place")
    names = [BETWEEN, *named["group"].unique(maintain_order=True)]
    place = accounts.join(named, on="community_id", how="left", maintain_order="left")["place"]
    a, b = (linked.links[end].to_numpy() for end in ("account_a", "account_b"))
    of = np.full(1 + max(int(each.max(initial=0)) for each in (a, b, accounts["account"].to_numpy())), -1, np.int64)
    of[accounts["account"].to_numpy()] = place.cast(pl.Int64).fill_null(-1).to_numpy()
    kind = np.array([0, *(names.index(name, 1) for name in named["group"])], np.int64)
    group = kind[np.where(of[a] == of[b], of[a] + 1, 0)]
    count = np.bincount(group, minlength=len(names))
    said = {
        "probability": linked.links["probability"],
        "evidence": evidence_alone(linked.links, linked.prior_bits)["probability"],
    }
    sums = {name: np.bincount(group, each.to_numpy().astype(np.float64), len(names)) for name, each in said.items()}
    return [
        {
            "group": names[at],
            "links": int(count[at]),
            **{name: round(float(sums[name][at] / count[at]), 4) for name in said},
        }
        for at in sorted(range(len(names)), key=lambda at: (-int(count[at]), at))
        if count[at]
    ]
