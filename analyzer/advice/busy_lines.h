/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_BUSY_LINES_H
#define LEAKGRAPH_BUSY_LINES_H

/*
 * The source lines of C and C++ that allocate most, and every line that allocates on a real-time
 * thread, summed over all call stacks that lead there. Only those stacks are looked up, so 100,000
 * others cost nothing. Everything belongs to the arena.
 *
 *     const struct busy_line *lines = busy_lines_find(arena, &input, &count);
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/cxx/allocation_use.h"
#include "analyzer/base/arena.h"
#include "analyzer/recording/recording_reader.h"
#include "analyzer/sites/sites.h"
#include "analyzer/sites/stacks.h"

struct busy_lines_input {
    const struct recording *recording;
    struct stacks *stacks;
    const struct sites *sites;
    const struct raw_site *figures; /* by site */
    uint64_t site_end;
};

/* One line, and one use of its blocks. */
struct busy_line {
    const struct frame *frame; /* has a source file that somebody can change */
    enum allocation_use use;
    bool is_realloc; /* realloc made some of its blocks */
    bool is_foreign; /* a library other than the standard one allocates for it */
    uint32_t stack;  /* the recording's node of the busiest call stack */
    uint64_t stack_allocations;
    uint64_t allocations, allocated_bytes, frees, freed_bytes, temporary;
    uint64_t own_frees; /* freed by the thread that allocated them; an upper bound */
    uint64_t peak_bytes, live_bytes, leaked_bytes;
    uint64_t block_bytes; /* of each block; 0: they differ */
    uint64_t lifetimes[RECORDING_LIFETIMES];
    uint64_t real_time_allocations, real_time_bytes;
    const struct recording_thread *real_time; /* one of the threads; NULL: none */
    bool has_more_real_time;                  /* there are others besides it */
};

const struct busy_line *busy_lines_find(struct arena *arena, const struct busy_lines_input *input,
                                        size_t *count);

#endif
