"""What the assessment may look at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from linkage.campaigns.content import Content
from linkage.campaigns.known import Known


class View(NamedTuple):
    """Tables about accounts, from the stages before. Country and language are not among what is read."""

    accounts: pl.DataFrame  # ACCOUNTS
    active: pl.DataFrame | None  # ACTIVITY
    touched: pl.DataFrame | None  # account, ip, device, count, first_seen, last_seen
    addresses: pl.DataFrame | None  # ADDRESSES
    uses: pl.DataFrame  # USES
    hubs: pl.DataFrame  # OUTPUT["hubs"]
    channels: Mapping[str, str]  # column of LINKS -> independence group
    content: Content | None = None  # templates by account, where prompts were compared
    known: Known | None = None  # what people decided before
