"""Lines for a terminal: nothing that a log holds can drive it."""

from __future__ import annotations

import os
import sys

from linkage.progress import printable


def say(text: str) -> None:
    """Print lines with all that could drive a terminal escaped; a reader that has gone away ends us quietly."""
    try:
        print("\n".join(printable(line) for line in text.rstrip("\n").split("\n")), flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
