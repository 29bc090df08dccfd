"""Shared identifiers become evidence, evidence becomes links."""

from linkage.graph.evidence import evidence
from linkage.graph.links import Linked, group_cap, link, prior_bits
from linkage.graph.pairs import with_pairs

__all__ = ["Linked", "evidence", "group_cap", "link", "prior_bits", "with_pairs"]
