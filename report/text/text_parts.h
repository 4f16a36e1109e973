/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_TEXT_PARTS_H
#define LEAKGRAPH_TEXT_PARTS_H

/* The parts of the text report, one file each. What they share is in text_writer.h. */

#include "report/text/text_writer.h"

/* Writes its part of a process; nothing, not even a heading, when there is none. */
typedef void text_part(const struct text_writer *writer, const struct process *process);

text_part text_cycles;             /* text_cycles.c */
text_part text_leaks, text_errors; /* text_leaks.c */
text_part text_pools;              /* text_pools.c */
text_part text_python;             /* text_python.c */
text_part text_growth;             /* text_growth.c */
text_part text_advice;             /* text_advice.c */
text_part text_retained;           /* text_retained.c */
text_part text_usage;              /* text_usage.c */
text_part text_timeline;           /* text_timeline.c */
text_part text_threads;            /* text_threads.c */
text_part text_snapshots;          /* text_snapshots.c */

/*
 * Writes one cycle; `words` says what its members and edges are called, which differs between
 * blocks and Python objects.
 */
struct text_cycle_words {
    const char *block, *pointer, *cut;
    bool is_python;
};
void text_cycle(const struct text_writer *writer, const struct cycle *cycle,
                const struct text_cycle_words *words);

/* By how much the heap grew in the steady part of the run; 0 if it does not keep growing. */
struct growth;
uint64_t text_growth_bytes(const struct process *process, struct growth *growth);

/* The call trees, in place of all other parts (text_tree.c). False: out of memory. */
bool text_tree(const struct text_writer *writer, const struct process *process,
               struct error *error);

/*
 * One line per process, equal ones combined (text_processes.c). `shown` has a flag per process:
 * those are left out.
 */
void text_other_processes(const struct text_writer *writer, const bool *shown);

#endif
