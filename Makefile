# Two commands: `make demo` and `make test`. Both install what is missing, and both may be repeated.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

# The tests start hundreds of processes: what one of them has compiled, the others need not compile again.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test long lint install clean

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "rewardlab needs Python 3.11 or newer: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -c constraints.txt -e ".[all,dev]"
	@touch $(STAMP)

demo: $(STAMP)
	$(BIN)/rewardlab bench quickstart

test: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -n 2 --dist worksteal -m "not slow" --durations=40 --durations-min=2

long: $(STAMP)
	$(BIN)/pytest -n 2 --dist worksteal -m slow --evidence src/rewardlab/benchmarks/evidence/long.json

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

clean:
	rm -rf .venv build dist
