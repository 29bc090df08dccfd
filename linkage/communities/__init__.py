"""Groups of closely linked accounts."""

from linkage.communities.leiden import group

__all__ = ["group"]
