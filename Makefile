# Two commands matter: `make demo` and `make test`. Each sets up what it needs.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test proofs check bench clean

demo: $(VENV)/.run
	$(BIN)/agentkit solve tasks/speedrun/record12 --model scripted/demo

# The tests wait more than they compute: four at once keep two cores busy. A worker that is done takes tests over
# from another, so that none is left alone with the slow ones.
PYTEST := $(BIN)/python -m pytest --numprocesses=4 --dist=worksteal

# Ten minutes without the slow ones (kills by the dozen, the cheats); CI runs these too.
test: $(VENV)/.dev
	$(PYTEST) -m "not proof $(if $(SLOW),,and not slow)"

# Only those that take a defence away, to show that the attack or the cheat works then.
proofs: $(VENV)/.dev
	$(PYTEST) -m proof

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev
	for script in $(basename $(notdir $(wildcard benchmarks/*.py))); do echo "== $$script"; $(BIN)/python -m benchmarks.$$script || exit 1; done

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

# The marks are files in the environment, so that a second `make` sets nothing up again.
$(VENV)/.run: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable '.[torch]'
	touch $@

$(VENV)/.dev: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable '.[torch,docker,dev]'
	touch $@ $(VENV)/.run
