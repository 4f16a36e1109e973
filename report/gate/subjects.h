/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SUBJECTS_H
#define LEAKGRAPH_SUBJECTS_H

/*
 * Who is judged: every process by itself or, when the sessions are runs of one program, all
 * processes of the same name together. In that case, the amount that `needed` of the runs reached
 * counts.
 *
 *     struct subjects subjects;
 *     subjects_collect(&subjects, arena, &request);
 */

#include <stdbool.h>
#include <stddef.h>

#include "analyzer/base/arena.h"
#include "analyzer/model.h"
#include "report/gate/findings.h"

struct subject {
    const struct process *process; /* the first of them, for its name */
    const struct session *session; /* the first one's */
    struct findings findings;
    unsigned runs;       /* in how many runs it was looked for */
    unsigned seen;       /* in how many runs it ran */
    uint64_t peak_bytes; /* reached by as many runs as needed; of a single process each */
    bool knows_growth;
    uint64_t growth_bytes;      /* per minute; 0 when it shrinks */
    const struct process **all; /* with the session of each */
    const struct session **sessions;
    size_t count;
};

struct subjects {
    struct subject *all;
    size_t count;
};

struct subjects_request {
    struct session *const *sessions;
    size_t session_count;
    bool repeated;   /* the sessions are runs of one program */
    unsigned needed; /* runs that a finding must be in to count */
    struct real_time_names real_time;
};

void subjects_collect(struct subjects *subjects, struct arena *arena,
                      const struct subjects_request *request);

/* "robot (pid 12)", or "robot" over several runs */
struct label subject_label(const struct subject *subject);

#endif
