/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_VERDICT_H
#define LEAKGRAPH_VERDICT_H

/* The verdict on a session, in numbers and in one line: the first line of every report. */

#include <stdbool.h>
#include <stddef.h>

#include "analyzer/model.h"
#include "report/view/labels.h"

enum verdict_kind { VERDICT_NO_LEAKS, VERDICT_LEAKS, VERDICT_UNKNOWN };

/*
 * Python objects. Objects with a reference too many are leaks. Garbage is one while the collector
 * is off; otherwise it waits for the collector. An image that exec replaced has none of its own:
 * they were its parent's.
 */
struct verdict_python {
    uint64_t forgotten_objects, forgotten_bytes; /* counted references that are found nowhere */
    uint64_t stuck_cycles, stuck_objects, stuck_bytes;
    uint64_t mixed_cycles, mixed_bytes; /* through C++: the collector never finds them */
    uint64_t waiting_cycles, waiting_objects, waiting_bytes;
};

struct verdict {
    enum verdict_kind kind;
    uint64_t leaks; /* sites of blocks that nothing holds; indirect blocks belong to those that hold
                       them */
    uint64_t cycles;
    struct amount lost;
    struct verdict_python python;
    size_t leaking_processes;
    size_t unchecked_processes;
    const struct process *leaking, *unchecked; /* the first of them */
    const char *why_not;                       /* of `unchecked` */
    bool of_python;                            /* why_not: of its Python objects alone */
};

/* How much weighs what Python lost: to order processes by. */
uint64_t verdict_python_weight(const struct process *process);

/*
 * Why there is no verdict on a process, NULL when there is one. An image that exec replaced before
 * it had a block of its own needs none, but the image that replaced it must have been recorded.
 */
const char *verdict_why_not(const struct session *session, const struct process *process);

/* Why nothing can be said of the Python objects of a process, NULL when something can or nobody
 * wants it. */
const char *verdict_why_not_python(const struct process *process);

struct verdict verdict_of_process(const struct session *session, const struct process *process);
struct verdict verdict_of_session(const struct session *session);

/* No leaks, but garbage that waits for Python's collector: neither good nor bad. */
bool verdict_is_neutral(const struct verdict *verdict);

/* "sh (pid 12 and 3 more) was not recorded: it is statically linked" */
struct label verdict_unrecorded(const struct unrecorded *unrecorded);

enum { VERDICT_BYTES = 1536 };
void verdict_line(const struct session *session, const struct verdict *verdict,
                  char line[VERDICT_BYTES]);

#endif
