# Needs make, a POSIX shell and Python 3.11 or newer. Everything else goes into .venv, by pip.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/installed
DEPLOY := $(VENV)/installed-deploy
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

# What `make test` runs: T=tests/core, T="tests/rpc -k reserve". How many tests at once: N=1.
T ?=
N ?= auto
# The database of the demo: sqlite or postgresql. More arguments for demo, serve and bench: A="--listen 127.0.0.1:9000".
DATABASE ?=
A ?=
# Fewer rounds, shorter windows, smaller books: make bench QUICK=1.
QUICK ?=

.PHONY: help demo test serve bench tools check fmt protos scenarios clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile
	@echo '  Options: T=tests/core (what to test), N=1 (tests at once), DATABASE=postgresql (demo), A="..." (arguments of demo, serve, bench)'

demo: $(STAMP) ## A fleet of agents spends recorded traffic from partitioned budgets (DATABASE=sqlite|postgresql)
	@$(BIN)/tallystick demo $(if $(DATABASE),--database $(DATABASE)) $(A)

test: check $(DEPLOY) ## Everything a change needs: format, lint, types, import contracts, tests (T=tests/core)
	$(BIN)/pytest -n $(N) --maxprocesses 4 --dist loadgroup $(T)

serve: $(STAMP) ## The service on this machine, on SQLite in your data folder
	@$(BIN)/tallystick serve $(A)

bench: $(STAMP) ## What the service does beside the bare echo of this machine (QUICK=1, A="--only reserve_c64 --rounds 3")
	@$(BIN)/python -m ledger.bench $(if $(QUICK),--quick) $(A)

tools: ## Install what the distribution has: h2load and cc for bench, Prometheus and Alertmanager for tests (as root)
	@.ci/tools

check: $(STAMP) ## Format, lint, types and import contracts, without the tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fmt: $(STAMP) ## Format, and repair what lint can repair by itself
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

protos: $(STAMP) ## Generate client/tallystick/v1 from protos/
	$(BIN)/python protos/generate.py

scenarios: $(STAMP) ## Record the outcomes in tests/scenarios again; review the difference
	$(BIN)/pytest tests/core/test_scenarios.py --rewrite

clean: ## Remove the environment and what tools left behind
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

# Both distributions are installed editable, so only a change of what they need installs anything again.
$(STAMP): pyproject.toml client/pyproject.toml constraints.txt
	@python=''; \
	for candidate in '$(PYTHON)' python3.13 python3.12 python3.11; do \
		if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
			python="$$candidate"; break; \
		fi; \
	done; \
	if [ -z "$$python" ]; then \
		echo 'Tallystick needs Python 3.11 or newer, and neither $(PYTHON) nor python3.11 to python3.13 is that.' >&2; \
		echo 'Name one: make PYTHON=/path/to/python3.12' >&2; \
		exit 1; \
	fi; \
	if $(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then clear=''; else clear='--clear'; fi; \
	echo "Installing into $(VENV), with $$("$$python" --version) ..."; \
	"$$python" -m venv $$clear $(VENV)
	@$(PIP) --editable client --editable '.[dev]'
	@touch $@

# What looks at the files of deploy/; where it cannot be had those tests are skipped, except under CI.
$(DEPLOY): $(STAMP)
	@$(PIP) --editable client --editable '.[deploy]' || echo 'The files of deploy/ will not be looked at.' >&2
	@touch $@
