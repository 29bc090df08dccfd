"""What an investigator asks of a finished run: which campaigns, why this one, why these accounts, what changed.

Functions of a run's tables that return typed results; beside each, the lines a terminal shows.
"""

from linkage.explain.account import Account, explain_account
from linkage.explain.diff import Difference, diff
from linkage.explain.dossier import Dossier, dossier
from linkage.explain.overview import Order, Overview, overview
from linkage.explain.pair import Pair, explain_pair
from linkage.explain.text import account_lines, pair_lines
from linkage.explain.text_campaigns import difference_lines, dossier_lines, overview_lines
from linkage.explain.words import as_json

__all__ = [
    "Account",
    "Difference",
    "Dossier",
    "Order",
    "Overview",
    "Pair",
    "account_lines",
    "as_json",
    "diff",
    "difference_lines",
    "dossier",
    "dossier_lines",
    "explain_account",
    "explain_pair",
    "overview",
    "overview_lines",
    "pair_lines",
]
