"""The order of the stages: the only place that knows it."""

from linkage.pipeline.stages import build, train

__all__ = ["build", "train"]
