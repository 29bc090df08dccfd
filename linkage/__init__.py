"""Find the accounts one operator runs in an AI provider's logs.

    import linkage

    run = linkage.build("logs/", linkage.Settings(seed=7))
    run.campaigns            # a typed Polars frame; so are accounts, members, links, evidence, ...
    run.campaigns[0]         # a Campaign: its accounts, links and evidence, to_networkx(), to_pyg()
    run.save("case")

`build` is the command `linkage build`; `Run.open` opens a run folder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["Run", "Settings", "__version__", "build", "read_settings"]

if TYPE_CHECKING:
    from linkage.io import Run
    from linkage.pipeline import build
    from linkage.settings import Settings, read_settings

#: Where the public names live: imported when first asked for, so that `import linkage` stays light.
_HOME = {
    "Run": "linkage.io",
    "Settings": "linkage.settings",
    "build": "linkage.pipeline",
    "read_settings": "linkage.settings",
}


def __getattr__(name: str) -> Any:
    """Import a public name on first use (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module 'linkage' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOME[name]), name)
