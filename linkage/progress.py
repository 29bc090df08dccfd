"""What a run tells while it goes: a stage, its rows, its seconds, its peak of memory.

The base class is silent and keeps the figures; `Live` draws on a terminal, `JsonLines` writes one event a line.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TextIO
from unicodedata import category

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

CLEAR_REFS = Path("/proc/self/clear_refs")
STATUS = Path("/proc/self/status")


@dataclass(slots=True)
class Stage:
    """One step of a run: the step sets `rows` and `detail` while its `with` runs; the rest is filled in after."""

    name: str
    rows: int = 0
    detail: str = ""
    seconds: float = 0.0
    peak_bytes: int = 0
    failed: bool = False

    @property
    def rows_text(self) -> str:
        """The rows as a person reads them; empty for a step that counts none."""
        return f"{self.rows:,} rows" if self.rows else ""


class Progress:
    """Keeps what every stage took and says nothing. Stages may nest; they are listed in the order they ended."""

    def __init__(self) -> None:
        self.stages: list[Stage] = []
        self._open: list[Stage] = []
        self._start = time.perf_counter()
        self._closed = False

    @contextmanager
    def stage(self, name: str) -> Iterator[Stage]:
        """Time the body, and measure the most memory the process held during it."""
        stage = Stage(name)
        self._sample()
        _reset_peak()
        self._open.append(stage)
        self._begin(stage)
        start = time.perf_counter()
        try:
            yield stage
        except BaseException:
            stage.failed = True
            raise
        finally:
            stage.seconds = time.perf_counter() - start
            self._sample()
            self._open.remove(stage)
            self.stages.append(stage)
            self._end(stage)

    @property
    def seconds(self) -> float:
        """Since the start, stages or not."""
        return time.perf_counter() - self._start

    @property
    def peak_bytes(self) -> int:
        """Of the stages so far, the highest peak."""
        return max((stage.peak_bytes for stage in self.stages), default=0)

    def note(self, text: str) -> None:
        """Say something a person should know, once."""

    def close(self, summary: Mapping[str, object] | None = None, error: str | None = None) -> None:
        """End the display with the run's figures, or with what stopped it. Only the first call counts."""
        if not self._closed:
            self._closed = True
            self._finish(summary or {}, error)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        self.close(error=None if error is None else str(error) or type(error).__name__)

    def _sample(self) -> None:
        """An inner stage resets the mark that an outer one needs: note it for all that are open."""
        if self._open:
            peak = peak_bytes()
            for stage in self._open:
                stage.peak_bytes = max(stage.peak_bytes, peak)

    def _begin(self, stage: Stage) -> None: ...

    def _end(self, stage: Stage) -> None: ...

    def _finish(self, summary: Mapping[str, object], error: str | None) -> None: ...


class Live(Progress):
    """A line a stage on a terminal: a spinner while it runs, its rows and seconds once it is done."""

    def __init__(self, out: TextIO | None = None) -> None:
        super().__init__()
        from rich.console import Console
        from rich.progress import Progress as Bars
        from rich.progress import SpinnerColumn, TextColumn

        console = Console(file=out or sys.stderr, highlight=False)
        self._tasks: dict[int, TaskID] = {}
        self._bars: Bars = Bars(
            SpinnerColumn(finished_text="[green]✓"),
            TextColumn("{task.description}", markup=False),
            TextColumn("{task.elapsed:>8.1f} s", markup=False),
            TextColumn("{task.fields[stage].rows_text:>20}", markup=False),
            TextColumn("{task.fields[shown]}", markup=False),
            console=console,
            redirect_stdout=False,
        )
        self._bars.start()

    def note(self, text: str) -> None:
        """Print the line above the running stage."""
        self._bars.console.print(printable(text), markup=False)

    def _begin(self, stage: Stage) -> None:
        label = "  " * (len(self._open) - 1) + printable(stage.name)
        self._tasks[id(stage)] = self._bars.add_task(label, total=None, stage=stage, shown="")

    def _end(self, stage: Stage) -> None:
        shown = "stopped here" if stage.failed else printable(stage.detail)
        task = self._tasks.pop(id(stage))
        self._bars.update(task, total=1, completed=0 if stage.failed else 1, shown=shown)
        self._bars.stop_task(task)

    def _finish(self, summary: Mapping[str, object], error: str | None) -> None:
        self._bars.stop()


class JsonLines(Progress):
    """One JSON object a line: `stage` when one ends, `note`, and `done` or `failed` last."""

    def __init__(self, out: TextIO | None = None) -> None:
        super().__init__()
        import structlog

        self._log: Any = structlog.wrap_logger(
            structlog.PrintLogger(out or sys.stderr),
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.JSONRenderer(),
            ],
        )

    def note(self, text: str) -> None:
        """Write a `note` event."""
        self._log.info("note", text=text)

    def _end(self, stage: Stage) -> None:
        (self._log.error if stage.failed else self._log.info)(
            "stage",
            stage=stage.name,
            rows=stage.rows,
            seconds=round(stage.seconds, 3),
            peak_bytes=stage.peak_bytes,
            **({"detail": stage.detail} if stage.detail else {}),
            **({"failed": True} if stage.failed else {}),
        )

    def _finish(self, summary: Mapping[str, object], error: str | None) -> None:
        totals = {"seconds": round(self.seconds, 3), "peak_bytes": self.peak_bytes}
        if error is None:
            self._log.info("done", **(totals | dict(summary)))
        else:
            self._log.error("failed", error=error, **totals)


def choose(log_json: bool = False, quiet: bool = False) -> Progress:
    """The display that fits: JSON lines where asked for, a live one on a terminal, else none."""
    if log_json:
        return JsonLines()
    if quiet or not sys.stderr.isatty():
        return Progress()
    return Live()


def peak_bytes() -> int:
    """The most memory this process held at once since the mark was last reset (or, where it cannot be, ever)."""
    try:
        for line in STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    try:
        import resource
    except ImportError:  # not a Unix
        return 0
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return held if sys.platform == "darwin" else held * 1024


def _reset_peak() -> None:
    with suppress(OSError):  # not Linux, or not allowed: the peak is then that of the whole run so far
        CLEAR_REFS.write_text("5")


def printable(text: object) -> str:
    """The text with control, format and other unprintable characters escaped: a value from a log may hold any.

    Separators of lines and paragraphs are among these: they would break a line too.
    """
    return "".join(
        character.encode("unicode_escape").decode()
        if category(character)[0] == "C" or category(character) in ("Zl", "Zp")
        else character
        for character in str(text)
    )
