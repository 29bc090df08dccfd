"""Shared identifiers become evidence, evidence becomes links."""

from linkage.graph.additive import STEPS
from linkage.graph.assessed import assessed, by_group, telling
from linkage.graph.evidence import evidence
from linkage.graph.links import Linked, group_cap, link, prior_bits
from linkage.graph.pairs import with_pairs
from linkage.graph.reliability import curve
from linkage.graph.trust import decided_pairs, learn

__all__ = [
    "STEPS",
    "Linked",
    "assessed",
    "by_group",
    "curve",
    "decided_pairs",
    "evidence",
    "group_cap",
    "learn",
    "link",
    "prior_bits",
    "telling",
    "with_pairs",
]
