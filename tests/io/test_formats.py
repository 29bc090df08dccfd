from __future__ import annotations

import gzip
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from linkage import io
from linkage.settings import TableSource

Read = Callable[..., io.Tables]
KEY = ["account", "sent_at"]


def rows(tables: io.Tables) -> pl.DataFrame:
    assert tables.exchanges is not None
    return tables.exchanges.collect(engine="streaming")


def save(frame: pl.DataFrame, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if ".parquet" in path.name:
        frame.write_parquet(path)
        return
    plain = path.with_name("plain")
    frame.write_csv(plain) if ".csv" in path.name else frame.write_ndjson(plain)
    content = plain.read_bytes()
    plain.unlink()
    if path.suffix == ".gz":
        content = gzip.compress(content)
    if path.suffix == ".zst":
        frame.lazy().sink_csv(path, compression="zstd") if ".csv" in path.name else frame.lazy().sink_ndjson(
            path, compression="zstd"
        )
        return
    path.write_bytes(content)


FORMATS = ["parquet", *(f"{text}{packed}" for text in ("csv", "ndjson", "jsonl") for packed in ("", ".gz", ".zst"))]


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_gives_the_same_table(form: str, exchanges: pl.DataFrame, tmp_path: Path, read: Read) -> None:
    save(exchanges, tmp_path / f"exchanges.{form}")
    found, expected = read(), read({"exchanges": exchanges})
    assert_frame_equal(rows(found), rows(expected))
    assert_frame_equal(found.accounts, expected.accounts)
    assert found.rejected.is_empty()


@pytest.mark.parametrize("form", FORMATS)
def test_a_folder_of_parts_is_read_in_path_order(
    form: str, exchanges: pl.DataFrame, tmp_path: Path, read: Read
) -> None:
    save(exchanges[6:], tmp_path / "exchanges" / f"day=2.{form}")
    save(exchanges[:6], tmp_path / "exchanges" / "day=1" / f"part.{form}")
    (tmp_path / "exchanges" / "_SUCCESS").touch()
    (tmp_path / "exchanges" / f".hidden.{form}").touch()
    found = read()
    assert_frame_equal(rows(found), rows(read({"exchanges": exchanges})))
    assert [(file["path"], file["rows"]) for file in found.files] == [
        (f"exchanges/day=1/part.{form}", 6),
        (f"exchanges/day=2.{form}", 6),
    ]


def test_parts_may_differ_in_format_types_and_columns(exchanges: pl.DataFrame, tmp_path: Path, read: Read) -> None:
    save(exchanges[:4], tmp_path / "exchanges" / "1.parquet")
    save(exchanges[4:8].drop("device").cast({"status": pl.Int64}), tmp_path / "exchanges" / "2.parquet")
    save(exchanges[8:], tmp_path / "exchanges" / "3.csv.gz")
    whole = exchanges.with_columns(device=pl.when(~pl.int_range(12).is_between(4, 7)).then("device"))
    assert_frame_equal(rows(read()), rows(read({"exchanges": whole})))


def test_files_are_told_with_rows_bytes_and_hash(exchanges: pl.DataFrame, tmp_path: Path, read: Read) -> None:
    path = tmp_path / "exchanges.parquet"
    save(exchanges, path)
    digest = sha256(path.read_bytes()).hexdigest()
    size = path.stat().st_size
    entry = {"table": "exchanges", "path": "exchanges.parquet", "rows": 12, "bytes": size, "sha256": digest}
    assert read().files == [entry]
    entry |= {"path": None, "bytes": None, "sha256": None}
    assert read({"exchanges": exchanges.lazy()}).files == [entry]


def test_the_order_of_rows_changes_no_code(exchanges: pl.DataFrame, read: Read) -> None:
    payments = pl.DataFrame({"account_id": ["z", "a1"], "instrument": ["c", ""]})
    one = read({"exchanges": exchanges, "payments": payments})
    shuffled = exchanges.sample(fraction=1, shuffle=True, seed=3)
    two = read({"payments": payments.reverse(), "exchanges": shuffled})
    assert_frame_equal(one.accounts, two.accounts)
    assert_frame_equal(rows(one).sort(KEY), rows(two).sort(KEY))
    assert one.addresses is not None
    assert two.addresses is not None
    assert_frame_equal(one.addresses, two.addresses)
    assert one.accounts["account_id"].to_list() == ["a0", "a1", "a2", "a3", "z"]
    assert one.accounts["account"].to_list() == list(range(5))


def test_foreign_columns_are_mapped(tmp_path: Path, read: Read, write: Callable[[str, str], Path]) -> None:
    write("log/api.csv", "user;when;addr\n17;1767225600000;192.0.2.1\n18;1767225601500;192.0.2.2\n")
    api = TableSource(
        path="log/*.csv",
        columns={"account_id": "user", "sent_at": "when", "ip": "addr"},
        constants={"model": "m", "status": 200},
        time_unit="ms",
        separator=";",
    )
    found = read(sources={"exchanges": api})
    assert rows(found).select("model", "status").unique().rows() == [("m", 200)]
    assert found.accounts["account_id"].to_list() == ["17", "18"]
    assert str(rows(found)["sent_at"][1]) == "2026-01-01 00:00:01.500000+00:00"
    # One file may serve a table twice: here as two kinds of identifier.
    both = [
        TableSource(
            path="log/api.csv",
            columns={"account_id": "user", "value": column},
            constants={"kind": column, "count": 1},
            separator=";",
        )
        for column in ("addr", "when")
    ]
    found = read(sources={"identifiers": both})
    assert found.identifiers is not None
    values = found.identifiers.collect().select("account", "kind", "value").rows()
    assert values[0] == (0, "addr", "192.0.2.1")
    assert values[3] == (1, "when", "1767225601500")
    assert len(values) == 4


def test_unknown_columns_and_absent_tables_are_noted(exchanges: pl.DataFrame, read: Read) -> None:
    found = read({"exchanges": exchanges.with_columns(zebra=1, region=2)})
    assert "exchanges: columns ignored: region, zebra" in found.notes
    assert "prompts: no such table in the input" in found.notes
    assert rows(found).columns[0] == "account"
    assert "zebra" not in rows(found).columns


def test_a_header_alone_is_an_empty_table(read: Read, write: Callable[[str, str], Path]) -> None:
    write("exchanges.csv", "account_id,sent_at\n")
    found = read()
    assert rows(found).is_empty()
    assert found.accounts.is_empty()
    assert "exchanges: the table has no rows" in found.notes
    assert found.files[0]["rows"] == 0


def test_absent_columns_are_null_and_typed(read: Read) -> None:
    prompts = pl.DataFrame({"account_id": ["a"], "text": ["hello"]})
    found = read({"prompts": prompts})
    assert found.prompts is not None
    assert found.embedding_width is None
    assert found.prompts.collect_schema()["sent_at"] == pl.Datetime("us", "UTC")
    assert found.prompts.collect()["embedding"].to_list() == [None]
    assert found.addresses is None
    assert found.exchanges is None


@pytest.mark.parametrize(
    "series",
    [
        pl.Series([[0.5, 1], [2, 3], None], dtype=pl.Array(pl.Float16, 2)),
        pl.Series([[0.5, 1], [2, 3], None], dtype=pl.List(pl.Float64)),
        pl.Series(["[0.5, 1]", "2, 3", None]),
    ],
    ids=["float16", "list", "text"],
)
def test_embeddings_become_float32_arrays(series: pl.Series, read: Read) -> None:
    found = read({"prompts": pl.DataFrame({"account_id": ["a", "b", "a"], "text": "x", "embedding": series})})
    assert found.embedding_width == 2
    assert found.prompts is not None
    prompts = found.prompts.collect()
    assert prompts.schema["embedding"] == pl.Array(pl.Float32, 2)
    assert prompts["embedding"].to_list() == [[0.5, 1.0], [2.0, 3.0], None]


def test_text_files_in_slices_lose_no_account(
    exchanges: pl.DataFrame, read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("linkage.io.facts._SLICE", 2)
    monkeypatch.setattr("linkage.io.ndjson._BATCH", 100)
    save(exchanges, tmp_path / "exchanges.ndjson")
    assert_frame_equal(rows(read()), rows(read({"exchanges": exchanges})))
