# Written for GNU make 3.81 (macOS) and a POSIX shell.

PYTHON = python3
NOTEBOOKS = notebooks
ONLY =
LAB_ARGS =
WORKERS = 2
THREADS = 1
REPORT =
SEEDS = 20
FIRST = 100
SCHEDULER =
INPUTS = 300
SAMPLE = 0
BENCHMARKS =
BACKEND = tensorflow
HUB = /srv/autoencoders
STUDENTS = 12
PYTHONS = python3.11 python3.12 python3.13
UV = 0.13.9
# TensorFlow has no package for newer ones.
NEWEST = 13

# WITH=python uses a Python of your own (conda, a container) and installs nothing.
WITH =
ifneq ($(strip $(WITH)),)
RUN = "$(WITH)"
READY =
TESTS_READY =
else ifeq ($(BACKEND),jax)
RUN = .venv-jax/bin/python
READY = .venv-jax/complete
TESTS_READY = .venv-jax/complete
else
RUN = .venv/bin/python
READY = .venv/complete
TESTS_READY = .venv/tests
endif

# With ONLY="02 12" those alone whose names begin so.
chosen = $(sort $(foreach begins,$(or $(ONLY),*),$(wildcard $(1)/$(begins)*.ipynb)))
LESSONS := $(call chosen,$(NOTEBOOKS))
SOLUTIONS := $(call chosen,$(NOTEBOOKS)/solutions)
ifeq ($(BACKEND),jax)
export KERAS_BACKEND = jax
# Notebooks that teach TensorFlow itself, or use it as a witness, stay out.
without = $(if $(1),$(shell grep -L '"import tensorflow' $(1)))
LESSONS := $(call without,$(LESSONS))
SOLUTIONS := $(call without,$(SOLUTIONS))
endif

# A file stays on one worker, because the cells of a notebook build on each other;
# tests/conftest.py puts long files first. Each worker computes in one thread: two
# workers with two threads each, on two cores, wait for each other.
ONE_THREAD = TF_NUM_INTRAOP_THREADS=$(THREADS) TF_NUM_INTEROP_THREADS=$(THREADS) \
  OMP_NUM_THREADS=$(THREADS) OPENBLAS_NUM_THREADS=$(THREADS)
UNIT = -m pytest -c pyproject.toml --rootdir=. \
  -n $(WORKERS) --dist loadfile --no-loadscope-reorder

# What `make lessons` and `make test` share. nbval overlooks the measured column of claims.
PYTEST = $(ONE_THREAD) $(RUN) $(UNIT) \
  --nbval --nbval-current-env --nbval-cell-timeout=300 \
  --nbval-sanitize-with=tests/nbval_sanitize.cfg --notebooks="$(NOTEBOOKS)"

# Fills the environment in the folder of the target; $(1) is what pip installs. The
# target is touched last, so an installation that broke off starts again.
define install
@command -v $(PYTHON) >/dev/null 2>&1 || { echo "There is no $(PYTHON):" \
  "install Python 3.11, 3.12 or 3.13, or name yours: make PYTHON=python3.12 ..."; exit 1; }
@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, $(NEWEST)))' \
  || { echo "This needs Python 3.11 to 3.$(NEWEST), and $(PYTHON) is" \
  "`$(PYTHON) -V 2>&1`. Name another: make PYTHON=python3.12 ..."; exit 1; }
$(PYTHON) -m venv $(@D)
$(add)
endef

# The same for an environment that is there already, whatever its Python.
define add
@rm -f $@
$(@D)/bin/python -m pip install --disable-pip-version-check $(1)
@touch $@
endef

.PHONY: help lab test unit lint lessons notebooks exercises grading slides book book-test
.PHONY: hub hub-proxy hub-test hub-load
.PHONY: data lock clean
.PHONY: claims longer fresh no-training portability mutants inputs bench scale stale

