"""Pictures of a run's report for the README: the overview, the largest campaign in dark, its graph.

python docs/pictures.py demo/run

Needs a Chromium (LINKAGE_CHROMIUM, or one on the path) and playwright, as the tests do.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser import launched  # noqa: E402

FOLDER: Final = ROOT / "docs" / "pictures"
#: File -> part of the report, colours, height.
PICTURES: Final = {
    "overview": ("#overview", "light", 1080),
    "campaign": ("#c1", "dark", 1080),
    "graph": ("#c1-graph", "light", 1000),
    "timeline": ("#c1-timeline", "light", 980),
}
_MOST: Final = 200_000


def main() -> None:
    """Take the pictures of the report in a run folder."""
    report = (Path(sys.argv[1]) / "report.html").resolve()
    FOLDER.mkdir(exist_ok=True)
    with launched() as browser:
        for name, (view, scheme, height) in PICTURES.items():
            page = browser.new_page(viewport={"width": 1280, "height": height}, color_scheme=scheme)
            page.goto(f"{report.as_uri()}{view}")
            page.screenshot(path=FOLDER / f"{name}.png")
            page.close()
            size = (FOLDER / f"{name}.png").stat().st_size
            print(f"{name}.png: {size:,} bytes")
            assert size <= _MOST, f"{name}.png is larger than {_MOST:,} bytes"


if __name__ == "__main__":
    main()
