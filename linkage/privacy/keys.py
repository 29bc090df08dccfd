"""Where the key comes from: the environment, a file, or the user's own file, made once."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from linkage.privacy.errors import PrivacyError

#: The variable that holds a key.
VARIABLE = "LINKAGE_KEY"
#: Characters a key has at least: 128 bits in hexadecimal.
SHORTEST = 32
_LONGEST = 4096
_MAKE = "make one with `openssl rand -hex 32`"


def data_folder() -> Path:
    """The user's data folder of this program (XDG_DATA_HOME, else ~/.local/share). PrivacyError: there is none."""
    given = os.environ.get("XDG_DATA_HOME") or ""
    if Path(given).is_absolute():
        return Path(given) / "linkage"
    try:
        return Path.home() / ".local" / "share" / "linkage"
    except RuntimeError as error:
        raise PrivacyError(f"the user has no home folder; set XDG_DATA_HOME, or {VARIABLE} and no vault") from error


def user_key(file: str | None = None) -> bytes:
    """The key that pseudonyms are made with, 32 bytes: of LINKAGE_KEY, else of `file`, else the user's own.

    Raises:
        PrivacyError: the key cannot be read or made, is too short, or others may read its file.
    """
    if text := os.environ.get(VARIABLE):
        return _key(text.encode("utf-8", "surrogateescape"), VARIABLE, b"pseudonyms")
    if file is not None:
        return _key(_read(Path(file).expanduser()), file, b"pseudonyms")
    own = data_folder() / "key"
    if not own.exists():
        _make(own)
    return _key(_read(own), str(own), b"pseudonyms")


def exchange_key(file: Path) -> bytes:
    """The key agreed with another lab, 32 bytes. The same text as a user's key gives other hashes.

    Raises:
        PrivacyError: see `user_key`.
    """
    return _key(_read(file.expanduser()), str(file), b"exchange")


def fingerprint(key: bytes) -> str:
    """Tells keys apart and says nothing about them: a keyed hash of a fixed text, 16 hexadecimal digits."""
    return blake2b(b"which key is this", key=key, digest_size=8, person=b"fingerprint").hexdigest()


def private_folder(folder: Path) -> None:
    """Make a folder that only the user may enter, if there is none. Raises OSError."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)


def _key(text: bytes, where: str, use: bytes) -> bytes:
    text = text.strip()
    if not SHORTEST <= len(text) <= _LONGEST:
        raise PrivacyError(f"{where}: a key has {SHORTEST} to {_LONGEST:,} characters, this one {len(text):,}; {_MAKE}")
    return blake2b(text, digest_size=32, person=use).digest()


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            about = os.fstat(stream.fileno())
            if not stat.S_ISREG(about.st_mode):
                raise PrivacyError(f"{path}: is no file; give a file with the key, or {_MAKE}")
            if about.st_mode & 0o077:
                raise PrivacyError(f"{path}: others may read this key; run chmod 600 on it")
            return stream.read(_LONGEST + 1)
    except OSError as error:
        raise PrivacyError(f"{path}: the key cannot be read: {error.strerror}; {_MAKE}") from error


def _make(path: Path) -> None:
    """Write a new key, whole, unless another process was first."""
    try:
        private_folder(path.parent)
        handle, name = tempfile.mkstemp(prefix=".key-", dir=path.parent)  # 0600
        try:
            with os.fdopen(handle, "w") as stream:
                stream.write(os.urandom(32).hex() + "\n")
                stream.flush()
                os.fsync(stream.fileno())
            with suppress(FileExistsError):
                os.link(name, path)
        finally:
            Path(name).unlink()
    except OSError as error:
        raise PrivacyError(
            f"{path}: the key to pseudonymise with cannot be made: {error.strerror}; set {VARIABLE} or "
            "privacy.key_file, or privacy.pseudonymise = false to write identifiers as they are"
        ) from error
