"""Worlds with planted campaigns and honest look-alikes, written in the input contract with the truth beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.simulate.world import PRESETS, Scenario, World

if TYPE_CHECKING:
    from pathlib import Path

    from linkage.simulate.run import Summary

__all__ = ["PRESETS", "Scenario", "World", "simulate"]


def simulate(out: Path, settings: World) -> Summary:
    """Write the world of `settings` into the new or empty folder `out`; the same settings, the same bytes."""
    from linkage.simulate import run

    return run.simulate(out, settings)
