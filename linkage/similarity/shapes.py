"""The form of a text without its words: what is a long word, a short one, a capital, a number, which mark, a new line.

Texts that a program puts together, or that were cleaned for training, keep one form whatever they are about. The form
is spelled in letters, so that its n-grams make vectors as a text's do. It knows scripts without capitals as well.
"""

from __future__ import annotations

from typing import Final

import polars as pl

#: Pattern -> what stands for it; the first that fits counts. Control characters, so that no rule meets another's work.
_RULES: Final = (
    r"[\r\n]+",
    r"\s",
    r"[.\x{3002}]",
    r"[,\x{3001}]",
    r"[?]",
    r"[!]",
    r"[:;]",
    r"[\"`\x{201c}\x{201d}\x{ab}\x{bb}]",
    r"['\x{2018}\x{2019}]",
    r"[(\[{]",
    r"[)\]}]",
    r"[-_\p{Pd}]",
    r"[\p{P}\p{S}]",
    r"\p{Lu}",
    r"\p{N}+",
    r"[\p{L}\p{M}]{5,}",
    r"[\p{L}\p{M}]+",
)
_FIRST: Final = 0x0E  # control characters from here on are taken out of the text first


def shapes(texts: pl.Series) -> pl.Series:
    """Texts -> their forms, a string of letters each; blank and null texts give an empty string."""
    form = (
        texts.fill_null("").str.normalize("NFKC").str.strip_chars().str.replace_all(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "")
    )
    marks = [chr(_FIRST + rule) for rule in range(len(_RULES))]
    for pattern, mark in zip(_RULES, marks, strict=True):
        form = form.str.replace_all(pattern, mark)
    for at, mark in enumerate(marks):
        form = form.str.replace_all(mark, chr(ord("a") + at), literal=True)
    return form
