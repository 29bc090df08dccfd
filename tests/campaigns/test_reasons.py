"""What speaks for a campaign and against it."""

from __future__ import annotations

import pytest

from linkage.campaigns.reasons import weigh
from linkage.settings import CampaignSettings


@pytest.mark.parametrize(("themes", "bits"), [(None, -2.0), (0.3, -2.0), (0.65, -1.0), (0.9, 0.0)])
def test_who_puts_all_in_new_words_writes_nothing_twice(themes: float | None, bits: float) -> None:
    row = {"accounts": 20, "content": 0.0, "prompts": 200, "themes": themes}
    (said,) = weigh(row, CampaignSettings())["content"]
    assert said.bits == pytest.approx(bits)
