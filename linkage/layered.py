"""One frozen model read from a TOML file, the environment and overrides; every problem is named at once."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from linkage.errors import SettingsError

Model = TypeVar("Model", bound=BaseModel)
Keys = tuple[str | int, ...]

#: Variables with our prefix that are no settings.
NOT_SETTINGS = frozenset({"LINKAGE_KEY", "LINKAGE_TRACEBACK", "LINKAGE_SHARED_DATA"})


@dataclass(frozen=True, slots=True)
class Problem:
    """One value that cannot be used: where it stands, its key, and what is wrong with it."""

    where: str
    key: str
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.key}: {self.text}" if self.key else f"{self.where}: {self.text}"


def read_layers(
    model: type[Model],
    path: Path | None,
    overrides: Mapping[str, Any],
    *,
    prefix: str | None = "LINKAGE_",
    aliases: Mapping[str, tuple[str, ...]] | None = None,
) -> Model:
    """The model's defaults, over them the file, then `PREFIX_SECTION__KEY` variables (if any prefix), then overrides.

    `aliases` names top-level keys of the file that stand for a key further down. Raises `SettingsError`, which lists
    all that is wrong: file or variable, key, value found, what is expected.
    """
    values = {} if path is None else _read_toml(path)
    file = "the settings" if path is None else str(path)
    problems = list(_move_aliases(values, aliases or {}, file))
    variables, unknown = _environment(model, prefix) if prefix else ({}, [])
    problems += unknown
    for keys, (_, value) in variables.items():
        put(values, keys, value)
    given = {name: value for name, value in overrides.items() if value is not None}
    _merge(values, given)
    values = _over_defaults(model, values)

    def where(keys: Keys) -> str:
        if keys[:1] and keys[0] in given:
            return "argument"
        names = [name for known, (name, _) in variables.items() if keys[: len(known)] == known]
        return names[0] if names else file

    try:
        result = model.model_validate(values)
    except ValidationError as error:
        found = [_problem(model, entry, values, where) for entry in error.errors(include_url=False)]
        problems += [problem for problem in dict.fromkeys(found) if problem is not None]
    else:
        problems += [
            Problem(where(keys), _dotted(keys), text) for keys, text in _bent(values, result) if keys not in variables
        ]
        if not problems:
            return result
    seen: dict[tuple[str, str], Problem] = {}
    for problem in problems:
        seen.setdefault((problem.where, problem.key), problem)
    lines = [str(problem) for problem in seen.values()]
    raise SettingsError(
        lines[0] if len(lines) == 1 else "\n  ".join([f"{len(lines)} settings cannot be used:", *lines])
    )


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: is not UTF-8 text (byte {error.start}); a TOML file is expected") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: is not valid TOML: {error}") from error


def _move_aliases(values: dict[str, Any], aliases: Mapping[str, tuple[str, ...]], file: str) -> Iterator[Problem]:
    for alias, keys in aliases.items():
        if alias in values:
            moved = values.pop(alias)
            parent: Any = values
            for key in keys[:-1]:
                parent = parent.setdefault(key, {}) if isinstance(parent, dict) else None
            if not isinstance(parent, dict):
                continue  # the section itself is not one: validation says so
            if keys[-1] in parent:
                yield Problem(file, alias, f"is given as {'.'.join(keys)} too; keep one of them")
            else:
                parent[keys[-1]] = moved


def _environment(model: type[BaseModel], prefix: str) -> tuple[dict[Keys, tuple[str, Any]], list[Problem]]:
    """Values by key, each with the variable's name; and variables that look like settings and are none."""
    known = {prefix + "__".join(keys).upper(): keys for keys in _leaves(model)}
    sections = {keys[0].upper() for keys in known.values()}
    found: dict[Keys, tuple[str, Any]] = {}
    problems = []
    for name in sorted(os.environ):
        upper = name.upper()
        if not upper.startswith(prefix) or upper in NOT_SETTINGS:
            continue
        parts = upper[len(prefix) :].split("__")
        close = get_close_matches(upper, known, n=1, cutoff=0.85)
        if upper in known or (len(parts) > 1 and parts[0] in sections):
            found[tuple(part.lower() for part in parts)] = (name, _decoded(os.environ[name]))
        elif len(parts) > 1 or close:  # others may well belong to somebody else's LINKAGE_…
            problems.append(Problem(name, "", "is no setting" + (f"; did you mean {close[0]}?" if close else "")))
    return found, problems


