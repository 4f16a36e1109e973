# SPDX-License-Identifier: MIT
# make bench [QUICK=1] [ONLY=WORD|instructions]: the workloads below $(BUILD)/bench, then tests/bench/run.
# Each workload is built twice: as it is, and with -fsanitize=leak for the comparison with LeakSanitizer.

BENCH := $(BUILD)/bench
BENCH_C := $(patsubst tests/bench/programs/%.c,%,$(wildcard tests/bench/programs/*.c))
BENCH_CXX := $(patsubst tests/bench/programs/%.cpp,%,$(wildcard tests/bench/programs/*.cpp))
BENCH_FLAGS := -O2 -g -I. -Wall -Wextra -pthread
BENCH_LIBRARY_COUNT := 300
BENCH_LIBRARIES := $(BENCH)/libraries/.built
BENCH_PROGRAMS := $(addprefix $(BENCH)/,$(BENCH_C) $(BENCH_CXX)) \
	$(addprefix $(BENCH)/lsan/,$(BENCH_C) $(BENCH_CXX)) \
	$(BENCH)/unw_backtrace_shim.so $(BENCH)/many_libraries $(BENCH)/launcher $(BENCH)/analyse_graph

$(BENCH)/%: tests/bench/programs/%.c tests/bench/programs/workload.h tests/bench/bench.mk
	@mkdir -p $(@D)
	$(call step,CC)$(CC) -std=gnu11 -D_GNU_SOURCE $(BENCH_FLAGS) -o $@ $<
$(BENCH)/%: tests/bench/programs/%.cpp tests/bench/programs/workload.h tests/bench/bench.mk
	@mkdir -p $(@D)
	$(call step,CXX)$(CXX) -std=gnu++17 -D_GNU_SOURCE $(BENCH_FLAGS) -o $@ $<
# Where the sanitizer is not installed there is no such program, and the driver says so.
$(BENCH)/lsan/%: tests/bench/programs/%.c tests/bench/programs/workload.h tests/bench/bench.mk
	@mkdir -p $(@D)
	-$(call step,CC)$(CC) -std=gnu11 -D_GNU_SOURCE $(BENCH_FLAGS) -fsanitize=leak -o $@ $<
$(BENCH)/lsan/%: tests/bench/programs/%.cpp tests/bench/programs/workload.h tests/bench/bench.mk
	@mkdir -p $(@D)
	-$(call step,CXX)$(CXX) -std=gnu++17 -D_GNU_SOURCE $(BENCH_FLAGS) -fsanitize=leak -o $@ $<
$(BENCH)/unw_backtrace_shim.so: tests/bench/unw_backtrace_shim.c
	@mkdir -p $(@D)
	$(call step,CC)$(CC) -std=gnu11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -fPIC -shared -fvisibility=hidden \
		-fno-builtin-malloc -o $@ $<

$(BENCH)/launcher: tests/bench/launcher.c
	@mkdir -p $(@D)
	$(call step,CC)$(CC) -std=gnu11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -o $@ $<

# One program linked to hundreds of libraries, each with some functions and so some unwind tables.
$(BENCH_LIBRARIES): tests/bench/make_libraries
	tests/bench/make_libraries $(@D) $(BENCH_LIBRARY_COUNT) "$(CC)"
$(BENCH)/many_libraries: tests/bench/programs/small.c $(BENCH_LIBRARIES)
	$(call step,CC)$(CC) -std=gnu11 -D_GNU_SOURCE $(BENCH_FLAGS) -I tests/bench/programs -o $@ $< -Wl,--no-as-needed \
		-L$(BENCH)/libraries $(shell seq -f '-lpart%g' $(BENCH_LIBRARY_COUNT)) \
		-Wl,-rpath,'$$ORIGIN/libraries'

.PHONY: bench-programs
bench-programs: $(BENCH_PROGRAMS)
bench: all $(BENCH_PROGRAMS)
	tests/bench/run --build $(BUILD) $(if $(QUICK),--quick) $(if $(ONLY),--only $(ONLY))

# The analyzer alone, on graphs of any size.
$(BENCH)/analyse_graph: $(BUILD)/tests/bench/analyse_graph.o $(BUILD)/tests/graph_recording.o \
		$(BUILD)/tests/recording_builder.o $(ANALYZER_OBJECTS)
	@mkdir -p $(@D)
	$(call step,CC)$(CC) $(SANITIZE) -o $@ $^ $(HOST_LIBS)
