from __future__ import annotations

from collections.abc import Callable

import pytest

import linkage
from tests.explain import worlds

Build = Callable[..., linkage.Run]


@pytest.fixture(scope="session")
def crew() -> linkage.Run:
    return worlds.built(worlds.crew())


@pytest.fixture(scope="session")
def dealt() -> linkage.Run:
    return worlds.built(worlds.dealt())