def _decoded(text: str) -> Any:
    """Lists and tables come as JSON; anything else stays text, which the model converts."""
    if text[:1] in ("[", "{"):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _leaves(model: type[BaseModel]) -> Iterator[tuple[str, ...]]:
    for name, field in model.model_fields.items():
        yield (name,)
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from ((name, *rest) for rest in _leaves(field.annotation))


def put(values: dict[str, Any], keys: Keys, value: Any) -> None:
    """Set a value some levels down; what stands in the way of a level is replaced."""
    for key in keys[:-1]:
        nested = values.get(str(key))
        values[str(key)] = values = dict(nested) if isinstance(nested, dict) else {}
    values[str(keys[-1])] = value


def _merge(values: dict[str, Any], over: Mapping[str, Any]) -> None:
    for key, value in over.items():
        if isinstance(value, Mapping) and isinstance(values.get(key), dict):
            _merge(values[key], value)
        else:
            values[key] = dict(value) if isinstance(value, Mapping) else value


def _over_defaults(model: type[BaseModel], values: dict[str, Any]) -> dict[str, Any]:
    """A table of numbers with one key set keeps the defaults of its other keys."""
    filled = dict(values)
    for name, field in model.model_fields.items():
        given = filled.get(name)
        if isinstance(given, dict) and isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            filled[name] = _over_defaults(field.annotation, given)
        elif isinstance(given, dict) and isinstance(field.default, dict) and _named(field.default):
            filled[name] = field.default | given
    return filled


def _named(table: dict[Any, Any]) -> bool:
    """Whether its keys are names; a table by numbers (a distribution) is replaced as a whole."""
    return all(isinstance(key, str) for key in table)


def _problem(model: type[BaseModel], entry: Any, values: Any, where: Any) -> Problem | None:
    """pydantic's error in our words; None for the branch of a union that the value never was."""
    keys: list[str | int] = []
    at = values
    for part in entry["loc"]:
        if part in (at if isinstance(at, Mapping) else range(len(at)) if isinstance(at, list) else ()):
            at = at[part]
        elif part is entry["loc"][-1] and entry["type"] == "missing":
            pass
        elif str(part).startswith("list[") != isinstance(at, list) and isinstance(at, list | Mapping):
            return None
        else:
            continue
        keys.append(part)
    place, key = where(tuple(keys)), _dotted(keys)
    if entry["type"] == "extra_forbidden":
        return Problem(place, key, "unknown key" + _did_you_mean(model, keys))
    if entry["type"] == "missing":
        return Problem(place, key, "is missing and has no default")
    wanted = (
        entry["msg"].removeprefix("Input should be ").removeprefix("Value error, ").replace(" or instance of", " of")
    )
    return Problem(place, key, f"found {_shown(at)}, expected {wanted}")


def _did_you_mean(model: type[BaseModel], keys: list[str | int]) -> str:
    section: type[BaseModel] = model
    for part in keys[:-1]:
        if part in section.model_fields:
            section = next(_models(section.model_fields[str(part)].annotation), section)
    wrong = str(keys[-1])
    parent = _dotted(keys[:-1])
    if close := get_close_matches(wrong, section.model_fields, n=1):
        return f"; did you mean {parent + '.' if parent else ''}{close[0]}?"
    elsewhere = [".".join(leaf) for leaf in _leaves(model) if leaf[-1] == wrong]
    if elsewhere:
        return f"; did you mean {elsewhere[0]}?"
    return f"; known here: {', '.join(sorted(section.model_fields))}"


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in (dict, list, tuple, Union, UnionType):
        for argument in get_args(annotation):
            yield from _models(argument)


def _bent(raw: Any, read: Any, keys: Keys = ()) -> Iterator[tuple[Keys, str]]:
    """Values that only became numbers by being bent: `true` for 1, `"12"` for 12."""
    if isinstance(raw, Mapping):
        for key, value in raw.items():
            inner = getattr(read, str(key), None) if isinstance(read, BaseModel) else None
            yield from _bent(value, read.get(key) if isinstance(read, Mapping) else inner, (*keys, key))
    elif isinstance(raw, list) and isinstance(read, list | tuple):
        for index, (value, result) in enumerate(zip(raw, read, strict=False)):
            yield from _bent(value, result, (*keys, index))
    elif isinstance(raw, bool | str) and isinstance(read, int | float) and type(raw) is not type(read):
        yield keys, f"found {_shown(raw)}, expected {'true or false' if isinstance(read, bool) else 'a number'}"


def _shown(value: Any) -> str:
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."


def _dotted(keys: Any) -> str:
    return ".".join(str(key) for key in keys)
