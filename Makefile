# `make` alone lists the targets. Each one prepares what it needs: Python 3.11 or newer and make are enough to start.

.DEFAULT_GOAL := help
.PHONY: help run test lint format bench fuzz docs pictures clients clean

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
ARGS ?=
export PIP_DISABLE_PIP_VERSION_CHECK := 1

help: ## List the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do printf '  make %-8s %s\n' "$$name" "$$text"; done

run: $(STAMP) ## What your agent's set-up costs before the first word; a sample where none is set up (ARGS="--mcp PATH")
	@$(BIN)/agentforge audit $(ARGS)

test: $(STAMP) ## Run all tests (ARGS="tests/wire -k sse" for some)
	$(BIN)/pytest -n 2 --dist loadfile $(ARGS)

lint: $(STAMP) ## Check format, style, types, the import rule and the generated reference
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/cli_reference.py --check
	$(BIN)/python scripts/audit_schema.py --check

format: $(STAMP) ## Format the code and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(STAMP) ## Measure: each figure beside its floor or peer in the same run
	$(BIN)/python -m benchmarks $(ARGS)

fuzz: $(STAMP) ## Fuzz the codecs for a minute (SECONDS=900 for longer); installs atheris first
	$(BIN)/python -m pip install -q atheris
	$(BIN)/python fuzz/fuzz_wire.py $(or $(SECONDS),60)

docs: $(STAMP) ## Write the generated reference again
	$(BIN)/python scripts/cli_reference.py
	$(BIN)/python scripts/audit_schema.py

pictures: $(STAMP) ## Draw the audit's pictures in docs/ again (needs Chromium)
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python scripts/pictures.py

clients: ## Install real coding agents and MCP servers that some tests drive, into .clients/ (needs npm)
	sh scripts/install_clients.sh

clean: ## Remove what make made here: .venv, .clients and caches
	rm -rf $(VENV) .clients .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(STAMP): pyproject.toml
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || \
	{ python=$$(sh scripts/find_python.sh $(PYTHON)) && "$$python" -m venv --clear $(VENV); }
	@echo "Installing into $(VENV) (again only when pyproject.toml changes) ..."
	@$(BIN)/python -m pip install -qq --editable '.[all,dev]'
	@touch $@
