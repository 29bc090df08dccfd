"""What the assessment may look at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from linkage.campaigns.content import Content
from linkage.campaigns.known import Known

#: Kinds whose spread is looked at.
SPREAD = ("instrument", "issuer", "ip", "prefix", "device", "email_domain")

_NO_DOMAINS = pl.DataFrame(schema={"email_domain_top_value": pl.String, "email_domain_users": pl.UInt32})
_NO_MACHINES = pl.DataFrame(schema={"value": pl.String, "users": pl.Int64, "holders": pl.Int64})


class Weighing(NamedTuple):
    """How the bits of a link became its probability."""

    prior_bits: float  # against a random pair
    caps: Mapping[str, float]  # independence group -> most bits it can add
    min_probability: float  # pairs below it are no links
    kinds: Mapping[str, str]  # kind of identifier -> independence group


class Everybody(NamedTuple):
    """Figures of all accounts, that groups are held against."""

    accounts: int
    signed_up: pl.Series  # Datetime, sorted: of the accounts that have a sign-up
    born: pl.DataFrame  # account, rank: place of the sign-up among all, 0 to 1; of the same
    exchanges: float | None  # of the median account that made any
    moved: float  # share of `moves` that moved to the new model
    issuers: pl.DataFrame  # issuer_top_value, issuer_usual: share of payers with each issuer
    domains: pl.DataFrame = _NO_DOMAINS  # email_domain_top_value, email_domain_users: accounts with each domain
    days: float | None = None  # from the first exchange to the last
    machines: pl.DataFrame = _NO_MACHINES  # value, users, holders: accounts with each fingerprint, and with any
    handed: tuple[str, ...] = ()  # kinds of what many may be handed


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
    usage: pl.DataFrame | None = None  # account, model, day, exchanges, input_tokens, output_tokens
    moves: pl.DataFrame | None = None  # account, model, moved: accounts active soon after a new model appeared
    weighing: Weighing | None = None  # what robustness needs
    crowds: pl.DataFrame | None = None  # account, crowd: who uses a pool of crowded addresses, one row an account
    everybody: Everybody | None = None  # of `scope.narrowed`
    visits: pl.DataFrame | None = None  # account, place, prefix, count: of `scope.narrowed`
