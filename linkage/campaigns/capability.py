"""What a campaign was after, as far as its templates, models and sizes of request say."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import polars as pl

from linkage.campaigns.content import Content, own_uses
from linkage.campaigns.view import View
from linkage.campaigns.wording import distinctive
from linkage.tables import schema

#: Words named at most, of a campaign and of a template.
_WORDS = 5
#: A ratio to everybody's this far from one is worth a word.
_FAR = 1.5
#: Templates of a campaign's own, and the few words of each that several of them share: null without texts.
OWN_TEMPLATES = schema({"campaign_id": pl.String, "template": pl.Int32, "words": pl.String})


class Sought(NamedTuple):
    """What the campaigns were after."""

    lines: pl.DataFrame  # campaign_id, capability (null where nothing can be said), sorted
    templates: pl.DataFrame  # OWN_TEMPLATES, sorted


def capability(joined: pl.DataFrame, view: View) -> Sought:
    """A line on what each campaign was after.

    Words that are in the exemplars of its own templates and rarely in others' (whole texts, digits and addresses are
    never kept), how much its own templates carry, the model it asks more than others do, and how long the answers
    are, beside everybody's.

    Args:
        joined: account, campaign_id.
        view: for templates, exemplars and usage of models.
    """
    ids = joined["campaign_id"].unique().sort()
    said: dict[str, list[str]] = {each: [] for each in ids}
    written = _written(joined, view.content)
    for part in (written.said, _asked(joined, view.usage)):
        for campaign, text in part:
            said[campaign].append(text)
    lines = ["; ".join(said[each]) or None for each in ids]
    return Sought(
        pl.DataFrame({"campaign_id": ids, "capability": pl.Series(lines, dtype=pl.String)}), written.templates
    )


class _Written(NamedTuple):
    said: list[tuple[str, str]]  # campaign and a sentence: its words, its templates
    templates: pl.DataFrame


def _written(joined: pl.DataFrame, content: Content | None) -> _Written:
    if content is None:
        return _Written([], pl.DataFrame(schema=OWN_TEMPLATES))
    of = joined.select("account", "campaign_id")
    uses = own_uses(of.lazy().rename({"campaign_id": "community"}), content).collect()
    total = of.join(content.prompts, on="account").group_by("campaign_id").agg(pl.col("prompts").sum())
    prompts = dict(total.iter_rows())
    each = uses.group_by("community", "template").agg(pl.col("count").sum()).sort("community", "template")
    carried = {str(key[0]): part for key, part in each.partition_by("community", as_dict=True).items()}
    own = {campaign: part["template"].to_list() for campaign, part in carried.items()}
    words = {} if content.exemplars is None else distinctive(content.exemplars, own)
    said, rows = [], []
    for campaign, part in carried.items():
        ranked, texts = words.get(campaign, ([], {}))
        if ranked:
            said.append((campaign, f"words: {', '.join(ranked[:_WORDS])}"))
        carry = int(part["count"].sum()) / max(1, prompts[campaign])
        said.append((campaign, f"{part.height} templates of its own carry {carry:.0%} of prompts"))
        for template in own[campaign]:
            shown = [word for word in ranked if word in texts[template]][:_WORDS] if template in texts else None
            rows.append((campaign, template, None if shown is None else ", ".join(shown)))
    return _Written(said, pl.DataFrame(rows, schema=OWN_TEMPLATES, orient="row"))


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
