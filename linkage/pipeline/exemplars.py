"""The vectors of prompts that stand for templates, made again from the tables of a build: a run holds none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import ValidationError

from linkage import io, similarity
from linkage.errors import InputError, RunFolderError
from linkage.settings import Settings


class Exemplars(NamedTuple):
    """Vectors as the build compared them."""

    rows: NDArray[np.int64]  # [n], of the prompts as read, ascending: those asked for that can be compared
    unit: NDArray[np.float32]  # [n, width], rows of length 1
    threshold: float  # least cosine of near-duplicates
    maker: str  # what made them: vectors of different makers cannot be compared


def exemplars(source: Path, manifest: Mapping[str, Any], rows: Sequence[int]) -> Exemplars:
    """Vectors of some prompts.

    Args:
        source: the folder of tables that the run was built from.
        manifest: of the run.
        rows: row numbers of prompts as read.

    Raises:
        RunFolderError: the run does not say how it was built.
        InputError: these are not its tables, or hold no prompts.
    """
    try:
        settings = Settings.model_validate(manifest.get("settings"))
    except ValidationError as error:
        raise RunFolderError("the run does not say how it was built; build it again with this version") from error
    tables = io.read(source, settings.input)
    if tables.prompts is None:
        raise InputError(f"{source}: holds no prompts, and so no templates")
    if _prompts(tables.files) != _prompts(manifest.get("inputs")):
        raise InputError(f"{source}: its prompts are not those the run was built from; give the folder of that build")
    wanted = sorted(set(rows))
    asked = settings.similarity.text
    told = manifest.get("channels", {}).get("prompt", {})
    wide = told.get("width") if isinstance(told, dict) else None
    if tables.embedding_width is None and isinstance(wide, int) and asked.model == "ngrams":
        asked = asked.model_copy(update={"width": wide})  # as wide as the build made them, whatever its memory was
    numbered = tables.prompts.with_row_index("place").filter(pl.col("place").is_in(wanted)).drop("place")
    with io.guard("prompts"):
        found = similarity.vectors(numbered, tables.embedding_width, asked, None)
    there = np.flatnonzero(found.unit.any(axis=1))
    there = there[np.argsort(found.row[there])]
    of_text = f"ngrams of {asked.ngram}" if asked.model == "ngrams" else asked.model
    made = found.source if found.source == "embedding" else of_text
    least = settings.similarity.prompts.threshold if found.threshold is None else found.threshold
    place = np.array(wanted, np.int64)[found.row[there]]
    return Exemplars(place, found.unit[there], least, f"{made}, {found.unit.shape[1]} numbers")


def _prompts(files: object) -> list[tuple[object, object]]:
    """Rows and hash of each part of the prompts, in order."""
    listed = files if isinstance(files, list) else []
    return [(one.get("rows"), one.get("sha256")) for one in listed if one.get("table") == "prompts"]
