# SPDX-License-Identifier: MIT
#
#? make                    the preload and the command, in build/release
#? make demo               installs what is missing, builds, records a small robot, prints its report
#? make check              every test; needs no more than Debian's packages
#? make check-sanitizers   unit suites and named programs with address and undefined-behaviour sanitizers
#? make check-systems      every test in other Debian releases (SUITE="trixie sid"); make chroots only makes them
#? make lint               cppcheck over the sources
#? make verdicts           is the verdict on each test program the same in 20 runs?
#? make robots             real ROS 1 nodes, PCL and OctoMap under the preload
#? make debian-programs    programs of Debian beside valgrind, into docs/debian-programs.md
#? make bench              cost beside native and the peers (QUICK=1, ONLY=churn)
#? make fuzz               damaged recordings, for SECONDS=60
#? make install            PREFIX=/usr/local DESTDIR=
#? make pictures           draws docs/pictures anew
#? make format             lays the sources out as .clang-format says
#? make compile_commands.json   for clangd and clang-tidy
#? make clean              removes build/
#? V=1 shows the commands, MODE=asan builds with sanitizers in build/asan, CC=clang-14 uses another compiler.

# Of the product, for all that shows it (report/base/version.h), and the day of the man pages.
VERSION := 0.1.0
DATE := 2026-11-21
MODE ?= release
PREFIX ?= /usr/local
CC ?= gcc
CXX ?= g++
BUILD := build/$(MODE)

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
COMMON := -std=gnu11 -D_GNU_SOURCE -I. -g -MMD -MP $(WARNINGS)
OPTIMISE := -O2
ifeq ($(MODE),asan)
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
OPTIMISE := -O1
endif

# The shim lives in other people's processes: no sanitizer, static TLS. Only hooks have a frame pointer, because they
# ask where they were called.
SHIM_FLAGS := $(COMMON) -O3 -fPIC -fvisibility=hidden -fomit-frame-pointer \
	-ftls-model=initial-exec -fno-stack-protector -fno-builtin-malloc -fno-builtin-calloc \
	-fno-builtin-realloc -fno-builtin-free -fno-builtin-memalign -fno-optimize-sibling-calls
# The loop over a stack is a handful of instructions: Intel processors of many years are slow at one across
# a line. And a load of more than was stored at once waits for the stores.
SHIM_FLAGS += -falign-loops=32 -fno-tree-slp-vectorize
# An event crosses a dozen small functions in as many files. (clang would need another linker for that.)
ifeq ($(findstring clang,$(CC)),)
SHIM_FLAGS += -flto=auto
endif
SHIM_LINK := $(SHIM_FLAGS) -shared -static-libgcc -Wl,--no-undefined,-z,now,-z,relro,--as-needed
HOST_FLAGS := $(COMMON) $(OPTIMISE) $(SANITIZE)
HOST_LIBS := -ldw -lelf -ljansson -liberty -lprotobuf-c -lz

# A step prints one line, or with V=1 its command.
step = $(if $(V),,@printf '  %-8s %s\n' $(1) $(@:$(BUILD)/%=%) &&)

SHIM := $(BUILD)/libleakgraph.so
COMMAND := $(BUILD)/leakgraph

objects = $(patsubst %.c,$(BUILD)/%.o,$(1))
SHIM_OBJECTS := $(call objects,$(wildcard preload/*.c preload/*/*.c))
ANALYZER_OBJECTS := $(call objects,$(wildcard analyzer/*.c analyzer/*/*.c))
REPORT_OBJECTS := $(call objects,$(filter-out %/main.c,$(wildcard report/*.c report/*/*.c))) \
	$(BUILD)/report/base/assets.o $(BUILD)/report/profile.pb-c.o
