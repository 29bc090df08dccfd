"""What people decided before, and how it binds."""

from linkage.decisions.bind import bind
from linkage.decisions.resolve import Resolved, outcomes, resolve
from linkage.decisions.returning import doubtful, returning
from linkage.decisions.ties import KIND, Apart, apart, together

__all__ = ["KIND", "Apart", "Resolved", "apart", "bind", "doubtful", "outcomes", "resolve", "returning", "together"]
