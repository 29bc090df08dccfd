"""What sampled prompts look like: an embedding, a text, or both, from the same source, item and noise."""

from __future__ import annotations

import numpy as np
import polars as pl

from linkage.simulate.draws import Array, mixed, normals
from linkage.simulate.honest import POPULAR
from linkage.simulate.world import Content

_VOCABULARY = (
    "write explain compare review translate list check solve plan sort extract rank draft improve test describe "
    "report table function query letter essay story invoice contract recipe lesson survey proof script theorem market "
    "garden engine river battery patient budget election vaccine orbit sensor bridge harvest museum tariff short "
    "formal clear careful simple strict friendly detailed recursive modern early annual local digital hidden for with "
    "about from before after between without under across against during using given each every first step reason "
    "example summary error value column sentence chapter answer question argument source deadline python rust spanish "
    "algebra chemistry history physics biology music law grammar statistics logic network customer teacher student "
    "driver nurse lawyer farmer manager reader buyer editor tenant player visitor guest red blue seven twelve forty "
    "percent minutes pages lines words points items cells rooms tickets miles grams return include avoid repeat quote "
    "mention ignore keep replace remove mark count group split merge convert"
)


def embeddings(rng: np.random.Generator, source: Array, item: Array, seed: int, settings: Content) -> Array:
    """float32[n, width], rows of length 1.

    Two prompts of one source have about the cosine `template`; on one item too, it is higher, by how noisy they are.
    """
    width = settings.width
    templated = source >= POPULAR
    noise = np.where(templated, settings.noise * rng.random(len(source)) ** 1.5 + 0.005, 0.4).astype(np.float32)
    shared = np.where(templated, settings.template, 0.35).astype(np.float32)
    unit = _gathered(source, width, seed * 3) * np.sqrt(shared * (1 - noise))[:, None]
    unit += _gathered(_key(source, item), width, seed * 3 + 1) * np.sqrt((1 - shared) * (1 - noise))[:, None]
    unit += rng.standard_normal((len(source), width), dtype=np.float32) * np.sqrt(noise / width)[:, None]
    unit *= np.float32(np.sqrt(1 - settings.common))
    unit += normals(np.zeros(1, dtype=np.uint64), width, seed * 3 + 2) * np.float32(np.sqrt(settings.common))
    unit /= np.sqrt(np.einsum("ij,ij->i", unit, unit))[:, None]
    return np.asarray(unit)


def texts(rng: np.random.Generator, source: Array, item: Array, seed: int) -> pl.Series:
    """Sixteen words of the source, ten of the item, and a few of the prompt's own: more of these in free prompts."""
    key = _key(source, item)
    templated = source >= POPULAR
    own = rng.integers(0, 1 << 62, len(source)).astype(np.uint64)
    own = np.where(templated[:, None] & (np.arange(12) < 9), mixed(key)[:, None], own[:, None])
    words = pl.Series(_VOCABULARY.split())
    columns = [words.gather(_word(source.astype(np.uint64), place, seed)) for place in range(12)]
    columns += [words.gather(_word(key, place, seed + 1)) for place in range(10)]
    columns += [words.gather(_word(own[:, place], place, seed + 2)) for place in range(12)]
    frame = pl.DataFrame([column.alias(str(place)) for place, column in enumerate(columns)])
    return frame.select(pl.concat_str(pl.all(), separator=" ").alias("text")).to_series()


def _key(source: Array, item: Array) -> Array:
    with np.errstate(over="ignore"):
        return mixed(source) + mixed(item, 5)


def _word(key: Array, place: int, salt: int) -> Array:
    with np.errstate(over="ignore"):
        return mixed(key + np.uint64(place * 7919), salt) % np.uint64(_VOCABULARY.count(" ") + 1)


def _gathered(keys: Array, width: int, salt: int) -> Array:
    """The vector of each key, made once a distinct key."""
    distinct, inverse = np.unique(keys, return_inverse=True)
    return normals(distinct.astype(np.uint64), width, salt)[inverse]
