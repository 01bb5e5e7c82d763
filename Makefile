# Verbs for people; the work is in scripts/. `make` alone lists them.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# Debian keeps nats-server where a plain user's PATH does not look.
export PATH := $(PATH):/usr/local/sbin:/usr/sbin:/sbin

SWIFT := scripts/swift
RELEASE := .build/release
SOURCES := Package.swift Sources Tests load-simulator benchmarks fuzz
# Of `make simulate`: milliseconds between two bets, and how many.
INTERVAL_MS ?= 10
BETS ?= 1000
# Of `make chaos` and `make fuzz`.
SEED ?= 1
MINUTES ?= 5

.PHONY: help run test build stack-start stack-stop reset simulate audit bench bench-api chaos fuzz sanitize format \
	lint proto clean packages packages-test create k8sbuild scale hpa bets-queue delete k8s-validate test-image \
	rehearsal

help: ## List the verbs
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: packages build ## Servers, three backends, dashboard, 1,000 bets, an audit; up until Ctrl-C (ONCE=1: ends)
	@scripts/run

test: packages-test lint ## Lint, build and run all tests (they start their own servers)
	@scripts/test

build: packages ## Build the release executables, the Swift runtime linked in
	$(SWIFT) build -c release --static-swift-stdlib

stack-start: packages ## Start NATS, Postgres and Redis on loopback, data in .stack/
	@scripts/stack start

stack-stop: ## Stop what stack-start started
	@scripts/stack stop

reset: $(if $(K8S),,build) ## Empty streams, tables and counters of the local stack (K8S=1: of the cluster; YES=1: do not ask)
	@$(if $(K8S),scripts/k8s-reset,scripts/with-stack $(RELEASE)/betctl reset $(if $(YES),--yes))

simulate: build ## Publish bets: INTERVAL_MS=10 BETS=1000
	@scripts/with-stack $(RELEASE)/load-simulator $(INTERVAL_MS) $(BETS)

audit: build ## Check every invariant on the running system (JOURNAL=file: also the publisher's side)
	@scripts/with-stack $(RELEASE)/betctl audit $(if $(JOURNAL),--journal "$(JOURNAL)")

bets-queue: ## How many bets wait (K8S=1: in the cluster)
	@scripts/bets-queue

create: ## Kubernetes: the servers, tables, streams (docs/KUBERNETES.md; OVERLAY=production)
	@scripts/k8s-create

k8sbuild: ## Kubernetes: build the image, start or replace backends, aggregators, api-servers, workers
	@scripts/k8s-deploy

scale: ## Kubernetes: so many backends: R=5
	@scripts/k8s-scale $(R)

hpa: ## Kubernetes: put the autoscalers in place and show what they want
	@scripts/k8s-hpa

delete: ## Kubernetes: delete all of it, the bets too (YES=1: do not ask)
	@scripts/k8s-delete

test-image: build ## Assemble the image's file system without a container engine and run everything in it (root)
	@scripts/install-packages scripts/packages-build.txt scripts/packages-image.txt
	@scripts/vendor-dashboard
	@scripts/test-image

k8s-validate: packages-test ## Kubernetes: check the manifests by schemas, checkov and rules of our own
	@scripts/k8s-validate

rehearsal: packages-test ## What a cluster does, with local processes: PREVIOUS=commit (else itself) TIMES=3
	@scripts/rehearsal $(PREVIOUS)

bench: build ## Measure drain, latency, memory, growth, live view: .build/bench.json (KEEP=1: docs/benchmarks/)
	@benchmarks/run $(if $(KEEP),--keep)

bench-api: build ## Measure placing bets over HTTP, beside pgbench
	@benchmarks/run api $(if $(KEEP),--keep)

chaos: build packages-test ## Faults under load, and the judgement about it: SEED=1 MINUTES=5
	$(SWIFT) build
	@chaos/run --seed $(SEED) --minutes $(MINUTES)

fuzz: packages ## Feed what reads bytes from outside with libFuzzer's inputs: MINUTES=5 for each reader
	@fuzz/run $(MINUTES)

sanitize: packages-test ## The unit tests under the thread and the address sanitizer
	@scripts/sanitize

format: ## Format the Swift sources in place
	$(SWIFT) format format --in-place --parallel --recursive $(SOURCES)

lint: ## Check format and style, and the scripts where shellcheck is installed
	$(SWIFT) format lint --strict --parallel --recursive $(SOURCES)
	@if command -v shellcheck >/dev/null; then scripts/lint-scripts; fi

proto: packages ## Regenerate Sources/CBetProto from proto/bets.proto
	@scripts/generate-proto

clean: ## Remove what was built (data of the local stack: scripts/stack stop --clean)
	$(SWIFT) package clean

packages:
	@scripts/install-packages

packages-test:
	@scripts/install-packages scripts/packages-build.txt scripts/packages-test.txt
