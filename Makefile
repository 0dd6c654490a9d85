# Every target starts from a fresh clone: the virtual environment is made when it is missing.
PYTHON ?= python3
VENV ?= .venv
RESULTS ?= results
# More workers than this do not pay on two cores: each one imports TensorFlow.
WORKERS ?= 2
# Tests of a file share models and fixtures, so they stay in one worker.
PYTEST = $(RUN) -m pytest -n $(WORKERS) --dist loadfile
KILLS ?= 50
DAMAGES ?= 50
# The site's tools have an environment of their own, so that `make lock` writes down none of them.
DOCS_VENV ?= .venv-docs
export TF_CPP_MIN_LOG_LEVEL ?= 2

RUN = $(VENV)/bin/python
STAMP = $(VENV)/.installed
DOCS_STAMP = $(DOCS_VENV)/.installed

.PHONY: help demo test rehearse soak lint results docs lock clean

help: ## List the targets.
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1|\2/p' Makefile | awk -F'|' '{ printf "%-14s %s\n", $$1, $$2 }'

demo: $(STAMP) ## Learn handwritten digits under reverse KL; the pictures land in results/demo.
	$(RUN) -m kfdiv.train --preset=digits --divergence=rkl --workdir=$(RESULTS)/demo

# What XLA compiles here runs a few times and takes longer to optimise; `make rehearse` optimises.
test: export XLA_FLAGS ?= --xla_backend_optimization_level=0
test: lint ## Check the style, then run every test and doctest.
	$(PYTEST)

rehearse: $(STAMP) ## Run what takes too long for every change: examples from end to end, a killed run.
	$(PYTEST) -m rehearsal tests

soak: $(STAMP) ## Kill 50 runs at random moments, damage a random file of 50, and look how they end.
	$(RUN) benchmarks/soak.py --kills=$(KILLS) --damages=$(DAMAGES) --results=$(RESULTS)/benchmarks

lint: $(STAMP) ## Check the style alone.
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	@if command -v buildifier > /dev/null; then buildifier -mode=check -lint=warn BUILD MODULE.bazel; fi

results: $(STAMP) ## Write RESULTS.md from what the examples and benchmarks left in results.
	$(RUN) -m examples.reports.report --results=$(RESULTS) --output=RESULTS.md

docs: export NO_MKDOCS_2_WARNING ?= 1
docs: $(DOCS_STAMP) ## Build the site into site/, its notebooks executed; a broken link is an error.
	$(DOCS_VENV)/bin/python -m mkdocs build --strict
	@$(DOCS_VENV)/bin/python docs/tools/links.py site

lock: $(STAMP) ## Write the versions of this installation to requirements_lock.txt.
	@sed -n 1p requirements_lock.txt > requirements_lock.new
	$(RUN) -m pip freeze --all --exclude pip --exclude-editable >> requirements_lock.new
	@mv requirements_lock.new requirements_lock.txt

clean: ## Remove the virtual environments, the site and the caches; results stay.
	rm -rf $(VENV) $(DOCS_VENV) site build dist *.egg-info .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp is newer than what it depends on only after a complete installation.
$(STAMP): EXTRA = test
$(DOCS_STAMP): EXTRA = docs
$(STAMP) $(DOCS_STAMP): setup.py pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, but $(PYTHON) is " + sys.version.split()[0] + ": say which with make PYTHON=python3.11")'
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[$(EXTRA)]'
	@touch $@
