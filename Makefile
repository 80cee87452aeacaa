# Two commands do all the set-up: `make demo` and `make test`. Nothing but Python >= 3.11, git and make is assumed.
SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell tools/find-python)
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
FAST := -m "not slow and not system"

.PHONY: help demo test test-all lint format types imports pytest validate docs wheel lock clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(VENV)/.base  ## environment, then generate, train, compare, verify: runs/demo/report.html
	$(BIN)/emulax demo --out runs/demo --json runs/demo.json

test: $(VENV)/.dev lint types imports pytest  ## environment, lint, types, import contracts, fast tests

# Without a cache: the order of imports depends on which modules exist, and a cache does not see that.
lint: $(VENV)/.dev
	$(BIN)/ruff check --no-cache
	$(BIN)/ruff format --check

types: $(VENV)/.dev
	$(BIN)/basedpyright

imports: $(VENV)/.dev
	$(BIN)/lint-imports

pytest: $(VENV)/.dev
	$(BIN)/python -m pytest -q -n $(JOBS) --dist worksteal $(FAST) --cov --cov-report=term:skip-covered --cov-fail-under=85

test-all: test docs wheel  ## everything: slow tests, other Pythons, docs, the built wheel, validation
	tools/test-other-pythons 3.12 3.13
	$(BIN)/emulax validate lbm
	$(BIN)/emulax validate models
	$(BIN)/emulax validate rans
	$(BIN)/python -m pytest -q -n $(JOBS) --dist worksteal -m "slow or system"

validate: $(VENV)/.base  ## correctness of the solver against references
	$(BIN)/emulax validate lbm --quick

docs: $(VENV)/.docs  ## build the documentation, strictly
	$(BIN)/mkdocs build --strict --quiet --site-dir site

wheel: $(VENV)/.dev  ## build the wheel through the sdist and test it in an empty environment
	tools/test-wheel

format: $(VENV)/.dev  ## format the code
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

lock:  ## resolve the locks anew (needs uv)
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --quiet pyproject.toml --group build -o requirements.lock
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --quiet pyproject.toml --group build --extra dev -o requirements-dev.lock
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --quiet pyproject.toml --group build --extra docs -o requirements-docs.lock

clean:  ## remove the environment and everything built
	rm -rf $(VENV) .venv-* dist site .pytest_cache .ruff_cache .coverage*

$(VENV)/.base: requirements.lock pyproject.toml
	tools/make-environment $(PYTHON) $(VENV) requirements.lock
	touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.base
	tools/install-lock $(BIN)/python requirements-dev.lock
	touch $@

$(VENV)/.docs: requirements-docs.lock $(VENV)/.dev
	tools/install-lock $(BIN)/python requirements-docs.lock
	touch $@