# Helpers of the unit suites are the tests/*.c that are no suite themselves.
UNIT_SUITES := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/test_*.c))
UNIT_HELPERS := $(call objects,$(filter-out tests/test_%.c,$(wildcard tests/*.c)))

.PHONY: all help programs suites check check-sanitizers chroots check-systems lint demo robots verdicts debian-programs bench fuzz install pictures format clean compile_commands.json
all: $(SHIM) $(COMMAND)

help:
	@sed -n 's/^#? //p' Makefile

$(SHIM): $(SHIM_OBJECTS)
	$(call step,LINK)$(CC) $(SHIM_LINK) -o $@ $(filter %.o,$^)

$(COMMAND): $(BUILD)/report/cli/main.o $(REPORT_OBJECTS) $(ANALYZER_OBJECTS)
	$(call step,LINK)$(CC) $(SANITIZE) -o $@ $^ $(HOST_LIBS)

$(BUILD)/preload/%.o: preload/%.c
	@mkdir -p $(@D)
	$(call step,CC)$(CC) $(SHIM_FLAGS) -c -o $@ $<

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call step,CC)$(CC) $(HOST_FLAGS) -c -o $@ $<

# Files that travel inside of the program; the compiler knows nothing of .incbin.
$(BUILD)/report/base/assets.o: report/base/assets.S $(wildcard report/assets/*)
	@mkdir -p $(@D)
	$(call step,CC)$(CC) -I. -c -o $@ $<

$(BUILD)/report/%.pb-c.c: report/%.proto
	@mkdir -p $(@D)
	$(call step,PROTOC)protoc-c --proto_path=report --c_out=$(@D) $<

$(BUILD)/report/%.pb-c.o: $(BUILD)/report/%.pb-c.c
	$(call step,CC)$(CC) $(HOST_FLAGS) -c -o $@ $<

$(BUILD)/report/flame/pprof.o: HOST_FLAGS += -I$(BUILD)
$(BUILD)/report/flame/pprof.o: $(BUILD)/report/profile.pb-c.c

$(BUILD)/report/base/version.o: HOST_FLAGS += -DLEAKGRAPH_VERSION='"$(VERSION)"' -DLEAKGRAPH_DATE='"$(DATE)"'
$(BUILD)/report/base/version.o: Makefile

$(UNIT_SUITES): $(BUILD)/tests/%: $(BUILD)/tests/%.o $(UNIT_HELPERS) $(REPORT_OBJECTS) $(ANALYZER_OBJECTS)
	$(call step,LINK)$(CC) $(SANITIZE) $(SUITE_LINK) -o $@ $^ $(HOST_LIBS) -lcheck -lsubunit -lm -lrt -lpthread

# It counts how often snapshots are decoded.
$(BUILD)/tests/test_snapshot_image: SUITE_LINK := -Wl,--wrap=graph_load,--wrap=python_heap_load
$(BUILD)/tests/test_weak_references: SUITE_LINK := -Wl,--wrap=word_roles_of

include $(wildcard tests/programs.mk tests/bench/bench.mk tests/fuzz/fuzz.mk)

# Each of the next works as the very first command, so tools may be missing while make reads this file:
# set-up first, and a make of its own afterwards.
SUBMAKE = $(MAKE) --no-print-directory -j$(shell nproc)

suites: $(UNIT_SUITES)

check:
	@scripts/setup
	@+$(SUBMAKE) all programs suites
	@tests/run --build $(BUILD)

# The preload runs in the test programs' processes: only the command and the suites are sanitized.
check-sanitizers:
	@scripts/setup
	@+$(SUBMAKE) MODE=asan all programs suites
	@tests/run --build build/asan $(notdir $(UNIT_SUITES)) check_programs

lint:
	@scripts/setup check
	@scripts/lint

SUITE ?= trixie sid
chroots:
	@for suite in $(SUITE); do scripts/chroot $$suite || exit; done

check-systems:
	@status=0; for suite in $(SUITE); do \
		echo "== $$suite"; scripts/chroot $$suite make check BUILD=build/$$suite || status=1; \
	done; exit $$status

demo:
	@scripts/setup build
	@+$(SUBMAKE) all $(BUILD)/programs/O2/robot_demo
	@scripts/demo $(BUILD)

verdicts:
	@scripts/setup build
	@+$(SUBMAKE) all programs
	@RUNS=20 tests/check_same_verdict.sh $(BUILD) all

robots:
	@scripts/setup build robots
	@+$(SUBMAKE) all
	@tests/robots/run $(BUILD)

debian-programs: all
	@scripts/debian_programs $(BUILD) >$(BUILD)/debian-programs.md
	@cp $(BUILD)/debian-programs.md docs/debian-programs.md

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/leakgraph $(DESTDIR)$(PREFIX)/share/man/man1 \
		$(DESTDIR)$(PREFIX)/include $(DESTDIR)$(PREFIX)/share/bash-completion/completions \
		$(DESTDIR)$(PREFIX)/share/zsh/site-functions $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	install -m 755 $(COMMAND) $(DESTDIR)$(PREFIX)/bin/leakgraph
	install -m 755 $(SHIM) $(DESTDIR)$(PREFIX)/lib/leakgraph/libleakgraph.so
	install -m 644 preload/leakgraph.h $(DESTDIR)$(PREFIX)/include/leakgraph.h
	scripts/man $(COMMAND) $(DESTDIR)$(PREFIX)/share/man/man1
	$(COMMAND) --help=completion >$(DESTDIR)$(PREFIX)/share/bash-completion/completions/leakgraph
	$(COMMAND) --help=completion-zsh >$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_leakgraph
	$(COMMAND) --help=completion-fish >$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/leakgraph.fish

# What a build from scratch would run, as the compilation database that clangd and clang-tidy read.
compile_commands.json: Makefile
	@$(MAKE) --no-print-directory -Bn V=1 all | scripts/compile_commands >$@

pictures: all $(BUILD)/programs/O2/robot_demo
	scripts/pictures $(BUILD)

format:
	scripts/format

clean:
	rm -rf build

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
