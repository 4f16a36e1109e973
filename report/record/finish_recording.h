/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_FINISH_RECORDING_H
#define LEAKGRAPH_FINISH_RECORDING_H

/*
 * Completes the recordings of a session after its program has ended: a killed process could not say
 * that it was, and the files of ended processes still have the (sparse) size that they might have
 * grown to. Processes that still run are left alone.
 *
 *     struct finished finished;
 *     finish_recordings("leakgraph.data", pid, wait_status, &finished);
 */

#include <stdbool.h>
#include <sys/types.h>

#include "preload/recording.h"

struct finished {
    unsigned processes;           /* that left recordings in the folder */
    bool has_program;             /* the launched program is one of them */
    bool was_another;             /* has one of the program that it was before */
    enum recording_unseen unseen; /* but nothing of its blocks */
};

void finish_recordings(const char *session_path, pid_t program, int wait_status,
                       struct finished *finished);

#endif
