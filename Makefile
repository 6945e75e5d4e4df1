# Smilepost: `make run` starts a working shop on this machine, `make test` proves that it works.
# Both do all the set-up themselves: Python 3.11 or newer, git and make are all they need.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

# Where a machine sets it, each of the hundreds of processes of a test run would compile the whole program anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test test-powercut test-cable test-rollout test-spool test-messages test-cluster test-standby chaos bench bench-brokers bench-cluster bench-firmware bench-history bench-print bench-survey audit translations lint types types-collector types-firmware pictures setup lock clean

run: .venv/run.ok ## start everything on this machine
	@exec $(BIN)/smilepost up

test: .venv/dev.ok ## lint, types and all tests
	@tests/system_packages
	@$(MAKE) --no-print-directory --jobs 2 lint types
	$(BIN)/python -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder

test-powercut: .venv/dev.ok ## power goes at every flash operation of every writer, and again in the recovery
	PYTHONPATH=. $(BIN)/python tests/firmware/exhaustive_power_cuts.py
	$(BIN)/python -m tests.provisioning.exhaustive_pi_cuts

test-cable: .venv/dev.ok ## the cable is pulled at every step of an installation, and it is done again
	$(BIN)/python -m tests.provisioning.cable_pulls

test-rollout: .venv/dev.ok ## a bad release to 480 simulated kiosks and 20 VMs: halted, taken back, mended
	$(BIN)/python -m tests.rollout

test-spool: .venv/dev.ok ## 2,000 slips while spool, database and printers fail at random, and 2,000 that printers fetch
	$(BIN)/python -m tests.spool_crashes --jobs 2000 --seed 1
	$(BIN)/python -m tests.collector.slips.fetch.polling_storm --jobs 2000 --seed 1 --kills 40

test-messages: .venv/dev.ok ## 500 kills of the job worker while mail servers and gateways are unwell
	$(BIN)/python -m tests.message_crashes --kills 500 --seed 1

test-cluster: .venv/dev.ok ## a RabbitMQ cluster under load: nodes and collectors die, are cut off, are restarted one by one
	@tests/system_packages
	$(BIN)/python -m tests.cluster --times 2

test-standby: .venv/dev.ok ## the database's primary dies under load and its standby is promoted, again and again
	@tests/system_packages
	$(BIN)/python -m tests.standby

chaos: .venv/dev.ok ## everything killed, cut, stalled, filled at random under load; then every lit press is looked for
	@tests/system_packages
	$(BIN)/python -m tests.chaos --seconds 900 --seed 1 --kills 200 --presses 200000

bench: .venv/dev.ok ## the intake beside Node-RED and others; prints what docs/benchmarks.md says
	$(BIN)/python -m benchmarks.intake $(BENCH)

bench-brokers: .venv/dev.ok ## how many kiosks and frames the brokers are good for
	$(BIN)/python -m benchmarks.brokers

bench-cluster: .venv/dev.ok ## a RabbitMQ cluster beside the single machine's brokers; prints what docs/benchmarks.md says
	@tests/system_packages
	$(BIN)/python -m benchmarks.cluster

bench-history: .venv/dev.ok ## pages with 50 million ratings; some 12 GB in the cache folder
	$(BIN)/python -m benchmarks.history

bench-firmware: .venv/dev.ok ## heap, flash, press to light, drain; prints what docs/benchmarks.md says
	PYTHONPATH=. $(BIN)/python benchmarks/firmware.py

bench-print: .venv/dev.ok ## what printing costs; prints what docs/benchmarks.md says
	$(BIN)/python -m benchmarks.printing

bench-survey: .venv/dev.ok ## a survey's pages at 50 requests a second; prints what docs/benchmarks.md says
	$(BIN)/python -m benchmarks.survey

audit: .venv/dev.ok ## whether a locked dependency has a known weakness
	@requirements/audit

translations: .venv/run.ok ## the catalogues of uk and ru follow the code; says what is still to be written
	@$(BIN)/python -m collector.translations

lint: .venv/dev.ok
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: types-collector types-firmware

types-collector: .venv/dev.ok
	$(BIN)/mypy

types-firmware: .venv/dev.ok .venv/typings.ok
	$(BIN)/basedpyright --project firmware/pyrightconfig.json
	$(BIN)/basedpyright --project firmware/pyrightconfig.esp32.json
	$(BIN)/basedpyright --project firmware/pyrightconfig.pi.json

pictures: .venv/dev.ok ## the documents' pictures, from the running product
	PYTHONPATH=. $(BIN)/python docs/make_pictures.py
	PYTHONPATH=. $(BIN)/python docs/make_gallery.py
	PYTHONPATH=. $(BIN)/python docs/make_recording.py
	$(BIN)/python docs/hardware/draw.py

setup: .venv/run.ok ## what `make run` needs, and no more

lock: .venv/dev.ok ## newest dependencies into requirements/*.lock
	requirements/lock

clean: ## forget the virtual environment
	rm -rf .venv

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Smilepost needs Python 3.11 or newer. Name one: make PYTHON=python3.12"; exit 1; }
	@echo "Making the virtual environment in .venv …"
	@$(PYTHON) -m venv .venv || \
		{ rm -rf .venv; echo "Python cannot make virtual environments here. On Debian: apt-get install python3-venv"; exit 1; }

.venv/run.ok: requirements/run.lock pyproject.toml $(wildcard */__init__.py) | .venv/bin/python
	@echo "Installing what Smilepost needs (once; about a minute) …"
	@$(PIP) install --require-hashes --requirement requirements/run.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev.ok: requirements/dev.lock .venv/run.ok
	@echo "Installing what the tests need …"
	@$(PIP) install --require-hashes --requirement requirements/dev.lock
	@touch $@

# One folder a board: each package carries a machine.pyi of its own.
.venv/typings.ok: requirements/stubs-rp2.lock requirements/stubs-esp32.lock | .venv/dev.ok
	@for board in rp2 esp32; do \
		rm -rf .venv/typings/$$board; \
		$(PIP) install --require-hashes --no-deps --target .venv/typings/$$board \
			--requirement requirements/stubs-$$board.lock || exit 1; \
	done
	@touch $@
