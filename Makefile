# Everything that CI runs, by name. `make demo` and `make test` work on a fresh clone and need no network the second time.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help demo test check lint types layers clean

help:
	@echo "make demo    set up and grade the reference solution of loop-to-GEMM"
	@echo "make test    set up and run the tests"
	@echo "make check   all that CI runs: lint, types, layers, tests"
	@echo "make clean   throw the environment away"

demo: $(READY)
	$(BIN)/grade loop-to-GEMM solutions/loop-to-GEMM/full_marks --times

test: $(READY)
	$(BIN)/python -m pytest --numprocesses 2 -m "not alone"
	$(BIN)/python -m pytest -m alone

check: lint types layers test

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

layers: $(READY)
	$(BIN)/lint-imports

clean:
	rm -rf $(VENV) build *.egg-info

# The pinned environment; made again only when what it is made from has changed.
$(READY): pyproject.toml setup.py constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev,numba,nf4,hf]'
	touch $(READY)
