# Everything a developer does, one target each. Needs make and python3 (3.11 or later) with venv and pip.
SHELL := /bin/bash
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help demo test year kill-test observe lint format bench train gallery recordings contract contract-check wheel clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# The environment is made once and again when the dependencies change.
$(READY): pyproject.toml
	@echo "Setting up $(VENV) (once; some minutes) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[sim,dev]'
	@touch $@

# The broker of the tests is the one of production. Without it those tests say why they skip.
.PHONY: mosquitto guarded-night
mosquitto:
	@command -v mosquitto >/dev/null || test -x /usr/sbin/mosquitto || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing mosquitto …"; \
	    apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes mosquitto mosquitto-clients >/dev/null; \
	  else \
	    echo "mosquitto is missing and only root can install it: the tests that need it will skip"; \
	  fi; }

demo: $(READY) ## a night on recorded video, through every real part; draws var/demo/night.png
	$(BIN)/nattro simulate --demo

test: $(READY) mosquitto strace umockdev ## all tests
	$(BIN)/pytest

guarded-night: $(READY) mosquitto ## the same night at a mosquitto with TLS and access list, as mosquitto_sub sees it
	$(BIN)/python -m firmware_sim.guarded_night

year: $(READY) ## a year of one device in one run: what its store, outbox and memory come to
	$(BIN)/python -m firmware_sim.year

kill-test: $(READY) mosquitto ## the agent killed 200 times in a night whose broker comes and goes; minutes
	$(BIN)/python -m firmware_sim.killtest --kills 200

.PHONY: fuzz fuzz-beside fuzz-ci
N ?= 12000
SEED ?= 0
JOBS ?= $(shell nproc)
FRESH ?= $(shell date +%s)
fuzz: $(READY) ## hunt: N random nights with random faults from SEED on, in JOBS processes; minutes
	$(BIN)/nattro simulate --fuzz $(N) --seed $(SEED) --jobs $(JOBS)

fuzz-beside: $(READY) ## hunt beside the nights that once broke a promise: N such nights from the SEED-th on
	$(BIN)/nattro simulate --beside firmware-sim/once-failed.txt --fuzz $(N) --seed $(SEED) --jobs $(JOBS)

# The nights of always must be good; what fresh ones find is told, and hinders no other change.
fuzz-ci: $(READY) ## the same nights as always, then nights that nobody has seen (FRESH is their first seed)
	$(BIN)/nattro simulate --fuzz 3000 --seed 0 --jobs $(JOBS)
	$(BIN)/nattro simulate --fuzz-seeds firmware-sim/once-failed.txt --jobs $(JOBS)
	@echo "Fresh nights from seed $(FRESH) on; again with: make fuzz-ci FRESH=$(FRESH)"
	@$(BIN)/nattro simulate --fuzz 5000 --seed $(FRESH) --jobs $(JOBS) || \
	  echo "A fresh night broke a promise: it is no fault of this change alone; shrink it (nattro simulate --shrink SEED) and mend it."

.PHONY: crash-test strace
strace:
	@command -v strace >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing strace …"; \
	    apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes strace >/dev/null; \
	  else \
	    echo "strace is missing and only root can install it: what needs it will skip"; \
	  fi; }

crash-test: $(READY) strace ## the power cut at every write of the store, and in the starts after it; minutes
	$(BIN)/python -m firmware_sim.crash

.PHONY: soak
soak: $(READY) mosquitto ## a month of one agent process, its broker dying again and again: nothing grows; 12 minutes
	$(BIN)/python -m firmware_sim.soak

observe: $(READY) ## look at the recordings with the real worker; fast mode's table of observations
	$(BIN)/python -m firmware_sim.observe

lint: $(READY) ## style, types, the direction of imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(READY) ## let ruff put the code into shape
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(READY) mosquitto ## how fast and how small: nights a second, memory, wake-ups, start-up
	$(BIN)/pytest bench --benchmark-only --timeout=0 -p no:cacheprovider
	$(BIN)/python -m bench.footprint

train: $(READY) ## train the net again from rendered scenes (installs torch)
	@$(BIN)/python -c 'import torch, onnx' 2>/dev/null || $(BIN)/pip install --quiet --editable '.[sim,dev,train]'
	$(BIN)/python -m models.training.train

.PHONY: checks
HOMES ?= 300
checks: $(READY) ## whole checks on rendered films of HOMES unseen homes: wrong, unsure, right; most of an hour, again in minutes
	$(BIN)/python -m models.training.checks render test --homes $(HOMES)
	$(BIN)/python -m models.training.checks judge test

gallery: $(READY) ## a page of rendered scenes, to look at
	@mkdir -p build
	$(BIN)/python -m firmware_sim.scene.gallery build/gallery.png

