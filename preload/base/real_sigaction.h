/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_REAL_SIGACTION_H
#define LEAKGRAPH_REAL_SIGACTION_H

/* libc's sigaction, not our hook. The first call asks the loader, so the constructor makes it. */

#include <signal.h>

int real_sigaction(int number, const struct sigaction *action, struct sigaction *before);

#endif
