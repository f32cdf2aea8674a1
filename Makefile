# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Needs python3 with venv, git and PyPI. All that is made lies in .nox/, .venv/ and tests/output/, which git ignores.

PYTHON ?= python3
NOX := .nox/bootstrap/bin/python -m nox

.PHONY: help test lint format sanity units integration matrix mutation bench build demo interrupted emulator clean

help: ## List what can be made
	@sed -n 's/^\([a-z ]*\):.*## /\1: /p' Makefile

test: .nox/bootstrap/ready ## Run all that a change has to pass
	@rm -rf tests/output
	@$(NOX) -s lint extra-checks build ansible-test; status=$$?; \
	cat tests/output/summary.txt 2>/dev/null || echo "0 passed, 0 failed"; exit $$status

lint: .nox/bootstrap/ready ## Run the linters
	@$(NOX) -s lint extra-checks

sanity units integration: .nox/bootstrap/ready ## Run one part of ansible-test
	@$(NOX) -s ansible-test -- $@

matrix: .nox/bootstrap/ready ## Run ansible-test with each supported ansible-core; takes three quarters of an hour
	@rm -rf tests/output/matrix
	@$(NOX) --no-error-on-missing-interpreters -t matrix

mutation: .nox/bootstrap/ready ## Show which changes to the code no unit test notices; takes half an hour
	@$(NOX) -s $@

bench: .nox/bootstrap/ready ## Compare the speed with that of other ways to the same end; takes ten minutes
	@$(NOX) -s $@

format build: .nox/bootstrap/ready ## Rewrite the Python code as the linters want it; build and install the collection
	@$(NOX) -s $@

demo: .venv/ready ## Show the collection at work against the emulator
	@.venv/bin/python tests/demo

interrupted: .venv/ready ## Kill 50 runs at random points, run each again, and count the snapshots
	@.venv/bin/python tests/demo/interrupted.py

emulator: .venv/ready ## Start the emulator, for an hour at most
	@echo "In a second terminal, in this folder:  . .venv/emulator/environment"
	@.venv/bin/python tests/emulator --directory .venv/emulator --time-limit 3600

clean: ## Remove all that was made
	rm -rf .nox .venv tests/output

.nox/bootstrap/ready: tests/tools/constraints.txt
	@rm -rf .nox/bootstrap
	@$(PYTHON) -m venv .nox/bootstrap
	@.nox/bootstrap/bin/python -m pip install -q --no-cache-dir --disable-pip-version-check -c $< nox antsibull-nox
	@touch $@

.venv/ready: tests/emulator/requirements.txt
	@rm -rf .venv
	@$(PYTHON) -m venv .venv
	@.venv/bin/python -m pip install -q --no-cache-dir --disable-pip-version-check ansible-core requests -r $<
	@touch $@
