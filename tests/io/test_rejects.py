from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from linkage import io
from linkage.settings import TableSource

Read = Callable[..., io.Tables]
Write = Callable[[str, str], Path]
Frames = dict[str, pl.DataFrame]


def reasons(tables: io.Tables) -> list[tuple[int, str | None, str, str | None]]:
    return tables.rejected.select("row", "column", "reason", "value").rows()


def with_row(exchanges: pl.DataFrame, **values: object) -> pl.DataFrame:
    """The same rows and one more like the first, changed, in the middle."""
    bad = exchanges[:1].with_columns(pl.lit(value).alias(name) for name, value in values.items())
    return pl.concat([exchanges[:6], bad, exchanges[6:]], how="vertical_relaxed")


@pytest.mark.parametrize(
    ("values", "entry"),
    [
        ({"account_id": None}, (6, "account_id", "no account", None)),
        ({"account_id": " "}, (6, "account_id", "no account", " ")),
        ({"account_id": "x" * 5000}, (6, "account_id", "longer than 4096 bytes", "x" * 200)),
        ({"sent_at": None}, (6, "sent_at", "no time", None)),
        ({"ip": "300.1.1.1"}, (6, "ip", "not an address", "300.1.1.1")),
        ({"ip": "fe80::1%eth0"}, (6, "ip", "not an address", "fe80::1%eth0")),
    ],
)
def test_a_row_that_cannot_be_used_is_left_out(
    values: dict[str, object], entry: tuple[object, ...], exchanges: pl.DataFrame, read: Read
) -> None:
    found, good = read({"exchanges": with_row(exchanges, **values)}), read({"exchanges": exchanges})
    assert reasons(found) == [entry]
    assert found.rejected_counts == {"exchanges": {entry[2]: 1}}
    assert found.exchanges is not None
    assert good.exchanges is not None
    assert_frame_equal(found.exchanges.collect(), good.exchanges.collect())


@pytest.mark.parametrize(
    ("values", "entry"),
    [
        ({"status": 99_999}, (6, "status", "value set to null: not a 16-bit integer", "99999")),
        ({"input_tokens": 2**40}, (6, "input_tokens", "value set to null: not a 32-bit integer", str(2**40))),
        ({"device": "x" * 5000}, (6, "device", "value set to null: longer than 4096 bytes", "x" * 200)),
        ({"ip": "  "}, (6, "ip", "value set to null: blank", "  ")),
    ],
)
def test_an_optional_value_that_cannot_be_used_becomes_null(
    values: dict[str, object], entry: tuple[object, ...], exchanges: pl.DataFrame, read: Read
) -> None:
    found = read({"exchanges": with_row(exchanges, **values)})
    assert reasons(found) == [entry]
    assert found.exchanges is not None
    kept = found.exchanges.collect()
    assert kept.height == 13
    assert kept[str(entry[1])][6] is None
    assert kept[str(entry[1])].null_count() == 1


def test_a_row_with_many_faults_has_one_reason(exchanges: pl.DataFrame, read: Read) -> None:
    bad = with_row(exchanges, account_id="", sent_at=None, ip="nowhere", status=99_999)
    found = read({"exchanges": bad})
    assert reasons(found) == [(6, "account_id", "no account", "")]


def test_counts_go_on_beyond_the_rows_kept(exchanges: pl.DataFrame, read: Read) -> None:
    bad = exchanges.with_columns(ip=pl.lit("nowhere"))
    found = read({"exchanges": bad}, rejected_rows=3)
    assert found.rejected_counts == {"exchanges": {"not an address": 12}}
    assert found.rejected["row"].to_list() == [0, 1, 2]


def test_times_of_any_zone_become_utc(read: Read, write: Write) -> None:
    texts = {
        "2026-01-01T02:00:00+02:00": 0,
        "2026-01-01T00:00:00Z": 0,
        "2025-12-31 16:00:00 -0800": 0,
        "2026-01-01 00:00:00.250 UTC": 250_000,
        "2026-01-01T00:00": 0,
        "2026-01-01T00:00:01": 1_000_000,
        "2026-01-01": 0,
        "1767225600": 0,
        "1767225600.5": 500_000,
    }
    lines = "".join(f"a,{text}\n" for text in texts)
    write("exchanges.csv", f"account_id,sent_at\n{lines}a,yesterday\na,\na,99999999999999\n")
    found = read()
    assert found.exchanges is not None
    since = found.exchanges.collect()["sent_at"].dt.epoch("us") - 1_767_225_600_000_000
    assert since.to_list() == list(texts.values())
    assert reasons(found) == [
        (9, "sent_at", "not a time", "yesterday"),
        (10, "sent_at", "no time", None),
        (11, "sent_at", "not a time", "99999999999999"),
    ]


