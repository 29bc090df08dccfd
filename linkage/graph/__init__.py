"""Shared identifiers become evidence, evidence becomes links."""

from linkage.graph.evidence import evidence
from linkage.graph.links import Linked, group_cap, link, prior_bits

__all__ = ["Linked", "evidence", "group_cap", "link", "prior_bits"]
