# `make` alone lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
QUELL := $(BIN)/quell

# The tests' databases lie in memory where they can: every commit waits for the disk, and what a test leaves behind is worth nothing.
export PYTEST_DEBUG_TEMPROOT := $(wildcard /dev/shm)
# Some environments forbid Python to keep what it has compiled; the tests start it hundreds of times.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup setup-tests run test test-faults quick lint format check bench requirements clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

$(VENV)/ready: requirements/dev.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

node_modules/ready: package.json package-lock.json
	npm ci --omit=dev --no-audit --no-fund --loglevel=error
	touch $@

node_modules/ready-for-tests: package.json package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	touch node_modules/ready $@

setup: $(VENV)/ready node_modules/ready ## install what it takes to run into .venv and node_modules

setup-tests: $(VENV)/ready node_modules/ready-for-tests ## install what the tests drive beside that: SDKs, a browser, an Alertmanager
	scripts/chromium
	scripts/alertmanager

run: setup ## start Quell with the playground on http://127.0.0.1:8080/playground/
	$(QUELL) db upgrade
	$(QUELL) serve --playground

test: setup-tests ## all tests; one group goes on where another failed, and all failures stand at the end
	$(BIN)/python scripts/tests '-m "not slow and not faults" -n 4 --dist worksteal' \
	  '-m "slow and not alone and not faults" -n 4' \
	  '-m "alone and not faults"'

test-faults: setup ## the long forms of the fault bench, with their figures: docs/faults.md
	$(BIN)/python scripts/tests 'tests/faults -m "faults and not alone" -n 2' 'tests/faults -m "faults and alone"'

quick: setup ## the quick tests, on SQLite only: two minutes on two cores
	$(BIN)/pytest -m "not slow and not faults and not postgres" -n 4 --dist worksteal --hypothesis-profile=quick

lint: setup ## ruff, mypy and the import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup ## put the code into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

check: lint test ## everything CI runs

bench: setup ## memory, start-up and speed, as figures
	$(BIN)/python -m benchmarks

requirements: ## pin the newest releases that pyproject.toml allows, with their hashes (needs uv)
	scripts/requirements

clean: ## remove what was installed and made
	rm -rf $(VENV) node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis test-artefacts