help:
	@echo 'make lab          open the course in JupyterLab (LAB_ARGS=... is passed on)'
	@echo 'make test         lint, the tests, and every notebook run and compared (BACKEND=jax)'
	@echo 'make unit         the tests of aelib and tools alone (BACKEND=jax: of aelib)'
	@echo 'make lint         check the style of code and notebooks'
	@echo 'make lessons      run and compare the lessons only (NOTEBOOKS=folder)'
	@echo 'make notebooks    execute lessons and solutions, store outputs (ONLY=01 for one)'
	@echo 'make exercises    make the exercises out of notebooks/solutions'
	@echo 'make grading      try nbgrader on the exercises (an environment of its own)'
	@echo 'make slides       slides.html for a day with a class, from the lessons'
	@echo 'make book         site/, the course to read in a browser, without Python'
	@echo 'make book-test    try the book in Chromium'
	@echo 'make hub          JupyterHub for a class on this server (docs/classroom.md)'
	@echo 'make hub-proxy    its proxy alone, as a service of its own'
	@echo 'make hub-test     try the hub with accounts that are made and removed (as root)'
	@echo 'make hub-load     STUDENTS=12 made-up students log in, work and hand in (as root)'
	@echo 'make claims       every claim under SEEDS=20 seeds, FIRST=100 on (goes on where it stopped)'
	@echo 'make longer       every claim of the lessons after ten times the training'
	@echo 'make fresh        every claim on 1,000 images of MNIST that no lesson saw'
	@echo 'make no-training  every lesson with a fit that learns nothing: claims must fail'
	@echo 'make portability  the lessons on other set-ups (needs a network)'
	@echo 'make mutants      small changes of aelib, one by one; tests must notice (SAMPLE=600: so many)'
	@echo 'make inputs       try many made-up inputs on aelib (INPUTS=300 a test)'
	@echo 'make bench        speed, and published results (BENCHMARKS=speed for one)'
	@echo 'make scale        one training in several processes, as on several machines (JAX)'
	@echo 'make stale        which stored results are older than what they depend on'
	@echo 'make data         rebuild data/ from its sources (needs a network)'
	@echo 'make lock         renew constraints.txt (needs a network)'
	@echo 'make clean        remove environments and caches'

.venv/complete: requirements.txt constraints.txt
	$(call install,-c constraints.txt -r requirements.txt)

.venv/tests: .venv/complete tests/requirements.txt tools/requirements.txt
	$(call add,-c constraints.txt -r tests/requirements.txt)

.venv-jax/complete: tests/requirements-jax.txt tools/requirements.txt constraints.txt
	$(call install,-c constraints.txt -r tests/requirements-jax.txt)

.venv-data/complete: tools/requirements-data.txt
	$(call install,-r tools/requirements-data.txt)

.venv-nbgrader/complete: requirements.txt constraints.txt tests/requirements.txt \
  tools/requirements.txt tools/requirements-nbgrader.txt
	$(call install,-c constraints.txt -r requirements.txt -r tests/requirements.txt \
	  -r tools/requirements-nbgrader.txt)

.venv-bench/complete: requirements.txt constraints.txt tools/requirements.txt \
  benchmarks/requirements.txt
	$(call install,-c constraints.txt -r requirements.txt \
	  -r benchmarks/requirements.txt)

.venv-mutants/complete: requirements.txt constraints.txt tests/requirements.txt \
  tools/requirements.txt benchmarks/requirements-mutants.txt
	$(call install,-c constraints.txt -r requirements.txt -r tests/requirements.txt \
	  -r benchmarks/requirements-mutants.txt)

.venv-lock/complete: Makefile
	$(call install,uv==$(UV))

lab: $(READY)
	@exec $(RUN) tools/lab.py $(LAB_ARGS)

# On JAX there is no TensorFlow in the environment, and what does not train is not tried
# again.
ifeq ($(BACKEND),jax)
test: $(TESTS_READY)
	$(PYTEST) tests/aelib $(LESSONS) $(SOLUTIONS)

unit: $(TESTS_READY)
	$(ONE_THREAD) $(RUN) $(UNIT) tests/aelib
else
test: lint
	$(PYTEST) tests $(LESSONS) $(SOLUTIONS)

unit: $(TESTS_READY)
	$(ONE_THREAD) $(RUN) $(UNIT) tests/aelib tests/tools
endif

# nbgrader is a teacher's tool, so it has an environment of its own. The tests of the
# other folders are not run here.
grading: .venv-nbgrader/complete
	.venv-nbgrader/bin/python -m pytest -c pyproject.toml --rootdir=. tests/grading

.venv-slides/complete: tools/requirements-slides.txt constraints.txt
	$(call install,-c constraints.txt -r tools/requirements-slides.txt)

slides: .venv-slides/complete
	.venv-slides/bin/python tools/make_slides.py

.venv-book/complete: tools/requirements-book.txt constraints.txt
	$(call install,-c constraints.txt -r tools/requirements-book.txt)

book: .venv-book/complete
	.venv-book/bin/python tools/make_book.py

# Its tests drive a browser, so the tests of the other folders are not run here.
.venv-book-test/complete: tests/requirements-book.txt constraints.txt
	$(call install,-c constraints.txt -r tests/requirements-book.txt)

book-test: book .venv-book-test/complete
	.venv-book-test/bin/python -m pytest -c pyproject.toml --rootdir=. \
	  --confcutdir=tests/book tests/book

