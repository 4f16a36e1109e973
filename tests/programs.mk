# SPDX-License-Identifier: MIT
# The named programs: tests/programs/NAME.c or .cpp, each at -O0 and at -O2, in $(BUILD)/programs/O0 and O2.
# lib_NAME.c is a library for the program that names it.

# Freeing wrongly is what some of them are for; a function that ends in free() must stay on the stack.
PROGRAM_FLAGS := -g -I. -Wall -Wextra -Wno-use-after-free -fno-optimize-sibling-calls -pthread

# SCRUB() of program.h writes where a red zone would be.
ifeq ($(shell uname -m),x86_64)
PROGRAM_FLAGS += -mno-red-zone
endif
PROGRAM_LIBRARIES := $(patsubst tests/programs/%.c,%,$(wildcard tests/programs/lib_*.c))
PROGRAM_NAMES := $(filter-out lib_%,$(basename $(notdir $(wildcard tests/programs/*.c tests/programs/*.cpp))))

# Programs that need an allocator of their own are left out where it is not installed.
ALLOCATORS := /usr/lib/$(shell $(CC) -print-multiarch 2>/dev/null)
ifeq ($(wildcard $(ALLOCATORS)/libjemalloc.so.2),)
PROGRAM_NAMES := $(filter-out linked_to_jemalloc,$(PROGRAM_NAMES))
endif
ifeq ($(wildcard $(ALLOCATORS)/libtcmalloc_minimal.so.4),)
PROGRAM_NAMES := $(filter-out linked_to_tcmalloc,$(PROGRAM_NAMES))
endif

define program_rules
$(BUILD)/programs/$(1)/lib_%.so: tests/programs/lib_%.c tests/programs/program.h tests/programs.mk
	@mkdir -p $$(@D)
	$$(call step,CC)$(CC) -std=gnu11 -D_GNU_SOURCE -$(1) $(PROGRAM_FLAGS) -fPIC -shared -Wl,-soname,$$(@F) -o $$@ $$<
$(BUILD)/programs/$(1)/%: tests/programs/%.c tests/programs/program.h tests/programs.mk
	@mkdir -p $$(@D)
	$$(call step,CC)$(CC) -std=gnu11 -D_GNU_SOURCE -$(1) $(PROGRAM_FLAGS) -o $$@ $$< -Wl,-rpath,'$$$$ORIGIN' $$(LIBRARIES)
$(BUILD)/programs/$(1)/%: tests/programs/%.cpp tests/programs/program.h tests/programs.mk
	@mkdir -p $$(@D)
	$$(call step,CXX)$(CXX) -std=gnu++17 -D_GNU_SOURCE -$(1) $(PROGRAM_FLAGS) -o $$@ $$< -Wl,-rpath,'$$$$ORIGIN' $$(LIBRARIES)
$(BUILD)/programs/$(1)/library_destructor_frees: $(BUILD)/programs/$(1)/lib_destructor.so
$(BUILD)/programs/$(1)/library_destructor_frees: LIBRARIES := $(BUILD)/programs/$(1)/lib_destructor.so
$(BUILD)/programs/$(1)/linked_to_jemalloc $(BUILD)/programs/$(1)/linked_to_tcmalloc: tests/programs/own_mappings.h
$(BUILD)/programs/$(1)/linked_to_jemalloc: LIBRARIES := -l:libjemalloc.so.2
$(BUILD)/programs/$(1)/linked_to_tcmalloc: LIBRARIES := -l:libtcmalloc_minimal.so.4
$(BUILD)/programs/$(1)/stripped_build: LIBRARIES := -g0 -s
$(BUILD)/programs/$(1)/no_debug_info: LIBRARIES := -g0
programs: $(PROGRAM_NAMES:%=$(BUILD)/programs/$(1)/%) $(PROGRAM_LIBRARIES:%=$(BUILD)/programs/$(1)/%.so)
endef
$(foreach level,O0 O2,$(eval $(call program_rules,$(level))))
