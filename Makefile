# Every chore has a name here. `make demo` and `make test` need nothing but Python >= 3.11 and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench format pictures screenshots translations language catalogs reference fuzz guessing plan-changes secrets faults lock clean

help:  ## say what each chore does
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Theme License needs Python 3.11 or newer; run: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "→ setting up $(VENV) (once; about a minute)"
	@$(PYTHON) -m venv --clear $(VENV) || { echo "python3 lacks venv; on Debian: apt-get install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(READY)  ## a license server, two themed sites and a page beside them; Ctrl-C removes everything
	@$(BIN)/python -m demo $(ARGS)

test: $(READY) lint  ## the checks of `lint`, then every test
	@echo "→ tests"
	@$(BIN)/python -m pytest -n auto --dist loadfile $(ARGS)

lint: $(READY)  ## formatting, ruff, mypy strict, the arrows between the rooms, the declared dependencies
	@echo "→ ruff"
	@$(BIN)/ruff format --check --quiet . && $(BIN)/ruff check --quiet .
	@echo "→ mypy (strict)"
	@$(BIN)/mypy
	@echo "→ import rules"
	@$(BIN)/lint-imports --no-cache >build-lint-imports.txt || { cat build-lint-imports.txt; rm -f build-lint-imports.txt; exit 1; }
	@rm -f build-lint-imports.txt
	@echo "→ declared dependencies"
	@$(BIN)/deptry . 2>/dev/null || $(BIN)/deptry .

bench: $(READY)  ## what the client costs a theme, an outage a page, metrics a refresh and a million keys, as ratios
	@$(BIN)/python -m benchmarks.client
	@$(BIN)/python -m benchmarks.outage
	@$(BIN)/python -m benchmarks.metrics
	@$(BIN)/python -m benchmarks.bulk

format: $(READY)  ## rewrite the code in the project's format
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

pictures: $(READY)  ## take the docs' pictures from the running demo (needs Chromium)
	@$(BIN)/python -m demo.gallery.screenshots docs/images docs

screenshots: $(READY)  ## pictures of every state of the card into build/screenshots; ARGS="card --only -ar-" for some
	@$(BIN)/python -m demo.gallery.screenshots build/screenshots $(ARGS)

# Each package with sentences has its catalogs in its folder `locale`, named after the package.
SPEAKING := client/theme_license license_server

translations: $(READY)  ## bring every catalog up to the sentences of the code: new ones empty, stale ones gone
	@mkdir -p build
	@$(BIN)/python -m tools.templates build
	@for package in $(SPEAKING); do name=$$(basename $$package); \
		$(BIN)/pybabel --quiet update --domain $$name --input-file build/$$name.pot --output-dir $$package/locale \
			--no-fuzzy-matching --ignore-obsolete --width 120 --ignore-pot-creation-date || exit 1; done

language: translations  ## add a language: make language TAG=ko; then fill its catalogs in, and make catalogs
	@test -n "$(TAG)" || { echo "which one? make language TAG=ko"; exit 2; }
	@for package in $(SPEAKING); do name=$$(basename $$package); \
		$(BIN)/pybabel --quiet init --domain $$name --input-file build/$$name.pot --output-dir $$package/locale \
			--locale $$(echo $(TAG) | tr - _) --width 120 || exit 1; done

catalogs: $(READY)  ## compile the translations after a change of a .po file
	@for package in $(SPEAKING); do \
		$(BIN)/pybabel --quiet compile --domain $$(basename $$package) --directory $$package/locale || exit 1; done
	@$(BIN)/python client/wordpress/tools/catalogs.py

reference: $(READY)  ## write docs/commands.md and docs/problems.md anew from the program
	@$(BIN)/python -m license_server.cli.reference >docs/commands.md
	@$(BIN)/python -m license_server.web.contract.reference >docs/problems.md

secrets: $(READY)  ## look for the keys and tokens of 1,000 licenses in databases, dumps, backups and logs
	@SECRETS=1000 $(BIN)/python -m pytest -q tests/license_server/test_live.py -k no_secret

guessing: $(READY)  ## 100,000 guessed keys against a running server, on either database; prints what became of them
	@GUESSES=100000 $(BIN)/python -m pytest -q -s tests/license_server/test_guessing.py
	@$(BIN)/python -m benchmarks.guessing

plan-changes: $(READY)  ## 1,000 changes of plans while 16 sites call a running server, on either database
	@PLAN_CHANGES=1000 $(BIN)/python -m pytest -q -s tests/license_server/test_plan_changes_live.py

faults: $(READY)  ## 10,000 racing activations, 1,000 kills, broken databases, 20 restores, 10,000 steps of leases; a table
	@FAULTS=full LEASE_STEPS=10000 UPGRADED_LICENSES=100000 $(BIN)/python -m pytest -q \
		tests/license_server/test_races_live.py tests/license_server/test_kills_live.py \
		tests/license_server/test_write_points.py tests/license_server/service/test_leases_out.py \
		tests/license_server/test_upgrade_leases.py \
		tests/license_server/service/test_backup.py::test_a_server_restored_from_a_backup_under_load_strands_no_site

fuzz: $(READY)  ## 100,000 hostile bodies in this process, then thousands of generated requests to a running server
	@FUZZ_CASES=100000 $(BIN)/python -m pytest -q -s tests/license_server/web/test_bodies.py -k fuzz
	@CONFORMANCE_EXAMPLES=2500 $(BIN)/python -m pytest -q -s tests/license_server/web/test_conformance.py

lock: $(READY)  ## pin every dependency anew, with hashes, into requirements.txt (needs uv)
	@uv pip compile --universal --generate-hashes --no-header --upgrade \
		--extra server --extra flask --extra django --extra dev pyproject.toml --output-file requirements.txt

clean:  ## remove everything that the other chores made
	@rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
