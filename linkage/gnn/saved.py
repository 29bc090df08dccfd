"""A model in a file: plain arrays and a description, nothing that runs when it is read."""

from __future__ import annotations

import json
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from linkage.errors import LinkageError, MissingExtraError
from linkage.gnn.features import FEATURES, GROUPS
from linkage.gnn.graph import TIES
from linkage.gnn.learner import Learned
from linkage.gnn.scaling import Scale
from linkage.gnn.trees import Forest
from linkage.gnn_settings import GnnSettings

#: Changes with what a model is or what its features mean.
FORMAT = 4
_ABOUT = "about"


class ModelError(LinkageError):
    """A model file cannot be used: damaged, of another version, or not a model."""

    exit_code = 2


def save(model: Learned, file: Path, settings: GnnSettings, version: str, won: bool) -> None:
    """Write a model as an npz file.

    Args:
        model: what was learned.
        file: where to; what is there is replaced.
        settings: with which it was learned.
        version: of the program.
        won: whether it beat the assessment where it was learned.

    Raises:
        ModelError: the file cannot be written.
    """
    about = {
        **_expected(),
        "version": version,
        "name": model.name,
        "base": model.base,
        "trust": model.trust,
        "won": won,
        "settings": settings.model_dump(mode="json"),
    }
    arrays: dict[str, Any] = {}
    if model.forest is not None:
        arrays = {f"trees.{name}": value for name, value in model.forest._asdict().items()}
    if model.encoder is not None and model.scale is not None:
        arrays |= {f"encoder.{name}": value.numpy() for name, value in model.encoder.state_dict().items()}
        arrays |= {f"scale.{name}": value for name, value in model.scale._asdict().items()}
    arrays[_ABOUT] = np.array(json.dumps(about, sort_keys=True))
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as out:
            np.savez(out, allow_pickle=False, **arrays)
    except OSError as error:
        raise ModelError(f"{file}: cannot be written: {error.strerror or error}; choose another place") from error


def load(file: Path) -> tuple[Learned, bool]:
    """A model that `save` wrote, and whether it won.

    Raises:
        ModelError: no model, a damaged one, or one made for other features; the message says which.
        MissingExtraError: it is an encoder, and torch or torch-geometric is not installed.
    """
    advice = "train it again with `linkage train`"
    try:
        with file.open("rb") as raw, np.load(raw, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        about = json.loads(str(arrays.pop(_ABOUT)))
    except FileNotFoundError as error:
        raise ModelError(f"{file}: no such file; give a model that `linkage train` wrote") from error
    except (OSError, ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile) as error:
        raise ModelError(f"{file}: is not a model that `linkage train` wrote, or is damaged") from error
    if not isinstance(about, dict):
        raise ModelError(f"{file}: is not a model that `linkage train` wrote, or is damaged")
    for key, wanted in _expected().items():
        if about.get(key) != wanted:
            found = about.get("version", "unknown")
            raise ModelError(f"{file}: made by version {found}, whose {key} are not those of this one; {advice}")
    try:
        return _model(about, arrays), bool(about["won"])
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ModelError(f"{file}: is damaged: {error}; {advice}") from error


def _model(about: dict[str, Any], arrays: dict[str, Any]) -> Learned:
    name, base, trust = str(about["name"]), float(about["base"]), float(about["trust"])
    forest = Forest(**{field: arrays[f"trees.{field}"] for field in Forest._fields})
    if name == "trees":
        return Learned(name, base, trust, forest=forest)
    for package in ("torch", "torch_geometric"):
        if find_spec(package) is None:
            raise MissingExtraError(f"the model needs {package}: pip install 'account-linkage[gnn]'")
    import torch

    from linkage.gnn.encoder import Encoder

    width = GnnSettings.model_validate(about["settings"]).width
    by = Scale(**{field: arrays[f"scale.{field}"] for field in Scale._fields})
    encoder = Encoder(len(by.kept), width, 0.0)
    encoder.load_state_dict(
        {key.removeprefix("encoder."): torch.from_numpy(v) for key, v in arrays.items() if key.startswith("encoder.")}
    )
    return Learned(name, base, trust, forest=forest, encoder=encoder.eval(), scale=by)


def _expected() -> dict[str, Any]:
    """What must be equal for a model to be used."""
    return {"format": FORMAT, "features": [*FEATURES, *TIES], "groups": list(GROUPS)}
