/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_STACKS_H
#define LEAKGRAPH_STACKS_H

/*
 * Turns nodes of a recording's stack trie into frames for people. Everything belongs to the arena.
 *
 *     struct stacks *stacks = stacks_new(arena, recording, symbols);
 *     struct stack stack = stacks_get(stacks, site->stack);
 */

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/base/arena.h"
#include "analyzer/model.h"
#include "analyzer/recording/recording_reader.h"
#include "analyzer/symbols/symbols.h"

struct stacks;

struct stacks *stacks_new(struct arena *arena, const struct recording *recording,
                          struct symbols *symbols);

/* Without our own frames and the allocator's at the inner end; but never empty when there is any
 * frame. */
struct stack stacks_get(struct stacks *stacks, uint32_t node);

/* One node's own frames: first what was inlined there, then the function. */
const struct symbol_frames *stacks_frames(struct stacks *stacks, uint32_t node);
/* The frames that tail calls dropped between a node and the one it called (0: the allocator), for
 * jump 0, 1, ... from the inside; NULL when there are no more. See tail_calls.h. */
const struct symbol_frames *stacks_jumped(struct stacks *stacks, uint32_t node, uint32_t called,
                                          size_t jump);
/* The enum recording_module_flags of the node's module, 0 when it is in none. */
uint32_t stacks_module_flags(const struct stacks *stacks, uint32_t node);
/* Where its code lies; false when in no file. */
struct stacks_place {
    struct symbol_module *module;
    uint64_t address; /* an address in the file */
    bool is_return_address;
};
bool stacks_place(struct stacks *stacks, uint32_t node, struct stacks_place *place);
/* The recording's module at the index; NULL when there is none. */
struct symbol_module *stacks_module(struct stacks *stacks, uint64_t index);
struct symbols *stacks_symbols(const struct stacks *stacks);
const struct recording *stacks_recording(const struct stacks *stacks);
/* Whether the stack has a Python frame. */
bool stacks_has_python(struct stacks *stacks, uint32_t node);
/* Whether the node is in the C or C++ runtime. Needs no symbols. */
bool stacks_is_runtime(struct stacks *stacks, uint32_t node);
/* Whether the node is in a file that the user builds, as far as its path tells. */
bool stacks_is_own(struct stacks *stacks, uint32_t node);
/* False when no frame of the node can have a source file. Needs no symbols. */
bool stacks_may_have_source(struct stacks *stacks, uint32_t node);

#endif
