# A thin front end for Meson. `make help` lists the targets.
BUILD ?= build
MESON_SETUP ?= # further options of meson setup
SHELL := /bin/bash
.DEFAULT_GOAL := help
SOAK_PARTS := session faults kills interrupts flips images fuzz
.PHONY: help deps build check test sanitize sanitize-cli asan tsan memcheck lint fmt fmt-check fuzz soak $(SOAK_PARTS:%=soak-%) bench bench-many interop demo honest edge arm64 arm64-here distro distro-clean install clean

help: ## list these targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

deps: ## install the packages that building and testing need (apt; needs root or sudo)
	@scripts/install-deps.sh

build: deps ## compile leuko into build/
	@test -f $(BUILD)/build.ninja || meson setup $(BUILD) $(MESON_SETUP) >/dev/null
	@ninja -C $(BUILD) --quiet

check: deps ## format, layers, names, build, unit and golden tests (under a minute after a build)
	@scripts/check-static.sh
	@$(MAKE) --no-print-directory build
	@ninja -C $(BUILD) --quiet benches
	@scripts/run-tests.sh $(BUILD) --suite unit --suite golden

test: build ## run every test
	@scripts/run-tests.sh $(BUILD)

# instrumented code gives false warnings with gcc, so warnings are no errors there
sanitize: deps ## unit and fuzz suites under the address and undefined-behavior sanitizers
	@test -f $(BUILD)-asan/build.ninja || meson setup $(BUILD)-asan $(MESON_SETUP) -Dwerror=false -Db_sanitize=address,undefined -Dbuildtype=debugoptimized -Db_lundef=false >/dev/null
	@scripts/run-tests.sh $(BUILD)-asan --suite unit --suite fuzz

sanitize-cli: deps ## the command-line tests under the address and undefined-behavior sanitizers (an hour)
	@test -f $(BUILD)-asan/build.ninja || meson setup $(BUILD)-asan $(MESON_SETUP) -Dwerror=false -Db_sanitize=address,undefined -Dbuildtype=debugoptimized -Db_lundef=false >/dev/null
	@scripts/run-tests.sh $(BUILD)-asan --suite cli -t 6

asan: sanitize

tsan: build ## eight threads on one session under the thread sanitizer
	@test -f $(BUILD)-tsan/build.ninja || meson setup $(BUILD)-tsan $(MESON_SETUP) -Dwerror=false -Db_sanitize=thread -Dbuildtype=debugoptimized -Db_lundef=false >/dev/null
	@ninja -C $(BUILD)-tsan --quiet tests/soak/soak-session
	@TSAN_OPTIONS=halt_on_error=1 scripts/soak.sh $(BUILD) 30 $(BUILD)-tsan

memcheck: build ## valgrind over the readers: damaged and truncated files, unit tests (some minutes)
	@ninja -C $(BUILD) --quiet
	@scripts/memcheck.sh $(BUILD)

lint: build ## banned functions, cppcheck, clang-tidy (several minutes)
	@scripts/lint.sh $(BUILD)

fmt: deps ## format every C file with clang-format
	@git ls-files '*.c' '*.h' | xargs clang-format -i

fmt-check: deps ## fail if a C file is not formatted; change nothing
	@git ls-files '*.c' '*.h' | xargs clang-format --dry-run --Werror

fuzz: deps ## run each fuzz target for one minute (clang)
	@scripts/fuzz.sh 60

soak: $(SOAK_PARTS:%=soak-%) ## every part below, one after another (make -k soak continues after a failure)

soak-session: build ## eight threads on one session for ten minutes
	@scripts/soak-part.sh session $(BUILD)
soak-faults: build ## 1000 calls to the system fail, one in each run
	@scripts/soak-part.sh faults $(BUILD)
soak-kills: build ## 300 kills of every command that writes
	@scripts/soak-part.sh kills $(BUILD)
soak-interrupts: build ## 40 interruptions of each long command
	@scripts/soak-part.sh interrupts $(BUILD)
soak-flips: build ## 1000 changed bits in models, checkpoints, caches and shards
	@scripts/soak-part.sh flips $(BUILD)
soak-images: build ## 20000 damaged images of every format, read by the program
	@scripts/soak-part.sh images $(BUILD)
soak-fuzz: deps ## each fuzz target for 200 s (an hour)
	@mkdir -p $(BUILD)/meson-logs
	@scripts/soak-part.sh fuzz $(BUILD)

bench: build ## measure inference speed against other runtimes (see bench/README.md)
	@bench/run.sh $(BUILD)

bench-many: build ## measure each command on up to 1,000,000 small images (hours, 12 GB in TMPDIR)
	@ninja -C $(BUILD) --quiet bench/bench-many
	@bench/many.sh $(BUILD)

interop: build ## compare with TensorFlow, Keras, PyTorch, ONNX Runtime (downloads 900 MB into .venv)
	@scripts/interop.sh $(BUILD)

demo: build ## run the whole pipeline on synthetic cells (under a minute)
	@LEUKO=$(BUILD)/src/cli/leuko scripts/demo.sh

honest: build ## what copies on both sides of a split do to an accuracy: the original's protocol and ours (docs/honest-figures.md)
	@/usr/bin/env python3 scripts/honest.py $(BUILD)/src/cli/leuko honest

edge: build ## build and test for an edge device (no training), in a folder with its libraries alone; print the sizes
	@scripts/edge.sh $(BUILD) $(BUILD)-edge

SUITE ?= trixie
distro: ## a clean clone's demo and tests in a chroot with Debian SUITE=trixie (see scripts/distro.sh; root or sudo)
	@TARGET='$(TARGET)' CC='$(filter-out cc,$(CC))' scripts/distro.sh $(SUITE)

distro-clean: ## remove the chroots of make distro
	@scripts/distro.sh --clean

arm64: ## cross-compile the edge build for arm64 in a chroot and run it under qemu (root or sudo)
	@LEUKO_DISTRO="$${XDG_CACHE_HOME:-$$HOME/.cache}/leuko/arm64" TARGET=arm64-here scripts/distro.sh trixie

arm64-here: # in the chroot
	@LEUKO_ARM64_INSTALL=1 scripts/arm64.sh

install: build ## install leuko, the library, headers and man pages
	@meson install -C $(BUILD)

clean: ## remove all build folders, demo/ and honest/
	@rm -rf $(BUILD) $(BUILD)-asan $(BUILD)-tsan $(BUILD)-edge $(BUILD)-fuzz demo honest
