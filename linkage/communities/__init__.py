"""Groups of closely linked accounts."""

from linkage.communities.attach import attach
from linkage.communities.group import group
from linkage.communities.pooling import Pooled, Profiles, pool

__all__ = ["Pooled", "Profiles", "attach", "group", "pool"]
