# make up    run everything on this machine (UP="--port 0" passes options)
# make test  the whole suite (TESTS=tests/store runs a part)
# make chaos the fault laboratory, an hour and a half (CHAOS="--only F1,F4 --rounds 10")
# make mutants breaks the source on purpose, and says which faults the tests miss, ten minutes (MUTANTS="--only spool")
# make bench Hookline beside other receivers, eleven to twenty minutes, fewer on a quiet host; needs wrk, and takes
#            libjemalloc2 and node where they are (BENCH="--only hookline,flask --seconds 2", BENCH=--attacks)
# make lint  style, types and import contracts
# make lock  resolve the requirements anew; needs uv

VENV ?= .venv
BENCH_VENV ?= .venv-bench
NODE_MODULES := benchmarks/node/node_modules/.installed
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$python; break; }; done)
BIN := $(VENV)/bin
INSTALL = $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps
EDITABLE = $(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .

.PHONY: up test chaos mutants bench lint format lock clean

up: $(VENV)/.run
	@exec $(BIN)/hookline up $(UP)

test: $(VENV)/.dev
	@$(BIN)/python -m pytest --numprocesses=4 $(if $(TESTS),$(TESTS),--cov --cov-report=term)

chaos: $(VENV)/.dev
	@$(BIN)/python -m tests.chaos $(if $(CHAOS),$(CHAOS),--publish)

mutants: $(VENV)/.dev
	@$(BIN)/python -m tests.mutants $(MUTANTS)

bench: $(if $(shell command -v npm),$(NODE_MODULES))
	@$(MAKE) --silent VENV=$(BENCH_VENV) $(BENCH_VENV)/.bench
	@$(BENCH_VENV)/bin/python -m benchmarks $(if $(BENCH),$(BENCH),--publish)

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Hookline needs Python 3.11 or newer; none was found in PATH" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "installing into $(VENV), once"
	@$(INSTALL) --requirement requirements.lock
	@$(EDITABLE)
	@touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	@echo "installing into $(VENV), once"
	@$(INSTALL) --requirement requirements-dev.lock
	@$(EDITABLE)
	@touch $@ $(VENV)/.run

$(VENV)/.bench: requirements-bench.lock pyproject.toml | $(VENV)/bin/python
	@echo "installing into $(VENV), once"
	@$(INSTALL) --requirement requirements-bench.lock
	@$(EDITABLE)
	@touch $@

# Not `npm ci`: it wants the lock to have the optional binaries of all systems, which not every registry has.
$(NODE_MODULES): benchmarks/node/package-lock.json
	@echo "installing into $(dir $@), once"
	@cd benchmarks/node && npm install --no-save --ignore-scripts --no-audit --no-fund --loglevel error
	@touch $@

LOCK = uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --no-header pyproject.toml

lock:
	$(LOCK) --group build --output-file requirements.lock
	$(LOCK) --group dev --constraint requirements.lock --output-file requirements-dev.lock
	$(LOCK) --group bench --constraint requirements.lock --output-file requirements-bench.lock

clean:
	rm -rf $(VENV) $(BENCH_VENV) $(dir $(NODE_MODULES)) .coverage* .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build *.egg-info
