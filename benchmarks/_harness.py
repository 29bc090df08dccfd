"""What the benchmarks share: a command measured from outside, the machine in words, tables, results.md."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
BENCH: Final = ROOT / "bench"
RESULTS: Final = ROOT / "benchmarks" / "results.md"
LINKAGE: Final = (sys.executable, "-c", "from linkage.cli import main; main()")
MIB: Final = 1024 * 1024

# A process starts with the peak of whoever started it. This one is small, so that what it starts has its own.
_STARTER: Final = """
import json, os, sys, time
start = time.perf_counter()
child = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(child, 0)
unit = 1 if sys.platform == "darwin" else 1024
found = {"seconds": time.perf_counter() - start, "peak_bytes": usage.ru_maxrss * unit,
         "cpu_seconds": usage.ru_utime + usage.ru_stime, "code": os.waitstatus_to_exitcode(status)}
open(sys.argv[1], "w").write(json.dumps(found))
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """A command that ran to its end: wall seconds, processor seconds, most memory, what it printed."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    output: str

    @property
    def answer(self) -> dict[str, Any]:
        """The JSON object on the last line it printed."""
        found: dict[str, Any] = json.loads(self.output.strip().splitlines()[-1])
        return found


class CrashedError(Exception):
    """A command that did not end well, and how: its exit code, below 0 the number of the signal that ended it."""

    def __init__(self, command: Sequence[str], code: int, said: str) -> None:
        super().__init__(f"{' '.join(command[-4:])} ended with {code}:\n{said}")
        self.code = code


def measure(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Measured:
    """Run a command in a process of its own; one that fails ends the benchmark with what it said."""
    try:
        return attempt(command, environment)
    except CrashedError as crash:
        sys.exit(str(crash))


def attempt(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Measured:
    """Run a command in a process of its own.

    Raises:
        CrashedError: it failed: for peers, whose crash is a result and no end.
    """
    with tempfile.TemporaryDirectory() as folder:
        note = Path(folder) / "measured.json"
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", _STARTER, str(note), *command],
            env={**os.environ, **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        found = json.loads(note.read_text()) if note.exists() else {"code": done.returncode}
    if found["code"] != 0:
        raise CrashedError(command, found["code"], done.stdout[-4000:])
    return Measured(found["seconds"], found["cpu_seconds"], found["peak_bytes"], done.stdout)


def python(script: str, *arguments: object) -> list[str]:
    """The command that runs a script beside this one."""
    return [sys.executable, str(ROOT / "benchmarks" / script), *map(str, arguments)]


def linkage(*arguments: object) -> list[str]:
    """The command that runs `linkage`."""
    return [*LINKAGE, *map(str, arguments)]


def machine(*packages: str) -> str:
    """What it ran on, without naming it: processor, cores it may use, memory, versions."""
    model = platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return f"{model}, {cores} cores, {memory:.0f} GiB; " + ", ".join(
        [f"Python {platform.python_version()}", *(f"{each} {_version(each)}" for each in packages)]
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table, padded so that it reads as text too; every column but the first is right-aligned."""
    widths = [max(len(row[i]) for row in [heads, *rows]) for i in range(len(heads))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join("| " + " | ".join(_cells(row, widths)) + " |" for row in [heads, rule, *rows])


def _cells(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    first, *rest = zip(row, widths, strict=True)
    return [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]


def keep(name: str, text: str, results: Path = RESULTS) -> None:
    """Write a benchmark's section into results.md, between its markers; at the end if it has none yet."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    section = f"{begin}\n{text.strip()}\n{end}"
    old = results.read_text(encoding="utf-8") if results.exists() else "# Results\n"
    if begin in old and end in old:
        before, rest = old.split(begin, 1)
        new = before + section + rest.split(end, 1)[1]
    else:
        new = f"{old.rstrip()}\n\n{section}\n"
    results.write_text(new, encoding="utf-8")


def command_line(script: str) -> str:
    """How this benchmark was called, for the results."""
    return " ".join(["python", f"benchmarks/{script}", *sys.argv[1:]])
