"""Groups of closely linked accounts."""

from linkage.communities.attach import attach
from linkage.communities.bridges import Bridged, bridges
from linkage.communities.group import group
from linkage.communities.pooling import Pooled, Profiles, pool
from linkage.communities.queues import one_queue, pools

__all__ = ["Bridged", "Pooled", "Profiles", "attach", "bridges", "group", "one_queue", "pool", "pools"]
