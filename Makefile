# Everything a developer or a server needs, from one place. `make` alone lists it.
#
# PORT, RTMP_PORT, HOST, DATA_DIR, DATABASE_URL, REDIS_URL and the other settings are taken from the environment or the
# command line: make run PORT=8001. PYTEST gives options to the test runner: make test-sqlite PYTEST="-k claims -x".
# BENCH does so for the measurements: make bench BENCH="fan-out --rounds 1", make bench BENCH="--rounds 5".

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PORT ?= 8000
RTMP_PORT ?= 1935
SOUK_DEMO ?= 1
PYTEST ?=
BENCH ?=
export PORT RTMP_PORT
# Nearly every process of ours would compile the project anew: a third of the time that a server takes to start.
unexport PYTHONDONTWRITEBYTECODE

PY := .venv/bin/python
UV := $(PY) -m uv
PIP := $(PY) -m pip --disable-pip-version-check -q
NPM := deploy/tools/with-node npm
FRONTEND := $(shell find frontend/src frontend/public -type f 2>/dev/null) \
	$(wildcard frontend/*.html frontend/*.ts frontend/*.js frontend/package.json)

.PHONY: help run dev-server types test check check-python check-frontend test-sqlite test-postgres test-frontend \
	test-browser screenshots pictures bench conformance conformance-server faults lock format deps dev-deps postgres chromium frontend clean

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-30s%s\n", $$1, $$2 }'

run: deps frontend  ## start Souk with demo data on http://localhost:8000/
	@SOUK_DEMO=$(SOUK_DEMO) exec $(PY) manage.py run

# --- What is installed -------------------------------------------------------------------------------------------

deps: .venv/installed
dev-deps: .venv/installed-dev
frontend: frontend/dist/shop.html

.venv/bin/python:
	@deploy/tools/make-venv .venv

.venv/installed: requirements.lock | .venv/bin/python
	@echo "Installing what Souk needs…"
	@$(PIP) install --require-hashes -r requirements.lock
	@touch $@

.venv/installed-dev: requirements-dev.lock | .venv/bin/python
	@echo "Installing what developers need…"
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

frontend/node_modules/.package-lock.json: frontend/package-lock.json | .venv/bin/python
	@echo "Installing what the front end needs…"
	@cd frontend && ../$(NPM) ci --no-audit --no-fund --loglevel=error
	@touch $@

frontend/dist/shop.html: frontend/node_modules/.package-lock.json $(FRONTEND)
	@echo "Building the front end…"
	@cd frontend && ../$(NPM) run --silent build -- --logLevel warn
	@touch $@

# --- Tests -------------------------------------------------------------------------------------------------------

# Three at once for two cores: each waits a good part of its time, for processes, pages, the clock.
test: dev-deps postgres chromium frontend  ## everything: checks, the suite on SQLite and PostgreSQL, browser tests
	@$(MAKE) -j2 --output-sync check-python check-frontend test-frontend
	@$(MAKE) -j3 test-sqlite test-postgres test-browser
	@$(MAKE) test-alone

check: check-python check-frontend  ## linters, types, layers, migrations, texts, what is generated

check-python: dev-deps
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	.venv/bin/lint-imports
	$(PY) manage.py makemigrations --check --dry-run
	$(PY) manage.py wire_types --check
	$(PY) -m mypy

check-frontend: dev-deps frontend
	$(SCHEMA) | (cd frontend && ../$(NPM) run --silent types -- --check)
	cd frontend && ../$(NPM) run --silent check
	cd frontend && ../$(NPM) run --silent size

test-frontend: frontend/node_modules/.package-lock.json
	cd frontend && ../$(NPM) run --silent test

test-sqlite: dev-deps frontend/node_modules/.package-lock.json  ## the suite on SQLite
	env -u DATABASE_URL $(PY) -m pytest -m "not browser and not long and not alone" $(PYTEST)

test-postgres: dev-deps postgres frontend/node_modules/.package-lock.json  ## the suite on a PostgreSQL of its own
	@if deploy/tools/test-tools have-postgres; then set -x; $(PY) -m tests.support.postgres $(PY) -m pytest -m "not browser and not long and not alone" $(PYTEST); fi

# The files with such tests, where PYTEST names none: to collect all takes ten seconds.
marked = $(if $(findstring tests/,$(PYTEST)),,$$(grep -rl --include='test_*.py' 'mark\.$(1)' tests))

test-alone: dev-deps  ## what waits by the clock, so that nothing may run beside it
	env -u DATABASE_URL $(PY) -m pytest -m alone $(call marked,alone) $(PYTEST)

test-browser: dev-deps frontend chromium  ## a real Chromium does what viewers and hosts do
	@if deploy/tools/test-tools have-chromium; then set -x; env -u DATABASE_URL $(PY) -m pytest -m browser $(call marked,browser) $(PYTEST); fi

conformance: dev-deps frontend/node_modules/.package-lock.json  ## the suites of the published Centrifuge SDKs, against us
	$(PY) -m pytest tests/contracts -k sdk -v $(PYTEST)

conformance-server: deps  ## plain channels on PORT, for suites of SDKs and for load tools
	DJANGO_SETTINGS_MODULE=project.settings.conformance exec $(PY) manage.py conformance_server --port $(PORT)

faults: dev-deps postgres  ## kill processes, Valkey and the database while they work; race a thousand rounds: an hour
	@if deploy/tools/test-tools have-postgres; then set -x; \
	$(PY) -m tests.support.postgres $(PY) -m pytest tests/faults tests/commerce/test_two_hundred.py \
	tests/commerce/test_twelve_in_processes.py --rounds 1000 $(PYTEST); fi

bench: dev-deps postgres  ## measure, beside nchan, Socket.IO, stock Channels and django-oscar; rewrites docs/performance.md
	@deploy/tools/bench-tools install
	$(PY) -m tests.bench $(BENCH)

pictures: dev-deps frontend chromium  ## the pictures of the README, into docs/pictures
	$(PY) -m tests.browser.pictures

screenshots: dev-deps frontend chromium  ## every page, both sizes and languages, into test-results/screenshots
	$(PY) -m tests.browser.screenshots

postgres:
	@deploy/tools/test-tools postgres

chromium:
	@deploy/tools/test-tools chromium

# --- For developers ----------------------------------------------------------------------------------------------

format: dev-deps  ## format the code
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

COMPILE = $(UV) pip compile -q --generate-hashes --universal --python-version 3.11 --no-emit-index-url \
	--no-emit-find-links --no-annotate --no-header

SCHEMA = $(PY) manage.py spectacular --lang en --validate --fail-on-warn

types: dev-deps frontend/node_modules/.package-lock.json  ## write what is generated again: types of the wire and of the REST side, AsyncAPI, codes
	$(PY) manage.py wire_types
	$(SCHEMA) | (cd frontend && ../$(NPM) run --silent types)

lock: dev-deps  ## compile the lock files again after a change of pyproject.toml
	$(COMPILE) pyproject.toml -o requirements.lock
	$(COMPILE) --all-extras pyproject.toml -o requirements-dev.lock

clean:  ## remove what was installed and built, keep the data
	rm -rf .venv frontend/node_modules frontend/dist test-results
