"""The identifier expressions give the same rows on Polars and on DuckDB."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import narwhals as nw
import polars as pl
import pytest

from linkage.identifiers import expressions
from linkage.identifiers.placeholders import is_placeholder
from linkage.tables import ACCOUNTS, ADDRESSES, INPUT, TIME

START = datetime(2026, 1, 1, tzinfo=UTC)


def exchanges() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "account": [0, 0, 1, 1, 2, 2],
            "sent_at": [START + timedelta(hours=h) for h in (0, 5, 1, 2, 3, 4)],
            "ip": ["203.0.113.7", "203.0.113.7", "203.0.113.9", "::ffff:203.0.113.7", None, "2001:db8::1"],
            "device": ["d1", "d2", "d1", None, "d1", ""],
        },
        schema={"account": pl.UInt32, "sent_at": TIME, "ip": pl.String, "device": pl.String},
    )


def addresses() -> pl.DataFrame:
    return pl.DataFrame(
        [
            ("203.0.113.7", "203.0.113.7", "203.0.113.0/24", None, None),
            ("203.0.113.9", "203.0.113.9", "203.0.113.0/24", None, None),
            ("::ffff:203.0.113.7", "203.0.113.7", "203.0.113.0/24", None, None),
            ("2001:db8::1", "2001:db8::1", "2001:db8::/48", None, None),
        ],
        schema=ADDRESSES,
        orient="row",
    )


def frames() -> dict[str, pl.DataFrame]:
    accounts = pl.DataFrame(
        {"account": [0, 1, 2], "account_id": ["a", "b", "c"], "email_domain": ["x.example", "x.example", None]},
        schema={name: ACCOUNTS[name] for name in ("account", "account_id", "email_domain")},
    ).with_columns(created_at=pl.lit(START, TIME))
    payments = pl.DataFrame(
        {"account": [0, 1, 1], "instrument": ["c1", "c1", ""], "issuer": ["bank", "bank", None]},
        schema={"account": pl.UInt32, "instrument": pl.String, "issuer": pl.String},
    ).with_columns(paid_at=pl.lit(START, TIME))
    identifiers = pl.DataFrame(
        {"account": [0, 2], "kind": ["phone", "phone"], "value": ["+1", "+1"], "count": [None, 4]},
        schema={"account": pl.UInt32, "kind": pl.String, "value": pl.String, "count": INPUT["identifiers"]["count"]},
    ).with_columns(first_seen=pl.lit(START, TIME), last_seen=pl.lit(START, TIME))
    return {
        "exchanges": exchanges(),
        "addresses": addresses(),
        "accounts": accounts,
        "payments": payments,
        "identifiers": identifiers,
    }


def all_uses(tables: dict[str, expressions.Lazy]) -> dict[str, expressions.Lazy]:
    touched = expressions.touches(tables["exchanges"])
    return {
        "ip": expressions.address_uses(touched, tables["addresses"]),
        "prefix": expressions.prefix_uses(touched, tables["addresses"]),
        "device": expressions.device_uses(touched),
        "instrument": expressions.payment_uses(tables["payments"], "instrument", "instrument"),
        "issuer": expressions.payment_uses(tables["payments"], "issuer", "issuer"),
        "domain": expressions.domain_uses(tables["accounts"]),
        "table": expressions.table_uses(tables["identifiers"]),
    }


def plain(frame: object) -> list[tuple[object, ...]]:
    """Rows of any engine, times as UTC text, sorted."""
    table = nw.from_native(frame).collect().to_arrow()  # type: ignore[call-overload]
    rows = pl.DataFrame(table).with_columns(pl.col("^.*_seen$").dt.convert_time_zone("UTC").dt.to_string())
    rows = rows.select(pl.col("account").cast(pl.Int64), *expressions.USES[1:])
    return sorted(rows.rows(), key=repr)


def test_duckdb_gives_the_rows_polars_gives() -> None:
    duckdb = pytest.importorskip("duckdb")
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    here = all_uses({name: nw.from_native(frame.lazy()) for name, frame in frames().items()})
    arrow = {name: frame.to_arrow() for name, frame in frames().items()}
    there = all_uses({name: nw.from_native(connection.from_arrow(table)) for name, table in arrow.items()})
    for name in here:
        assert plain(nw.to_native(here[name])) == plain(nw.to_native(there[name])), name


def test_one_address_in_two_spellings_is_one_value() -> None:
    touched = expressions.touches(nw.from_native(exchanges().lazy()))
    used = nw.to_native(expressions.address_uses(touched, nw.from_native(addresses().lazy()))).collect()
    on = used.filter(pl.col("value") == "203.0.113.7").sort("account")
    assert on["account"].to_list() == [0, 1]
    assert on["count"].to_list() == [2, 1]
    assert on["first_seen"].to_list() == [START, START + timedelta(hours=2)]


@pytest.mark.parametrize(
    "value",
    ["", " ", "N/A", "unknown", "0000-0000", "ffffffff", "tok_visa", "test_card_1", "4242 4242 4242 4242", "xxxx-xxxx"],
)
def test_stand_ins_are_placeholders(value: str) -> None:
    assert pl.DataFrame({"value": [value]}).select(nw_expression())["p"].item()


@pytest.mark.parametrize("value", ["203.0.113.7", "card_9f8e7d", "fp-1b2c", "example.net", "a", "7", "f0ff"])
def test_values_are_not_placeholders(value: str) -> None:
    assert not pl.DataFrame({"value": [value]}).select(nw_expression())["p"].item()


def nw_expression() -> pl.Expr:
    """The placeholder expression as Polars sees it."""

    def native(series: pl.Series) -> pl.Series:
        frame = nw.from_native(pl.DataFrame({"value": series})).select(is_placeholder("value").alias("p"))
        return frame.to_native()["p"]

    return pl.col("value").map_batches(native, return_dtype=pl.Boolean).alias("p")
