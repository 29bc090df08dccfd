"""Keys, pseudonyms, and tables in which no identifier is left."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage import privacy
from linkage.identifiers.placeholders import PATTERNS, WORDS
from linkage.privacy import Nobodys, PrivacyError, keys, mask, plain, pseudonym
from linkage.settings import read_settings
from linkage.tables import OUTPUT, empty

KEY, OTHER = b"k" * 32, b"o" * 32
NOBODYS = Nobodys.of(WORDS, PATTERNS)


def evidence(*rows: tuple[str, str]) -> pl.DataFrame:
    found = pl.DataFrame(rows, schema={"kind": pl.String, "value": pl.String}, orient="row")
    found = found.with_columns(account_a=pl.lit("a"), account_b=pl.lit("b"), weight=pl.lit(3.0, pl.Float32))
    return pl.concat([empty(OUTPUT["evidence"]), found], how="diagonal")


def hubs(*rows: tuple[str, str, int]) -> pl.DataFrame:
    found = pl.DataFrame(rows, schema={"kind": pl.String, "value": pl.String, "pairs": pl.Int64}, orient="row")
    return pl.concat([empty(OUTPUT["hubs"]), found], how="diagonal")


def rejected(*rows: tuple[str, str | None, str | None]) -> pl.DataFrame:
    schema = {"table": pl.String, "column": pl.String, "value": pl.String}
    return pl.concat([empty(OUTPUT["rejected"]), pl.DataFrame(rows, schema=schema, orient="row")], how="diagonal")


def attributions(*rests: dict[str, Any]) -> pl.DataFrame:
    found = pl.DataFrame({"campaign_id": ["C"], "rung": ["operator"], "rests_on": [json.dumps(rests)]})
    return pl.concat([empty(OUTPUT["attributions"]), found], how="diagonal")


def test_a_pseudonym_hangs_on_kind_value_and_key_alone() -> None:
    one = pseudonym("ip", "192.0.2.7", KEY)
    assert one == pseudonym("ip", "192.0.2.7", KEY)
    assert one.startswith("ip:")
    assert len(one) == 3 + 16
    assert privacy.looks_masked(one)
    others = [
        pseudonym("ip", "192.0.2.8", KEY), pseudonym("ip", "192.0.2.7", OTHER),
        pseudonym("device", "192.0.2.7", KEY), pseudonym("x" * 16, "v", KEY), pseudonym("x" * 17, "v", KEY),
    ]  # fmt: skip
    assert len({each.rpartition(":")[2] for each in [one, *others]}) == 6
    assert privacy.fingerprint(KEY) != privacy.fingerprint(OTHER)


@given(st.text(), st.text(), st.text())
def test_kinds_never_collide_whatever_they_are(kind: str, other: str, value: str) -> None:
    assert (pseudonym(kind, value, KEY) == pseudonym(other, value, KEY)) == (kind == other)


def test_the_users_key_is_made_once_for_the_user_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    first = privacy.user_key()
    file = tmp_path / "linkage" / "key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    made = file.read_bytes()
    assert privacy.user_key() == first
    assert file.read_bytes() == made
    assert [each.name for each in file.parent.iterdir()] == ["key"]
    file.unlink()
    assert privacy.user_key() != first


def test_the_environment_goes_before_files_and_no_setting_is_made_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "key"
    file.write_text("f" * 64)
    file.chmod(0o600)
    of_file = privacy.user_key(str(file))
    monkeypatch.setenv("LINKAGE_KEY", "e" * 64)
    assert privacy.user_key(str(file)) == privacy.user_key() != of_file
    assert "e" * 64 not in read_settings().model_dump_json()
    assert privacy.exchange_key(file) != of_file  # the same text, another use


@pytest.mark.parametrize(
    ("text", "mode", "said"),
    [("short", 0o600, "5"), ("f" * 64, 0o644, "chmod 600"), ("f" * 64, 0o660, "chmod 600"), ("", 0o600, "openssl")],
)
def test_a_bad_key_is_refused_with_what_to_do(tmp_path: Path, text: str, mode: int, said: str) -> None:
    file = tmp_path / "key"
    file.write_text(text)
    file.chmod(mode)
    with pytest.raises(PrivacyError, match=said):
        privacy.user_key(str(file))


def test_no_key_can_be_read_from_a_folder_or_nothing(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(PrivacyError, match="key"):
            privacy.user_key(str(path))


def test_a_key_that_cannot_be_made_says_what_else_helps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file"))
    with pytest.raises(PrivacyError, match="pseudonymise = false"):
        keys.user_key()


def test_every_table_is_masked_and_placeholders_stay() -> None:
    tables = {
        "evidence": evidence(("ip", "192.0.2.7"), ("prompt", "template 3"), ("instrument", "card-1")),
        "hubs": hubs(("ip", "192.0.2.1", 3), ("instrument", "", 9), ("instrument", "4242 4242 4242 4242", 2),
                     ("instrument", "tok_visa_of_somebody", 2)),
        "attributions": attributions({"kind": "ip", "value": "192.0.2.7", "bits": 2.0}),
        "rejected": rejected(("exchanges", "ip", "not.an.address"), ("prompts", "text", "a whole prompt"),
                             ("exchanges", None, '{"card": "card-1"}'), ("payments", "account_id", "acc_1"),
                             ("payments", "instrument", None)),
    }  # fmt: skip
    done = mask(tables, KEY, NOBODYS, {"prompt"})
    text = "".join(frame.write_json() for frame in done.tables.values())
    for raw in ("192.0.2", "card-1", "somebody", "not.an", "whole prompt"):
        assert raw not in text
    ip = pseudonym("ip", "192.0.2.7", KEY)
    assert ip in done.tables["evidence"]["value"]
    assert "template 3" in done.tables["evidence"]["value"]
    assert json.loads(done.tables["attributions"]["rests_on"][0])[0]["value"] == ip
    assert set(done.tables["hubs"]["value"]) >= {"", "4242 4242 4242 4242"}
    assert done.tables["rejected"]["value"].to_list()[3:] == ["acc_1", None]
    assert not {"text", "row", "account_id"} & set(done.values["kind"])
    for name, frame in tables.items():
        assert done.tables[name].schema == frame.schema
        assert done.tables[name].height == frame.height


def test_rejected_times_and_numbers_are_shown_as_far_as_they_can_be_nobodys() -> None:
    shown = [
        ("sent_at", "yesterday", "yesterday"),
        ("sent_at", "2025-13-45T10:00Z", "9999-99-99T99:99Z"),
        ("status", "4000 1234 5678 9010", "9999 9999 9999 9999"),
        ("amount", "card_d3cf8ca9", pseudonym("amount", "card_d3cf8ca9", KEY)),
        ("created_at", "who@mail.example", pseudonym("created_at", "who@mail.example", KEY)),
        ("device", "yesterday", pseudonym("device", "yesterday", KEY)),
    ]
    done = mask({"rejected": rejected(*(("exchanges", column, value) for column, value, _ in shown))}, KEY, NOBODYS)
    assert done.tables["rejected"]["value"].to_list() == [each[2] for each in shown]
    assert done.values.height == 3


def test_a_kind_of_the_logs_with_one_of_our_names_is_masked() -> None:
    done = mask({"evidence": evidence(("prompt", "secret"))}, KEY, NOBODYS, set())
    assert done.tables["evidence"]["value"].to_list() == [pseudonym("prompt", "secret", KEY)]


def test_the_order_of_rows_tells_and_changes_nothing() -> None:
    rows = [("ip", f"192.0.2.{n}") for n in range(40)]
    one = mask({"evidence": evidence(*rows)}, KEY, NOBODYS)
    two = mask({"evidence": evidence(*rows[::-1])}, KEY, NOBODYS)
    assert one.tables["evidence"].equals(two.tables["evidence"])
    assert one.values.equals(two.values)
    shown = one.tables["evidence"]["value"]
    assert shown.is_sorted()
    assert shown.to_list() != [pseudonym(*row, KEY) for row in rows]


@given(st.lists(st.tuples(st.text(), st.text()), max_size=8))
def test_hostile_strings_are_hashed_like_any(rows: list[tuple[str, str]]) -> None:
    rows = [(k.encode("utf-8", "ignore").decode(), v.encode("utf-8", "ignore").decode()) for k, v in rows]
    done = mask({"evidence": evidence(*rows)}, KEY, NOBODYS)
    back = dict(done.values.select("pseudonym", "value").iter_rows())
    shown = done.tables["evidence"]["value"]
    assert sorted(back.get(each, each) for each in shown) == sorted(value for _, value in rows)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (("ip", "2001:DB8::0001"), ("ip", "2001:db8::1")),
        (("ip", "::ffff:192.0.2.7"), ("ip", "192.0.2.7")),
        (("ip", "192.0.2.9/24"), ("prefix", "192.0.2.0/24")),
        (("ip", "nonsense/24"), ("ip", "nonsense/24")),
        (("email_domain", " @Mail.Example"), ("email_domain", "mail.example")),
        (("device", "F/24"), ("device", "F/24")),
    ],
)
def test_a_dossiers_value_takes_the_form_of_the_logs(given: tuple[str, str], wanted: tuple[str, str]) -> None:
    assert plain(*given) == wanted
