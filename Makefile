GO          ?= go
GOLANGCI    := github.com/golangci/golangci-lint/v2/cmd/golangci-lint
GOLANGCI_V  := v2.15.0
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.9.0
FUZZTIME    ?= 30s
FUZZBRIEFLY ?= 5s
FEEDS       ?= 1000
ATTACKS     ?= 70

# Tests are piped through a program that counts skips: a failure must not get lost in the pipe.
SHELL       := bash
.SHELLFLAGS := -eu -o pipefail -c

# Go stamps the commit into the binary; where git refuses (a copy owned by another user) it does without.
VCS   := $(shell git rev-parse HEAD >/dev/null 2>&1 && echo auto || echo false)
# A file that needs nothing else, on any Linux; names are looked up by Go itself.
BUILD  = CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=$(VCS)

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

.PHONY: check
check: modules lint test ## before a commit: modules, linter and tests, as CI runs them; then each fuzz target for seconds, as it does not
	@$(MAKE) --no-print-directory fuzz FUZZTIME=$(FUZZBRIEFLY)

.PHONY: run
run: build ## serve config.example.yaml until interrupted
	./bin/sluice serve -c config.example.yaml

.PHONY: build
build: ## build the daemon into ./bin
	$(BUILD) -o bin/ ./cmd/sluice

.PHONY: deb
deb: ## a Debian package of this commit, in ./bin; GOARCH=arm64 for another machine
	@GO="$(GO)" packaging/deb/build.sh bin

.PHONY: test-deb
test-deb: ## builds the package twice: the same bytes? lintian, the manuals, what is in it
	@GO="$(GO)" packaging/test-deb.sh

.PHONY: test-systemd
test-systemd: ## installs the package in a container with a real systemd: start, reload, restarts, upgrade, purge. Root alone can
	@GO="$(GO)" packaging/test-systemd.sh

.PHONY: test-container
test-container: ## runs what Containerfile makes, without an engine: user, read-only root, health, TLS. Root alone can
	@GO="$(GO)" packaging/test-container.sh

.PHONY: tools
tools: ## install what the tests need: Debian packages when root on Debian, else say what is missing
	@./packaging/test-tools.sh

# Packages with tests that are built without the race detector alone; all begin with TestGuard.
GUARDED = $$(grep -rl --include='*_test.go' '^//go:build !race' . | xargs -n1 dirname | sort -u)

# The race detector needs a C compiler; without one the tests run all the same, and say so.
# It allocates itself, and takes five times as long: what counts allocations, and loops that one
# goroutine runs alone, run after it, without it.
.PHONY: test
test: tools ## all tests, with the race detector, in random order; skipped ones are named
	@race=-race; \
	if [ "$$($(GO) env CGO_ENABLED)" != 1 ]; then race=; echo "no C compiler: tests run without the race detector" >&2; fi; \
	SLUICE_CORPORA= $(GO) test -json $$race -shuffle=on -timeout=30m ./... | $(GO) run ./cmd/internal/testsum; \
	if [ -n "$$race" ]; then $(GO) test -json -run='^TestGuard' $(GUARDED) | $(GO) run ./cmd/internal/testsum; fi
	@if [ -n "$${SLUICE_CORPORA:-}" ]; then $(MAKE) --no-print-directory real; fi

# One goroutine reads them, so the race detector would find nothing and take an hour.
.PHONY: real
real: ## the tests that read real feeds, from the folder $$SLUICE_CORPORA
	@test -n "$${SLUICE_CORPORA:-}" || { echo "set SLUICE_CORPORA to the folder that holds feeds, series, xss and dedup" >&2; exit 1; }
	@$(GO) test -json -run='^TestReal' -count=1 ./... | $(GO) run ./cmd/internal/testsum

.PHONY: dedup-eval
dedup-eval: ## what counts as one page, article or story, measured on real data from the folder $$SLUICE_CORPORA
	@test -n "$${SLUICE_CORPORA:-}" || { echo "set SLUICE_CORPORA to the folder that holds feeds, series and dedup" >&2; exit 1; }
	@$(GO) test -count=1 -v -run='^TestReal' ./feed/canonical ./feed/dedup/...
	@$(GO) test -count=1 -v -run='^TestRealSeries' ./cmd/internal/app

.PHONY: test-crash
test-crash: ## kill the program at every turn, and take its disk away, ATTACKS (70) times as often as the tests do: an hour
	SLUICE_ATTACKS=$(ATTACKS) $(GO) test -count=1 -v -timeout=3h ./cmd/internal/attack

.PHONY: simulate
simulate: ## a month with 10,000 sources on 500 hosts, a tenth of them faulty, and the turns of a million, in simulated time: two minutes
	SLUICE_SIMULATE=1 $(GO) test -count=1 -v -run='^TestAMonth|^TestManySourcesTake' ./ingest ./storage/bolt

