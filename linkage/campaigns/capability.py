"""What a campaign was after, as far as its templates, models and sizes of request say."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable

import polars as pl

from linkage.campaigns.content import Content, own_uses
from linkage.campaigns.view import View

#: Words named at most; a word must be in this many of a campaign's exemplars, and so much commoner there.
_WORDS, _IN, _TIMES = 5, 2, 2.0
#: Characters of an exemplar that are read.
_READ = 2_000
#: A ratio to everybody's this far from one is worth a word.
_FAR = 1.5
_ADDRESS = re.compile(r"\S*(?:@|://|www\.)\S*")
#: Runs of letters; digits never, so that no number, code or date can show.
_LETTERS = re.compile(r"[^\W\d_]+")
#: Kana, Han, Hangul: written without spaces between words.
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def capability(joined: pl.DataFrame, view: View) -> pl.DataFrame:
    """A line on what each campaign was after.

    Words that are in the exemplars of its own templates and rarely in others' (whole texts, digits and addresses are
    never kept), how much its own templates carry, the model it asks more than others do, and how long the answers
    are, beside everybody's.

    Args:
        joined: account, campaign_id.
        view: for templates, exemplars and usage of models.

    Returns:
        campaign_id, capability (null where nothing can be said), sorted.
    """
    ids = joined["campaign_id"].unique().sort()
    said: dict[str, list[str]] = {each: [] for each in ids}
    for part in (_written(joined, view.content), _asked(joined, view.usage)):
        for campaign, text in part:
            said[campaign].append(text)
    lines = ["; ".join(said[each]) or None for each in ids]
    return pl.DataFrame({"campaign_id": ids, "capability": pl.Series(lines, dtype=pl.String)})


def _written(joined: pl.DataFrame, content: Content | None) -> Iterable[tuple[str, str]]:
    """campaign and a sentence: its words, its templates."""
    if content is None:
        return
    of = joined.select("account", "campaign_id")
    uses = own_uses(of.lazy().rename({"campaign_id": "community"}), content)
    total = of.join(content.prompts, on="account").group_by("campaign_id").agg(pl.col("prompts").sum())
    prompts = dict(total.iter_rows())
    for key, part in uses.sort("community", "template").partition_by("community", as_dict=True).items():
        campaign, templates = str(key[0]), part["template"].unique().sort()
        if content.exemplars is not None:
            words = distinctive(content.exemplars, templates)
            if words:
                yield campaign, f"words: {', '.join(words)}"
        count = int(part["count"].sum())
        yield (
            campaign,
            f"{templates.len()} templates of its own carry {count / max(1, prompts[campaign]):.0%} of prompts",
        )


def distinctive(exemplars: pl.DataFrame, own: pl.Series) -> list[str]:
    """Words that are in several of the exemplars of `own` templates and much rarer in the others.

    Args:
        exemplars: template, text.
        own: templates.
    """
    mine = pl.col("template").is_in(own.implode())
    inside = [words(text) for text in exemplars.filter(mine)["text"].drop_nulls()]
    if not inside:
        return []
    near = Counter(word for each in inside for word in each)
    candidates = {word for word, count in near.items() if count >= min(_IN, len(inside))}
    far: Counter[str] = Counter()
    outside = exemplars.filter(~mine)["text"].drop_nulls()
    for text in outside:
        far.update(words(text) & candidates)
    scored = []
    for word in candidates:
        share, usual = near[word] / len(inside), (far[word] + 1) / (outside.len() + 2)
        if share >= _TIMES * usual:
            scored.append((-share * math.log2(share / usual), word))
    return [word for _, word in sorted(scored)[:_WORDS]]


def words(text: str) -> set[str]:
    """The words of a text in lower case, without addresses and digits; pairs of characters where none part words."""
    found: set[str] = set()
    for run in _LETTERS.findall(_ADDRESS.sub(" ", text[:_READ].lower())):
        if _UNSPACED.search(run):
            found |= {run[i : i + 2] for i in range(len(run) - 1)}
        elif 3 <= len(run) <= 30:
            found.add(run)
    return found


def _asked(joined: pl.DataFrame, usage: pl.DataFrame | None) -> Iterable[tuple[str, str]]:
    """campaign and a sentence: the model it asks more than everybody does, the length of answers."""
    if usage is None or usage.is_empty():
        return
    sums = [pl.col("exchanges", "input_tokens", "output_tokens").sum()]
    everybody = usage.group_by("model").agg(sums)
    usual = dict(everybody.select("model", pl.col("exchanges") / pl.col("exchanges").sum()).iter_rows())
    answers = int(everybody["output_tokens"].sum()) / max(1, int(everybody["exchanges"].sum()))
    theirs = (
        usage.join(joined.select("account", "campaign_id"), on="account").group_by("campaign_id", "model").agg(sums)
    )
    for key, part in theirs.sort("campaign_id", "model").partition_by("campaign_id", as_dict=True).items():
        exchanges, campaign = int(part["exchanges"].sum()), str(key[0])
        shares = [(count / exchanges, model) for model, count in part.select("model", "exchanges").iter_rows()]
        share, model = max(shares, key=lambda each: (each[0] * math.log2(each[0] / usual[each[1]]), each[1]))
        yield campaign, f"{share:.0%} of traffic to {model} (everybody's: {usual[model]:.0%})"
        length = int(part["output_tokens"].sum()) / exchanges
        if answers and not 1 / _FAR < length / answers < _FAR:
            yield campaign, f"answers of {length:,.0f} tokens, {length / answers:.1f} times everybody's"
