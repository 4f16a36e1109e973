/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_THREAD_PLACES_H
#define LEAKGRAPH_THREAD_PLACES_H

/*
 * What each thread's memory was for when a snapshot was taken: its thread-local storage, the values
 * of its pthread keys, the frames on its stack. Everything belongs to the arena.
 *
 *     struct thread_places *places = thread_places_load(arena, recording, snapshot->number,
 * &error); const struct thread_frame *frame = thread_places_frame(places, root->address);
 */

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/base/arena.h"
#include "analyzer/base/error.h"
#include "analyzer/recording/recording_reader.h"

struct thread_places;

/* NULL when the recording is damaged; a graph recorded without places has none. */
struct thread_places *thread_places_load(struct arena *arena, const struct recording *recording,
                                         uint64_t snapshot, struct error *error);

/* The caller's frame comes next in memory, up to one with pc 0, which marks the end. */
struct thread_frame {
    uint64_t pc, start, end;   /* end: its CFA, or the same as start when unknown */
    uint32_t module_and_flags; /* index of the module | RECORDING_STACK_EXACT_PC */
};
/* NULL when the address lies in no known frame. */
const struct thread_frame *thread_places_frame(const struct thread_places *places,
                                               uint64_t address);
/* The innermost; NULL when nothing is known. */
const struct thread_frame *thread_places_innermost(const struct thread_places *places,
                                                   uint64_t tid);

struct thread_storage {
    uint64_t tid, start, size_bytes;
    uint32_t module; /* its index */
};
/* The thread-local storage at an address; NULL when there is none. */
const struct thread_storage *thread_places_storage(const struct thread_places *places,
                                                   uint64_t address);

/* The first one that begins in a block: the loader allocates storage for modules that come late.
 * NULL: none. */
const struct thread_storage *thread_places_storage_in(const struct thread_places *places,
                                                      uint64_t address, uint64_t size_bytes);

/* False when the address is not the value of a pthread key. */
bool thread_places_key(const struct thread_places *places, uint64_t address, uint64_t *tid,
                       uint64_t *key);
/* Whether the recording covers keys at all. */
bool thread_places_knows_keys(const struct thread_places *places);

#endif
