from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from linkage.errors import LinkageError
from linkage.gnn import trees
from linkage.gnn.features import FEATURES
from linkage.gnn.graph import TIES
from linkage.gnn.learner import Prepared, chance, learn
from linkage.gnn.saved import ModelError, load, save
from linkage.gnn.trees import aggregated
from linkage.gnn_settings import GnnSettings
from tests.gnn.graphs import random_graph

SETTINGS = GnnSettings(steps=4, width=8)
NEEDS = {"trees": "sklearn", "encoder": "torch_geometric"}


def prepared() -> Prepared:
    of = random_graph(80, 240)
    x = np.random.default_rng(0).normal(size=(80, len(FEATURES) + len(TIES))).astype(np.float32)
    x[::7, 3] = np.nan
    return Prepared(of, x, aggregated(x, of))


def learned(name: str, on: Prepared) -> Any:
    pytest.importorskip(NEEDS[name])
    label = (on.x[:, 0] > 0).astype(np.int8)
    return learn(name, on, label, np.ones(80, np.float32), SETTINGS, 0, "cpu")


@pytest.mark.parametrize("name", ["trees", "encoder"])
def test_a_saved_model_says_the_same(name: str, tmp_path: Path) -> None:
    on = prepared()
    model = learned(name, on)
    save(model, tmp_path / "sub" / "model.npz", SETTINGS, "1.0", won=True)
    again, won = load(tmp_path / "sub" / "model.npz")
    assert won
    assert (again.name, again.base) == (model.name, model.base)
    assert np.array_equal(chance(again, on, "cpu"), chance(model, on, "cpu"))
    save(model, tmp_path / "again", SETTINGS, "1.0", won=True)
    assert (tmp_path / "again").read_bytes() == (tmp_path / "sub" / "model.npz").read_bytes()


def test_own_trees_say_what_scikit_learn_says(monkeypatch: pytest.MonkeyPatch) -> None:
    ensemble = pytest.importorskip("sklearn.ensemble")
    made = []

    class Kept(ensemble.HistGradientBoostingClassifier):  # type: ignore[misc, name-defined]
        def __init__(self, **given: Any) -> None:
            super().__init__(**given)
            made.append(self)

    monkeypatch.setattr(ensemble, "HistGradientBoostingClassifier", Kept)
    on = prepared()
    assert on.around is not None
    found = chance(learned("trees", on), on, "cpu")
    binned = trees.pieces(on.around, trees.edges(on.around))
    low, high = np.fmin.reduce(binned, axis=0), np.fmax.reduce(binned, axis=0)
    wanted = made[0].predict_proba(binned[:, low < high])[:, 1]
    np.testing.assert_allclose(found, wanted, rtol=1e-6)
    assert len(np.unique(found)) > 10


@pytest.mark.parametrize("content", [b"", b"nonsense", b"PK\x03\x04broken"])
def test_what_is_no_model_is_refused(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "model"
    file.write_bytes(content)
    with pytest.raises(ModelError, match="is not a model"):
        load(file)
    with pytest.raises(ModelError, match="no such file"):
        load(tmp_path / "absent")


@pytest.mark.parametrize(("key", "value"), [("features", ["country"]), ("groups", []), ("format", 0)])
def test_a_model_of_other_features_is_refused(key: str, value: object, tmp_path: Path) -> None:
    file = tmp_path / "model"
    save(learned("trees", prepared()), file, SETTINGS, "0.7", won=False)
    with np.load(file) as stored:
        arrays = {name: stored[name] for name in stored.files}
    arrays["about"] = np.array(json.dumps(json.loads(str(arrays["about"])) | {key: value}))
    with file.open("wb") as out:
        np.savez(out, allow_pickle=False, **arrays)
    with pytest.raises(LinkageError, match=f"version 0.7, whose {key} are not those"):
        load(file)


def test_a_damaged_model_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "model"
    save(learned("trees", prepared()), file, SETTINGS, "1.0", won=False)
    with np.load(file) as stored:
        arrays = {name: stored[name] for name in stored.files if name != "trees.value"}
    with file.open("wb") as out:
        np.savez(out, allow_pickle=False, **arrays)
    with pytest.raises(ModelError, match="is damaged"):
        load(file)
