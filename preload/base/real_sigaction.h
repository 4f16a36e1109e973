/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_REAL_SIGACTION_H
#define LEAKGRAPH_REAL_SIGACTION_H

/* libc's sigaction, not our hook. Its first call asks the loader: in the constructor. */

#include <signal.h>

int real_sigaction(int number, const struct sigaction *action, struct sigaction *before);

#endif
