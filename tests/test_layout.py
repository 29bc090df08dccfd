"""The layering is a test: what may import what, and what a light import must not load."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LIGHT = ("linkage", "linkage.cli", "linkage.errors", "linkage.progress", "linkage.settings", "linkage.tables")
HEAVY = ("torch", "numba", "igraph", "scipy", "sklearn")


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_kernels_is_a_source_root_and_never_a_package() -> None:
    assert not (ROOT / "kernels" / "__init__.py").exists()
    spec = find_spec("kernels")
    ours = spec is not None and spec.origin is not None and Path(spec.origin).is_relative_to(ROOT)
    assert not ours


@pytest.mark.parametrize("module", LIGHT)
def test_a_light_import_loads_nothing_heavy(module: str) -> None:
    loaded = python(f"import sys, {module}; print([name for name in {HEAVY!r} if name in sys.modules])")
    assert loaded == "[]"


def test_the_command_line_starts_without_polars() -> None:
    assert python("import sys, linkage.cli; print('polars' in sys.modules)") == "False"


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    script = Path(sys.executable).with_name("lint-imports")
    if not script.exists():
        pytest.skip("import-linter is not installed beside this Python")
    return subprocess.run(
        [str(script), "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": f"{folder}:{folder / 'kernels'}", "PATH": "/usr/bin:/bin"},
    )


def test_the_layers_hold() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("linkage/identifiers/__init__.py", "import linkage.graph\n"),
        ("linkage/settings.py", "import linkage.pipeline\n"),
        ("kernels/linkage_kernels/__init__.py", "import polars\n"),
    ],
    ids=["stage imports stage", "noun imports pipeline", "kernel imports polars"],
)
def test_a_breach_is_found(tmp_path: Path, file: str, line: str) -> None:
    from shutil import copytree, ignore_patterns

    no_caches = ignore_patterns("__pycache__")
    for folder in ("linkage", "kernels"):
        copytree(ROOT / folder, tmp_path / folder, ignore=no_caches)
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    with (tmp_path / file).open("a") as code:
        code.write(line)
    done = lint_imports(tmp_path)
    assert done.returncode != 0
    assert "BROKEN" in done.stdout, done.stdout
