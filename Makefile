# Rasid: every task a target. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

VENV := .venv
BIN := $(VENV)/bin
BENCH := $(VENV)/bench
PYTHON ?= $(shell deploy/find-python)
PIP_OPTIONS := install --quiet --quiet --disable-pip-version-check
PIP_INSTALL := $(BIN)/python -m pip $(PIP_OPTIONS)
UV_COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-annotate --no-header

.PHONY: help demo test test-kafka test-image soak image check bench bench-ratios bench-matching bench-memory audit contracts dashboards lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.demo ## Run the main job on the seeds (KEEP=1 leaves it running, BROKER=host:port uses that broker)
	@$(BIN)/rasid demo $(if $(KEEP),--keep) $(if $(BROKER),--broker $(BROKER))

test: $(VENV)/.dev ## Pass the tests: unit, agents, end to end on the embedded broker (ARGS="-k name" narrows)
	@deploy/get-alertmanager > /dev/null
	@deploy/get-prometheus > /dev/null
	@deploy/get-kustomize > /dev/null || true
	@$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

test-kafka: $(VENV)/.dev ## Pass the fault tests on Apache Kafka and write docs/reliability.md (needs Java 17 and Maven)
	@deploy/get-faketime > /dev/null || true
	@$(BIN)/python -m pytest -n 3 --ignore tests/kafka/test_soak.py tests/kafka $(ARGS)

soak: $(VENV)/.dev ## Send 20,000 articles through every fault in turn, for some minutes (ARTICLES=100000 for more)
	@ARTICLES=$(or $(ARTICLES),20000) $(BIN)/python -m pytest tests/kafka/test_soak.py $(ARGS)

image: ## Build the worker's image with Docker, or with buildah where no engine runs (BASE=image takes another base)
	@deploy/build-image

test-image: $(VENV)/.dev ## Build the image for the tests and run the worker from it (needs root, buildah, debootstrap)
	@deploy/get-buildah || true
	@$(BIN)/python -m pytest tests/image $(ARGS)

check: $(VENV)/.dev ## Run ruff, mypy, import-linter and the validation of topics/
	@$(BIN)/ruff check worker tests deploy deploy/compile-engine
	@$(BIN)/ruff format --check worker tests deploy deploy/compile-engine
	@$(BIN)/mypy
	@$(BIN)/mypy --strict --explicit-package-bases deploy/grafana/*.py
	@$(BIN)/mypy --strict --ignore-missing-imports deploy/compile-engine
	@$(BIN)/lint-imports
	@$(BIN)/rasid watch check topics/watch
	@$(BIN)/rasid kafka contracts --check
	@$(BIN)/python -m deploy.grafana.generate --check

bench: $(BENCH)/.installed ## Measure the pipeline beside its peers, write docs/performance.md (ARGS=--quick for minutes)
	@$(BENCH)/bin/python -m tests.bench.pages || echo "going on with the pages of the project"
	@$(BENCH)/bin/python -m tests.bench.pipeline $(if $(findstring --quick,$(ARGS)),,--write docs) $(ARGS)

bench-ratios: $(VENV)/.dev ## Fail where a ratio has fallen by more than a fifth of its pin (ARGS=--pin pins them anew)
	@$(BIN)/python -m tests.bench.pipeline --check $(ARGS)

bench-matching: $(VENV)/.dev ## Measure the matching engine beside Lucene Monitor (ARGS=--quick for a minute)
	@$(BIN)/python -m tests.bench.matching $(ARGS)

bench-memory: $(VENV)/.dev ## Watch the memory over 100,000 articles, write docs/memory.md (ARGS='--articles 2000 --write /tmp')
	@$(BIN)/python -m tests.bench.memory --write docs $(ARGS)

audit: $(VENV)/.audit ## Look for weak code, unpinned packages and licences; write dist/sbom.cdx.json
	@$(BIN)/python -m tests.audit $(ARGS)

contracts: $(VENV)/.demo ## Write topics/kafka/, the tables of docs/operations.md and the manifests anew from the code
	@$(BIN)/rasid kafka contracts

dashboards: $(VENV)/.dev ## Write deploy/grafana/dashboards/ anew from the code
	@$(BIN)/python -m deploy.grafana.generate

lock: $(VENV)/.dev ## Resolve the dependencies anew into requirements/
	@$(UV_COMPILE) pyproject.toml --output-file requirements/runtime.txt
	@$(UV_COMPILE) --group pyproject.toml:build --constraints requirements/runtime.txt \
		--output-file requirements/build.txt
	@$(UV_COMPILE) --extra embedded --group pyproject.toml:build --constraints requirements/runtime.txt \
		--constraints requirements/build.txt pyproject.toml --output-file requirements/demo.txt
	@$(UV_COMPILE) --extra embedded --group pyproject.toml:build --group pyproject.toml:dev \
		--constraints requirements/demo.txt pyproject.toml --output-file requirements/dev.txt
	@$(UV_COMPILE) --group pyproject.toml:engine --constraints requirements/dev.txt \
		--output-file requirements/engine.txt
	@$(UV_COMPILE) --extra embedded --group pyproject.toml:build --group pyproject.toml:dev \
		--group pyproject.toml:audit --constraints requirements/dev.txt pyproject.toml \
		--output-file requirements/audit.txt
	@$(UV_COMPILE) --extra embedded --group pyproject.toml:build --group pyproject.toml:bench \
		--group pyproject.toml:engine --constraints requirements/dev.txt pyproject.toml \
		--output-file requirements/bench.txt

clean: ## Remove what was installed and cached
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(VENV)/bin/python:
	@echo "Making $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv $(VENV)

# What builds packages is installed first, and pip told to use it: on its own it fetches the latest, unpinned.
$(VENV)/.build: requirements/build.txt | $(VENV)/bin/python
	@$(PIP_INSTALL) --require-hashes --requirement requirements/build.txt
	@touch $@

$(VENV)/.demo: requirements/demo.txt pyproject.toml | $(VENV)/.build
	@echo "Installing pinned dependencies (requirements/demo.txt), about a minute the first time"
	@$(PIP_INSTALL) --require-hashes --no-build-isolation --requirement requirements/demo.txt
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(VENV)/.build
	@echo "Installing pinned dependencies (requirements/dev.txt), about a minute the first time"
	@$(PIP_INSTALL) --require-hashes --no-build-isolation --requirement requirements/dev.txt
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.demo

# Peers bring packages that are no part of the project: they get an environment of their own.
$(BENCH)/.installed: requirements/bench.txt pyproject.toml
	@echo "Installing pinned dependencies and peers (requirements/bench.txt), about a minute the first time"
	@$(PYTHON) -m venv $(BENCH)
	@$(BENCH)/bin/python -m pip $(PIP_OPTIONS) --require-hashes --requirement requirements/build.txt
	@$(BENCH)/bin/python -m pip $(PIP_OPTIONS) --require-hashes --no-build-isolation --requirement requirements/bench.txt
	@$(BENCH)/bin/python -m pip $(PIP_OPTIONS) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.audit: requirements/audit.txt pyproject.toml | $(VENV)/.dev
	@echo "Installing pinned tools (requirements/audit.txt)"
	@$(PIP_INSTALL) --require-hashes --no-build-isolation --requirement requirements/audit.txt
	@touch $@
