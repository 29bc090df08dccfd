"""Communities on one pool of addresses that one queue of work feeds."""

from __future__ import annotations

import polars as pl

from linkage import communities, identifiers, io, similarity
from linkage.identifiers import Shared
from linkage.settings import Settings


def one_queue(tables: io.Tables, shared: Shared, memberships: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """MEMBERSHIPS with these joined. The exchanges are read again only where several communities share a pool."""
    if not settings.queues.enabled:
        return memberships
    of = communities.pools(memberships, identifiers.crowds(shared), settings.queues.communities)
    exchanges = tables.exchanges_of(of["account"])
    if of.is_empty() or exchanges is None:
        return memberships
    with io.guard("exchanges"):
        handed = similarity.handed(exchanges, of, settings.queues)
    return communities.one_queue(memberships, of, handed, settings.queues)
