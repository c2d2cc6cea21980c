# Everything a person or a machine does with this project. `make` alone lists the targets.

PYTHON ?= python3
PORT ?= 8000
DATA ?= data
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help run demo test test-postgresql test-browser test-all check bench setup setup-dev setup-full lock messages format clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

$(VENV)/.runtime: requirements.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "Python 3.11 with venv is needed (Debian: apt-get install python3-venv)."; exit 1; }
	@echo "Installing what the portal needs (once) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.lock
	@echo "Installing what the tests need (once) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.lock
	@touch $@

setup: $(VENV)/.runtime ## Install what the portal needs
setup-dev: $(VENV)/.dev ## Install what tests and checks need
setup-full: setup-dev ## Also install Chromium, PostgreSQL and fonts (Debian, as root)
	@.ci/install

run: $(VENV)/.runtime ## Serve the portal: make run PORT=8001 DATA=folder
	@PORTAL_PORT=$(PORT) PORTAL_DATA_FOLDER=$(DATA) $(BIN)/python -m api.commands serve

demo: $(VENV)/.runtime ## Serve sample data from a folder of its own
	@PORTAL_PORT=$(PORT) PORTAL_DATA_FOLDER=$(if $(filter data,$(DATA)),data-demo,$(DATA)) $(BIN)/python -m api.commands demo

test: $(VENV)/.dev ## The fast suite on SQLite
	@$(BIN)/python -m pytest -n auto -m "not browser and not slow"

test-postgresql: $(VENV)/.dev ## What touches a database, on a PostgreSQL the tests start themselves
	@PORTAL_TEST_DATABASE=postgresql $(BIN)/python -m pytest -n auto -m "not browser and not slow"

test-browser: $(VENV)/.dev ## Journeys in Chromium
	@$(BIN)/python -m pytest -m "browser" tests/in_browser

test-all: test test-postgresql test-browser ## Everything
	@$(BIN)/python -m pytest -m "slow and not browser"

check: $(VENV)/.dev ## Style, types, rooms, templates, sentences
	@$(BIN)/ruff format --check --quiet . || { echo "Run: make format"; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/djlint web/templates --lint --quiet
	@$(BIN)/python -m web.locale --check

bench: $(VENV)/.dev ## Measure: one JSON line per figure
	@$(BIN)/python -m tests.benchmarks

lock: ## Resolve dependencies anew into the two lock files (needs uv)
	@uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --quiet -o requirements.lock
	@uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --quiet -c requirements.lock -o requirements-dev.lock

messages: $(VENV)/.dev ## Collect sentences and tell which have no Japanese yet
	@$(BIN)/python -m web.locale

format: $(VENV)/.dev ## Put the code in order
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

clean: ## Remove what can be made again (never data)
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
