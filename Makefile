# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Needs python3 with venv, git and PyPI. All that is made lies in .nox/, .venv/, docs/build/, tests/output/ and
# tests/cluster/target/, which git ignores. Only test-cluster and cluster need more: a JDK, Maven and Maven Central.

PYTHON ?= python3
NOX := .nox/bootstrap/bin/python -m nox

.PHONY: help test lint format sanity units integration matrix mutation bench bench-reading bench-fleet build docs demo \
	interrupted emulator test-cluster cluster release clean

help: ## List what can be made
	@sed -n 's/^\([a-z -]*\):.*## /\1: /p' Makefile

# What takes less than a core runs beside ansible-test.
test: .nox/bootstrap/ready ## Run all that a change has to pass
	@rm -rf tests/output
	@$(NOX) -s lint extra-checks build docs >.nox/checks.log 2>&1 & checks=$$!; \
	trap 'kill $$checks; exit 130' INT TERM; \
	$(NOX) -s ansible-test; status=$$?; wait $$checks || status=1; cat .nox/checks.log; \
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

bench-reading: .venv/ready ## Show what it costs to read repositories of a real size; takes six minutes
	@.venv/bin/python tests/bench/reading.py

format build: .nox/bootstrap/ready ## Rewrite the Python code as the linters want it; build and install the collection
	@$(NOX) -s $@

bench-fleet: .venv/ready ## Show what it costs to wait for the snapshots of 50 clusters; takes six minutes
	@.venv/bin/python tests/bench/fleet.py

release: .nox/bootstrap/ready ## Make a release up to its upload; VERSION=0.2.0 names it
	@$(NOX) -s $@ -- $(VERSION)

docs: .nox/bootstrap/ready ## Make the documentation's web pages in docs/build, and fail on any warning
	@$(NOX) -s $@

demo: .venv/ready ## Show the collection at work against the emulator
	@.venv/bin/python tests/demo

interrupted: .venv/ready ## Kill 50 runs at random points, run each again, and count the snapshots
	@.venv/bin/python tests/demo/interrupted.py

emulator: .venv/ready ## Start the emulator, for an hour at most
	@echo "In a second terminal, in this folder:  . .venv/emulator/environment"
	@.venv/bin/python tests/emulator --directory .venv/emulator --time-limit 3600

test-cluster: .venv/ready ## Test against real engines, see tests/cluster/README.md; takes seven minutes
	@.venv/bin/python -m pytest -q -p no:cacheprovider tests/cluster $(addprefix --engine=,$(ENGINE))

cluster: .venv/ready ## Start a real engine, for an hour at most; ENGINE=elasticsearch-7.10 for another one
	@.venv/bin/python tests/cluster/cluster.py $(addprefix --engine=,$(ENGINE))

clean: ## Remove all that was made
	rm -rf .nox .venv docs/build tests/output tests/cluster/target

.nox/bootstrap/ready: tests/tools/constraints.txt
	@rm -rf .nox/bootstrap
	@$(PYTHON) -m venv .nox/bootstrap
	@.nox/bootstrap/bin/python -m pip install -q --no-cache-dir --disable-pip-version-check -c $< nox antsibull-nox
	@touch $@

.venv/ready: tests/emulator/requirements.txt tests/cluster/requirements.txt
	@rm -rf .venv
	@$(PYTHON) -m venv .venv
	@.venv/bin/python -m pip install -q --no-cache-dir --disable-pip-version-check ansible-core requests $(addprefix -r ,$^)
	@touch $@
