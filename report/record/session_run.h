/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SESSION_RUN_H
#define LEAKGRAPH_SESSION_RUN_H

/*
 * Records one run of a program into a session folder: what `record` does, and `check` before its
 * verdict. Complains by itself when there is something to say.
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
    bool alone; /* a folder that others record into will not do: see session_folder_open_alone() */
    bool verbose;
    uint64_t timeline_ns; /* how often heap and resident memory are looked at; 0: never */
    /* outcome */
    char *session_path; /* absolute; NULL: nothing was recorded */
    bool started;       /* the status is the program's */
    bool recorded;      /* there is a recording of the program itself */
};

int session_run(struct session_run *run, char **argv);
void session_run_release(struct session_run *run);

#endif
