"""What reading makes of the exchanges at once is what a pass over the exchanges it hands on would make."""

from __future__ import annotations

import polars as pl
import pytest

from linkage import identifiers, io
from linkage.settings import InputSettings

ORDER = ("account", "ip", "device")


def _spoiled(exchanges: pl.DataFrame, **values: object) -> pl.DataFrame:
    """The exchanges with other values in the fourth row."""
    fourth = pl.int_range(pl.len()) == 3
    return exchanges.with_columns(
        pl.when(fourth).then(pl.lit(value, exchanges.schema[name])).otherwise(name).alias(name)
        for name, value in values.items()
    )


@pytest.mark.parametrize(
    ("spoiled", "at_once"),
    [
        ({}, True),
        ({"device": None}, True),
        ({"ip": None}, True),
        ({"ip": "nowhere"}, True),  # the row is left out, whatever else it holds
        ({"account_id": "stranger"}, True),
        ({"ip": " "}, False),  # a value is set to null, which makes other rows of it
        ({"ip": "1" * 5000}, False),
        ({"account_id": ""}, False),
        ({"account_id": None}, False),
        ({"sent_at": None}, False),
        ({"device": "d" * 5000}, False),
    ],
)
def test_as_a_pass_over_what_is_left(exchanges: pl.DataFrame, spoiled: dict[str, object], at_once: bool) -> None:
    accounts = pl.DataFrame({"account_id": ["a0", "a1", "a2", "a3"]})
    source = {"accounts": accounts, "exchanges": _spoiled(exchanges, **spoiled)}
    tables = io.read(source, InputSettings(unknown_accounts="reject"), identifiers.touches)
    assert (tables.reduced is not None) == at_once
    if tables.reduced is not None:
        assert tables.exchanges is not None
        expected = identifiers.touches(tables.exchanges).collect()
        assert tables.reduced.sort(ORDER).equals(expected.sort(ORDER))
    whole = io.read(source, InputSettings(unknown_accounts="reject"))
    assert whole.reduced is None
    assert tables.rejected.equals(whole.rejected)
    assert tables.rejected_counts == whole.rejected_counts
    assert tables.addresses is not None
    assert whole.addresses is not None
    assert tables.addresses.sort("ip").equals(whole.addresses.sort("ip"))


def test_exchanges_of_a_few_accounts_are_theirs(exchanges: pl.DataFrame) -> None:
    tables = io.read({"exchanges": _spoiled(exchanges, sent_at=None)}, InputSettings())
    assert tables.exchanges is not None
    for few in (pl.Series([], dtype=pl.UInt32), pl.Series([0, 2], dtype=pl.UInt32)):
        found = tables.exchanges_of(few)
        assert found is not None
        theirs = tables.exchanges.filter(pl.col("account").is_in(few.implode())).collect()
        assert found.collect().select(theirs.columns).sort(theirs.columns).equals(theirs.sort(theirs.columns))
    assert (
        io.read(
            {
                "accounts": tables.accounts.select("account_id"),
                "payments": pl.DataFrame({"account_id": ["a0"], "instrument": ["card"]}),
            },
            InputSettings(),
        ).exchanges_of(few)
        is None
    )
