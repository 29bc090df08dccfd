"""What two accounts do alike: prompts, times, failover, succession."""

from linkage.similarity.activity import activity
from linkage.similarity.births import births
from linkage.similarity.failover import failover
from linkage.similarity.habits import habits
from linkage.similarity.nearest import nearest
from linkage.similarity.passing import once
from linkage.similarity.pooled import means
from linkage.similarity.predictable import predictable
from linkage.similarity.prompts import SHARED, Templates, templates
from linkage.similarity.queues import handed
from linkage.similarity.releases import moves, usage
from linkage.similarity.significance import Found
from linkage.similarity.succession import succession
from linkage.similarity.text_cache import chosen_folder
from linkage.similarity.timeline import Sent, Timeline, hours, ordered, sent, timeline
from linkage.similarity.vectors import UNTIMED, Vectors, vectors

__all__ = [
    "SHARED",
    "UNTIMED",
    "Found",
    "Sent",
    "Templates",
    "Timeline",
    "Vectors",
    "activity",
    "births",
    "chosen_folder",
    "failover",
    "habits",
    "handed",
    "hours",
    "means",
    "moves",
    "nearest",
    "once",
    "ordered",
    "predictable",
    "sent",
    "succession",
    "templates",
    "timeline",
    "usage",
    "vectors",
]
