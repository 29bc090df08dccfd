"""Words that tell a campaign's own prompts from others': single words of letters, never texts, digits or addresses."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

#: A word must be in this many of a campaign's exemplars, and so much commoner there.
_IN, _TIMES = 2, 2.0
#: Characters of an exemplar that are read.
_READ = 2_000
_ADDRESS = re.compile(r"\S*(?:@|://|www\.)\S*")
#: Runs of letters; digits never, so that no number, code or date can show.
_LETTERS = re.compile(r"[^\W\d_]+")
#: Kana, Han, Hangul: written without spaces between words.
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


class Wording(NamedTuple):
    """Of one campaign."""

    ranked: list[str]  # words that tell it from others, the most telling first
    texts: dict[Any, set[str]]  # template -> all words of its exemplar, where it has a text


def distinctive(exemplars: pl.DataFrame, own: Mapping[str, Sequence[Any]]) -> dict[str, Wording]:
    """Words that are in several of the exemplars of each campaign's own templates and much rarer in the others.

    Args:
        exemplars: template, text.
        own: campaign -> its templates.
    """
    wanted = {template for templates in own.values() for template in templates}
    mine = pl.col("template").is_in(list(wanted))
    known = {template: words(text) for template, text in exemplars.filter(mine).iter_rows() if text is not None}
    texts = {
        campaign: {each: known[each] for each in templates if each in known} for campaign, templates in own.items()
    }
    near = {campaign: Counter(word for each in of.values() for word in each) for campaign, of in texts.items()}
    several = {
        campaign: {word for word, count in near[campaign].items() if count >= min(_IN, len(of))}
        for campaign, of in texts.items()
    }
    candidates = set().union(*several.values())
    everywhere: Counter[str] = Counter()
    every = exemplars["text"].drop_nulls()
    if candidates:
        for text in every:
            everywhere.update(words(text) & candidates)
    found = {}
    for campaign, of in texts.items():
        scored = []
        for word in several[campaign]:
            share = near[campaign][word] / len(of)
            usual = (everywhere[word] - near[campaign][word] + 1) / (every.len() - len(of) + 2)
            if share >= _TIMES * usual:
                scored.append((-share * math.log2(share / usual), word))
        found[campaign] = Wording([word for _, word in sorted(scored)], of)
    return found


def words(text: str) -> set[str]:
    """The words of a text in lower case, without addresses and digits; pairs of characters where none part words."""
    found: set[str] = set()
    for run in _LETTERS.findall(_ADDRESS.sub(" ", text[:_READ].lower())):
        if _UNSPACED.search(run):
            found |= {run[i : i + 2] for i in range(len(run) - 1)}
        elif 3 <= len(run) <= 30:
            found.add(run)
    return found
