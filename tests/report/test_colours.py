"""Figures on coloured ground can be read, in light and in dark: a contrast of 4.5 at least (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from linkage import report

CSS = (Path(report.__file__).parent / "html" / "static" / "report.css").read_text()
INK = {0: "low", 1: "low", 2: "low", 3: "mid", 4: "high", 5: "high"}


def light(colour: str) -> float:
    """Relative luminance of a colour."""
    digits = colour.lstrip("#")
    digits = "".join(each * 2 for each in digits) if len(digits) == 3 else digits
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("step", INK)
def test_each_step_carries_its_ink(scheme: int, step: int) -> None:
    ground = re.findall(rf"--q{step}: (#[0-9a-f]+);", CSS)[scheme]
    ink = re.findall(rf"--q-ink-{INK[step]}: (#[0-9a-f]+);", CSS)[scheme]
    darker, lighter = sorted((light(ground), light(ink)))
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5
    assert f".s{step} {{ background: var(--q{step}); color: var(--q-ink-{INK[step]}); }}" in CSS
