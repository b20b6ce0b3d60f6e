# make app: install, then open the atlas. make test: install, then run every test.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PORT   ?= 8501
UV     := 0.13.9

# A package mirror set for pip serves uv as well.
export UV_DEFAULT_INDEX ?= $(or $(PIP_INDEX_URL),$(shell $(PYTHON) -m pip config get global.index-url 2>/dev/null))
ifeq ($(UV_DEFAULT_INDEX),)
unexport UV_DEFAULT_INDEX
endif

.PHONY: app test setup setup-test lint data bundle bench clean help

help:
	@echo "make app      install, then open the atlas"
	@echo "make test     install, then run every test"
	@echo "make data     make the embedded data again (needs the Debian package gmt-gshhg-full)"
	@echo "make bundle   one archive that installs without a network"
	@echo "make bench    measure, with ratios against peers"

setup: $(VENV)/.ready

$(VENV)/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV)

$(VENV)/.ready: requirements.txt constraints.txt | $(VENV)/bin/uv
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python -r requirements.txt
	@$(BIN)/python -c 'import pathlib, sysconfig; pathlib.Path(sysconfig.get_path("purelib"), "atlas.pth").write_text(str(pathlib.Path.cwd()) + "\n", encoding="utf-8")'
	@$(BIN)/python -c 'from geo.shapewise import compile_loops; compile_loops()'
	@touch $@

setup-test: $(VENV)/.ready-test

$(VENV)/.ready-test: requirements-test.txt requirements-build.txt $(VENV)/.ready
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python -r requirements-test.txt
	@touch $@

app: setup
	@$(BIN)/python -m atlas serve --port $(PORT)

test: setup-test
	@sh tests/system-packages
	$(BIN)/python -m pytest -n 2 --dist loadgroup

lint: setup-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

data: setup-test
	$(BIN)/python -m layers.build

bundle: setup
	$(BIN)/python -m atlas.bundle

bench: setup-test
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) dist
