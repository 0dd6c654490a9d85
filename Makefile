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
DOCS_VENV ?= $(VENV)-docs
export TF_CPP_MIN_LOG_LEVEL ?= 3

# What `make test-oldest` tries on the lowest versions: that it imports, what the README shows,
# and what objectives promise, of one with a critic, of one without and of the one that Keras knows.
OLDEST_TESTS ?= tests/test_setup.py tests/test_readme.py tests/data/test_prepared.py tests/models/test_contract.py
OLDEST_CHOICE ?= not test_contract or [age or [vae or [variational_f_divergence

RUN = $(VENV)/bin/python
STAMP = $(VENV)/.installed
DOCS_STAMP = $(DOCS_VENV)/.installed
OLDEST = $(VENV)-oldest
PACKAGED = $(VENV)-package

.PHONY: help demo test test-oldest rehearse soak lint results docs lock package clean

help: ## List the targets.
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1|\2/p' Makefile | awk -F'|' '{ printf "%-17s %s\n", $$1, $$2 }'

demo: $(STAMP) ## Learn handwritten digits under reverse KL; the pictures land in results/demo.
	$(RUN) -m kfdiv.train --preset=digits --divergence=rkl --workdir=$(RESULTS)/demo

# What XLA compiles here runs a few times and takes longer to optimise; `make rehearse` optimises.
test: export XLA_FLAGS ?= --xla_backend_optimization_level=0
test: lint ## Check the style, then run every test and doctest.
	$(PYTEST)

test-oldest: $(OLDEST)/.installed ## Try the package on the lowest versions that setup.py allows.
	$(OLDEST)/bin/python -m pytest -n $(WORKERS) --dist load -k '$(OLDEST_CHOICE)' $(OLDEST_TESTS)

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

package: $(STAMP) ## Build source distribution and wheel, check both, and run the wheel's programs.
	rm -rf build dist $(PACKAGED) $(PACKAGED).tmp
	$(RUN) -m pip install --quiet --disable-pip-version-check --editable '.[package]'
	$(RUN) -m build --outdir dist
	$(RUN) -m twine check --strict dist/*
	@# The tests of the source distribution run from it, and not from here.
	mkdir $(PACKAGED).tmp && tar -xzf dist/*.tar.gz --strip-components=1 -C $(PACKAGED).tmp
	cd $(PACKAGED).tmp && $(abspath $(RUN)) -m pytest -q tests/test_setup.py tests/test_build_file.py tests/test_readme.py tests/examples/reports
	rm -rf $(PACKAGED).tmp
	$(PYTHON) -m venv $(PACKAGED)
	$(PACKAGED)/bin/python -m pip install --quiet --disable-pip-version-check dist/*.whl
	$(PACKAGED)/bin/kfdiv-train --preset=digits --epochs=1 --workdir=$(PACKAGED)/run
	$(PACKAGED)/bin/kfdiv-sample --workdir=$(PACKAGED)/run --num=4
	$(PACKAGED)/bin/kfdiv-evaluate --workdir=$(PACKAGED)/run --examples=200
	$(PACKAGED)/bin/kfdiv-train --nonsense 2> /dev/null; test $$? = 2

clean: ## Remove the virtual environments, the site and the caches; results stay.
	rm -rf $(VENV) $(DOCS_VENV) site $(OLDEST) $(PACKAGED) $(PACKAGED).tmp build dist *.egg-info .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp is newer than what it depends on only after a complete installation.
$(STAMP): EXTRA = test
$(DOCS_STAMP): EXTRA = docs
$(STAMP) $(DOCS_STAMP): setup.py pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, but $(PYTHON) is " + sys.version.split()[0] + ": say which with make PYTHON=python3.11")'
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[$(EXTRA)]'
	@touch $@

# To compile what is never imported would take longer than all of the tests.
$(OLDEST)/.installed: setup.py pyproject.toml requirements_oldest.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13) and "The oldest TensorFlow needs Python 3.11 or 3.12, but $(PYTHON) is " + sys.version.split()[0] + ": say which with make PYTHON=python3.11")'
	$(PYTHON) -m venv $(OLDEST)
	$(OLDEST)/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --constraint requirements_oldest.txt --editable '.[test]'
	@touch $@
