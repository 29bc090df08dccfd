from __future__ import annotations

import gzip
import os
import random
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from linkage import io
from linkage.errors import InputError, TableError
from linkage.settings import TableSource

Read = Callable[..., io.Tables]
Write = Callable[[str, str | bytes], Path]
GOOD = "account_id,sent_at\na,2026-01-01\n"


def test_a_missing_column_is_named_with_a_near_miss_and_the_setting(read: Read, write: Write) -> None:
    write("exchanges.csv", "acount_id,sent_at\na,2026-01-01\n")
    with pytest.raises(TableError) as caught:
        read()
    message = str(caught.value)
    for part in ("exchanges.csv", "did you mean 'acount_id'?", "found acount_id, sent_at", "input.tables.exchanges"):
        assert part in message


def test_a_type_that_can_never_fit(read: Read) -> None:
    frame = pl.DataFrame({"account_id": [{"id": 1}], "sent_at": [0]})
    with pytest.raises(TableError, match=r"'account_id' is Struct.* must be String; .*input\.tables\.exchanges"):
        read({"exchanges": frame})


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("exchanges.csv", b"", r"exchanges\.csv: the file is empty"),
        ("exchanges.parquet", b"", r"exchanges\.parquet: the file is empty"),
        ("exchanges.parquet", b"PAR1 and no more", r"exchanges\.parquet: the Parquet file is damaged"),
        ("exchanges.csv", b"account_id,sent_at\n\xff\xfe,1\n", r"exchanges\.csv: the text is not UTF-8.*line 1"),
        ("exchanges.csv", b"account_id,sent_at\na,1\na,1,2\n", r"exchanges\.csv: a line has more fields.*line 3"),
        ("exchanges.csv", b'account_id,sent_at\n"a,1\n', r"exchanges\.csv: a quoted value never ends"),
        (
            "exchanges.csv.gz",
            gzip.compress(random.Random(1).randbytes(9999), mtime=0)[:99],
            r"exchanges\.csv\.gz: the compressed file is damag",
        ),
        (
            "exchanges.ndjson.gz",
            gzip.compress(b'{"a":1}\n' * 999, mtime=0)[:30],
            r"exchanges\.ndjson\.gz: the compressed file",
        ),
        ("exchanges.ndjson.zst", b"\x28\xb5\x2f\xfd junk", r"exchanges\.ndjson\.zst"),
    ],
)
def test_a_damaged_file_is_named(name: str, content: bytes, message: str, read: Read, write: Write) -> None:
    write(name, content)
    with pytest.raises(InputError, match=message):
        read()


@pytest.mark.parametrize("kept", [0.3, 0.9, 0.999])
def test_a_truncated_parquet_part_is_named(kept: float, exchanges: pl.DataFrame, read: Read, tmp_path: Path) -> None:
    (tmp_path / "exchanges").mkdir()
    for name in ("1.parquet", "2.parquet"):
        exchanges.write_parquet(tmp_path / "exchanges" / name)
    whole = (tmp_path / "exchanges" / "2.parquet").read_bytes()
    (tmp_path / "exchanges" / "2.parquet").write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(InputError, match=r"2\.parquet: the Parquet file is damaged or cut short; copy it again"):
        read()


def test_a_parquet_file_with_rotten_pages(read: Read, tmp_path: Path) -> None:
    pl.DataFrame({"account_id": [f"a{n}" for n in range(5000)], "sent_at": range(5000)}).write_parquet(
        tmp_path / "exchanges.parquet"
    )
    content = bytearray((tmp_path / "exchanges.parquet").read_bytes())
    content[50:400] = bytes(350)
    (tmp_path / "exchanges.parquet").write_bytes(content)
    with pytest.raises(InputError, match=r"exchanges\.parquet"):
        read()


def test_no_folder_no_file_no_table(read: Read, write: Write, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the folder is empty"):
        read()
    with pytest.raises(InputError, match="no such folder"):
        read(tmp_path / "nowhere")
    path = write("truth.csv", GOOD)
    with pytest.raises(InputError, match="is a file; give the folder"):
        read(path)
    write("accounts.csv", "account_id\na\n")
    with pytest.raises(InputError, match="no table with evidence found"):
        read()
    (tmp_path / "prompts").mkdir()
    with pytest.raises(InputError, match="holds no part of prompts"):
        read()


def test_two_candidates_for_one_table(read: Read, write: Write) -> None:
    write("exchanges.csv", GOOD)
    write("exchanges/a.csv", GOOD)
    with pytest.raises(InputError, match=r"exchanges\.csv and exchanges could both be the table exchanges"):
        read()


@pytest.mark.parametrize(
    ("table", "source", "message"),
    [
        ("exchange", TableSource(path="x"), "did you mean 'exchanges'"),
        ("exchanges", TableSource(path="x", columns={"acount_id": "user"}), "did you mean 'account_id'"),
        ("exchanges", TableSource(path="x", constants={"colour": "red"}), "no column 'colour'"),
        ("exchanges", TableSource(path="nowhere.csv"), "no such file"),
        ("exchanges", TableSource(path="log.txt"), "the format is not known"),
        ("exchanges", TableSource(path="exchanges.csv", columns={"ip": "addr"}), "column 'addr' is missing"),
    ],
)
def test_a_source_that_names_what_is_not_there(
    table: str, source: TableSource, message: str, read: Read, write: Write
) -> None:
    write("exchanges.csv", GOOD)
    write("log.txt", GOOD)
    with pytest.raises(InputError, match=message):
        read(sources={table: source})


def test_unknown_frames(read: Read, exchanges: pl.DataFrame) -> None:
    with pytest.raises(InputError, match="did you mean 'exchanges'"):
        read({"exchange": exchanges})
    with pytest.raises(InputError, match="no table with evidence"):
        read({})


def test_a_file_that_may_not_be_read(read: Read, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write("exchanges.csv", GOOD)
    if os.geteuid() == 0:  # root may read everything

        def refuse(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied", str(path))

        monkeypatch.setattr("linkage.io.scan.pl.scan_csv", refuse)
    else:
        path.chmod(0)
    with pytest.raises(InputError, match=r"exchanges\.csv: the file may not be read; give this user the right"):
        read()


def test_guard_speaks_of_the_place() -> None:
    with pytest.raises(InputError, match=r"^exchanges: "), io.guard("exchanges"):
        pl.LazyFrame({"a": [1]}).select("b").collect()
    with pytest.raises(ZeroDivisionError), io.guard("exchanges"):
        _ = 1 / 0
