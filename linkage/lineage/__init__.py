"""What became of the campaigns of the build before, and the ids they keep."""

from linkage.lineage.trace import Previous, Traced, renamed, trace

__all__ = ["Previous", "Traced", "renamed", "trace"]
