"""How many members sign up in a wave by chance."""

from __future__ import annotations

import math

#: Share of members that sign up in a wave by chance, and its variance times their number. Of exponential gaps one in
#: p = 1 - exp(-0.1) is short; a member is in a wave beside a short gap, and two neighbours share one.
_SHORT = 1.0 - math.exp(-0.1)
WAVE = 1.0 - (1.0 - _SHORT) ** 2
WAVE_VARIANCE = WAVE * (1.0 - WAVE) + 2.0 * (_SHORT + (1.0 - _SHORT) * _SHORT**2 - WAVE**2)
#: Standard errors above chance from which it is none.
_SURPRISE = 2.0


def beyond_chance(wave: float, dated: float) -> float:
    """Share of members in waves that chance does not explain: what is left of it two standard errors further down."""
    return wave - _SURPRISE * math.sqrt(WAVE_VARIANCE / dated)
