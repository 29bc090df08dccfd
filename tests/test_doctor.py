from __future__ import annotations

import json
from importlib import util
from pathlib import Path

import pytest

from linkage import doctor


def only(name: str) -> doctor.Finding:
    (found,) = [finding for finding in doctor.examine().findings if finding.name == name]
    return found


def without(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    monkeypatch.setattr(doctor, "find_spec", lambda name: None if name == module else util.find_spec(name))


def test_here_a_build_can_run() -> None:
    found = doctor.examine()
    assert found.can_build
    names = [finding.name for finding in found.findings]
    assert len(names) == len(set(names))
    assert {"python", "polars", "torch", "cores", "threads", "memory", "cuda", "leiden", "kernel cache", "disk"} <= {
        *names
    }
    assert json.loads(json.dumps(found.to_dict()))["can_build"] is True


def test_a_missing_package_stops_a_build_and_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "igraph")
    found = only("igraph")
    assert (found.ok, found.found, found.mend) == (False, "missing", "pip install igraph")
    assert not doctor.examine().can_build


def test_a_missing_optional_package_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "torch")
    found = only("torch")
    assert found.ok
    assert found.mend == "pip install 'account-linkage[gnn]'"
    assert "torch is not installed" in only("cuda").found
    assert doctor.examine().can_build


def test_each_extra_that_a_command_asks_for_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    assert {extra for _, extra, _ in doctor.OPTIONAL.values()} >= {"gnn", "serve", "pdf", "notebook"}
    without(monkeypatch, "typst")
    assert (only("typst").ok, only("typst").mend) == (True, "pip install 'account-linkage[pdf]'")
    assert "later versions" not in json.dumps(doctor.examine().to_dict())


def test_the_needed_packages_are_the_dependencies() -> None:
    import tomllib

    project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())["project"]
    assert {need.split(">")[0] for need in project["dependencies"]} == set(doctor.NEEDED)
    extras = {name: extra for name, (_, extra, _) in doctor.OPTIONAL.items()}
    for name, extra in extras.items():
        assert any(need.startswith(name) for need in project["optional-dependencies"][extra])


def test_a_cache_that_cannot_be_written_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    assert "writable" in only("kernel cache").found
    monkeypatch.setattr(doctor, "_writable", lambda folder: False)
    found = only("kernel cache")
    assert (found.ok, found.found) == (False, "nowhere to write")
    assert "NUMBA_CACHE_DIR" in found.mend


def test_looking_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache" / "deep"))
    doctor.examine(tmp_path)
    assert list(tmp_path.iterdir()) == []
