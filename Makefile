# A thin front for Meson. `make help` lists what there is.
BUILD ?= build
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help deps build demo test asan tsan fuzz soak bench interop lint fmt edge install clean

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 20

deps: ## install what the build needs (apt; root or sudo)
	@scripts/install-deps.sh

build: deps ## compile leuko into build/
	@test -f $(BUILD)/build.ninja || meson setup $(BUILD) >/dev/null
	@ninja -C $(BUILD) --quiet

demo: build ## the whole pipeline on a synthetic smear, a few minutes
	@LEUKO=$(BUILD)/src/cli/leuko scripts/demo.sh

test: build ## every test
	@scripts/run-tests.sh $(BUILD)

asan: deps ## every test again under the address and undefined-behavior sanitizers
	@test -f $(BUILD)-asan/build.ninja || meson setup $(BUILD)-asan -Db_sanitize=address,undefined -Dbuildtype=debugoptimized -Db_lundef=false >/dev/null
	@ninja -C $(BUILD)-asan --quiet
	@scripts/run-tests.sh $(BUILD)-asan

fuzz: deps ## run every fuzz target for a minute (clang)
	@scripts/fuzz.sh 60

soak: build ## eight threads on one session for ten minutes, then every fuzz target for an hour
	@scripts/soak.sh $(BUILD) 600
	@scripts/fuzz.sh 3600

tsan: build ## eight threads on one session under the thread sanitizer
	@test -f $(BUILD)-tsan/build.ninja || meson setup $(BUILD)-tsan -Db_sanitize=thread -Dbuildtype=debugoptimized -Db_lundef=false >/dev/null
	@ninja -C $(BUILD)-tsan --quiet tests/soak/soak-session
	@TSAN_OPTIONS=halt_on_error=1 scripts/soak.sh $(BUILD) 30 $(BUILD)-tsan

bench: build ## speed beside the peers (see bench/README.md)
	@bench/run.sh $(BUILD)

interop: build ## proof against the real other programs, from PyPI in .venv
	@scripts/interop.sh $(BUILD)

lint: deps ## layers, clang-tidy, cppcheck
	@scripts/lint.sh $(BUILD)

fmt: ## clang-format over the sources
	@git ls-files '*.c' '*.h' | xargs clang-format -i

edge: deps ## the build for an edge box (no training), and its size
	@scripts/edge.sh $(BUILD) $(BUILD)-edge

install: build ## install leuko, its library, headers and man pages
	@meson install -C $(BUILD)

clean: ## remove what was built
	@rm -rf $(BUILD) $(BUILD)-asan $(BUILD)-tsan $(BUILD)-edge $(BUILD)-fuzz demo
