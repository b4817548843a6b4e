PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PROGRAMME ?= ilrs-2035

.PHONY: run test coverage bench clean

run: $(VENV)/installed
	$(BIN)/malapert run $(PROGRAMME) --out runs/$(PROGRAMME)

test: $(VENV)/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n auto --dist loadfile

coverage: $(VENV)/installed-test
	$(BIN)/python -m pytest -n auto --dist loadfile --cov --cov-report=term:skip-covered

bench: $(VENV)/installed-test
	$(BIN)/python benchmarks/run.py

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[maps]"
	touch $@

$(VENV)/installed-test: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[test]"
	touch $@

clean:
	rm -rf $(VENV) runs build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
