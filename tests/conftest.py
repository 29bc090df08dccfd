"""What all tests share. numba's cache is named after the kernels' sources: it does not see a change in a callee."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from hashlib import sha256
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

_code = b"".join(path.read_bytes() for path in sorted((ROOT / "kernels").rglob("*.py")))
os.environ.setdefault("NUMBA_CACHE_DIR", str(ROOT / ".pytest_cache" / f"numba-{sha256(_code).hexdigest()[:12]}"))

# A user of the tests' own, whose key is always the same: pseudonyms sort alike every time.
_data = Path(tempfile.mkdtemp(prefix="linkage-tests-"))
atexit.register(shutil.rmtree, _data, ignore_errors=True)
os.environ["XDG_DATA_HOME"] = str(_data)
(_data / "linkage").mkdir(mode=0o700)
(_data / "linkage" / "key").touch(mode=0o600)
(_data / "linkage" / "key").write_text("0123456789abcdef" * 4)

from hypothesis import settings  # noqa: E402  (after the cache is named, as anything that may import numba)

# The same examples every time, and no deadline: the first call of a kernel compiles it.
settings.register_profile("linkage", derandomize=True, deadline=None, database=None)
settings.load_profile("linkage")

from tests.browser import chromium, visit  # noqa: E402, F401  (fixtures)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A LINKAGE_… variable of whoever runs the tests changes none of them."""
    for name in list(os.environ):
        if name.startswith("LINKAGE_") and name != "LINKAGE_SHARED_DATA":
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public data sets that tests may read, beside the checkout; without it those tests are skipped."""
    folder = Path(os.environ.get("LINKAGE_SHARED_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no data sets in {folder}; LINKAGE_SHARED_DATA names the folder that holds them")
    return folder
