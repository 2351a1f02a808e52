# Every target makes its environment itself; a second call installs nothing unless pyproject.toml or the pins changed.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo test fuzz check quick docs docs-serve wheel lowest bench bench-quick clean

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
TORCH := $(shell grep '^torch==' constraints.txt)
ONE_THREAD := OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
WORKERS ?= 2
LIMIT ?= 30
INPUTS ?= 20000
SEED ?= 1
ROOMS ?= tests
PORT ?= 8000

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

demo: .venv/.demo ## audit digits of scikit-learn, two networks trained on them and their samples; one page, demo/index.html
	$(BIN)/python examples/demo_digits.py
	$(BIN)/python examples/demo_models.py

test: .venv/.test ## run the test suite, two workers of one thread each
	$(ONE_THREAD) $(BIN)/python -m pytest -n $(WORKERS) --ignore tests/site

fuzz: .venv/.test ## 20000 hostile inputs (INPUTS, SEED): damaged files of every format, every option; minutes
	$(ONE_THREAD) $(BIN)/python tests/fuzz/campaign.py $(INPUTS) $(SEED)

quick: .venv/.check ## format, lint, layers; of what differs from main: types, and tests of its rooms for 30 s
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-logo
	sources=$$($(BIN)/python tests/changed_rooms.py sources); test -z "$$sources" || $(BIN)/pyright $$sources
	$(ONE_THREAD) $(BIN)/python tests/changed_rooms.py tests $(LIMIT)

docs: .venv/.docs ## build the site into site/; open site/index.html
	$(ONE_THREAD) $(BIN)/python -m sphinx -b html -W --keep-going -q docs site

docs-serve: docs ## build the site and serve it, to this machine only: http://localhost:8000 (PORT)
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory site $(PORT)

check: .venv/.check ## format, lint, types, layers, dead links, front door, the site in Chromium, the wheel
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports --no-logo
	$(ONE_THREAD) $(BIN)/python -m pytest tests/house --ignore tests/house/test_doc_examples.py --ignore tests/house/test_taught_pages.py
	$(ONE_THREAD) $(BIN)/python -m pytest tests/site
	$(MAKE) wheel

wheel: ## build the wheel, install it into an empty environment, audit with it; again only when sources change
	.ci/wheel $(PYTHON)

lowest: .venv-lowest/.test ## the tests with the lowest versions allowed; on Linux gigabytes of GPU libraries
	$(ONE_THREAD) .venv-lowest/bin/python -m pytest -n $(WORKERS) $(ROOMS)

bench: .venv/.benchmarks ## run every benchmark but those of other tools, one after another; results in benchmarks/results
	set -e; for script in $(filter-out $(addprefix benchmarks/,quick.py peers.py picture_peers.py),$(wildcard benchmarks/*.py)); do echo "$$script"; $(BIN)/python "$$script"; done

bench-quick: .venv/.benchmarks ## two minutes of benchmarks, ratios only: what moved against the committed results
	$(ONE_THREAD) $(BIN)/python benchmarks/quick.py

clean: ## remove the virtual environments, the wheel, caches and the demo's output
	rm -rf .venv .venv-wheel .venv-lowest dist site .pytest_cache .ruff_cache .hypothesis .import_linter_cache demo
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.torch: constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "remanifold needs Python 3.11 or newer; run e.g. make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) $(TORCH)
	@touch $@

.venv/.demo .venv/.test .venv/.docs .venv/.check .venv/.benchmarks: .venv/.%: .venv/.torch pyproject.toml constraints.txt
	$(PIP) -e '.[$*]'
	@touch $@

.venv-lowest/.test: pyproject.toml constraints-lowest.txt
	test -x .venv-lowest/bin/python || $(PYTHON) -m venv .venv-lowest
	.venv-lowest/bin/python -m pip install --quiet --disable-pip-version-check -c constraints-lowest.txt -e '.[test]'
	@touch $@
