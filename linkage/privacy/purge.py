"""Deleting what was kept long enough: run folders and rows of vaults."""

from __future__ import annotations

import json
import shutil
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from linkage.privacy.errors import PrivacyError
from linkage.privacy.vault import expired, forget, is_vault

_MANIFEST = "manifest.json"
_FORMAT = 1


class Purged(NamedTuple):
    """What became of one run folder or vault."""

    path: Path
    deleted: int  # rows of a vault; 1 for a run folder that goes
    why: str


def purge(path: Path, today: date, older_than: int | None, dry: bool) -> Purged:
    """Delete a run folder, or rows of a vault, past their time.

    A run's age counts from when its manifest was written. It goes when it is older than its own retention (the
    manifest's `privacy.retention_days`), or than `older_than` days where that is given.

    Args:
        path: a run folder or a vault.
        today: of the user.
        older_than: days; over what runs and rows say themselves.
        dry: only say what would go.

    Raises:
        PrivacyError: it is neither, or the folder holds what no build has written: then nothing is deleted.
    """
    if path.is_symlink():
        raise PrivacyError(f"{path}: is a link; give what it leads to")
    if path.is_file() and is_vault(path):
        late, rows = expired(path, today, older_than)
        gone = late if dry or not late else forget(path, today, older_than)
        return Purged(path, gone, f"{gone:,} of {rows:,} values are past their time")
    own = _retention(path)
    days = own if older_than is None else older_than
    built = datetime.fromtimestamp((path / _MANIFEST).stat().st_mtime, UTC).date()
    if days is None:
        return Purged(path, 0, "has no retention; give --older-than DAYS")
    until = built + timedelta(days=days)
    if until >= today:
        return Purged(path, 0, f"built on {built}, kept until {until}")
    if not dry:
        _delete(path)
    return Purged(path, 1, f"built on {built}, was to be kept until {until}")


def _retention(folder: Path) -> int | None:
    """Days that a run folder is to be kept, if it says so. PrivacyError where it is none, or holds more than a run."""
    advice = "give run folders that `linkage build` wrote, or vaults"
    try:
        manifest: Any = json.loads((folder / _MANIFEST).read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise PrivacyError(f"{folder}: is neither a run folder nor a vault; {advice}") from error
    outputs = manifest.get("outputs") if isinstance(manifest, dict) else None
    if not isinstance(outputs, dict) or manifest.get("format") != _FORMAT or "version" not in manifest:
        raise PrivacyError(f"{folder}: {_MANIFEST} is not that of a run; {advice}")
    strange = sorted(each.name for each in folder.iterdir() if each.name not in {*outputs, _MANIFEST} or each.is_dir())
    if strange:
        raise PrivacyError(
            f"{folder}: holds what no build has written ({', '.join(strange[:5])}); move that elsewhere first"
        )
    about = manifest.get("privacy")
    days = about.get("retention_days") if isinstance(about, dict) else None
    return days if type(days) is int else None


def _delete(folder: Path) -> None:
    """Away in one step, so that half a run is never left under its name."""
    try:
        aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.purged-", dir=folder.absolute().parent))
        folder.replace(aside)
        shutil.rmtree(aside)
    except OSError as error:
        raise PrivacyError(f"{folder}: cannot be deleted: {error}") from error
