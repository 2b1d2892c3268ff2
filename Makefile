# SPDX-License-Identifier: Apache-2.0
SWIFT ?= swift

# The demo shows a release build. The tests run a debug build: it traps on what a release build lets pass. Each has its
# folder under .build, so neither is built twice, and `make test CONFIGURATION=release` uses what the demo has built.
CONFIGURATION ?= debug

# With the Swift runtime linked in, the program starts faster, needs less memory, and runs where Swift is not installed.
RELEASE_FLAGS := -c release --static-swift-stdlib
PROGRAM := $(CURDIR)/.build/release/callsign

ifeq ($(CONFIGURATION),release)
TEST_FLAGS := $(RELEASE_FLAGS)
else
TEST_FLAGS := -c $(CONFIGURATION)
endif

# A kubectl that Scripts/needs.sh brought; and where Debian keeps nft, ip and mariadbd, also for ordinary users.
export PATH := $(PATH):$(CURDIR)/.build-tools/bin:/usr/sbin:/sbin

.PHONY: help demo test test-mutations build bench-startup bench-dns bench-naming bench-kubernetes lint clean

help:
	@echo 'make demo    install what is missing, build, and run Examples/mysql (KEEP=1 leaves it running)'
	@echo 'make test    install what is missing, and run all tests'
	@echo 'make build   build .build/release/callsign'
	@echo 'make bench-startup   measure how soon a cluster answers'
	@echo 'make bench-dns       measure the DNS server beside NSD, Knot, dnsmasq, unbound (WRITE=1: update the document)'
	@echo 'make test-mutations  send a million mutated packets to a running server'
	@echo 'make bench-naming    measure the index of names, and count the instructions of a question'
	@echo 'make bench-kubernetes measure the DNS server on an API server with 150,000 endpoints'
	@echo 'make lint    check the scripts with shellcheck'
	@echo 'make clean   remove what was built'

demo:
	@Scripts/needs.sh demo
	$(SWIFT) build $(RELEASE_FLAGS) --product callsign
	@Examples/mysql/demo.sh $(if $(KEEP),--keep) --callsign $(PROGRAM)

# One test after the other: many start servers, pods and databases, and on two cores they would starve each other.
test:
	@Scripts/needs.sh test
	$(SWIFT) build $(TEST_FLAGS) --build-tests
	CALLSIGN_PROGRAM=$(CURDIR)/.build/$(CONFIGURATION)/callsign $(SWIFT) test $(TEST_FLAGS) --skip-build --no-parallel

build:
	@Scripts/needs.sh build
	$(SWIFT) build $(RELEASE_FLAGS) --product callsign

bench-startup:
	@Scripts/needs.sh demo
	$(SWIFT) build $(RELEASE_FLAGS) --product callsign
	$(SWIFT) build $(RELEASE_FLAGS) --product startup-benchmark
	.build/release/startup-benchmark $(PROGRAM) Benchmarks/Startup/three.yaml

bench-dns:
	@Scripts/needs.sh bench
	$(SWIFT) build $(RELEASE_FLAGS) --product callsign
	python3 Benchmarks/DNS/bench.py $(PROGRAM) $(if $(WRITE),--write)

test-mutations:
	@Scripts/needs.sh build
	$(SWIFT) build $(TEST_FLAGS) --build-tests
	CALLSIGN_MUTATIONS=1000000 $(SWIFT) test $(TEST_FLAGS) --skip-build --no-parallel --filter FuzzTests.MutatedPacketTests

bench-naming:
	@Scripts/needs.sh bench
	$(SWIFT) build $(RELEASE_FLAGS) --product naming-benchmark
	Scripts/bench-naming.sh .build/release/naming-benchmark

bench-kubernetes:
	@Scripts/needs.sh bench
	$(SWIFT) build $(RELEASE_FLAGS) --product callsign
	python3 Benchmarks/Kubernetes/bench.py $(PROGRAM)

lint:
	shellcheck -x Scripts/*.sh Examples/mysql/*.sh .ci/run

clean:
	rm -rf .build .build-tools
