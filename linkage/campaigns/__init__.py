"""Communities assessed: campaigns, honest groups, members."""

from linkage.campaigns.activity import activity, hours
from linkage.campaigns.assess import Assessment, assess, links_inside
from linkage.campaigns.content import Content
from linkage.campaigns.known import Known
from linkage.campaigns.refined import refine
from linkage.campaigns.view import View, Weighing

__all__ = [
    "Assessment",
    "Content",
    "Known",
    "View",
    "Weighing",
    "activity",
    "assess",
    "hours",
    "links_inside",
    "refine",
]
