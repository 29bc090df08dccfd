"""What a newcomer gets wrong is said with what to do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

import linkage
from linkage.errors import InputError, TableError
from tests.io.conftest import Read

Write = Callable[[str, str], Path]


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_a_file_with_another_separator_says_which_setting(mark: str, read: Read, write: Write) -> None:
    write("exchanges.csv", f"account_id{mark}sent_at{mark}ip\na{mark}2026-01-01{mark}192.0.2.1\n")
    with pytest.raises(TableError, match=r"one column only") as failed:
        read()
    assert f"[tables.exchanges] separator = {json.dumps(mark)}" in str(failed.value)


def test_a_folder_without_tables_says_what_is_in_it(read: Read, write: Write) -> None:
    write("exchanges.xlsx", "PK")
    with pytest.raises(InputError, match=r"it holds exchanges.xlsx; files that can be read end in \.parquet"):
        read()
    for n in range(12):
        write(f"day-{n:02}.log", "x")
    with pytest.raises(InputError, match=r"day-07\.log and 5 more"):
        read()


def test_a_table_in_capitals_is_said_to_be_none(read: Read, write: Write) -> None:
    write("Exchanges.CSV", "account_id,sent_at\na,2026-01-01\n")
    with pytest.raises(InputError, match=r"Exchanges\.CSV is not taken for a table: names are in lower case"):
        read()


def test_ids_that_differ_in_case_only_are_noted(exchanges: pl.DataFrame, read: Read) -> None:
    loud = exchanges.head(4).with_columns(pl.col("account_id").str.to_uppercase())
    assert "accounts: 4 ids differ from another in upper and lower case only" in str(
        read({"exchanges": pl.concat([exchanges, loud])}).notes
    )
    assert "lower case only" not in str(read({"exchanges": exchanges}).notes)


def test_times_in_another_unit_are_the_first_reason_why_nothing_was_found(exchanges: pl.DataFrame) -> None:
    run = linkage.build({"exchanges": exchanges.with_columns(pl.col("sent_at").dt.epoch("ms"))})
    why = run.manifest["why_nothing"]
    assert isinstance(why, list)
    assert why[0].startswith("exchanges: 12 of 12 rows were left out, most as: not a time; numbers count seconds")
    assert "`time_unit`" in why[0]
