# make run: the app on http://localhost:8507      make test: the whole suite      make help: the rest

NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3.14 python3.13 python3.12 python3.11 python3; do command -v $$p >/dev/null 2>&1 && \
            $$p -c '$(NEW_ENOUGH)' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

# What is compiled at its first use (see .venv/installed) has to be kept: else each start of Python takes three times as
# long. Containers often forbid it with this variable.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run demo test test-nightly check system-packages format sample screenshots bench clean

help:
	@echo "make run          install into .venv, find or start a broker, open the app on http://localhost:8507"
	@echo "make demo         the same, with a dashboard on http://localhost:8503 to which the sample session is replayed"
	@echo "make test         install what the tests need, then lint, types, architecture and all tests"
	@echo "make test-nightly the tests of faults, brokers, files, recorder and replay at full length: hundreds of faults and new examples"
	@echo "make check        lint, types and architecture only"
	@echo "make format       put the code into its standard form"
	@echo "make sample       make the sample session in data/sessions again"
	@echo "make bench        measure recorder and player beside their peers (about twenty minutes; docs/performance.md)"
	@echo "make screenshots  take the pictures of the README again"
	@echo "make clean        remove .venv and caches; recordings stay"

# exec: Ctrl-C reaches the app itself, which ends everything in order.
run: .venv/installed
	@exec $(BIN)/session-manager up

demo: .venv/installed
	@exec $(BIN)/session-manager up --demo

# Three at a time, also on two cores, for much of what tests do is wait: for brokers, browsers and faults.
# Types are checked by one core. Before the first time the other one compiles the tests and their libraries meanwhile:
# else three processes would do so, each for itself.
test: system-packages .venv/installed-dev
	@{ test -d tests/__pycache__ || exec $(BIN)/python -m pytest --collect-only >/dev/null 2>&1; } & compiling=$$!; \
	    $(MAKE) --no-print-directory check || { kill $$compiling 2>/dev/null; exit 1; }; \
	    wait $$compiling; exec $(BIN)/python -m pytest --numprocesses 3

test-nightly: system-packages .venv/installed-dev
	@$(BIN)/python -m pytest --nightly tests/faults tests/mqtt tests/store tests/recorder tests/replay

check: .venv/installed-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: .venv/installed-dev
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

# An existing .venv has all that its Python needs.
system-packages:
	@if test -e .venv/bin/python; then sh tests/system_packages.sh; else sh tests/system_packages.sh "$(PYTHON)"; fi

sample: .venv/installed
	@sh data/make_sample.sh

screenshots: system-packages .venv/installed-dev
	@$(BIN)/python -m docs.make_screenshots

# BENCH=--quick: two minutes; see `python -m benchmarks --help`.
bench: .venv/installed
	@$(BIN)/python -m benchmarks $(BENCH)

# Also when the Python that made it is gone, after an upgrade of the system: then nothing of the old .venv is of use.
.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed and was not found. Install it, or name it: make PYTHON=/path/to/python3"; \
	    echo "  Debian 12, Ubuntu 24.04 and newer: sudo apt install python3-venv"; \
	    echo "  Ubuntu 22.04: sudo apt install python3.11-venv    macOS: brew install python"; exit 1; }
	@$(PYTHON) -c '$(NEW_ENOUGH)' || { echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) -V 2>&1)."; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "$(PYTHON) cannot make virtual environments." \
	    "On Debian and Ubuntu: sudo apt install $$($(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"; exit 1; }
	@rm -rf .venv
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "The virtual environment .venv could not be made: see the message above."; exit 1; }

# Without compiling all that is installed: half the time. What is used of it is compiled at its first use.
.venv/installed: .venv/bin/python pyproject.toml
	@echo "Installing the session manager into .venv (once; takes a minute or two) ..."
	@$(PIP) install --no-compile --editable . || { echo "The packages could not be installed: see the message above. Is this machine online?"; exit 1; }
	@touch $@

.venv/installed-dev: .venv/bin/python pyproject.toml
	@echo "Installing the session manager and what its tests need into .venv (once; takes a minute or two) ..."
	@$(PIP) install --no-compile --editable '.[dev]' || { echo "The packages could not be installed: see the message above. Is this machine online?"; exit 1; }
	@touch $@ .venv/installed

clean:
	@rm -rf .venv benchmarks/.venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis artefacts
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
