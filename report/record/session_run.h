/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SESSION_RUN_H
#define LEAKGRAPH_SESSION_RUN_H

/*
 * Records one run of a program into a session folder: all of `record`, and the first half of
 * `check`. Prints its own complaints.
 *
 *     struct session_run run = {.wanted_path = "leakgraph.data"};
 *     int status = session_run(&run, argv);   // the program's, 128+n, or one of exit_status.h
 *     session_run_release(&run);
 */

#include <stdbool.h>
#include <stdint.h>

#define SESSION_RUN_TIMELINE_NS 100000000u /* timeline_ns by default */

struct session_run {
    const char *wanted_path; /* NULL: join the session we run in, or the default one */
    bool alone;              /* do not share a folder: see session_folder_open_alone() */
    bool verbose;
    uint64_t wait_ns;     /* how long to wait for processes that live on; 0: not at all */
    uint64_t timeline_ns; /* how often to sample heap and resident memory; 0: never */
    /* outcome */
    char *session_path; /* absolute; NULL: nothing was recorded */
    bool started;       /* the status is the program's */
    bool recorded;      /* there is a recording of the program itself */
};

int session_run(struct session_run *run, char **argv);
void session_run_release(struct session_run *run);

#endif
