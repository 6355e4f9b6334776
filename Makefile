# The two commands of the README are `make demo` and `make test`; each makes what it needs.
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
# What pip does with a wish: pinned versions, no questions.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
SYSTEM_PACKAGES := chromium postfix libmail-dkim-perl spamassassin strace fonts-dejavu-core fonts-liberation

# Those that need no data beside the repository; the others say by --help what they take.
BENCHMARKS := building composing crashes edition embedding ingesting pacing sending signing

.PHONY: demo run preview test check check-mjml format bench soak system clean help

demo: $(VENV)/.installed ## three sample digests in outbox/demo/
	$(BIN)/newsletter demo

run: $(VENV)/.installed ## read the feeds, make the issues, deliver them, once
	$(BIN)/newsletter run

preview: $(VENV)/.installed ## the next issues in a browser
	$(BIN)/newsletter preview

test: system check ## everything that must hold; what CI runs
	$(BIN)/python -m pytest

check: $(VENV)/.installed-dev ## format, lint, types, floors: seconds
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest --quiet tests/test_floors.py

format: $(VENV)/.installed-dev ## put the code into its form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

check-mjml: $(VENV)/.installed-dev ## npm's mjml over the templates, where it is installed
	@$(BIN)/python -m tests.check_mjml

bench: $(VENV)/.installed-dev ## the figures, each beside its baseline
	@for one in $(BENCHMARKS); do \
		echo "$$one:"; $(BIN)/python -m tests.benchmarks.$$one || exit 1; done

soak: system $(VENV)/.installed-dev ## the long tests: minutes
	@$(PIP) -e '.[soak]' || echo "atheris cannot be installed here; its tests will be SKIPPED"
	$(BIN)/python -m pytest -m soak --timeout=3600

clean: ## remove what was made here, the newsletter's own data apart
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis outbox/demo build dist

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

# Debian's python3 has no ensurepip unless python3-venv is there; then pip itself brings pip.
$(BIN)/python:
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || { \
		rm -rf $(VENV) && $(PYTHON) -m venv --without-pip $(VENV) && \
		$(PYTHON) -m pip --python $(BIN)/python install --quiet pip; }

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing the program into $(VENV)"
	@$(PIP) -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing the program and its tools into $(VENV)"
	@$(PIP) -e '.[dev]'
	@touch $@ $(VENV)/.installed

# Chromium, Postfix, SpamAssassin and a second DKIM verifier for the tests that need the real ones.
system:
	@if command -v chromium >/dev/null && [ -x /usr/sbin/smtp-sink ] && \
		command -v spamassassin >/dev/null && command -v strace >/dev/null && \
		perl -MMail::DKIM -e 1 2>/dev/null; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ]; then \
		apt-get update --quiet --quiet && \
		DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --quiet \
			--no-install-recommends $(SYSTEM_PACKAGES) </dev/null >/dev/null; \
	elif [ -n "$$CI" ]; then echo "CI must be root to install $(SYSTEM_PACKAGES)" >&2; exit 1; \
	else \
		echo "The browser and Postfix tests will be SKIPPED. To run them, first:"; \
		echo "  sudo apt-get install --no-install-recommends $(SYSTEM_PACKAGES)"; \
	fi
