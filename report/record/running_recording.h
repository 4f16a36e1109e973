/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_RUNNING_RECORDING_H
#define LEAKGRAPH_RUNNING_RECORDING_H

/*
 * The recording of a process that is running now, found among its mappings, whoever started it and
 * in whatever container it is. To ask for a snapshot, write its header.
 *
 *     struct running_recording running;
 *     if (!running_recording_open(&running, pid, &error)) ...
 *     ... running.header->request ...
 *     running_recording_close(&running);
 */

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "analyzer/base/error.h"
#include "preload/recording.h"

struct running_recording {
    pid_t pid; /* in our own pid namespace */
    int descriptor;
    struct recording_header *header; /* shared with the process */
    char path[PATH_MAX];             /* as the process sees it */
};

bool running_recording_open(struct running_recording *running, pid_t pid, struct error *error);
void running_recording_close(struct running_recording *running);

/* Whether the process is still there, and still the same image. */
bool running_recording_is_alive(const struct running_recording *running);
/*
 * Whether the child that writes a snapshot has ended, noticed by its parent or not. Only known of
 * processes in our own pid namespace.
 */
bool running_recording_child_is_gone(const struct running_recording *running);
/* Whether one of its threads would take the signal, with a handler. */
bool running_recording_takes_signal(const struct running_recording *running, unsigned number);

#endif
