"""The order of the stages: the only place that knows it."""

from linkage.pipeline.masking import keep_values
from linkage.pipeline.stages import build, train

__all__ = ["build", "keep_values", "train"]
