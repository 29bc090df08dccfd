"""What a campaign was after, in words that give nothing away."""

from __future__ import annotations

from datetime import date

import polars as pl

from linkage.campaigns.capability import capability
from linkage.campaigns.content import Content
from linkage.campaigns.view import View
from linkage.campaigns.wording import distinctive, words
from linkage.tables import ACCOUNTS, OUTPUT, USES, empty

JOINED = pl.DataFrame({"account": [0, 1, 2], "campaign_id": ["C-1"] * 3}, schema_overrides={"account": pl.UInt32})


def view(content: Content | None = None, usage: pl.DataFrame | None = None) -> View:
    return View(empty(ACCOUNTS), None, None, None, empty(USES), empty(OUTPUT["hubs"]), {}, content, usage=usage)


def test_words_leave_out_numbers_and_addresses() -> None:
    found = words("Refactor the Parser in 2024 for bob.smith@example.com, card 4111-1111, see https://x.example/y")
    assert found == {"refactor", "the", "parser", "for", "card", "see"}
    assert words("証明を書け") == {"証明", "明を", "を書", "書け"}


def test_words_that_others_write_too_are_not_named() -> None:
    own = ["please refactor the parser", "please refactor the lexer", "please rewrite the parser"]
    others = ["please write the letter", "please cook the dinner", "the parser", "please sing"]
    exemplars = pl.DataFrame({"template": range(7), "text": own + others})
    found = distinctive(exemplars, {"C-1": [0, 1, 2]})["C-1"].ranked
    assert found == ["refactor", "parser"] or found == ["parser", "refactor"] or found == ["refactor"]
    assert not {"please", "the"} & set(found)


def test_templates_models_and_answers_are_told_beside_everybodys() -> None:
    uses = pl.DataFrame(
        {"account": [0, 1, 2], "template": [7, 7, 7], "count": [5, 5, 5]}, schema_overrides={"account": pl.UInt32}
    )
    prompts = pl.DataFrame({"account": [0, 1, 2], "prompts": [10, 10, 10]}, schema_overrides={"account": pl.UInt32})
    exemplars = pl.DataFrame({"template": [7, 8], "text": ["translate the poem 99", "the weather"]})
    usage = pl.DataFrame(
        {
            "account": [0, 1, 2, 3],
            "model": ["big", "big", "small", "small"],
            "day": [date(2026, 1, 1)] * 4,
            "exchanges": [40, 40, 20, 300],
            "input_tokens": [1] * 4,
            "output_tokens": [4000, 4000, 2000, 3000],
        },
        schema_overrides={"account": pl.UInt32},
    )
    found = capability(JOINED, view(Content(uses, prompts, None, exemplars), usage))
    said = found.lines.row(0)
    assert said[0] == "C-1"
    assert said[1] == (
        "words: poem, translate; 1 templates of its own carry 50% of prompts;"
        " 80% of traffic to big (everybody's: 20%); answers of 100 tokens, 3.1 times everybody's"
    )
    assert found.templates.rows() == [("C-1", 7, "poem, translate")]


def test_nothing_known_nothing_said() -> None:
    found = capability(JOINED, view())
    assert found.lines.row(0) == ("C-1", None)
    assert found.templates.is_empty()