@pytest.mark.parametrize(
    ("values", "settings"),
    [
        (["2026-01-01 01:00:00"], {"time_zone": "Europe/Berlin"}),
        ([datetime(2026, 1, 1, 1)], {"time_zone": "Europe/Berlin"}),
        (["01.01.2026 00:00"], {"time_format": "%d.%m.%Y %H:%M"}),
        (["01.01.2026"], {"time_format": "%d.%m.%Y"}),
        ([1_767_225_600_000_000_000], {"time_unit": "ns"}),
        ([1_767_225_600.0], {}),
        ([datetime(2026, 1, 1).date()], {}),
    ],
)
def test_times_follow_the_settings_of_their_source(values: list[object], settings: dict[str, str], read: Read) -> None:
    source = TableSource.model_validate({"path": "x", **settings})
    found = read({"exchanges": pl.DataFrame({"account_id": ["a"], "sent_at": values})}, {"exchanges": source})
    assert found.exchanges is not None
    assert found.exchanges.collect()["sent_at"].to_list() == [datetime(2026, 1, 1, tzinfo=UTC)]


def test_an_hour_that_never_was_is_no_time(read: Read) -> None:
    source = TableSource(path="x", time_zone="Europe/Berlin")
    naive = [datetime(2026, 3, 29, 2, 30), datetime(2026, 10, 25, 2, 30)]
    found = read({"exchanges": pl.DataFrame({"account_id": "a", "sent_at": naive})}, {"exchanges": source})
    assert [row[:3] for row in reasons(found)] == [(0, "sent_at", "not a time")]


@pytest.mark.parametrize("ids", [[1, 2], [1.0, 2.0], ["1", "2"], [b"1", b"2"]], ids=str)
def test_ids_of_any_type_are_the_same_text(ids: list[object], read: Read) -> None:
    found = read({"payments": pl.DataFrame({"account_id": ids, "instrument": ["x", "y"]})})
    assert found.accounts["account_id"].to_list() == ["1", "2"]


def test_of_duplicate_accounts_the_smallest_row_stays_whatever_the_order(read: Read) -> None:
    accounts = pl.DataFrame(
        {
            "account_id": ["a", "a", "a", "b"],
            "created_at": [None, datetime(2026, 1, 2), datetime(2026, 1, 1), None],
            "country": ["DE", "FR", "US", "DE"],
        }
    )
    payments = pl.DataFrame({"account_id": ["a"], "instrument": ["x"]})
    one = read({"accounts": accounts, "payments": payments})
    two = read({"accounts": accounts.reverse(), "payments": payments})
    assert_frame_equal(one.accounts, two.accounts)
    assert one.accounts["country"].to_list() == ["US", "DE"]
    assert one.rejected_counts == {"accounts": {"duplicate account": 2}}


def test_accounts_that_only_one_table_names(exchanges: pl.DataFrame, read: Read) -> None:
    accounts = pl.DataFrame({"account_id": ["a0", "a1", "a2", "idle"]})
    frames: Frames = {"accounts": accounts, "exchanges": exchanges}
    found = read(frames)
    assert found.accounts["account_id"].to_list() == ["a0", "a1", "a2", "idle"]
    assert found.rejected_counts == {"exchanges": {"unknown account": 3}}
    assert {row[3] for row in reasons(found)} == {"a3"}
    kept = read(frames, unknown_accounts="keep")
    assert kept.accounts["account_id"].to_list() == ["a0", "a1", "a2", "a3", "idle"]
    assert kept.rejected.is_empty()
    assert "accounts: 1 accounts that only other tables name were added" in kept.notes
    skipped = read(frames, {"exchanges": TableSource(path="x", known_accounts_only=True)})
    assert skipped.rejected.is_empty()
    assert "exchanges: 3 rows of accounts that are not in accounts were skipped" in skipped.notes
    assert skipped.exchanges is not None
    assert skipped.exchanges.select(pl.len()).collect().item() == 9


