"""Exact identifiers: who used which value, how rare it is, which are hubs, and who shares those."""

from linkage.identifiers.crowds import crowds, with_crowds
from linkage.identifiers.stage import Shared, gather, share, touches

__all__ = ["Shared", "crowds", "gather", "share", "touches", "with_crowds"]
