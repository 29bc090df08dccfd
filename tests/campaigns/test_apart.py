"""Campaigns that public prompts alone hold together."""

from __future__ import annotations

import polars as pl
import pytest

from linkage.campaigns.apart import apart
from linkage.campaigns.content import Content
from linkage.campaigns.known import Known
from linkage.campaigns.view import View
from linkage.settings import CampaignSettings, DecisionSettings
from linkage.tables import ACCOUNTS, USES, empty

CHANNELS = {"ip": "network", "payment": "money", "prompt": "content"}
SETTINGS = CampaignSettings(min_accounts=3)
ONE, TWO, STRAYS = range(6), range(6, 11), range(11, 14)
PARTS = pl.DataFrame(
    {"account": range(14), "community": [3] * 14, "part": [0] * 6 + [1] * 5 + [2] * 3},
    schema={"account": pl.UInt32, "community": pl.Int32, "part": pl.Int32},
)
PUBLIC = [(account, 0) for account in range(60)]
THEIRS = [(a, 1) for a in ONE] + [(a, 2) for a in TWO]


def linked(within: str = "payment", between: str = "prompt", wide: int = 6) -> pl.DataFrame:
    """Three cliques: links between two, and strays that public prompts tie to the second."""
    links = [(a, b, within) for part in (ONE, TWO, STRAYS) for a in part for b in part if a < b]
    links += [(a, b, between) for a in list(ONE)[:wide] for b in TWO] + [(a, b, "prompt") for a in TWO for b in STRAYS]
    rows = [(a, b, 0.9, *(6.0 if said == name else 0.0 for name in CHANNELS)) for a, b, said in links]
    named: dict[str, type[pl.DataType]] = dict.fromkeys(["account_a", "account_b"], pl.UInt32)
    named |= dict.fromkeys(["probability", *CHANNELS], pl.Float32)
    return pl.DataFrame(rows, schema=named, orient="row")


def seen(uses: list[tuple[int, int]], crowds: pl.DataFrame | None = None, known: Known | None = None) -> View:
    """What the assessment may look at: prompts."""
    account = {"account": pl.UInt32}
    used = pl.DataFrame(uses, schema=account | {"template": pl.UInt32}, orient="row").with_columns(count=pl.lit(1))
    wrote = Content(used, used.group_by("account").agg(prompts=pl.len().cast(pl.Int64)))
    return View(
        empty(ACCOUNTS), None, None, None, empty(USES), pl.DataFrame(), CHANNELS, wrote, known=known, crowds=crowds
    )


def pieces(view: View, links: pl.DataFrame, suspect: bool = True) -> list[list[int]]:
    """Accounts of each community that is found."""
    judged = pl.DataFrame({"community": [3], "suspect": [suspect]}, schema_overrides={"community": pl.Int32})
    found = apart(PARTS, judged, links, view, SETTINGS)
    assert found.drop("community").equals(PARTS.drop("community"))
    assert found.schema == PARTS.schema
    return [part["account"].to_list() for part in found.partition_by("community", maintain_order=True)]


def test_public_prompts_hold_no_campaigns_together() -> None:
    # Strays go where their links lead.
    assert pieces(seen(PUBLIC + THEIRS), linked()) == [[*ONE], [*TWO, *STRAYS]]
    assert pieces(seen(PUBLIC + THEIRS), linked(between="ip")) == [[*ONE], [*TWO, *STRAYS]]


@pytest.mark.parametrize(
    ("uses", "links"),
    [
        (PUBLIC, linked()),
        (PUBLIC + [(a, 1) for a in ONE], linked()),
        (PUBLIC + THEIRS + [(a, 3) for a in range(4, 9)], linked()),
        (PUBLIC + THEIRS, linked(between="payment")),
        (PUBLIC + THEIRS, linked(within="prompt")),
    ],
    ids=["nothing of their own", "one has nothing", "a template in common", "cards in common", "prompts are all"],
)
def test_parts_stay_that_something_else_ties_or_nothing_tells_apart(
    uses: list[tuple[int, int]], links: pl.DataFrame
) -> None:
    assert pieces(seen(uses), links) == [list(range(14))]


def test_strangers_with_few_templates_hold_no_campaigns_together() -> None:
    own = [(a, template) for a in ONE for template in range(10, 20)] + [(a, t) for a in TWO for t in range(20, 30)]
    # The strays have two of their own; each of these, two of one campaign use as well.
    few = [(a, 1) for a in (*STRAYS, 0, 1)] + [(a, 2) for a in (*STRAYS, 6, 7)]
    assert pieces(seen(PUBLIC + own + few), linked()) == [[*ONE, *STRAYS], [*TWO]]


def test_a_card_or_two_between_hold_nothing_together() -> None:
    assert len(pieces(seen(PUBLIC + THEIRS), linked(between="payment", wide=1))) == 1
    few = linked().with_columns(
        payment=pl.when((pl.col("account_a") == 0) & (pl.col("account_b") == 6)).then(1.0).otherwise("payment")
    )
    assert len(pieces(seen(PUBLIC + THEIRS), few)) == 2


def test_a_pool_holds_its_parts() -> None:
    def pool(*accounts: int) -> View:
        return seen(
            PUBLIC + THEIRS,
            crowds=pl.DataFrame(
                {"account": accounts, "crowd": [1] * len(accounts)}, schema_overrides={"account": pl.UInt32}
            ),
        )

    assert len(pieces(pool(0, 1, 2, 3, 6, 7, 8), linked())) == 1
    assert len(pieces(pool(0, 1, 2, 6, 7, 8), linked())) == 2  # half are not most


def test_people_may_know_better() -> None:
    def told(*campaigns: str) -> View:
        decided = pl.DataFrame(
            {"account": [0, 7], "decision": ["enforced"] * 2, "campaign": campaigns, "returns": [False] * 2},
            schema_overrides={"account": pl.UInt32},
        )
        return seen(PUBLIC + THEIRS, known=Known(decided, 60, DecisionSettings()))

    assert len(pieces(told("C-1", "C-1"), linked())) == 1
    assert len(pieces(told("C-1", "C-2"), linked())) == 2


def test_what_is_not_suspected_or_writes_nothing_stays() -> None:
    assert len(pieces(seen(PUBLIC + THEIRS), linked(), suspect=False)) == 1
    assert len(pieces(seen([])._replace(content=None), linked())) == 1
    assert len(pieces(seen([]), linked())) == 1
