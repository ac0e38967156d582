# The commands of the book. Each one sets up what it needs; `make help` lists them.

ifeq ($(OS),Windows_NT)
  PYTHON ?= python
  BIN := .venv/Scripts
else
  PYTHON ?= python3
  BIN := .venv/bin
endif
RUN := $(BIN)/python
READY := .venv/ready
FRAMEWORKS := .venv/frameworks

# What must not be left out of the tests: make test REQUIRE="browser frameworks java node"
REQUIRE ?=
# One notebook instead of all: make refresh NOTEBOOK=chapters/losses/sigmoid-cross-entropy.ipynb
NOTEBOOK ?=
PYTEST_ARGS ?=
# The tests that do not run the notebooks: with them alone, all of xentlib must be reached.
LIBRARY_TESTS := tests/numeric tests/symbolic tests/course tests/book/test_exercises.py \
  tests/book/test_formula_sheet.py xentlib
# What the benchmark is told: make bench BENCH_ARGS="--quick --seconds 1"
BENCH_ARGS ?=
# Some modules instead of all: make mutants MODULES="losses _exact"
MODULES ?=
PORT ?= 8000
# A site that runs chapters without asking any other host: make book LITE=full PYODIDE=/path/to/pyodide
LITE ?=
PYODIDE ?=
export LITE PYODIDE

# Python on Windows would otherwise read and write in another encoding.
export PYTHONUTF8 := 1

.DEFAULT_GOAL := help
.PHONY: help book test frameworks coverage mutants bench audit pdf epub release lab serve refresh check format lock clean distclean

help: ## List the commands.
	@$(PYTHON) tools/help.py Makefile

book: $(READY) ## Build the site into _build/html.
	@$(RUN) -m tools.book build

# The longest files come first, so that no processor waits for the other at the end.
test: $(READY) $(if $(filter frameworks,$(REQUIRE)),$(FRAMEWORKS)) ## Run every test: the library, the notebooks, the site.
	$(RUN) -m pytest -n auto --dist loadfile --no-loadscope-reorder $(foreach item,$(REQUIRE),--require $(item)) $(PYTEST_ARGS)

coverage: $(READY) ## Run the library's own tests; each line and branch of xentlib must be reached.
	$(RUN) -m pytest -n auto --dist loadfile --cov=xentlib $(LIBRARY_TESTS) $(PYTEST_ARGS)

mutants: $(READY) ## Break the library in thousands of ways: do the tests notice? (MODULES="losses ...")
	@$(RUN) -m tools.mutants $(MODULES)

bench: $(FRAMEWORKS) ## Time the losses side by side with the frameworks (BENCH_ARGS="--quick").
	$(RUN) -m benchmarks.bench $(BENCH_ARGS)

audit: $(READY) ## Measure the site with Lighthouse and write audits/README.md.
	@$(RUN) -m tools.audit

pdf: $(READY) ## Print the book into a PDF, which the site's front page then offers.
	@$(RUN) -m tools.editions.pdf

epub: $(READY) ## Make an EPUB of the book, which the site's front page then offers.
	@$(RUN) -m tools.editions.epub

release: $(READY) ## Build the site, the PDF and the EPUB, and pack them into dist/, with checksums.
	@$(RUN) -m tools.release

frameworks: $(FRAMEWORKS) ## Install TensorFlow, PyTorch, JAX and others, to compare with.

lab: $(READY) ## Open the chapters in JupyterLab.
	$(RUN) -m jupyter lab --allow-root chapters

serve: $(READY) ## Build the site and serve it on http://127.0.0.1:8000 (PORT=...).
	@$(RUN) -m tools.book serve $(PORT)

refresh: $(READY) ## Measure accuracy, run every notebook, store the outputs (NOTEBOOK=... for one).
	@$(if $(NOTEBOOK),,$(RUN) -m tools.certificate)
	@$(RUN) -m tools.notebooks $(NOTEBOOK)

check: $(READY) ## The quick checks: style, types, the notebooks' form. Runs no notebook.
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy
	$(RUN) -m tools.hygiene
	$(RUN) -m tools.vocabulary
	$(RUN) -m tools.guide

format: $(READY) ## Put the code into the house style.
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .

lock: $(READY) ## Choose the newest versions again and write requirements/.
	$(RUN) -m tools.lock

clean: ## Remove what was built.
	@$(PYTHON) tools/clean.py _build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage mutants

distclean: clean ## Remove the virtual environment as well.
	@$(PYTHON) tools/clean.py .venv

$(READY): requirements/dev.txt pyproject.toml tools/environment.py
	@$(PYTHON) tools/environment.py .venv

$(FRAMEWORKS): $(READY) requirements/frameworks.txt requirements/torch.txt
	@$(PYTHON) tools/environment.py .venv frameworks
