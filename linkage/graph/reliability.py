"""Whether the probability of links means what it says, as far as a build can tell without truth."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.graph.links import Linked
from linkage.graph.trust import DIFFERENT, SAME, SAYS

BINS: Final = 10


def curve(linked: Linked, decided: NDArray[np.int8]) -> list[dict[str, Any]]:
    """Links by tenths of probability, those without links left out.

    Args:
        linked: the final links.
        decided: int8[links], from `trust.decided_pairs`.

    Returns:
        A row a bin: `low`, `high`, `links`, mean `probability`; `corroborated`, the share that two groups or more speak
        for; `expected`, the share that belongs together as far as the other groups tell: a lone pair of a group counts
        what was learned of it, else its probability; `decided` pairs and, of these, the share that is the `same` (null
        without any).
    """
    links = linked.links
    if links.is_empty():
        return []
    groups = sorted(linked.caps)
    says = [
        (links.select(pl.sum_horizontal(c for c, its in linked.channels.items() if its == group)).to_series() >= SAYS)
        for group in groups
    ]
    speak = np.column_stack([each.to_numpy() for each in says])
    several = speak.sum(axis=1) > 1
    score = links["probability"].to_numpy().astype(np.float64)
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
                "corroborated": round(float(several[inside].mean()), 4),
                "expected": round(float(expected[inside].mean()), 4),
                "decided": same + apart,
                "same": round(same / (same + apart), 4) if same + apart else None,
            }
        )
    return rows
