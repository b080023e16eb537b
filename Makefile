# Every target does its own set-up. PYTHON may name another interpreter of version 3.11 or newer.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --no-annotate --custom-compile-command "make lock"
CHROMIUM := $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)

.PHONY: run test soak check format messages lock clean

run: $(VENV)/installed
	$(BIN)/python -m service serve

test: $(VENV)/installed-dev
ifeq ($(CHROMIUM),)
	@echo "Chromium is not installed: the browser tests will be skipped. On Debian: apt-get install chromium" >&2
endif
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile

# What `make test` tries briefly, at full length: an estimated two hours on two processors of their own.
soak: $(VENV)/installed-dev
	$(BIN)/python -m pytest --soak tests/hostile tests/service/test_audit_verification.py tests/service/test_key_rotation.py

check: $(VENV)/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.check_catalogues

format: $(VENV)/installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# After changing words: then fill in both .po files (the English one repeats the message).
messages: $(VENV)/installed-dev
	$(BIN)/pybabel extract -F babel.cfg -k N_ --sort-output --add-location=file --no-wrap \
	  -o service/locale/hadir.pot .
	$(BIN)/pybabel update -D hadir -d service/locale -i service/locale/hadir.pot --no-wrap --no-fuzzy-matching

# Exact versions with hashes for every Python from 3.11 on. Needs uv.
lock:
	$(COMPILE) --extra demo pyproject.toml -o requirements.lock
	$(COMPILE) --extra demo --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	echo 'setuptools>=77,<81' | $(COMPILE) -c requirements-dev.lock - -o requirements-build.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build *.egg-info

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Hadir needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

# Packages without a wheel are built by the pinned setuptools, not by whatever the index has today.
$(VENV)/installed: requirements.lock requirements-build.lock pyproject.toml | $(VENV)/bin/python
	$(PIP) --require-hashes -r requirements-build.lock
	$(PIP) --require-hashes --no-build-isolation -r requirements.lock
	$(PIP) --no-build-isolation --editable .
	touch $@

$(VENV)/installed-dev: requirements-dev.lock $(VENV)/installed
	$(PIP) --require-hashes --no-build-isolation -r requirements-dev.lock
	touch $@
