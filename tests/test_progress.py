from __future__ import annotations

import io
import json

import pytest

from linkage import progress
from linkage.progress import JsonLines, Live, Progress, choose, printable


def events(out: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_the_silent_one_keeps_the_figures(capfd: pytest.CaptureFixture[str]) -> None:
    with Progress() as told:
        with told.stage("read") as stage:
            stage.rows = 12
            stage.detail = "3 accounts"
        told.note("something")
    (kept,) = told.stages
    assert (kept.name, kept.rows, kept.detail, kept.failed) == ("read", 12, "3 accounts", False)
    assert kept.seconds >= 0
    assert kept.peak_bytes > 1 << 20
    assert capfd.readouterr() == ("", "")


def test_a_stage_that_raises_is_kept_and_marked() -> None:
    told = Progress()
    with pytest.raises(ValueError, match="no"), told.stage("read"):
        raise ValueError("no")
    assert [stage.failed for stage in told.stages] == [True]


def test_an_outer_stage_has_at_least_the_peak_of_an_inner_one() -> None:
    told = Progress()
    with told.stage("outer"), told.stage("inner"):
        held = bytearray(64 << 20)
        held[::4096] = b"x" * len(held[::4096])
    inner, outer = told.stages
    assert (inner.name, outer.name) == ("inner", "outer")
    assert outer.peak_bytes >= inner.peak_bytes > 64 << 20


def test_the_peak_of_a_stage_is_its_own_where_the_mark_can_be_reset() -> None:
    try:
        progress.CLEAR_REFS.write_text("5")
    except OSError:
        pytest.skip("this machine does not let a process reset its peak")
    told = Progress()
    with told.stage("large"):
        held = bytearray(256 << 20)
        held[::4096] = b"x" * len(held[::4096])
        del held
    with told.stage("small"):
        pass
    large, small = told.stages
    assert small.peak_bytes < large.peak_bytes - (128 << 20)


def test_without_proc_the_peak_is_that_of_the_whole_run(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = progress.STATUS / "nowhere"
    monkeypatch.setattr(progress, "STATUS", gone)
    monkeypatch.setattr(progress, "CLEAR_REFS", gone)
    told = Progress()
    with told.stage("read"):
        pass
    assert told.stages[0].peak_bytes > 1 << 20


def test_json_lines_are_one_event_a_stage_and_one_last() -> None:
    out = io.StringIO()
    with JsonLines(out) as told:
        with told.stage("read") as stage:
            stage.rows = 7
        told.note("watch \x1b[31m this")
        told.close({"campaigns": 2})
    stage_event, note, done = events(out)
    assert stage_event["event"] == "stage"
    assert stage_event["stage"] == "read"
    assert stage_event["rows"] == 7
    assert {"seconds", "peak_bytes", "timestamp", "level"} <= set(stage_event)
    assert note["event"] == "note"
    assert "\x1b" not in out.getvalue()
    assert (done["event"], done["campaigns"]) == ("done", 2)


def test_json_lines_end_with_what_went_wrong() -> None:
    out = io.StringIO()
    with pytest.raises(ValueError, match="broken"), JsonLines(out) as told, told.stage("read"):
        raise ValueError("broken")
    stage_event, last = events(out)
    assert stage_event["failed"] is True
    assert (last["event"], last["error"], last["level"]) == ("failed", "broken", "error")


def test_the_live_one_shows_stages_rows_and_notes_without_reading_them_as_markup() -> None:
    out = io.StringIO()
    with Live(out) as told:
        with told.stage("read") as stage:
            stage.rows = 1_234_567
            stage.detail = "[red]x[/nonsense] \x1b[2J"
        told.note("[bold]kept[/bold]")
    shown = out.getvalue()
    assert "1,234,567 rows" in shown
    assert "[bold]kept[/bold]" in shown
    assert "\x1b[2J" not in shown


def test_close_counts_once() -> None:
    out = io.StringIO()
    told = JsonLines(out)
    told.close({"a": 1})
    told.close(error="late")
    assert [event["event"] for event in events(out)] == ["done"]


def test_which_display_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    assert type(choose()) is Progress  # stderr is no terminal here
    assert type(choose(log_json=True)) is JsonLines
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr("sys.stderr", terminal)
    assert type(choose(quiet=True)) is Progress
    with choose() as live:
        assert type(live) is Live


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain [bold] ünïcode 名", "plain [bold] ünïcode 名"),
        ("a\x1b[31mb\r\n\t\x00", "a\\x1b[31mb\\r\\n\\t\\x00"),
        ("right\u202eleft", "right\\u202eleft"),
        (3, "3"),
    ],
)
def test_printable_escapes_what_drives_a_terminal(text: object, shown: str) -> None:
    assert printable(text) == shown
