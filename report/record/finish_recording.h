/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_FINISH_RECORDING_H
#define LEAKGRAPH_FINISH_RECORDING_H

/*
 * What `record` does to a session's recordings once the program has ended: a process that was
 * killed could not say so, and the files of ended processes are still as large as they might have
 * grown (sparse). Processes that still run are left alone.
 *
 *     struct finished finished;
 *     finish_recordings("leakgraph.data", pid, wait_status, &finished);
 */

#include <stdbool.h>
#include <sys/types.h>

struct finished {
    unsigned processes; /* that have recordings in the folder */
    bool has_program;   /* the launched program is one of them */
    bool own_allocator; /* but its malloc could not be replaced */
};

void finish_recordings(const char *session_path, pid_t program, int wait_status,
                       struct finished *finished);

#endif
