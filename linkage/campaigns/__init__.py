"""Communities assessed: campaigns, honest groups, members."""

from linkage.campaigns.activity import activity, hours
from linkage.campaigns.assess import Assessment, assess, links_inside, settle
from linkage.campaigns.content import Content
from linkage.campaigns.details import by_hour as hours_inside
from linkage.campaigns.details import by_model as models_inside
from linkage.campaigns.details import by_template as templates_inside
from linkage.campaigns.known import Known
from linkage.campaigns.leads import leads
from linkage.campaigns.plain import asked, plain_leads, plain_said, prompts_alone
from linkage.campaigns.refined import refine
from linkage.campaigns.view import View, Weighing

__all__ = [
    "Assessment",
    "Content",
    "Known",
    "View",
    "Weighing",
    "activity",
    "asked",
    "assess",
    "hours",
    "hours_inside",
    "leads",
    "links_inside",
    "models_inside",
    "plain_leads",
    "plain_said",
    "prompts_alone",
    "refine",
    "settle",
    "templates_inside",
]
