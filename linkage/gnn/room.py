"""What models are taught, and of which accounts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from linkage.gnn import labels
from linkage.gnn.drawn import chosen, near
from linkage.gnn.graph import graph
from linkage.gnn.labels import Lessons
from linkage.gnn.learner import Learned, learn
from linkage.gnn.scene import Case, Scene, communities_of, shown
from linkage.gnn.trial import Seen, whole_lessons
from linkage.gnn_settings import GnnSettings


class Room(NamedTuple):
    """What is taught, and of which accounts."""

    scene: Scene
    seen: Seen
    lessons: Lessons
    decided: NDArray[np.int8]  # of the nodes learned from
    community: NDArray[np.int32]
    part: NDArray[np.int64]


def room_for(case: Case, settings: GnnSettings, seed: int) -> Room | str:
    """The accounts to learn from; in words why there is nothing to learn."""
    of = graph(case.links, case.channels)
    community = communities_of(case.community, of.accounts)
    decided = labels.decided(case.decisions, case.ids, of.accounts)
    weak = labels.weak(case.whole.accounts, case.whole.communities, of.accounts, community, settings.sure_bits)
    at = chosen(labels.lessons(weak, decided, community).label, decided, community, settings.lessons, seed)
    scene = Scene(case, of, at, *near(of, at, settings.fan_out, seed))
    seen = shown(scene, case.whole, community[at], settings)
    lessons = labels.lessons(seen.weak, decided[at], community[at])
    if why := too_little(lessons.label, community[at], settings):
        return why
    part = labels.folds(lessons.label, community[at], settings.folds)
    return Room(scene, seen, lessons, decided[at], community[at], part)


def too_little(label: NDArray[np.int8], community: NDArray[np.int32], settings: GnnSettings) -> str | None:
    """In words, where the communities with a label are too few."""
    known, guilty = len(np.unique(community[label >= 0])), len(np.unique(community[label == 1]))
    if known < settings.min_communities or guilty < settings.min_campaigns:
        return (
            f"too little to learn from: {known} sure communities, {guilty} of them campaigns "
            f"(at least {settings.min_communities} and {settings.min_campaigns})"
        )
    return None


def taught(room: Room, name: str, settings: GnnSettings, seed: int, device: str) -> Learned:
    """A model taught on all lessons."""
    on = room.seen.on
    return learn(name, on, *whole_lessons(room.lessons, len(on.x)), settings, seed, device)
