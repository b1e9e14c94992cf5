# `make` alone prints what there is. Each target is a few lines; the work is in deploy/ and tests/.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
export PORT ?= 8000
export DATA_DIR ?= var
export PIP_DISABLE_PIP_VERSION_CHECK := 1

##@ Use
.PHONY: run
run: .venv/run web/dist/index.html ## serve everything at http://127.0.0.1:8000 (PORT=, DATA_DIR=)
	@exec $(BIN)/python -m services

.PHONY: migrate
migrate: .venv/run ## update the databases and load the first data
	@$(BIN)/python -m services migrate

##@ Work
.PHONY: setup
setup: .venv/test web/dist/index.html ## everything that run, test and check need

.PHONY: test
test: setup ## all tests: units, contracts, engine, PostgreSQL, a browser
	@PYTHON=$(BIN)/python bash deploy/test.sh

.PHONY: check
check: setup ## format, lint, types, import contracts, the web app's types
	$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/pyright && $(BIN)/lint-imports
	cd web && npm run --silent check

.PHONY: fix
fix: .venv/test ## format and repair what can be repaired
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .

.PHONY: docs
docs: .venv/test ## build the documentation into site/
	$(BIN)/mkdocs build --strict --quiet && echo "docs: site/index.html"

.PHONY: bench
bench: setup ## measure speed and size into var/bench/results.json
	@$(BIN)/python -m tests.bench

.PHONY: prove
prove: setup ## the long proofs into var/prove/results.json
	@$(BIN)/python -m tests.prove

.PHONY: lock
lock: ## resolve pyproject.toml anew into requirements.lock (needs uv)
	$(PYTHON) deploy/lock.py

.PHONY: clean
clean: ## remove what was built; data in var/ stays
	rm -rf .venv web/dist web/node_modules site

.PHONY: help
help: ## this text
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# What is installed is exactly the lock, by hash. The tests need more than running does.
.venv/run: requirements.lock
	@bash deploy/environment.sh run
.venv/test: requirements.lock
	@bash deploy/environment.sh test

WEB := $(shell find web/src web/public web/build web/index.html web/vite.config.ts -type f 2>/dev/null)
web/node_modules/.made: web/package-lock.json
	@echo "web: installing what the build needs"
	@cd web && npm ci --silent --no-audit --no-fund && touch node_modules/.made
web/dist/index.html: web/node_modules/.made $(WEB)
	@echo "web: building the app"
	@cd web && npm run --silent build -- --logLevel warn && touch dist/index.html
