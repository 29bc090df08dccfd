# `make demo` and `make test` need nothing but Python 3.11 or later; each sets up what it uses in .venv.

VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# The first Python on the path that is new enough; PYTHON=... overrides.
PYTHON ?= $(shell for python in python3 python python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$python && break; done)

ACCOUNTS ?= 20000
SCENARIO ?= plain
SEED ?= 1
DEMO ?= demo
# Every script in benchmarks/; _names are helpers of the others.
BENCHMARKS ?= $(filter-out benchmarks/_% %/__init__.py,$(sort $(wildcard benchmarks/*.py benchmarks/real/*.py)))

PYTEST = $(BIN)/python -m pytest -q -rs -n auto --maxprocesses 4 --dist loadfile

READERS = tests/report tests/serve tests/privacy

.PHONY: demo test lint types check tests bench clean help

help:
	@echo "make demo   simulate a world, find its campaigns, measure the result"
	@echo "make test   style, types, layers, all tests (compiled, and without compilation)"
	@echo "make bench  run the benchmarks"
	@echo "make clean  remove what the others made"

demo: $(VENV)/.ready
	rm -rf $(DEMO)/world
	$(BIN)/linkage simulate $(DEMO)/world --accounts $(ACCOUNTS) --scenario $(SCENARIO) --seed $(SEED)
	$(BIN)/linkage build $(DEMO)/world -o $(DEMO)/run --overwrite
	$(BIN)/linkage evaluate $(DEMO)/run --truth $(DEMO)/world/truth.parquet -o $(DEMO)/evaluation.json
	@echo
	@echo "The report is $(DEMO)/run/report.html: open it in a browser, it needs no network."
	@echo "Look first at the largest campaign: what speaks for it, what against, and the evidence between its accounts;"
	@echo "then at the groups let be, and why. The same figures are in $(DEMO)/run/*.parquet."

test: check tests

check: lint types
	$(BIN)/lint-imports

lint: $(VENV)/.ready-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.ready-test
	$(BIN)/mypy

# Twice: kernels as plain Python, where a bounds error is an error, then compiled. What only reads finished runs, and
# calls no kernel, is tested once. A file stays with one process, so that what its tests share is made once.
tests: $(VENV)/.ready-test
	NUMBA_DISABLE_JIT=1 $(PYTEST) -m "not slow" $(READERS:%=--ignore=%)
	$(PYTEST)

bench: $(VENV)/.ready-bench
	@set -e; for script in $(BENCHMARKS); do echo "== $$script"; $(BIN)/python $$script; done

clean:
	rm -rf $(VENV) $(DEMO) bench .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build dist
	find linkage kernels tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "linkage needs Python 3.11 or later and found none; say make PYTHON=/path/to/python" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(f"linkage needs Python 3.11 or later; {sys.executable} is {v[0]}.{v[1]}" if v < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.ready: pyproject.toml | $(BIN)/python
	$(PIP) -e .
	@touch $@

$(VENV)/.ready-test: pyproject.toml | $(BIN)/python
	$(PIP) -e '.[test]'
	@touch $@ $(VENV)/.ready

$(VENV)/.ready-bench: pyproject.toml | $(BIN)/python
	$(PIP) -e '.[test,bench]'
	@touch $@ $(VENV)/.ready $(VENV)/.ready-test
