# A plain `make` lists what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help packages demo test check format tsan build release deb simulate chaos clean

# All builds take the same flags, or each would build the whole package anew.
flags := --explicit-target-dependency-import-check error
# One set for all release builds, for the same reason; the server needs no Swift.
release_flags := -c release --static-swift-stdlib $(flags)
sources := Package.swift $(wildcard Plugins Sources Tests Benchmarks)
python_scripts := Benchmarks/peers/asyncio_night.py scripts/chaos scripts/csv-fuzz scripts/man-page scripts/mutate-sql scripts/torn-report docs/examples/webhook_backend.py
bash_scripts := .ci/run $(filter-out %Tool Benchmarks/peers,$(wildcard Benchmarks/*)) $(filter-out $(python_scripts),$(wildcard scripts/*))
sh_scripts := cron/mono-reconcile-nightly packaging/postinst packaging/prerm packaging/postrm

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

packages:
	@scripts/install-packages

demo: build ## Run a whole night against a stand-in for Mono; needs no account, key or server
	@scripts/demo "$$(swift build --show-bin-path)"

test: packages ## Run all tests; PostgreSQL is started by the tests themselves
	swift test --disable-xctest $(flags)

check: packages ## Lint the code, build everything with warnings as errors, test the layering
	swift format lint --strict --recursive --parallel $(sources)
	@if command -v shellcheck > /dev/null; then \
	    shellcheck -x $(bash_scripts) $(sh_scripts); \
	else echo "shellcheck is not installed: the scripts are only parsed"; fi
	for script in $(bash_scripts); do bash -n "$$script" || exit; done
	for script in $(sh_scripts); do sh -n "$$script" || exit; done
	for script in $(python_scripts); do python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read())' "$$script" || exit; done
	@if command -v promtool > /dev/null && command -v jq > /dev/null; then \
	    scripts/check-monitoring; \
	else echo "promtool and jq are not both installed: the alert rules and the dashboard are not checked"; fi
	swift build --build-tests $(flags)
	swift test --disable-xctest --skip-build --filter ArchitectureTests

format: ## Rewrite the sources in the form that check wants
	swift format --in-place --recursive --parallel $(sources)

# Suites without child processes and without a database: the sanitizer slows everything down about tenfold.
unit_suites := ReconciliationTests|ReportsTests|WebhooksTests|MonoAPITests|SandboxTests|MonoReconcileTests
tsan: packages ## Run the unit tests under ThreadSanitizer, built apart in .build-tsan
	TSAN_OPTIONS="suppressions=$(CURDIR)/Tests/thread-sanitizer.txt" \
	swift test --disable-xctest $(flags) --sanitize thread --scratch-path .build-tsan --filter '^($(unit_suites))\.'

build: packages ## Build mono-reconcile and mono-sandbox for development
	swift build --product mono-reconcile $(flags)
	swift build --product mono-sandbox $(flags)

release: packages ## Build mono-reconcile for a server that has no Swift
	swift build --product mono-reconcile $(release_flags)
	@echo "$$(swift build -c release --show-bin-path)/mono-reconcile"
	@echo "Its server needs libpq5 (which brings libssl), libstdc++6, zlib1g and ca-certificates, but no Swift."

deb: release ## Pack it into a Debian package, .build/mono-reconcile_VERSION_ARCHITECTURE.deb
	@scripts/build-deb .build .build

SEEDS ?= 10000
DURATION ?= 60
FROM ?= 1
simulate: ## Play SEEDS worlds of several workers in virtual time, from seed FROM, and judge them
	swift build --product simulate $(release_flags)
	"$$(swift build -c release --show-bin-path)/simulate" --seeds $(SEEDS) --from $(FROM)

chaos: build ## Kill, freeze and restart real workers and PostgreSQL, whose clock jumps, for DURATION seconds; the stand-in's call log judges
	@scripts/chaos "$$(swift build --show-bin-path)" --seconds $(DURATION)

clean: ## Remove what was built
	rm -rf .build .build-tsan reports/demo
