"""Exact identifiers: who used which value, how rare it is, which are hubs."""

from linkage.identifiers.stage import Shared, gather, share, touches

__all__ = ["Shared", "gather", "share", "touches"]