.PHONY: many
many: build ## what up to 100,000 sources cost, drawn into docs/many-sources.svg, and when they are polled, for MANY (6) minutes of an hour
	SLUICE_BIN="$(CURDIR)/bin/sluice" SLUICE_MANY=$${MANY:-6} $(GO) test -count=1 -v -timeout=60m -run='^TestManySources' ./cmd/internal/farm

.PHONY: million
million: ## a store of a million articles: how long starts, copies, checks and removals take, and how long others wait; some minutes and 5 GB
	SLUICE_MILLION=$${SLUICE_MILLION:-1} $(GO) test -count=1 -v -timeout=30m -run='^TestAMillion' ./storage/bolt

.PHONY: cover
cover: ## coverage by package; the profile stays in coverage.out
	$(GO) test -coverprofile=coverage.out -coverpkg=./... ./...
	$(GO) tool cover -func=coverage.out | tail -n 1

.PHONY: golden
golden: ## rewrite golden files and scripts; read the diff before committing
	@for dir in $$(grep -rlE 'flag\.Bool\("update"' --include='*_test.go' . | xargs -rn1 dirname | sort -u); do \
		echo "$$dir"; $(GO) test "$$dir" -update; done

.PHONY: fuzz
fuzz: ## the long search: each fuzz target for FUZZTIME (30s)
	@GO="$(GO)" FUZZTIME=$(FUZZTIME) ./packaging/fuzz.sh

FULL          ?=
PARTS         ?= sweep serving change near growth start memory
STORES        ?=
NOTE          ?=
ROUNDS        ?= $(if $(FULL),5,3)
ARTICLES      ?= $(if $(FULL),1000000,200000)
MEMORY_FEEDS  ?= $(if $(FULL),5000,1000)
SETTLE        ?= $(if $(FULL),150,75)
.PHONY: bench
bench: build ## what sluice costs beside floors and nginx, as a table: some minutes; PARTS names some of it, FULL=1 measures with a million articles and writes docs/performance.md
	@GO="$(GO)" ROUNDS=$(ROUNDS) STORES="$(STORES)" NOTE="$(NOTE)" PAGE="$(if $(FULL),docs/performance.md)" SLUICE_BIN="$(CURDIR)/bin/sluice" \
		FEEDS=$(FEEDS) ARTICLES=$(ARTICLES) MEMORY_FEEDS=$(MEMORY_FEEDS) SETTLE=$(SETTLE) ./packaging/bench.sh $(PARTS)

.PHONY: profile
profile: ## where a cold sweep, sweeps that bring nothing or a little, and serving spend time and memory: into ./profiles
	PROFILES="$(CURDIR)/profiles" FEEDS=$(FEEDS) $(GO) test -run='^$$' -bench='^BenchmarkProfiles' -benchtime=1x -timeout=30m ./cmd/internal/farm
	@ls profiles; echo; for of in cold 304 changed serving; do echo "go tool pprof -top profiles/$$of-cpu.prof; go tool pprof -sample_index=alloc_space -top profiles/$$of-allocs.prof"; done; \
	echo "-cum sorts by what is called from there, too; -http=:0 shows a graph in a browser"

# The linter that is installed, where it has the right version; else one of our own in .tools.
.PHONY: lint
lint: ## static checks and formatting
	@lint=$$(PATH="$$PATH:$$($(GO) env GOBIN):$$($(GO) env GOPATH)/bin:.tools" command -v golangci-lint || true); \
	if [ -z "$$lint" ] || ! "$$lint" version 2>/dev/null | grep -qF '$(GOLANGCI_V:v%=%) '; then \
		lint=.tools/golangci-lint; \
		if ! "$$lint" version 2>/dev/null | grep -qF '$(GOLANGCI_V:v%=%) '; then \
			echo "building golangci-lint $(GOLANGCI_V) into .tools, once" >&2; \
			GOBIN="$(CURDIR)/.tools" $(GO) install $(GOLANGCI)@$(GOLANGCI_V); \
		fi; \
	fi; \
	$(GO) mod tidy -diff; "$$lint" run; "$$lint" fmt --diff

# A module that is not what go.sum says may come from a cache that somebody else could write.
.PHONY: modules
modules: ## that the modules in the cache are those that go.sum names, byte by byte
	@$(GO) mod verify

.PHONY: vuln
vuln: ## known vulnerabilities that our code reaches; asks the database's host, so not part of check: without it "skipped"
	@GO="$(GO)" GOVULNCHECK="$(GOVULNCHECK)" packaging/vuln.sh

.PHONY: clean
clean: ## remove what was built
	rm -rf bin .tools coverage.out profiles
