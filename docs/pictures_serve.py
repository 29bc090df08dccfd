"""Pictures of `linkage serve` for the README: the queue in light, a campaign in dark.

python docs/pictures_serve.py demo/run

Needs a Chromium (LINKAGE_CHROMIUM, or one on the path) and playwright, as the tests do. The log of decisions is made up
and thrown away.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from linkage.io import Run  # noqa: E402
from tests.browser import launched  # noqa: E402
from tests.serve import apps  # noqa: E402

FOLDER: Final = ROOT / "docs" / "pictures"
_MOST: Final = 200_000


def main() -> None:
    """Take the pictures of the app on a run folder."""
    FOLDER.mkdir(exist_ok=True)
    port = apps.free_port()
    with tempfile.TemporaryDirectory() as scratch:
        app = apps.app(Path(scratch), Run.open(sys.argv[1]), port=port)
        first, second, third = (app.site.lines[n] for n in range(3))
        app.site.desk.take("bob", second.campaign_id)
        core = app.site.of.members(third.campaign).filter("core")["account_id"].to_list()
        app.site.desk.confirm("ann", third.campaign_id, core, "Cards rotated over one pool of exits.", app.site.of.hash)
        pictures = {"queue": ("/?state=all", "light", 720), "campaign": (f"/campaign/{first.campaign_id}", "dark", 900)}
        with apps.served(app, port) as base, launched() as browser:
            for name, (path, scheme, height) in pictures.items():
                page = browser.new_page(viewport={"width": 1280, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
                page.goto(f"{base}/login")
                page.fill("#token", apps.TOKENS["ann"])
                page.click("button:has-text('Log in')")
                page.goto(base + path)
                file = FOLDER / f"serve-{name}.png"
                page.screenshot(path=file)
                page.close()
                print(f"{file.name}: {file.stat().st_size:,} bytes")
                assert file.stat().st_size <= _MOST, f"{file.name} is larger than {_MOST:,} bytes"


if __name__ == "__main__":
    main()
