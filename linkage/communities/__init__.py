"""Groups of closely linked accounts."""

from linkage.communities.group import group

__all__ = ["group"]
