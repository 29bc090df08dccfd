"""Prompts as unit vectors: the embeddings given, or made of the texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.similarity_settings import TextSettings

#: `sent_at` of a prompt whose time is not known.
UNTIMED: Final = int(np.iinfo(np.int64).min)
#: Rows read at once; texts of at most this many bytes are vectorised at once.
_ROWS = 1 << 16
_BYTES = 1 << 27
_GIB = 1 << 30

Floats = NDArray[np.float32]
#: A batch of prompts and the rows to write their vectors to -> whether each is too poor to compare.
Make = Callable[[pl.Series, Floats], NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class Vectors:
    """One row a prompt, in the order of account, time and content, whatever the order of the input."""

    unit: Floats  # [n, width], C-contiguous, rows of length 1; zero where there is nothing to compare
    account: NDArray[np.uint32]  # [n], ascending
    sent_at: NDArray[np.int64]  # [n], microseconds since 1970, UNTIMED where unknown
    row: NDArray[np.int64]  # [n], row number in the table as read
    said: NDArray[np.bool_]  # [n], whether the row of `unit` is not zero
    source: Literal["embedding", "text"]
    threshold: float | None  # least cosine of near-duplicates in such vectors; None: that set for embeddings
    poor: int  # rows that are zero
    left_out: int  # prompts that have text only, where others have embeddings
    notes: tuple[str, ...]


def vectors(prompts: pl.LazyFrame, width: int | None, settings: TextSettings, cache: Path | None = None) -> Vectors:
    """The prompts' embeddings if they have any, else vectors made of their texts.

    Args:
        prompts: account, sent_at, text, embedding as Array(Float32, width); streamed.
        width: of the embeddings; None if there are none.
        settings: how texts become vectors.
        cache: folder of the vectors that a model made; None keeps none. N-grams need none: they are counted again
            faster than they would be read.

    Raises:
        MissingExtraError: the settings ask for a model that is not installed.
    """
    numbered = prompts.with_row_index("row")
    total = int(prompts.select(pl.len()).collect(engine="streaming").item())
    if width is not None:
        return _collected(numbered, "embedding", total, width, _given, None)
    if settings.model == "minilm":
        from linkage.similarity.embed import MAKER, WIDTH, Embedder

        found = _collected(numbered, "text", total, WIDTH, Embedder(cache).write, None)
        return replace(found, notes=(*found.notes, f"prompts: texts were embedded by {MAKER}"))
    wide = fitting_width(total, settings)
    found = _collected(numbered, "text", total, wide, _ngrams(settings), settings.threshold)
    if wide < settings.width:
        note = f"prompts: vectors of {total:,} texts are {wide} wide instead of {settings.width}, to fit the memory set"
        return replace(found, notes=(*found.notes, note))
    return found


def fitting_width(prompts: int, settings: TextSettings) -> int:
    """The width set, halved (to 32 at the least) until the vectors of that many prompts fit the memory set."""
    width = settings.width
    while width >= 64 and 4 * width * prompts > settings.memory_gib * _GIB:
        width //= 2
    return width


def utf8(texts: pl.Series) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Texts without nulls, one after the other -> their bytes (read-only), and where each begins, and the end."""
    start = np.zeros(len(texts) + 1, np.int64)
    np.cumsum(texts.str.len_bytes().to_numpy(), out=start[1:])
    joined = texts.str.join("").cast(pl.Binary).item() if len(texts) else b""
    return np.frombuffer(joined, np.uint8), start


def _given(embeddings: pl.Series, out: Floats) -> NDArray[np.bool_]:
    from linkage_kernels.rows import unit

    unit(embeddings.to_numpy(), out)
    said: NDArray[np.bool_] = np.asarray(out.any(axis=1))
    return ~said


def _ngrams(settings: TextSettings) -> Make:
    def write(texts: pl.Series, out: Floats) -> NDArray[np.bool_]:
        from linkage_kernels import ngrams

        counts = ngrams.vectors(*utf8(texts), settings.ngram, settings.min_ngrams, out)
        poor: NDArray[np.bool_] = counts < settings.min_ngrams
        return poor

    return write


def _collected(
    numbered: pl.LazyFrame, column: str, total: int, width: int, make: Make, threshold: float | None
) -> Vectors:
    """Batch by batch into one array, then in order where it lies: the vectors are never in memory twice."""
    from linkage_kernels import rows

    source: Literal["embedding", "text"] = "embedding" if column == "embedding" else "text"
    unit = np.empty((total, width), np.float32)
    account, row = np.empty(total, np.uint32), np.empty(total, np.int64)
    sent_at, content, said = np.empty(total, np.int64), np.empty(total, np.uint64), np.empty(total, np.bool_)
    at = poor = 0
    for batch in _batches(numbered, column):
        end = at + batch.height
        account[at:end] = batch["account"].to_numpy()
        row[at:end] = batch["row"].to_numpy()
        sent_at[at:end] = batch["sent_at"].to_numpy()
        poorly = make(batch[column], unit[at:end])
        poor += int(poorly.sum())
        # Counts of n-grams may cancel out.
        said[at:end] = ~poorly if source == "embedding" else unit[at:end].any(axis=1)
        content[at:end] = rows.hashes(unit[at:end])
        at = end
    unit, account, row, sent_at, content = unit[:at], account[:at], row[:at], sent_at[:at], content[:at]
    order = _order(account, sent_at, content, row)
    rows.arrange(unit, order)
    notes = []
    without = total - at
    if without and source == "embedding":
        notes.append(f"prompts: {without:,} have no embedding and were not compared, since others have one")
    if poor:
        what = "embedding is zero" if source == "embedding" else "text says too little"
        notes.append(f"prompts: {poor:,} were not compared, since their {what}")
    return Vectors(
        unit, account[order], sent_at[order], row[order], said[order], source, threshold, poor,
        without if source == "embedding" else 0, tuple(notes),
    )  # fmt: skip


def _batches(numbered: pl.LazyFrame, column: str) -> Iterator[pl.DataFrame]:
    """Prompts that have the column, as row, account, sent_at (microseconds) and column, in bounded batches."""
    wanted = numbered.filter(pl.col(column).is_not_null()).select(
        "row", "account", pl.col("sent_at").to_physical().fill_null(UNTIMED), column
    )
    for batch in wanted.collect_batches(chunk_size=_ROWS, maintain_order=False, engine="streaming"):
        if column == "text" and batch.height > 1:
            # A batch of long texts is parted, so that the bytes in memory twice are bounded.
            size = int(batch[column].str.len_bytes().cast(pl.Int64).sum())
            yield from batch.iter_slices(max(1, batch.height * _BYTES // max(size, _BYTES)))
        else:
            yield batch


def _order(
    account: NDArray[np.uint32], sent_at: NDArray[np.int64], content: NDArray[np.uint64], row: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Rows by account, time and content; equal ones by row."""
    keys = pl.DataFrame({"account": account, "sent_at": sent_at, "content": content, "row": row})
    order: NDArray[np.int64] = keys.select(pl.arg_sort_by(keys.columns)).to_series().to_numpy().astype(np.int64)
    return order
