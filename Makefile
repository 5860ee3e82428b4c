# What CI runs, by name. `make demo` and `make test` work on a fresh clone and need no network the second time.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
OLD_TRITON := .venv-triton-3.6
PRINT_SITE := "import sysconfig; print(sysconfig.get_path('purelib'))"

.PHONY: help demo test check cheats lint types layers triton-3.6 clean

help:
	@echo "make demo    set up and grade the reference solution of loop-to-GEMM"
	@echo "make test    set up and run the tests"
	@echo "make check   what CI runs: lint, types, layers, tests"
	@echo "make triton-3.6  run the tests of the kernel meters on the older Triton too"
	@echo "make cheats  run every attack on the judge, and every honest control, and print a table"
	@echo "make clean   throw the environment away"

demo: $(READY)
	$(BIN)/grade loop-to-GEMM solutions/loop-to-GEMM/full_marks --times

test: $(READY)
	$(BIN)/python -m pytest --numprocesses 2 -m "not alone"
	$(BIN)/python -m pytest -m alone

cheats: $(READY)
	$(BIN)/python -m tests.cheats

check: lint types layers test

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

layers: $(READY)
	$(BIN)/lint-imports

# The kernel meters lean on Triton's interpreter, which is private and changes: they are tried on the older release too.
# That environment holds nothing but this Triton; all else it takes from the first one.
triton-3.6: $(OLD_TRITON)/.ready
	TRITON_CACHE_DIR=$$(mktemp -d) $(OLD_TRITON)/bin/python -m pytest tests/harness/kernels \
		tests/harness/inside/test_triton_launches.py

$(OLD_TRITON)/.ready: $(READY)
	$(BIN)/python -m venv --without-pip --clear $(OLD_TRITON)
	$(BIN)/python -m pip install --quiet --no-deps --target $$($(OLD_TRITON)/bin/python -c $(PRINT_SITE)) triton==3.6.0
	$(BIN)/python -c $(PRINT_SITE) > $$($(OLD_TRITON)/bin/python -c $(PRINT_SITE))/the-rest.pth
	touch $@

clean:
	rm -rf $(VENV) $(OLD_TRITON) build *.egg-info

# The pinned environment; made again only when what it is made from has changed.
$(READY): pyproject.toml setup.py constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev,numba,nf4,hf,ray]'
	touch $(READY)
