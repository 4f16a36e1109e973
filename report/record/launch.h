/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_LAUNCH_H
#define LEAKGRAPH_LAUNCH_H

/*
 * Runs a program under the recorder and waits for it, as invisibly as a wrapper can: signals,
 * descriptors and exit status are the same as without us.
 *
 *     char *shim = launch_find_shim(&error);
 *     launch_environment(shim, "/home/me/leakgraph.data", &error);
 *     if (!launch_run(&launched, argv)) ... errno of the exec ...
 */

#include <stdbool.h>
#include <sys/types.h>

#include "analyzer/base/error.h"

struct launched {
    pid_t pid;
    int wait_status;
};

/*
 * The absolute path of libleakgraph.so next to this executable (as built or as installed); the
 * caller frees it.
 */
char *launch_find_shim(struct error *error);

/* Puts the preload and its session folder into our environment, for the program to inherit. */
bool launch_environment(const char *shim, const char *session_path, struct error *error);

/* Starts argv and waits for its end. False with errno when it could not be started. */
bool launch_run(struct launched *launched, char **argv);

/*
 * Whether somebody asked us to stop since the program ended. Our signals stay blocked from its
 * start on.
 */
bool launch_was_interrupted(void);

#endif
