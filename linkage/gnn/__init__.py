"""Models that refine an account's suspicion: boosted trees and a graph neural network, against none at all."""

from linkage.gnn.features import Known, features
from linkage.gnn.learner import Learned
from linkage.gnn.saved import ModelError, load, save
from linkage.gnn.scene import HIDDEN, Assessed, Case
from linkage.gnn.stage import Opinion, opinion, opinions, untested

__all__ = [
    "HIDDEN",
    "Assessed",
    "Case",
    "Known",
    "Learned",
    "ModelError",
    "Opinion",
    "features",
    "load",
    "opinion",
    "opinions",
    "save",
    "untested",
]
