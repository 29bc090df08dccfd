"""Who runs a campaign: dossiers and shared infrastructure -> operators, with confidence and rivals; abstains."""

from linkage.attribution.stage import UNKNOWN, Attribution, attribute

__all__ = ["UNKNOWN", "Attribution", "attribute"]
