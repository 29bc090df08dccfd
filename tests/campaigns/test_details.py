"""What the members of campaigns did: every count against the slow way."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import polars as pl

from linkage.campaigns import hours_inside, models_inside, templates_inside
from linkage.tables import OUTPUT

START = datetime(2026, 1, 1, 22, tzinfo=UTC)
#: Account 2 is in both campaigns, account 4 in none.
MEMBERS = pl.DataFrame(
    {"account": [0, 1, 2, 2, 3], "campaign_id": ["C-1", "C-1", "C-1", "C-2", "C-2"]},
    schema_overrides={"account": pl.UInt32},
)
SENT = [(i * 7 % 5, START + timedelta(minutes=37 * i)) for i in range(400)]
EXCHANGES = pl.DataFrame(
    {"account": [a for a, _ in SENT], "sent_at": [at for _, at in SENT]}, schema_overrides={"account": pl.UInt32}
).cast({"sent_at": pl.Datetime("us", "UTC")})


def test_hours_add_up_to_what_members_sent() -> None:
    found = hours_inside(EXCHANGES.lazy(), MEMBERS)
    wanted: Counter[tuple[str, date, int]] = Counter()
    for account, campaign in MEMBERS.rows():
        wanted.update((campaign, at.date(), at.hour) for who, at in SENT if who == account)
    assert found.rows() == [(*key, count) for key, count in sorted(wanted.items())]
    assert found.schema == OUTPUT["activity"]
    assert hours_inside(EXCHANGES.sample(fraction=1.0, shuffle=True, seed=1).lazy(), MEMBERS).equals(found)


def test_models_by_day_beside_everybodys() -> None:
    usage = pl.DataFrame(
        {
            "account": [0, 1, 2, 4, 4],
            "model": ["big", "big", "small", "big", "tiny"],
            "day": [date(2026, 1, 1)] * 3 + [date(2026, 1, 2)] * 2,
            "exchanges": [1, 2, 4, 8, 16],
            "input_tokens": [0] * 5,
            "output_tokens": [0] * 5,
        },
        schema_overrides={"account": pl.UInt32},
    )
    first, second = date(2026, 1, 1), date(2026, 1, 2)
    assert models_inside(usage, MEMBERS).rows() == [
        ("C-1", first, "big", 3),
        ("C-1", first, "small", 4),
        ("C-2", first, "small", 4),
        (None, first, "big", 3),
        (None, first, "small", 4),
        (None, second, "big", 8),
        (None, second, "tiny", 16),
    ]


def test_templates_with_the_members_that_used_them() -> None:
    own = pl.DataFrame(
        {"campaign_id": ["C-1", "C-1", "C-2"], "template": [7, 8, 9], "words": ["proof", None, ""]},
        schema_overrides={"template": pl.Int32},
    )
    uses = pl.DataFrame(
        {"account": [0, 1, 2, 4, 0, 2], "template": [7, 7, 7, 7, 8, 9], "count": [1, 2, 3, 9, 5, 4]},
        schema_overrides={"account": pl.UInt32},
    )
    shared = pl.DataFrame({"template": ["template 7", "template 9"], "exemplar_row": [70, 90]})
    assert templates_inside(own, uses, MEMBERS, shared).rows() == [
        ("C-1", "template 7", 3, 6, 70, "proof"),
        ("C-1", "template 8", 1, 5, None, None),
        ("C-2", "template 9", 1, 4, 90, ""),
    ]


def test_without_campaigns_or_logs_there_is_nothing() -> None:
    for found, name in (
        (hours_inside(None, MEMBERS), "activity"),
        (hours_inside(EXCHANGES.lazy(), MEMBERS.clear()), "activity"),
        (models_inside(None, MEMBERS), "models"),
        (templates_inside(pl.DataFrame(), None, MEMBERS, pl.DataFrame()), "own_templates"),
    ):
        assert found.is_empty()
        assert found.schema == OUTPUT[name]
