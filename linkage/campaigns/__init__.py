"""Communities assessed: campaigns, honest groups, members."""

from linkage.campaigns.activity import activity, by_hour
from linkage.campaigns.assess import Assessment, assess, links_inside
from linkage.campaigns.content import Content
from linkage.campaigns.refined import refine
from linkage.campaigns.view import View

__all__ = ["Assessment", "Content", "View", "activity", "assess", "by_hour", "links_inside", "refine"]
