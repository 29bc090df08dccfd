from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from linkage.errors import SettingsError
from linkage.settings import Settings, read_settings

Env = pytest.MonkeyPatch


def file(folder: Path, text: str) -> Path:
    path = folder / "linkage.toml"
    path.write_text(text)
    return path


def problems(path: Path | None, **overrides: object) -> str:
    with pytest.raises(SettingsError) as caught:
        read_settings(path, **overrides)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_without_a_file_the_defaults_hold() -> None:
    assert read_settings(None) == Settings()


def test_every_field_is_described() -> None:
    from linkage.settings import Section

    def bare(section: type[Section]) -> list[str]:
        found = []
        for name, field in section.model_fields.items():
            inner = field.annotation
            if isinstance(inner, type) and issubclass(inner, Section):
                found += bare(inner)
            elif not field.description:
                found.append(f"{section.__name__}.{name}")
        return found

    assert bare(Settings) == []


def test_arguments_win_over_variables_win_over_the_file(tmp_path: Path, monkeypatch: Env) -> None:
    path = file(tmp_path, "seed = 1\n[communities]\nresolution = 1.5\niterations = 3\n")
    assert read_settings(path).seed == 1
    monkeypatch.setenv("LINKAGE_SEED", "2")
    monkeypatch.setenv("LINKAGE_COMMUNITIES__RESOLUTION", "2.5")
    read = read_settings(path)
    assert (read.seed, read.communities.resolution, read.communities.iterations) == (2, 2.5, 3)
    assert read_settings(path, seed=3).seed == 3
    assert read_settings(path, seed=None).seed == 2


def test_settings_made_in_python_read_no_environment(monkeypatch: Env) -> None:
    monkeypatch.setenv("LINKAGE_SEED", "2")
    assert Settings().seed == 0


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError):
        Settings().seed = 1  # type: ignore[misc]


def test_lists_in_variables_are_json(monkeypatch: Env) -> None:
    monkeypatch.setenv("LINKAGE_IDENTIFIERS__PLACEHOLDERS", '["none", "n/a"]')
    assert read_settings(None).identifiers.placeholders == ("none", "n/a")


def test_one_key_of_a_table_keeps_the_defaults_of_the_others(tmp_path: Path) -> None:
    default = Settings().graph.alone_bits
    read = read_settings(file(tmp_path, "[graph.alone_bits]\nmoney = 3.5\n")).graph.alone_bits
    assert read == default | {"money": 3.5}


def test_tables_may_stand_at_the_top(tmp_path: Path) -> None:
    text = '[{}tables.exchanges]\npath = "log.csv"\ncolumns = {{ account_id = "user" }}\n'
    one = read_settings(file(tmp_path, text.format("")))
    assert one == read_settings(file(tmp_path, text.format("input.")))
    assert "exchanges" in one.input.tables


def test_tables_given_in_both_places_are_refused(tmp_path: Path) -> None:
    both = '[tables.exchanges]\npath = "a"\n[input.tables.exchanges]\npath = "b"\n'
    assert "given as input.tables too" in problems(file(tmp_path, both))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sede = 3", "linkage.toml: sede: unknown key; did you mean seed?"),
        ("resolution = 2", "resolution: unknown key; did you mean communities.resolution?"),
        ("[graf]\nx = 1", "graf: unknown key; did you mean graph?"),
        ("[communities]\nresolutoin = 2", "communities.resolutoin: unknown key; did you mean communities.resolution?"),
        ("[communities]\nzzz = 2", "communities.zzz: unknown key; known here: "),
        ("seed = -1", "seed: found -1, expected greater than or equal to 0"),
        ('seed = "x"', 'seed: found "x", expected a valid integer'),
        ('seed = "3"', 'seed: found "3", expected a number'),
        ("seed = true", "seed: found true, expected a number"),
        ("seed = 1.5", "seed: found 1.5, expected a valid integer"),
        ("communities = 3", "communities: found 3, expected a valid dictionary"),
        ('[input]\nunknown_accounts = "drop"', """found "drop", expected 'reject' or 'keep'"""),
        ("[tables.exchanges]\ncolumns = {}", "tables.exchanges.path: is missing and has no default"),
        (
            '[tables.exchanges]\npath="x"\ncolums = {}',
            "colums: unknown key; did you mean input.tables.exchanges.columns",
        ),
        ('[[tables.exchanges]]\npath="x"\n[[tables.exchanges]]\npath=1', "tables.exchanges.1.path: found 1, expected"),
        ("seed = ", "is not valid TOML: "),
    ],
)
def test_a_problem_names_key_value_and_what_is_expected(tmp_path: Path, text: str, said: str) -> None:
    message = problems(file(tmp_path, text))
    assert said in message
    assert "linkage.toml" in message
    assert "\n" not in message


def test_all_problems_are_listed_together(tmp_path: Path, monkeypatch: Env) -> None:
    monkeypatch.setenv("LINKAGE_COMMUNITIES__ITERATIONS", "none")
    lines = problems(file(tmp_path, "sede = 1\n[communities]\nresolution = -1"), seed=-5).splitlines()
    assert lines[0] == "4 settings cannot be used:"
    told = "\n".join(lines[1:])
    assert "LINKAGE_COMMUNITIES__ITERATIONS: communities.iterations: found" in told
    assert "argument: seed: found -5" in told
    assert told.count("linkage.toml: ") == 2


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("LINKAGE_COMMUNITIES_RESOLUTION", "did you mean LINKAGE_COMMUNITIES__RESOLUTION?"),
        ("LINKAGE_COMUNITIES__RESOLUTION", "did you mean LINKAGE_COMMUNITIES__RESOLUTION?"),
        ("LINKAGE_COMMUNITIES__RESOLUTOIN", "did you mean communities.resolution?"),
        ("LINKAGE_NOTHING__AT_ALL", "is no setting"),
    ],
)
def test_a_misspelt_variable_is_refused(name: str, said: str, monkeypatch: Env) -> None:
    monkeypatch.setenv(name, "1")
    message = problems(None)
    assert name in message
    assert said in message


@pytest.mark.parametrize("name", ["LINKAGE_TRACEBACK", "LINKAGE_SERVICE_HOST", "LINKAGE_PORT_8080_TCP"])
def test_other_variables_with_the_prefix_are_let_be(name: str, monkeypatch: Env) -> None:
    monkeypatch.setenv(name, "1")
    assert read_settings(None) == Settings()


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    assert "nowhere.toml: cannot be read: No such file" in problems(tmp_path / "nowhere.toml")
    assert "cannot be read: Is a directory" in problems(tmp_path)
    (tmp_path / "latin.toml").write_bytes(b'x = "\xe9"')
    assert "is not UTF-8 text (byte 5)" in problems(tmp_path / "latin.toml")