.PHONY: second-world
PYTHON311 ?= python3.11
SECOND_WORLD := build/second-world
second-world: $(READY) ## what the net loses in a world rendered by Blender (350 MB, once; ten minutes)
	@mkdir -p $(SECOND_WORLD)
	@test -x $(SECOND_WORLD)/venv/bin/python || $(PYTHON311) -m venv $(SECOND_WORLD)/venv
	@$(SECOND_WORLD)/venv/bin/pip install --quiet --disable-pip-version-check -r firmware-sim/second-world/requirements.txt
	nice -n 15 $(SECOND_WORLD)/venv/bin/python firmware-sim/second-world/render.py $(SECOND_WORLD)/pictures
	$(BIN)/python firmware-sim/second-world/figures.py $(SECOND_WORLD)/pictures

recordings: $(READY) ## render the recordings again
	$(BIN)/python -m firmware_sim.scene.recordings

contract: $(READY) ## write the machine-readable contract from the types
	$(BIN)/python -m transport.contract --write

contract-check: $(READY) ## fail if the written contract is not the code's
	$(BIN)/python -m transport.contract --check

wheel: $(READY) ## sdist, and the wheel from it
	rm -f dist/*.whl dist/*.tar.gz
	$(BIN)/python -m build --outdir dist

# ---- packages (packaging/README.md)
.PHONY: deb deb-lock
ARCH ?= amd64 arm64
RELEASE ?= bookworm
DEB_VERSION := $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' agent/__init__.py)-1~$(if $(filter trixie,$(RELEASE)),deb13,deb12)
DEBS = $(ARCH:%=dist/nattro_$(DEB_VERSION)_%.deb)
PACKAGED := $(shell find agent vision transport models packaging systemd pyproject.toml CHANGELOG.md -type f -not -name '*.pyc')

deb: $(DEBS) ## Debian packages: ARCH="amd64 arm64" RELEASE=bookworm (or trixie)
	@cd dist && sha256sum nattro_*.deb | tee SHA256SUMS

dist/nattro_%.deb: $(PACKAGED) | $(READY)
	@PYTHON=$(BIN)/python packaging/debian/build $(lastword $(subst _, ,$*)) $(RELEASE) dist

# Tools that only root can install; what needs them says why it skips.
.PHONY: lab-tools nspawn-test
lab-tools:
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  missing=$$(for each in $(LAB_TOOLS); do dpkg -s $$each >/dev/null 2>&1 || echo $$each; done); \
	  test -z "$$missing" || { echo "Installing" $$missing "…"; apt-get -qq update && \
	    DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends $$missing >/dev/null; }; fi
LAB_TOOLS = mmdebstrap systemd-container systemd qemu-user-static

.PHONY: units-check
units-check: $(READY) lab-tools ## systemd's own judgement of the units: nothing to remark, exposure at most 2.0
	@$(BIN)/pytest -q -s tests/house/test_units.py

nspawn-test: $(READY) lab-tools ## the built package under a real systemd, in a container: units, sandbox, upgrade, purge
	@$(MAKE) --no-print-directory deb ARCH=amd64
	@PYTHONPATH=firmware-sim/device-lab $(BIN)/python -m nspawn

.PHONY: device-lab
device-lab: LAB_TOOLS += qemu-system-x86 kmod busybox-static cpio e2fsprogs gcc-12 make xz-utils
device-lab: $(READY) mosquitto lab-tools ## the built package on an emulated device: camera, relays, watchdogs, power cuts; minutes
	@$(MAKE) --no-print-directory deb ARCH=amd64
	@PYTHONPATH=firmware-sim/device-lab $(BIN)/python -m device_lab $(LAB)

.PHONY: test-arm64
test-arm64: $(READY) lab-tools ## the arm64 package under qemu-user: net against x86-64, tests of core and model; minutes
	@$(MAKE) --no-print-directory deb ARCH=arm64
	@PYTHONPATH=firmware-sim/device-lab $(BIN)/python -m arm64

.PHONY: release-notes
release-notes: $(READY) ## notes with hashes and what to check, beside the packages; SIGN_KEY=… signs them (docs/release.md)
	$(BIN)/python packaging/release_notes.py --key '$(SIGN_KEY)'

deb-lock: $(READY) ## resolve the packages' wheels anew, with their hashes
	$(BIN)/python packaging/debian/lock.py

clean: ## remove what was built; keeps the environment
	rm -rf dist build var .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .benchmarks
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

# A USB tree to plug and pull cameras on, for real udev messages. Without it those tests say why they skip.
.PHONY: umockdev
umockdev:
	@command -v umockdev-wrapper >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing umockdev …"; \
	    apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes umockdev gir1.2-umockdev-1.0 python3-gi iproute2 >/dev/null; \
	  else \
	    echo "umockdev is missing and only root can install it: the tests that need it will skip"; \
	  fi; }

.PHONY: mutants
mutants: $(READY) ## plant bugs in the agent and see after how many nights the referee catches each; minutes
	nice -n 5 $(BIN)/python -m firmware_sim.mutants --remember
