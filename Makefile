# Every target sets up what it needs; a second call reuses it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CORES ?= 2
# One thread per process: the workflow runs several at once, and a fixed number keeps results the same.
export OMP_NUM_THREADS ?= 1
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: setup quickstart test test-fast test-all test-cluster lint docs bench schema clean

setup: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name one: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	# torch first and by its exact version: a range would bring gigabytes of GPU libraries on many indexes.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,docs]'
	# Without what it asks for, which is JAX and for GPUs.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --no-deps nequix
	touch $@

quickstart: setup
	screening run configs/quickstart.yaml --cores $(CORES)

# Files go to processes whole, since their tests share campaigns and students; the longest first (tests/conftest.py).
PYTEST = pytest -n $(CORES) --dist loadfile --no-loadscope-reorder

test: setup
	$(PYTEST) -m "not long and not cluster"

test-fast: setup
	$(PYTEST) -m "not slow and not long and not cluster"

test-all: setup
	$(PYTEST)

# Installs Debian's SLURM packages where they are missing (as root) and starts a SLURM of its own.
test-cluster: export SCREENING_INSTALL_SLURM = 1
test-cluster: setup
	pytest tests/cluster

lint: setup
	ruff check .
	ruff format --check .
	mypy
	lint-imports
	snakefmt --check Snakefile workflows
	snakemake --lint --configfile configs/quickstart.yaml

# Any warning, a broken link among them, fails the build.
docs: setup
	NO_MKDOCS_2_WARNING=1 mkdocs build --strict --quiet

schema: setup
	screening schema > configs/schema.json

bench: setup
	python -m benchmarks $(if $(FULL),--full)

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache
