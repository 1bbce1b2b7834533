# What the project does, a word each. Needs Python 3.11 or newer and make; nothing else.
#
#   make demo      grade a sample class into demo-out/ (DEMO=neural_net another one)
#   make test      run the tests
#   make check     format, lint, types, tests
#   make audit     audit the built-in assignments as a whole, of which the tests take a share
#   make matrix    run tests with each Python and JAX (QUICK=1 fewer, PYTHONS="3.12" JAX="0.8 0.9")
#   make lock      write constraints.txt and constraints/ again (UPGRADE=--upgrade: newer releases)
#   make sbom      write build/sbom.json, the packages that grading needs (CycloneDX)
#   make bench     run the benchmarks
#   make pictures  make the README's pictures again
#   make clean     remove what the targets wrote (distclean: the environment too)

PYTHON ?= python3
OUT ?= demo-out
# The assignment whose samples the demo grades, and all that have some.
DEMO ?= kmeans
ASSIGNMENTS := $(patsubst exercises/%/samples/,%,$(wildcard exercises/*/samples/))
UPGRADE ?=
# How many processes run the tests.
JOBS ?= 2

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

.DEFAULT_GOAL := demo
.PHONY: demo test check audit matrix lock sbom bench pictures clean distclean

demo: $(STAMP)
	$(BIN)/grader batch exercises/$(DEMO)/samples --out $(OUT)
	@echo
	@echo "Assignments with samples, for make demo DEMO=...: $(ASSIGNMENTS)."
	@echo "The class overview is $(abspath $(OUT))/index.html: open it in a browser."

test: $(STAMP)
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile

audit: $(STAMP)
	@for name in $(notdir $(patsubst %/assignment.py,%,$(wildcard exercises/*/assignment.py))); do \
	  echo "$$name"; $(BIN)/grader audit "$$name" --strict || exit; done

bench: $(STAMP)
	@set -- benchmarks/*.py; \
	if [ ! -e "$$1" ]; then echo "benchmarks/ contains no scripts"; exit 0; fi; \
	for script in "$$@"; do echo "$$script"; $(BIN)/python "$$script" || exit; done

pictures: $(STAMP)
	$(BIN)/python docs/pictures.py

matrix: build/lock/bin/uv
	$(PYTHON) tests/matrix.py --uv build/lock/bin/uv --jobs $(JOBS) \
	  $(if $(PYTHONS),--pythons "$(PYTHONS)") $(if $(JAX),--jax "$(JAX)") $(if $(QUICK),--quick)

# pip cannot check hashes and install the project itself in one go, hence two steps; the build
# backend is among the pinned packages, so that the second step downloads nothing.
$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is required, found $$($(PYTHON) --version 2>&1); try make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || \
	  { echo "Python's venv module is missing; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --only-binary :all: --require-hashes -r constraints.txt
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

# A file for every supported Python and platform, one for each older line of JAX, and one with what
# it takes to grade, without tests and tools. They have the same releases, as far as an older JAX can
# be used with them. The build backend, which `pyproject.toml` asks for in [build-system], is handed
# over on standard input. nbgrader, for its own tests, is in a file by itself.
LOCK = UV_FIND_LINKS= build/lock/bin/uv pip compile --quiet --universal --python-version 3.11 \
  --generate-hashes --no-annotate --no-emit-index-url --no-emit-find-links \
  --custom-compile-command "make lock"
BACKEND = $(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")'
# All extras but nbgrader, which has an environment of its own.
EXTRAS = $(shell $(PYTHON) -c 'import tomllib; print(*(f"--extra {name}" for name in tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"] if name != "nbgrader"))')
NBGRADER = $(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["nbgrader"], sep="\n")'
OLDER_JAX := 0.8 0.9
GRADING := --extra students --extra courses --extra dask

lock: build/lock/bin/uv
	@echo "constraints.txt"
	@$(BACKEND) | $(LOCK) $(UPGRADE) $(EXTRAS) --output-file constraints.txt pyproject.toml -
	@for line in $(OLDER_JAX); do \
	  echo "constraints/jax-$$line.txt"; \
	  cp constraints.txt constraints/jax-$$line.txt; \
	  { $(BACKEND); echo "jax==$$line.*"; } | \
	    $(LOCK) $(EXTRAS) --output-file constraints/jax-$$line.txt pyproject.toml - || exit; \
	done
	@echo "constraints/grading.txt"
	@cp constraints.txt constraints/grading.txt
	@$(BACKEND) | $(LOCK) $(GRADING) --output-file constraints/grading.txt pyproject.toml -
	@echo "constraints/nbgrader.txt"
	@$(NBGRADER) | $(LOCK) $(UPGRADE) --output-file constraints/nbgrader.txt -

# What the grader is installed with where it grades: components, licenses, and which needs which. The
# packages come from the file with the hashes; nothing in it depends on this machine's folders.
sbom: build/lock/bin/uv build/sbom/tool/bin/cyclonedx-py
	build/lock/bin/uv venv --quiet --clear --python $(PYTHON) build/sbom/grading
	UV_FIND_LINKS= build/lock/bin/uv pip install --quiet --python build/sbom/grading/bin/python \
	  --only-binary :all: --require-hashes -r constraints/grading.txt
	version=$$(sed -n 's/^__version__ = "\(.*\)"$$/\1/p' grader/__init__.py); \
	  sed "s/^dynamic = .*/version = \"$$version\"/" pyproject.toml > build/sbom/pyproject.toml
	build/sbom/tool/bin/cyclonedx-py environment --pyproject build/sbom/pyproject.toml \
	  --output-reproducible --output-format JSON --output-file build/sbom.json build/sbom/grading/bin/python
	@echo "build/sbom.json"

build/sbom/tool/bin/cyclonedx-py:
	$(PYTHON) -m venv build/sbom/tool
	build/sbom/tool/bin/python -m pip --quiet --disable-pip-version-check install "cyclonedx-bom>=7.5,<8"

build/lock/bin/uv:
	$(PYTHON) -m venv build/lock
	build/lock/bin/python -m pip --quiet --disable-pip-version-check install "uv>=0.9,<0.14"

# nbgrader for its tests, next to the project: what both need comes from this environment.
build/nbgrader/.installed: constraints/nbgrader.txt | $(STAMP)
	$(PYTHON) -m venv build/nbgrader
	build/nbgrader/bin/python -m pip --quiet --disable-pip-version-check install \
	  --only-binary :all: --require-hashes -r constraints/nbgrader.txt
	{ $(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))'; echo "$(CURDIR)"; } \
	  > "$$(build/nbgrader/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/project.pth"
	@touch $@

clean:
	rm -rf demo-out build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

distclean: clean
	rm -rf $(VENV)