def test_embeddings_of_the_wrong_width_or_not_finite(read: Read, write: Write) -> None:
    vectors = ["[1,2]", "[1,2,3]", "[1,null]", "null", "[]", "[3.5,4]"]
    lines = "".join(f'{{"account_id":"a","embedding":{vector}}}\n' for vector in vectors)
    write("prompts.ndjson", f'{lines}{{"account_id":"a","text":"hi"}}\n{{"account_id":"a","embedding":[NaN,1]}}\n')
    found = read()
    assert found.embedding_width == 2
    assert found.prompts is not None
    assert found.prompts.collect()["embedding"].to_list() == [[1, 2], [3.5, 4], None]
    assert reasons(found) == [
        (1, "embedding", "embedding not 2 wide", "3"),
        (2, "embedding", "embedding holds NaN, infinity or null", "1.0, null"),
        (3, "text", "neither text nor embedding", None),
        (4, "embedding", "embedding not 2 wide", "0"),
        (7, None, "malformed line", '{"account_id":"a","embedding":[NaN,1]}'),
    ]


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf"), None])
@pytest.mark.parametrize("kind", [pl.Array(pl.Float32, 2), pl.Array(pl.Float16, 2), pl.List(pl.Float32)], ids=str)
def test_arrays_with_a_number_that_is_none(bad: float | None, kind: pl.DataType, read: Read) -> None:
    vectors = pl.Series([[1.0, 2.0], [1.0, bad], None], dtype=kind)
    found = read({"prompts": pl.DataFrame({"account_id": "a", "text": "t", "embedding": vectors})})
    assert [row[:3] for row in reasons(found)] == [(1, "embedding", "embedding holds NaN, infinity or null")]
    assert found.prompts is not None
    assert found.prompts.collect()["embedding"].to_list() == [[1.0, 2.0], None]


def test_the_width_is_that_of_most_rows(read: Read) -> None:
    vectors = pl.Series([[1.0], [1.0, 2.0], [1.0, 2.0], [3.0]], dtype=pl.List(pl.Float32))
    found = read({"prompts": pl.DataFrame({"account_id": "a", "embedding": vectors})})
    assert found.embedding_width == 1  # a tie: the smaller


def test_payments_identifiers_and_decisions(read: Read) -> None:
    found = read(
        {
            "payments": pl.DataFrame(
                {"account_id": "a", "instrument": ["card", "", None], "amount": [float("nan"), 1.0, 2.0]}
            ),
            "identifiers": pl.DataFrame(
                {
                    "account_id": "a",
                    "kind": ["phone", None, "phone"],
                    "value": ["1", "2", None],
                    "count": ["3", "x", "1"],
                }
            ),
            "decisions": pl.DataFrame({"account_id": ["a", "a", "z"], "decision": ["enforced", "banned", "cleared"]}),
            "dossiers": pl.DataFrame(
                {"operator": ["O", ""], "kind": "ip", "value": "192.0.2.1", "confidence": [1.5, 0.5]}
            ),
        }
    )
    assert found.rejected.drop("value").rows() == [
        ("decisions", 1, "decision", "neither enforced nor cleared"),
        ("decisions", 2, "account_id", "unknown account"),
        ("dossiers", 0, "confidence", "value set to null: not between 0 and 1"),
        ("dossiers", 1, "operator", "no operator"),
        ("identifiers", 1, "kind", "no kind"),
        ("identifiers", 2, "value", "no value"),
        ("payments", 0, "amount", "value set to null: not a finite number"),
        ("payments", 2, "instrument", "no instrument"),
    ]
    assert found.payments is not None
    assert found.payments.collect()["instrument"].to_list() == ["card", ""]


def test_lines_that_are_no_objects_are_kept_aside(read: Read, write: Write) -> None:
    good = '{"account_id":"a","sent_at":1767225600}'
    write("exchanges.ndjson", f'{good}\nnonsense\n\n[1]\n{good}\n{{"account_id":"a"')
    found = read()
    assert reasons(found) == [
        (1, None, "malformed line", "nonsense"),
        (2, None, "malformed line", "[1]"),
        (4, None, "malformed line", '{"account_id":"a"'),
    ]
    assert found.exchanges is not None
    assert found.exchanges.select(pl.len()).collect().item() == 2
    assert found.files[0]["rows"] == 5


def test_many_rows_of_one_value(read: Read) -> None:
    many = pl.DataFrame({"account_id": "a", "sent_at": 0, "ip": "192.0.2.1", "device": "d" * 4096}).select(
        pl.all().repeat_by(200_000).list.explode()
    )
    found = read({"exchanges": many})
    assert found.rejected.is_empty()
    assert found.addresses is not None
    assert found.addresses.height == 1
