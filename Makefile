# The two commands: `make demo` and `make test`. Each sets up what it needs in .venv and leaves the machine alone.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test check format setup bench bench-cause clean help

help:
	@echo "make demo    set up, play a leaking shop for a day, find out what it showed to whom and why"
	@echo "make test    set up, run all tests"
	@echo "make check   style, types, import direction, Rust lints"
	@echo "make bench   speed, beside the rivals (long)"
	@echo "make bench-cause   how often the cause of a fault is found (an hour)"

setup: $(READY)

$(READY): pyproject.toml constraints.txt setup.py $(wildcard native/Cargo.toml native/src/*.rs) src/spillkit/kernel/tables.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Spillkit needs Python 3.11 or newer; this is $$($(PYTHON) --version 2>&1). Name another: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "Python's venv module is missing. On Debian: apt-get install python3-venv"; exit 1; }
	@command -v cargo >/dev/null || echo "No cargo here: the plain-Python matcher will be used. For the fast one: apt-get install cargo"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Setting up in $(VENV) (a minute or two the first time) …"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r constraints.txt || { \
	  echo "The packages could not be installed. Check that this machine reaches a Python package index, then run again."; exit 1; }
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $(READY)

demo: setup
	@$(BIN)/spillkit demo technical-error

test: setup
	@if command -v cargo >/dev/null; then cargo test --quiet --manifest-path native/Cargo.toml; \
	else echo "No cargo: the Rust tests were left out."; fi
	@$(BIN)/pytest -n 2 tests

check: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@if command -v cargo >/dev/null; then \
	  cargo fmt --manifest-path native/Cargo.toml --check && \
	  if cargo clippy --version >/dev/null 2>&1; then \
	    cargo clippy --quiet --manifest-path native/Cargo.toml --all-targets -- -D warnings; \
	  else echo "cargo clippy is not installed: Rust lints left out."; fi; \
	else echo "No cargo: the Rust checks were left out."; fi

format: setup
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@cargo fmt --manifest-path native/Cargo.toml

bench: setup
	@$(BIN)/python -m bench

bench-cause: setup
	@$(BIN)/python -m bench.cause

clean:
	rm -rf $(VENV) build dist native/target native/generated src/spillkit/kernel/*.so
