"""Groups of closely linked accounts."""

from linkage.communities.bridges import Bridged, bridges
from linkage.communities.group import group

__all__ = ["Bridged", "bridges", "group"]
