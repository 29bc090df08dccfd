"""Probabilities in the words of analysts.

The bands and words are those of Intelligence Community Directive 203, Analytic Standards (ODNI, 2 January 2015),
section D.6.e(2)(a). It leaves gaps under 1 % and over 99 %, and says nothing of the bounds: the outer bands are taken
to the ends here, and a bound belongs to the band above it.
"""

from __future__ import annotations

from typing import Final

#: Least probability -> words.
BANDS: Final = (
    (0.95, "almost certain"),
    (0.80, "very likely"),
    (0.55, "likely"),
    (0.45, "a roughly even chance"),
    (0.20, "unlikely"),
    (0.05, "very unlikely"),
    (0.0, "almost no chance"),
)
SOURCE: Final = "words of probability after Intelligence Community Directive 203 (2015)"
#: From here on something is very likely.
VERY_LIKELY: Final = BANDS[1][0]


def words(probability: float | None) -> str | None:
    """The words for a probability of 0 to 1; none for none."""
    if probability is None:
        return None
    return next(said for least, said in BANDS if probability >= least or least == 0.0)
