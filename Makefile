# People who run the portal need `make demo`; developers need `make test`, `make check`, `make fmt`.
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
DEMO_DIR ?= .demo
export PORT DEMO_DIR

# What the checks need to read the settings. They open no connection.
FOR_CHECKS := SECRET_KEY=for-checks-only-0123456789-0123456789 LINK_SECRET=for-checks-only-0123456789-0123456789 \
  DATABASE_URL=postgresql://portal_app@/portal TESTING=1 DJANGO_SETTINGS_MODULE=portal.config.settings
LOCKS := requirements.txt requirements-dev.txt assets/package-lock.json

.PHONY: demo demo-reset test chaos time-lapse pictures check fmt audit assets messages lock bench runtime dev

demo: runtime
	@PORTAL_DIE_WITH_PARENT=1 exec $(BIN)/portal demo

demo-reset: runtime
	@$(BIN)/portal demo-reset

# only=bookings tests one feature, args="-k undo -x" goes to pytest.
test: dev
	@scripts/install_test_tools.sh
	@scripts/run_tests.sh $(if $(only),portal/$(only)) $(args)

# The chaos tests for longer: CHAOS_SECONDS, ten minutes unless told.
chaos: dev
	@CHAOS_SECONDS=$${CHAOS_SECONDS:-600} $(BIN)/python -m pytest -m chaos --timeout=0 -s $(args)

# Two whole months in fast motion with a thousand orders; `make test` plays the weeks around the change of the clocks.
time-lapse: dev
	@TIME_LAPSE_ORDERS=1000 $(BIN)/python -m pytest --timeout=0 tests/time_lapse $(args)

# Takes the pictures of the README and the docs anew, in a real browser.
pictures: dev
	@scripts/install_test_tools.sh
	@PICTURES=1 $(BIN)/python -m pytest tests/journeys/test_pictures.py $(args)

check: dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(FOR_CHECKS) $(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(FOR_CHECKS) $(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	@$(FOR_CHECKS) $(BIN)/python manage.py state_diagram --check
	@$(BIN)/python scripts/check_sizes.py
	@$(BIN)/python scripts/check_coverage.py
	@$(BIN)/python scripts/check_locks.py $(LOCKS)
	@$(BIN)/python scripts/compile_messages.py --check
	@$(MAKE) --no-print-directory test

fmt: dev
	@$(BIN)/ruff check --fix --exit-zero .
	@$(BIN)/ruff format .

# Known weaknesses of what we depend on. Needs uv and a network; stops nothing.
audit:
	@uvx pip-audit --require-hashes --disable-pip -r requirements.txt || true

# The built styles and scripts. Needs Node; what it makes is committed.
assets:
	@cd assets && npm ci --no-audit --no-fund && npm run build

# Collect the texts into the catalogs (needs GNU gettext), then compile them.
messages: dev
	@cd portal && $(FOR_CHECKS) PYTHONPATH=.. ../$(BIN)/python -m django makemessages -l de --no-obsolete --add-location file
	@$(BIN)/python scripts/compile_messages.py

# Newer versions of what we depend on, at least a week old. Needs uv and npm.
lock:
	@scripts/lock.sh

bench: dev
	@$(BIN)/python -m benchmarks $(args)

runtime:
	@scripts/environment.sh runtime

dev:
	@scripts/environment.sh dev
