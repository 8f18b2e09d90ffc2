# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

PYTHON := .venv/bin/python

.PHONY: bench demo demo-down test test-faults test-power setup

demo: setup           # everything from nothing to two web hosts that answer; again: seconds
	@$(PYTHON) -m demo up

demo-down:            # remove the demo's hosts, wheelhouse and lock
	@/usr/bin/python3 -m demo down

test: setup           # every test, or SUITES="lint unit"; ends with "N passed, N failed"
	@$(PYTHON) -m tests.runner $(SUITES)

test-faults: setup    # the long search for a way to break a host; `make test` has the short one
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: --requirement tests/guided.txt
	@$(PYTHON) -m tests.runner faults

test-power: setup     # power cuts in a virtual machine, on ext4, xfs and NFS; WHEELHOUSE_TEST_CUTS says how many (20)
	@sh tests/setup.sh qemu-system-x86 e2fsprogs xfsprogs
	@$(PYTHON) -m tests.runner power

bench: setup          # this project beside pip wheel, copy + pip, rsync + uv, ping, in one run; writes docs/benchmarks.md. An hour or two
	@$(PYTHON) -m tests.benchmark

setup:                # what the others need: packages, pinned tools, the collection in its place
	@sh tests/setup.sh
