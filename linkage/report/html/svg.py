"""SVG as escaped markup, element by element. Presentation attributes only: a strict CSP forbids style attributes."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup, escape

Value = str | int | float | None


def el(name: str, *children: str, **attributes: Value) -> Markup:
    """An element. Texts are escaped, markup is not; `class_` is class, `_` in a name is `-`, none leaves it away."""
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(shown(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    inside = "".join(escape(child) for child in children)
    return Markup(f"<{name}{said}>{inside}</{name}>")


def joined(parts: Iterable[str]) -> Markup:
    """Parts one after the other."""
    return Markup("".join(escape(part) for part in parts))


def shown(value: Value) -> str:
    """A coordinate with at most one place, anything else as it is."""
    if isinstance(value, float):
        return f"{round(value, 1) + 0.0:.1f}".removesuffix(".0")
    return str(value)


def drawing(width: int, height: int, title: str, *children: str, class_: str = "", **attributes: Value) -> Markup:
    """A picture with a name for who cannot see it; as wide as its place, at most `width`."""
    return el(
        "svg",
        *children,
        class_=f"drawing {class_}".strip(),
        viewBox=f"0 0 {width} {height}",
        width=width,
        height=height,
        role="img",
        aria_label=title,
        **attributes,
    )


def boxes(at: Iterable[tuple[float, float, float, float]]) -> str:
    """Path data of boxes (x, y, width, height): one path instead of hundreds of elements."""
    return "".join(f"M{shown(x)} {shown(y)}h{shown(w)}v{shown(h)}h{shown(-w)}z" for x, y, w, h in at)


def dots(at: Iterable[tuple[float, float]]) -> str:
    """Path data of dots, drawn by a round line cap."""
    return "".join(f"M{shown(float(x))} {shown(float(y))}h0" for x, y in at)
