"""Tables in, a run out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import polars as pl

from linkage import __version__, io
from linkage.gnn import ModelError, load, save
from linkage.pipeline import masking, phases
from linkage.pipeline.alike import pairs, written
from linkage.pipeline.device import choose
from linkage.pipeline.lasting import carried, opened
from linkage.pipeline.pointed import pointed
from linkage.pipeline.scored import Scored, score
from linkage.pipeline.taught import taught
from linkage.progress import Progress
from linkage.settings import Settings

Device = Literal["auto", "cpu", "cuda"]


def build(
    source: Path | str | Mapping[str, pl.DataFrame | pl.LazyFrame],
    settings: Settings | None = None,
    *,
    previous: io.Run | Path | str | None = None,
    device: Device = "auto",
    progress: Progress | None = None,
    model: Path | str | None = None,
) -> io.Run:
    """Link the accounts in `source` into campaigns.

    Args:
        source: folder of tables, or the tables by name.
        settings: all settings; the defaults where absent.
        previous: the build before, or its folder: its campaigns keep their ids.
        device: where near-duplicate prompts are compared; the manifest says which was used, and why.
        progress: told of every stage; silent where absent.
        model: file of a model that `train` made on another day, to be used instead of teaching one.

    Returns:
        The run, in memory; `Run.save` writes it.

    Raises:
        InputError: the input cannot be used.
        RunFolderError: the previous run cannot be used.
        SettingsError: the device asked for is not there.
        ModelError: the model cannot be used.
    """
    settings = settings or Settings()
    run = _whole(source, settings, device, progress or Progress(), previous, model, False)[0]
    if settings.privacy.vault:
        masking.keep_values(run, settings)
    return run


def train(
    source: Path | str | Mapping[str, pl.DataFrame | pl.LazyFrame],
    out: Path | str,
    settings: Settings | None = None,
    *,
    device: Device = "auto",
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Teach a model on the accounts in `source` and write it to the file `out`.

    Args:
        source: folder of tables, the tables by name, or the folder of a run: see `taught`.
        out: the model's file.
        settings: all settings; the defaults where absent.
        device: where the encoder learns.
        progress: told of every stage; silent where absent.

    Returns:
        How the models did beside no model: the manifest's `model`.

    Raises:
        InputError: the input cannot be used.
        RunFolderError: it is a run folder, and not a whole one.
        SettingsError: the device asked for is not there.
        ModelError: there is too little to learn from, or the file cannot be written.
    """
    settings = settings or Settings()
    if isinstance(source, str | Path) and (Path(source) / "manifest.json").is_file():
        return taught(io.Run.open(source), Path(out), settings, device, progress or Progress())
    scored = _whole(source, settings, device, progress or Progress(), None, None, True)[1]
    if scored.model is None:
        raise ModelError(f"no model was made: {scored.figures['why']}")
    won = scored.figures["used"] == scored.model.name
    save(scored.model, Path(out), settings.gnn, __version__, won)
    return scored.figures


def _whole(
    source: Path | str | Mapping[str, pl.DataFrame | pl.LazyFrame],
    settings: Settings,
    device: Device,
    progress: Progress,
    previous: io.Run | Path | str | None,
    model: Path | str | None,
    keep: bool,
) -> tuple[io.Run, Scored]:
    """All phases. `keep`: teach a model to be saved."""
    saved = None if model is None else load(Path(model))
    chosen = choose(device)
    key = None if keep else masking.key(settings)
    before = opened(previous)
    logs = phases.read(source, settings, progress)
    wrote = written(logs.tables, settings, chosen.used, progress)
    found = phases.share(logs, wrote, settings, progress)
    did = pairs(logs.tables, logs.moments, found.shared, wrote, settings, progress)
    logs = phases.active(logs, did)
    tied = phases.tie(logs, found, did, settings, progress)
    grouped = phases.group(logs, found, wrote, tied, settings, progress)
    view, assessed = phases.assess(logs, found, wrote, tied, grouped, settings, progress)
    scored = score(
        logs.tables, grouped.linked.links, grouped.plain, view, assessed, settings, chosen.used, progress, saved, keep,
    )  # fmt: skip
    assessed = pointed(logs.tables, view, scored.assessed, settings, progress)
    lasting = carried(before, logs.tables, assessed, tied.ruled.cleared, settings)
    done = phases.conclude(logs, found, wrote, did, grouped, lasting, settings, progress)
    run = phases.tell(
        logs, found, wrote, did, tied, grouped, done, scored.figures, before, chosen, key, settings, progress
    )
    return run, scored
