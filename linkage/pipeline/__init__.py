"""The order of the stages: the only place that knows it."""

from linkage.pipeline.build import build

__all__ = ["build"]
