/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_FINDINGS_H
#define LEAKGRAPH_FINDINGS_H

/*
 * What budgets count, one by one, each under a name that stays the same from run to run: leaking
 * sites, cycles, wrong frees, allocations on real-time threads, sites that grow. The arena owns
 * everything but the model's facts.
 *
 *     struct findings findings;
 *     findings_collect(&findings, arena, process, &asked);
 */

#include <stddef.h>
#include <stdint.h>

#include "analyzer/base/arena.h"
#include "analyzer/model.h"
#include "analyzer/sites/growth.h"
#include "report/view/labels.h"

enum finding_kind {
    FINDING_LEAK,        /* count: blocks */
    FINDING_CYCLE,       /* count: cycles */
    FINDING_ERROR,       /* count: wrong frees */
    FINDING_REAL_TIME,   /* count: allocations; bytes: allocated */
    FINDING_GROWTH,      /* bytes: per minute */
    FINDING_PYTHON_LEAK, /* count: objects with a reference too many, and garbage when the collector
                            is off */
    FINDING_PYTHON_GARBAGE, /* count: cycles that the collector would find */
    FINDING_KINDS,
};
extern const char *const finding_names[]; /* "leak", ... as in a baseline */

struct quantity {
    uint64_t count, bytes;
};

struct finding {
    enum finding_kind kind;
    char fingerprint[FINGERPRINT_BYTES];
    const struct stack *stack;        /* where it was made */
    const struct cycle *cycle;        /* of a cycle, in Python too */
    bool is_mixed;                    /* a cycle through C++ and Python */
    const struct python_leak *python; /* of objects with a reference too many */
    const struct memory_error *error; /* of an error */
    const char *thread;               /* of a real-time allocation */
    uint64_t retained_bytes;
    uint64_t direct_blocks; /* of a leak: those that nothing holds */
    struct quantity all;
    /* filled by subjects.c, judgement.c and offences.c */
    struct quantity *by_run;
    unsigned seen;           /* in how many runs */
    struct quantity known;   /* in the baseline */
    struct quantity counted; /* what is left for the budgets */
    const struct baseline_entry *entry;
    bool offends; /* a budget is exceeded because of it */
};

struct findings {
    struct finding *all; /* by kind and fingerprint */
    size_t count;
};

/* Threads that the user calls real-time, by shell patterns of their names. */
struct real_time_names {
    const char *const *patterns;
    size_t count;
};

void findings_collect(struct findings *findings, struct arena *arena, const struct process *process,
                      const struct real_time_names *names);

/* 0 for what does not keep growing. */
uint64_t findings_per_minute(const struct growth *growth);

/* By kind, then by fingerprint. */
int findings_compare(const struct finding *left, const struct finding *right);

/* What a site lost by itself counts first, then what it holds. */
bool finding_is_bigger(const struct finding *one, const struct finding *other);

/* "12 blocks leaked, 12.0 KiB", "2 cycles, 384 B", "3 double frees", ... of that quantity. */
struct label finding_text(const struct finding *finding, const struct quantity *quantity);
struct label finding_place(const struct finding *finding); /* "load_map (map.cpp:12)" */

#endif
