"""Vectors kept from one build to the next, by a hash of the text: never the text itself."""

from __future__ import annotations

import os
import tempfile
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linkage.errors import InputError

KEY_BYTES = 16


def default_folder() -> Path:
    """The user's cache folder of this program (XDG_CACHE_HOME, else ~/.cache)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "linkage" / "vectors"


def chosen_folder(setting: str) -> Path | None:
    """The folder that a setting names: auto, a path, or none."""
    if setting == "auto":
        return default_folder()
    return Path(setting).expanduser() if setting else None


def key(text: str, maker: str) -> bytes:
    """What a text's vector is kept under: BLAKE2b of the text, personal to what made the vector."""
    return blake2b(
        text.encode(), digest_size=KEY_BYTES, person=blake2b(maker.encode(), digest_size=16).digest()
    ).digest()


class TextCache:
    """Vectors of one maker and width: parts in a folder, each written whole or not at all, read by mapping.

    Without a folder they are kept in memory, for this build alone. A part that cannot be read, or is of another width,
    is passed over: its vectors are made again. Only the user may read the files: who can guess a text can find out
    whether it was there.
    """

    def __init__(self, folder: Path | None, maker: str, width: int) -> None:
        self._folder = None if folder is None else folder / blake2b(maker.encode(), digest_size=6).hexdigest()
        self._type = np.dtype([("key", f"V{KEY_BYTES}"), ("vector", np.float32, (width,))])
        self._parts: list[NDArray[Any]] = []
        self._at: dict[bytes, tuple[int, int]] = {}
        if self._folder is not None and self._folder.is_dir():
            for path in sorted(self._folder.glob("*.npy")):
                self._add(path)

    def __len__(self) -> int:
        return len(self._at)

    def get(self, wanted: bytes) -> NDArray[np.float32] | None:
        """The vector kept under a key, float32[width]."""
        found = self._at.get(wanted)
        return None if found is None else self._parts[found[0]][found[1]]["vector"]

    def put(self, keys: list[bytes], made: NDArray[np.float32]) -> None:
        """Keep vectors float32[n, width] under their keys.

        Raises:
            InputError: the folder cannot be written.
        """
        if not keys:
            return
        part = np.empty(len(keys), self._type)
        part["key"] = np.frombuffer(b"".join(keys), f"V{KEY_BYTES}")
        part["vector"] = made
        if self._folder is None:
            self._hold(part)
            return
        name = blake2b(b"".join(keys), digest_size=12).hexdigest()
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, temporary = tempfile.mkstemp(dir=self._folder, suffix=".part")  # mkstemp: mode 0600
            try:
                with os.fdopen(handle, "wb") as file:
                    np.save(file, part, allow_pickle=False)
                Path(temporary).replace(self._folder / f"{name}.npy")
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise InputError(
                f"{self._folder}: vectors cannot be kept there: {error.strerror}; set text.cache"
            ) from error
        self._add(self._folder / f"{name}.npy")

    def _add(self, path: Path) -> None:
        try:
            part = np.load(path, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError):
            return
        if part.dtype == self._type and part.ndim == 1:
            self._hold(part)

    def _hold(self, part: NDArray[Any]) -> None:
        number = len(self._parts)
        self._parts.append(part)
        for at, each in enumerate(part["key"]):
            self._at.setdefault(each.tobytes(), (number, at))
