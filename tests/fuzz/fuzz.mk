# SPDX-License-Identifier: MIT
# make fuzz [SECONDS=60]: the analyzer with sanitizers, fed with damaged recordings. What it finds stays in
# $(BUILD)/fuzz; real recordings to start from are made of some of the named programs, and one of Python by hand.

SECONDS ?= 60
FUZZ_CC ?= clang-14
FUZZER := $(BUILD)/fuzz/fuzz_recording
FUZZ_SEEDS := ring shared_ptr_cycle double_free fork_both_leak

$(FUZZER): tests/fuzz/fuzz_recording.c $(wildcard analyzer/*.[ch] analyzer/*/*.[ch]) preload/recording.h tests/fuzz/fuzz.mk
	@mkdir -p $(@D)
	$(call step,CC)$(FUZZ_CC) -std=gnu11 -D_GNU_SOURCE -g -O1 -I. -fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=undefined -o $@ $(filter %.c,$^) -ldw -lelf -liberty -lz

$(BUILD)/fuzz/python_seed: $(BUILD)/tests/fuzz/python_seed.o $(BUILD)/tests/python_builder.o \
		$(BUILD)/tests/recording_builder.o
	@mkdir -p $(@D)
	$(call step,CC)$(CC) $(SANITIZE) -o $@ $^

.PHONY: fuzz-programs
fuzz-programs: all $(FUZZER) $(BUILD)/fuzz/python_seed $(FUZZ_SEEDS:%=$(BUILD)/programs/O2/%)

fuzz:
	@scripts/setup
	@+$(SUBMAKE) fuzz-programs
	@tests/fuzz/run $(BUILD) $(SECONDS) $(FUZZ_SEEDS)
