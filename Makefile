# Every target first makes .venv from requirements.lock (tools/set_up.sh); a second run starts at once.
.POSIX:
.PHONY: help demo test check bench faults office lock environment

PYTHON = .venv/bin/python
# make test ARGS="-k undo" runs a part of the tests.
ARGS =
# Hashes, no index host, no project itself: one file for every platform.
EXPORT = uv export --quiet --frozen --no-emit-project --format requirements-txt --no-header

help:
	@echo "make demo    start Rollbook with demo data (IMPORT=path/to/file.csv imports your own file)"
	@echo "make test    run all tests"
	@echo "make check   lint, types, layers, templates, migrations, lock file"
	@echo "make bench   measure imports against django-import-export and the floor (QUICK=1 for one run)"
	@echo "             and the daily job (ONLY=imports or ONLY=daily for one of the two)"
	@echo "make faults  kill workers and servers at many more points than make test does"
	@echo "make office  open and save templates with a real LibreOffice (needs soffice)"
	@echo "make lock    write the lock files anew from pyproject.toml (needs uv)"

environment:
	@sh tools/set_up.sh

demo: environment
	@IMPORT="$(IMPORT)" exec $(PYTHON) -m lms.embedded.demo

test: environment
	@sh tools/set_up_browser.sh
	$(PYTHON) -m pytest -n 2 --dist loadgroup -m "not faults_heavy and not office" $(ARGS)

check: environment
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	.venv/bin/lint-imports
	$(PYTHON) -m djlint templates --lint --quiet
	$(PYTHON) manage.py makemigrations --check --dry-run
	$(PYTHON) tools/check_lock.py

bench: environment
	@QUICK="$(QUICK)" ONLY="$(ONLY)" $(PYTHON) -m bench

faults: environment
	$(PYTHON) -m pytest -n 2 --dist loadgroup -m "faults_heavy or faults" $(ARGS)

office: environment
	$(PYTHON) -m pytest -m office $(ARGS)

lock:
	uv lock
	$(EXPORT) --all-groups -o requirements.lock
	$(EXPORT) --no-default-groups -o requirements-production.lock
	sh tools/set_up.sh
	$(PYTHON) tools/check_lock.py