# Students run this environment, so it is not in the checkout, which holds the solutions,
# and its Python is the system's, which every account may run.
$(HUB)/.venv-hub/complete: PYTHON = /usr/bin/python3
$(HUB)/.venv-hub/complete: requirements.txt constraints.txt tests/requirements.txt \
  tools/requirements.txt hub/requirements.txt
	$(call install,-c constraints.txt -r requirements.txt -r tests/requirements.txt \
	  -r hub/requirements.txt)

$(HUB)/.venv-hub/proxy: $(HUB)/.venv-hub/complete hub/package.json hub/package-lock.json
	@rm -f $@
	cp hub/package.json hub/package-lock.json $(@D)
	npm ci --prefix $(@D) --no-audit --no-fund
	@touch $@

hub: $(HUB)/.venv-hub/proxy
	@HUB=$(HUB) exec $(HUB)/.venv-hub/bin/python hub/start.py

hub-proxy: $(HUB)/.venv-hub/proxy
	@HUB=$(HUB) exec $(HUB)/.venv-hub/bin/python hub/start.py proxy

# Not part of `make test`: it makes accounts, and needs root, npm and minutes.
hub-test: $(HUB)/.venv-hub/proxy
	$(HUB)/.venv-hub/bin/python -m pytest -c pyproject.toml --rootdir=. \
	  --confcutdir=tests/hub tests/hub

hub-load: $(HUB)/.venv-hub/proxy
	nice $(HUB)/.venv-hub/bin/python -m benchmarks.hub --students $(STUDENTS)

lint: $(TESTS_READY)
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .

lessons: $(TESTS_READY)
	$(PYTEST) $(REPORT) tests/pages/test_notebook_hygiene.py $(LESSONS)

# These take from minutes to hours. Their results are kept in benchmarks/results.
claims longer fresh: $(TESTS_READY)
	$(RUN) -m benchmarks.claims $(@:claims=seeds) --jobs $(WORKERS) \
	  $(if $(filter claims,$@),--seeds $(SEEDS) --first $(FIRST)) \
	  $(if $(SCHEDULER),--scheduler $(SCHEDULER))

no-training: $(TESTS_READY)
	$(ONE_THREAD) $(RUN) -m benchmarks.no_training

portability: $(TESTS_READY)
	$(RUN) -m benchmarks.portability --python $(PYTHONS)

# cosmic-ray has an environment of its own: what it brings, nothing else needs.
mutants: .venv-mutants/complete
	.venv-mutants/bin/python -m benchmarks.mutants --jobs $(WORKERS) --sample $(SAMPLE)

inputs: $(TESTS_READY)
	$(RUN) -m benchmarks.inputs --inputs $(INPUTS) --jobs $(WORKERS)

# PyTorch is there for comparison only, so this has an environment of its own.
bench: .venv-bench/complete
	.venv-bench/bin/python -m benchmarks.bench $(BENCHMARKS)
	.venv-bench/bin/python -m benchmarks.stale

scale: .venv-jax/complete
	KERAS_BACKEND=jax .venv-jax/bin/python -m benchmarks.scale

stale: $(TESTS_READY)
	$(RUN) -m benchmarks.stale

# With other numbers of threads sums come out a little differently, and training a lot.
notebooks: $(TESTS_READY)
	$(ONE_THREAD) $(RUN) tools/run_notebooks.py $(LESSONS) $(SOLUTIONS)
	$(RUN) tools/store_picture.py
	$(RUN) tools/make_exercises.py $(NOTEBOOKS)

exercises: $(TESTS_READY)
	$(RUN) tools/make_exercises.py $(NOTEBOOKS)

data: .venv-data/complete
	.venv-data/bin/python tools/build_data.py

# Data alone has pins of its own: its packages are older than the course's.
REQUIREMENTS = requirements.txt tests/requirements.txt tests/requirements-jax.txt \
  benchmarks/requirements.txt benchmarks/requirements-mutants.txt \
  tools/requirements-nbgrader.txt tools/requirements-slides.txt \
  tools/requirements-book.txt tests/requirements-book.txt hub/requirements.txt

# uv's output replaces the old lock only when it is whole.
lock: .venv-lock/complete
	.venv-lock/bin/uv pip compile --universal --python-version 3.11 --upgrade \
	  --no-emit-package aelib --no-emit-index-url --no-annotate --quiet \
	  --custom-compile-command 'make lock' $(REQUIREMENTS) \
	  -o .venv-lock/constraints.txt
	cp .venv-lock/constraints.txt constraints.txt

clean:
	rm -rf .venv .venv-data .venv-jax .venv-lock .venv-nbgrader .venv-portability \
	  .venv-bench .venv-mutants .venv-slides .venv-book .venv-book-test site .pytest_cache \
	  .ruff_cache .hypothesis aelib.egg-info
	find . -name __pycache__ -o -name .ipynb_checkpoints | while read -r folder; \
	  do rm -rf "$$folder"; done
