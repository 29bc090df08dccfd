"""How surprising the beginnings of a group's prompts are to who has read everybody else's.

What a language model writes is likelier than what people write (Gehrmann, Strobelt & Rush 2019, "GLTR: Statistical
detection and visualization of generated text"), and what is asked stands at the beginning as a rule. Here the judge is
an n-gram model of bytes, of any language, that has read the same number of prompts of every other group, so that no
large group says what is usual.

Only less surprise than usual says anything. More of it is how a rare language or a rare subject looks.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.predictable_settings import PredictableSettings
from linkage.similarity.vectors import utf8
from linkage.tables import schema

#: `surprise`: bits a byte, less what the texts that were read cost; `bits`: how rarely a group lies as low by chance.
PREDICTABLE = schema({"community": pl.Int32, "prompts": pl.Int64, "surprise": pl.Float64, "bits": pl.Float64})

Doubles = NDArray[np.float64]

#: The column of `novelty.surprise` that is the mean over the first bytes.
_BEGINNING = 3
#: A standard deviation is so many times the median distance from the median.
_NORMAL = 1.4826
#: The most that being unlike other groups can say; less than the least is chance.
_MOST, _LEAST = 8.0, 1.0


def predictable(prompts: pl.LazyFrame, members: pl.DataFrame, settings: PredictableSettings) -> pl.DataFrame:
    """How surprising each group's prompts begin, and how rarely chance makes them begin as plainly.

    Args:
        prompts: account, text; streamed twice.
        members: account, community: of the groups that are compared.
        settings: how much is read.

    Returns:
        PREDICTABLE, sorted by community: groups with text. Without rows where fewer than `least` groups have text.
    """
    texts = _drawn(prompts, members, settings.prompts)
    group = texts["community"].to_numpy()
    found = np.unique(group)
    if len(found) < settings.least:
        return pl.DataFrame(schema=PREDICTABLE)
    fold = np.arange(len(found)) % min(settings.folds, len(found))
    of = fold[np.searchsorted(found, group)]
    place = texts.select(pl.int_range(pl.len()).over("community")).to_series().to_numpy()
    cost = np.zeros(len(group))
    for each in range(int(fold.max()) + 1):
        mine = np.flatnonzero(of == each)
        share = -(-settings.reference_rows // int((fold != each).sum()))
        others = np.flatnonzero((of != each) & (place < share))
        others = others[np.arange(min(len(others), settings.reference_rows)) * len(others)
                        // min(len(others), settings.reference_rows)]  # fmt: skip
        cost[mine] = _cost(texts["text"], mine, others, settings)
    total, many = np.bincount(group, weights=cost), np.bincount(group)
    surprise = total[found] / many[found]
    return pl.DataFrame(
        {"community": found, "prompts": many[found], "surprise": surprise, "bits": _bits(surprise)}, schema=PREDICTABLE
    )


def _drawn(prompts: pl.LazyFrame, members: pl.DataFrame, most: int) -> pl.DataFrame:
    """community, text: at most so many of each, chosen by the hash of the text, in its order."""
    said = prompts.with_row_index("row").filter(pl.col("text").str.strip_chars().str.len_bytes() > 0)
    keyed = said.join(members.lazy(), on="account").select("row", "community", key=pl.col("text").hash(1))
    chosen = (
        keyed.collect(engine="streaming")
        .sort("community", "key", "row")
        .filter(pl.int_range(pl.len()).over("community") < most)
    )
    texts = said.filter(pl.col("row").is_in(chosen["row"].implode())).select("row", "text")
    return (
        chosen.join(texts.collect(engine="streaming"), on="row", maintain_order="left")
        .sort("community", "key", "text")
        .select("community", "text")
    )


def _cost(
    texts: pl.Series, mine: NDArray[np.int64], others: NDArray[np.int64], settings: PredictableSettings
) -> Doubles:
    """Bits a byte that the first bytes of some texts cost who has read others, less what those cost one another."""
    from linkage_kernels.novelty import surprise

    content, start = utf8(texts.gather(np.concatenate((mine, others))))
    read = np.arange(len(mine), len(mine) + len(others))
    cost = surprise(content, start, read, settings.order, settings.span)[:, _BEGINNING].astype(np.float64)
    plain: Doubles = cost[: len(mine)] - cost[len(mine) :].mean()
    return plain


def _bits(surprise: Doubles) -> Doubles:
    """How rarely a group lies as low: bits beyond an even chance, by what is usual among the groups."""
    usual = np.median(surprise)
    spread = max(float(_NORMAL * np.median(np.abs(surprise - usual))), 1e-9)
    chance = NormalDist()
    low = np.array([chance.cdf(min(0.0, (each - float(usual)) / spread)) for each in surprise.tolist()])
    bits = np.minimum(_MOST, -np.log2(np.maximum(2.0 * low, 2.0**-_MOST)))
    return np.where(bits < _LEAST, 0.0, bits)
