"""Exact identifiers: who used which value, how rare it is, which are hubs, and who shares those."""

from linkage.identifiers.crowds import crowds, with_crowds
from linkage.identifiers.restored import restore
from linkage.identifiers.stage import Shared, gather, share, strangers, touches

__all__ = ["Shared", "crowds", "gather", "restore", "share", "strangers", "touches", "with_crowds"]
