# Python and make are all it takes: every target makes its own virtual environment first.
#   make demo              a drawn catalog, indexed, and the page
#   make test              all tests, in a real browser too
#   make lint              style, types, bandit's rules, known vulnerabilities
#   make sbom              what is installed, as a CycloneDX bill of materials
#   make demo TORCH=cpu    with the small CPU-only PyTorch (also: cu128, rocm6.4, xpu ...)

PYTHON ?= python3
VENV   ?= .venv
TORCH  ?=
BIN     = $(VENV)/bin

.PHONY: demo test lint sbom bench peers up clean
.DEFAULT_GOAL := help

help:
	@sed -n 's/^#  *\(make.*\)/\1/p' Makefile

# The installed environment; made again when the dependencies change. uv is only asked to choose
# a PyTorch build, which pip cannot.
$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
ifneq ($(TORCH),)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --torch-backend $(TORCH) torch torchvision
endif
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/developing: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

# Browser tests need a Chromium; without one they are skipped, and say so.
$(VENV)/browser: $(VENV)/developing
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null \
	  || { command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] \
	       && apt-get update -qq && apt-get install -qq -y chromium >/dev/null; } \
	  || $(BIN)/playwright install chromium \
	  || echo "No Chromium here and none could be installed: browser tests will be skipped." >&2
	@touch $@

demo: $(VENV)/installed
	$(BIN)/snapshelf demo

test: $(VENV)/browser
	$(BIN)/python -m pytest

lint: $(VENV)/developing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python deploy/audit.py

# A bill of materials: every installed package with its version, licence and dependencies.
sbom: $(VENV)/installed
	@mkdir -p results
	$(BIN)/python -m pip install --quiet 'cyclonedx-bom>=7'
	$(BIN)/cyclonedx-py environment --pyproject pyproject.toml --output-format JSON \
	  --output-file results/sbom.cdx.json $(BIN)/python

# Every claim of bench/README.md, an hour and more; results/summary.md tells which bounds were met.
# CATALOG: photos of yours in place of drawn ones; BENCHES="start encoder": only those.
CATALOG ?=
BENCHES ?=
PEERS   ?= .venv-peers
bench: $(VENV)/developing
	$(BIN)/python -m bench $(BENCHES) $(if $(CATALOG),--catalog $(CATALOG)) \
	  $(if $(wildcard $(PEERS)/installed),--python $(PEERS)/bin/python)

# What bench.peers is beside: an environment of its own that finds torch in ours.
peers: $(PEERS)/installed
$(PEERS)/installed: bench/peers.txt $(VENV)/developing
	$(PYTHON) -m venv $(PEERS)
	$(BIN)/python -c 'import site; print(site.getsitepackages()[0])' \
	  > $$($(PEERS)/bin/python -c 'import site; print(site.getsitepackages()[0])')/ours.pth
	$(PEERS)/bin/python -m pip install --quiet --no-deps --requirement bench/peers.txt
	@touch $@

up:
	docker compose up --detach --build

clean:
	rm -rf $(VENV) $(PEERS) .snapshelf build *.egg-info
