"""What the app shows of a value: a pseudonym, until somebody unmasks it, which is logged first."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from linkage.privacy import PrivacyError, fingerprint, looks_masked, plain, pseudonym, user_key
from linkage.privacy.keys import VARIABLE, data_folder
from linkage.privacy.vault import look_up, note, vault_path
from linkage.report.gather import PAIRWISE
from linkage.serve.catalogue import Catalogue
from linkage.serve.desk import Desk

#: Kinds whose values are this program's words.
WORDED: Final = frozenset({"crowd", "prompt", *PAIRWISE})


class Masks:
    """Pseudonyms of one run, and the way behind them."""

    def __init__(self, of: Catalogue, desk: Desk, secret: bytes, vault: Path | None) -> None:
        """`secret` makes pseudonyms for a run that has values as they are: no key of the user is needed to look."""
        about = of.manifest.get("privacy")
        self._about: Mapping[str, Any] = about if isinstance(about, Mapping) else {}
        self._of, self._desk, self._secret, self._vault = of, desk, secret, vault
        self.pseudonymised = bool(self._about.get("pseudonymised"))

    def shown(self, kind: str | None, value: str | None) -> str:
        """What stands on a page for a value."""
        if value is None:
            return "-"
        kind = kind or "unnamed"
        if kind in WORDED or (self.pseudonymised and looks_masked(value)):
            return value
        if self.pseudonymised:
            return value  # stands for nobody: a placeholder
        return pseudonym(kind, value, self._secret)

    def hides(self, kind: str | None, value: str | None) -> bool:
        """Whether there is something behind what is shown."""
        return (value is not None and self.shown(kind, value) != value) or (
            self.pseudonymised and looks_masked(value or "")
        )

    def unmasked(self, who: str, kind: str, value: str) -> str:
        """What a value is. The look is logged, here and beside the vault, before it is told.

        Raises:
            PrivacyError: the vault does not hold it, or a look cannot be logged.
        """
        said = self.shown(kind, value)
        if not self.hides(kind, value):
            return value
        if not self.pseudonymised:
            self._desk.write(who, "unmask", {"kind": kind, "pseudonym": said, "known": True})
            return value
        where = vault_path(self._vault)
        found = look_up(where, [value], str(self._about.get("key_fingerprint")))
        self._desk.write(who, "unmask", {"kind": kind, "pseudonym": said, "known": found.height > 0})
        run = str(self._of.run.path or "a run in memory")
        note(where, self._desk.now(), f"unmask (serve, {who})", run, [value], set(found["pseudonym"]))
        if found.is_empty():
            raise PrivacyError("the vault does not hold this value: it was built elsewhere, or purged")
        return ", ".join(sorted(set(found["value"])))

    def behind(self, text: str, kinds: list[str]) -> list[tuple[str, str]]:
        """kind and value, as the run holds them, that a text somebody typed could mean.

        A value as it is finds its pseudonym where the user's key is the one the run was made with.
        """
        if not self.pseudonymised:
            return [(kind, plain(kind, text)[1]) for kind in kinds]
        found = [(text.split(":", 1)[0], text)] if looks_masked(text) else []
        settings = self._of.manifest.get("settings")
        asked = settings.get("privacy") if isinstance(settings, Mapping) else None
        file = asked.get("key_file") if isinstance(asked, Mapping) else None
        if not (file or os.environ.get(VARIABLE) or (data_folder() / "key").exists()):
            return found  # a search makes no key
        try:
            key = user_key(file)
        except PrivacyError:
            return found
        if fingerprint(key) != self._about.get("key_fingerprint"):
            return found
        return [*found, *((kind, pseudonym(kind, plain(kind, text)[1], key)) for kind in kinds)]
