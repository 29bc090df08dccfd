"""What this machine offers a build, and what is missing with the command that gets it."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

#: Distribution -> the module it brings. Without these nothing runs.
NEEDED = {
    "igraph": "igraph",
    "jinja2": "jinja2",
    "narwhals": "narwhals",
    "numba": "numba",
    "numpy": "numpy",
    "polars": "polars",
    "pydantic": "pydantic",
    "rich": "rich",
    "structlog": "structlog",
    "typer": "typer",
}
#: Distribution -> module, the extra that brings it, what it is for.
OPTIONAL = {
    "torch": ("torch", "gnn", "models that refine suspicion; CUDA"),
    "torch-geometric": ("torch_geometric", "gnn", "models that refine suspicion"),
    "scikit-learn": ("sklearn", "gnn", "models that refine suspicion"),
    "fastapi": ("fastapi", "serve", "`linkage serve`, to look and decide in a browser"),
    "uvicorn": ("uvicorn", "serve", "`linkage serve`, to look and decide in a browser"),
    "typst": ("typst", "pdf", "`linkage report --format pdf`"),
    "networkx": ("networkx", "notebook", "campaigns as networkx graphs in notebooks"),
}
GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `ok` is False only where a build cannot run without it."""

    name: str
    found: str
    ok: bool = True
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Everything looked at."""

    findings: tuple[Finding, ...]

    @property
    def can_build(self) -> bool:
        """Whether `linkage build` can run here."""
        return all(finding.ok for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {"can_build": self.can_build, "findings": [asdict(finding) for finding in self.findings]}


def examine(folder: Path | None = None) -> Diagnosis:
    """Look at Python, the packages, the processor, memory, GPU, numba's cache, and the disk that `folder` is on."""
    return Diagnosis(
        (
            _python(),
            *_needed(),
            *_optional(),
            *_processor(),
            _memory(),
            _cuda(),
            _igraph(),
            _numba_cache(),
            _disk(folder or Path.cwd()),
        )
    )


def _python() -> Finding:
    found = (
        f"{platform.python_implementation()} {platform.python_version()} on {platform.system()} {platform.machine()}"
    )
    enough = sys.version_info >= (3, 11)
    return Finding("python", found, enough, "" if enough else "install Python 3.11 or later")


def _needed() -> Iterator[Finding]:
    for name, module in NEEDED.items():
        there = find_spec(module) is not None
        yield Finding(name, _version(name) if there else "missing", there, "" if there else f"pip install {name}")


def _optional() -> Iterator[Finding]:
    for name, (module, extra, purpose) in OPTIONAL.items():
        if find_spec(module) is not None:
            yield Finding(name, f"{_version(name)} (optional: {purpose})")
        else:
            mend = f"pip install 'account-linkage[{extra}]'"
            yield Finding(name, f"not installed (optional: {purpose})", mend=mend)


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "version unknown"


def _processor() -> Iterator[Finding]:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    yield Finding("cores", f"{usable} usable of {os.cpu_count() or usable}")
    threads = []
    if numba := _import("numba"):
        threads.append(f"numba {numba.get_num_threads()}")
    if polars := _import("polars"):
        threads.append(f"polars {polars.thread_pool_size()}")
    yield Finding("threads", ", ".join(threads) or "unknown")


def _memory() -> Finding:
    try:
        lines = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
        total, free = (int(lines[key].split()[0]) * 1024 for key in ("MemTotal", "MemAvailable"))
    except (OSError, KeyError, ValueError):
        return Finding("memory", "unknown (no /proc/meminfo)")
    limit = _container_limit()
    within = f"; this container may use {limit / GIB:.1f} GiB" if limit and limit < total else ""
    return Finding("memory", f"{free / GIB:.1f} GiB available of {total / GIB:.1f} GiB{within}")


def _container_limit() -> int | None:
    for file in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            return int(Path(file).read_text())
        except (OSError, ValueError):
            continue
    return None


def _cuda() -> Finding:
    if find_spec("torch") is None:
        return Finding("cuda", "not looked for: torch is not installed; builds run on the CPU")
    torch = _import("torch")
    if torch is None:
        return Finding("cuda", "not looked for: torch is installed and cannot be imported")
    if not torch.cuda.is_available():
        return Finding("cuda", f"no device seen by torch {torch.__version__}; builds run on the CPU")
    devices = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    return Finding("cuda", f"{', '.join(devices)} (torch {torch.__version__})")


def _igraph() -> Finding:
    if find_spec("igraph") is None:
        return Finding("leiden", "not looked for: igraph is missing")
    igraph = _import("igraph")
    if igraph is None:
        return Finding("leiden", "igraph cannot be imported", False, "pip install --force-reinstall igraph")
    ring = igraph.Graph.Ring(3)
    return Finding("leiden", f"igraph {igraph.__version__} groups {len(ring.community_leiden().membership)} nodes")


def _numba_cache() -> Finding:
    """Compiled kernels are kept in NUMBA_CACHE_DIR, beside their source or in the user's cache; numba needs one."""
    named = os.environ.get("NUMBA_CACHE_DIR")
    spec = find_spec("linkage_kernels")
    places = [Path(named)] if named else [Path(place) for place in (spec and spec.submodule_search_locations) or ()]
    for place in places:
        if _writable(place):
            return Finding("kernel cache", f"{place} is writable")
    user = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser())
    if not named and _writable(user):
        return Finding("kernel cache", f"{user} is writable")
    return Finding("kernel cache", "nowhere to write", False, "set NUMBA_CACHE_DIR to a folder you can write")


def _writable(folder: Path) -> bool:
    """Whether a file can be made there, or where its nearest existing parent would hold it; leaves nothing behind."""
    there = next((each for each in (folder, *folder.parents) if each.is_dir()), None)
    try:
        with tempfile.TemporaryFile(dir=there):
            return there is not None
    except OSError:
        return False


def _disk(folder: Path) -> Finding:
    usage = shutil.disk_usage(folder)
    found = f"{usage.free / GIB:.1f} GiB free of {usage.total / GIB:.1f} GiB here"
    return Finding("disk", found, usage.free > GIB // 10, "" if usage.free > GIB // 10 else "free some disk space")


def _import(name: str) -> Any:
    try:
        return import_module(name)
    except Exception:  # a broken installation may raise anything
        return None
