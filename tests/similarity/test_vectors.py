"""Prompts as vectors: embeddings given, texts, and a model's vectors kept from build to build."""

from __future__ import annotations

import stat
import sys
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from linkage.errors import InputError, MissingExtraError
from linkage.similarity import embed
from linkage.similarity.text_cache import TextCache, chosen_folder, key
from linkage.similarity.vectors import UNTIMED, Vectors, fitting_width, utf8, vectors
from linkage.similarity_settings import TextSettings
from linkage.tables import TIME

START = datetime(2026, 3, 1, tzinfo=UTC)
LONG = "Please explain in plain words how number {} is made, and why it matters to those who count {} of them."


def prompts(rows: int, width: int | None, seed: int = 0) -> pl.DataFrame:
    """Some prompts of few accounts; some have no time, some equal times, some say nothing."""
    random = np.random.default_rng(seed)
    texts = [LONG.format(k % 37, k % 5) if k % 11 else "hi" for k in range(rows)]
    embedding = pl.Series("embedding", [None] * rows, pl.List(pl.Float32))
    if width is not None:
        embedding = pl.Series("embedding", random.standard_normal((rows, width)).astype(np.float32))
        embedding = embedding.cast(pl.Array(pl.Float32, width))
    times = [None if k % 7 == 0 else START + timedelta(minutes=k // 4) for k in range(rows)]
    return pl.DataFrame(
        {
            "account": pl.Series(random.integers(0, 9, rows), dtype=pl.UInt32),
            "sent_at": pl.Series(times, dtype=TIME),
            "text": texts,
            "embedding": embedding,
        }
    )


def same(one: Vectors, other: Vectors) -> bool:
    return all(
        getattr(one, name).tobytes() == getattr(other, name).tobytes() for name in ("unit", "account", "sent_at")
    )


@pytest.mark.parametrize("width", [None, 8])
def test_rows_are_in_order_and_lead_back_to_their_prompts(width: int | None) -> None:
    table = prompts(300, width)
    found = vectors(table.lazy(), width, TextSettings())
    assert found.source == ("embedding" if width else "text")
    assert found.unit.flags.c_contiguous
    assert found.unit.shape == (300, width or 256)
    order = np.lexsort((found.sent_at, found.account))
    assert order.tolist() == sorted(order)
    back = table[found.row]
    assert back["account"].to_list() == found.account.tolist()
    assert back["sent_at"].to_physical().fill_null(UNTIMED).to_list() == found.sent_at.tolist()
    lengths = np.linalg.norm(found.unit, axis=1)
    if width:
        expected = np.vstack(back["embedding"].to_list()).astype(np.float32)
        expected /= np.linalg.norm(expected, axis=1, keepdims=True)
        assert found.unit == pytest.approx(expected, abs=1e-6)
    else:
        short = (back["text"] == "hi").to_numpy()
        assert found.poor == short.sum()
        assert lengths == pytest.approx(np.where(short, 0, 1), abs=1e-6)
        assert any("says too little" in note for note in found.notes)


@pytest.mark.parametrize("width", [None, 8])
def test_the_order_of_the_input_changes_nothing(width: int | None) -> None:
    table = prompts(400, width)
    shuffled = table.sample(fraction=1, shuffle=True, seed=5)
    assert same(vectors(table.lazy(), width, TextSettings()), vectors(shuffled.lazy(), width, TextSettings()))


def test_embeddings_win_and_texts_beside_them_are_counted() -> None:
    table = prompts(60, 4).with_columns(
        embedding=pl.when(pl.int_range(pl.len()) % 3 > 0).then("embedding").otherwise(None)
    )
    found = vectors(table.lazy(), 4, TextSettings())
    assert len(found.unit) == 40
    assert found.left_out == 20
    assert "20 have no embedding" in found.notes[0]
    assert set(found.row.tolist()) == {k for k in range(60) if k % 3}


def test_a_zero_embedding_stays_zero_and_is_counted() -> None:
    table = prompts(3, None).with_columns(
        embedding=pl.Series([[0.0, 0.0], [3.0, 4.0], [0.0, -2.0]], dtype=pl.Array(pl.Float32, 2)), account=pl.lit(0)
    )
    found = vectors(table.cast({"account": pl.UInt32}).lazy(), 2, TextSettings())
    assert found.poor == 1
    assert sorted(np.round(found.unit, 6).tolist()) == [[0.0, -1.0], [0.0, 0.0], pytest.approx([0.6, 0.8])]


@pytest.mark.parametrize("width", [None, 3])
def test_no_prompts_are_no_vectors(width: int | None) -> None:
    found = vectors(prompts(0, width).lazy(), width, TextSettings())
    assert found.unit.shape == (0, width or 256)
    assert found.notes == ()


def test_texts_of_all_scripts_lie_one_after_the_other() -> None:
    texts = ["", "a", "é中😀", "", "م"]
    data, start = utf8(pl.Series(texts, dtype=pl.String))
    assert [bytes(data[a:b]).decode() for a, b in pairwise(start.tolist())] == texts
    assert utf8(pl.Series([], dtype=pl.String))[1].tolist() == [0]


def test_the_width_gives_way_to_the_memory_set() -> None:
    settings = TextSettings(memory_gib=1.0)
    assert [fitting_width(n, settings) for n in (0, 1 << 20, (1 << 20) + 1, 1 << 40)] == [256, 256, 128, 32]


def test_batches_of_long_texts_are_parted(monkeypatch: pytest.MonkeyPatch) -> None:
    table = prompts(200, None)
    whole = vectors(table.lazy(), None, TextSettings())
    monkeypatch.setattr(sys.modules[vectors.__module__], "_BYTES", 500)
    parted = vectors(table.lazy(), None, TextSettings())
    assert same(whole, parted)
    assert whole.row.tolist() == parted.row.tolist()


class Model:
    """Stands in for a language model: any text to 384 numbers, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        self.asked.extend(texts)
        return np.array([[len(text), *text.encode()[:383].ljust(383)] for text in texts], np.float32)


def embedded(texts: list[str], cache: Path | None) -> tuple[NDArray[np.float32], Model]:
    model = Model()
    out = np.empty((len(texts), embed.WIDTH), np.float32)
    blank = embed.Embedder(cache, model).write(pl.Series(texts, dtype=pl.String), out)
    assert blank.tolist() == [not text.strip() for text in texts]
    return out, model


def test_each_text_is_embedded_once_and_only_new_ones_again(tmp_path: Path) -> None:
    first, model = embedded(["one", "two", "one", " ", "three"], tmp_path)
    assert model.asked == ["one", "two", "three"]
    assert np.linalg.norm(first, axis=1) == pytest.approx([1, 1, 1, 0, 1])
    assert first[0].tolist() == first[2].tolist()
    again, model = embedded(["two", "four", "one"], tmp_path)
    assert model.asked == ["four"]
    assert again[[0, 2]].tolist() == first[[1, 0]].tolist()
    assert embedded(["two"], None)[1].asked == ["two"]


def test_what_is_kept_is_the_users_alone_and_not_the_text(tmp_path: Path) -> None:
    embedded(["a secret that nobody should read", "another"], tmp_path / "cache")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.suffix for path in files] == [".npy"]
    for path in files:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert b"secret" not in path.read_bytes()


def test_a_broken_part_is_made_again(tmp_path: Path) -> None:
    embedded(["one", "two"], tmp_path)
    for path in tmp_path.rglob("*.npy"):
        path.write_bytes(path.read_bytes()[:100])
    assert embedded(["one"], tmp_path)[1].asked == ["one"]
    assert embedded(["one"], tmp_path)[1].asked == []


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match=r"set text\.cache"):
        embedded(["one"], tmp_path / "file")


def test_keys_and_folders() -> None:
    assert key("a", "m") != key("a", "n")
    assert len(key("", "m")) == 16
    assert chosen_folder("") is None
    assert chosen_folder("/x") == Path("/x")
    assert len(TextCache(None, "m", 3)) == 0


def test_the_user_s_cache_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert chosen_folder("auto") == Path("/somewhere/linkage/vectors")


def test_a_model_that_is_not_installed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embed, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"account-linkage\[embed\]"):
        vectors(prompts(5, None).lazy(), None, TextSettings(model="minilm"))
