/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_FATAL_SIGNALS_H
#define LEAKGRAPH_FATAL_SIGNALS_H

/*
 * Signals whose default action ends the process: where the program has left the default, our
 * handler takes the last snapshot and then lets the default action happen. The program must not
 * notice: sigaction and its relatives are hooked, and where our handler stands they tell of the
 * default.
 */

#include <signal.h>

/* Takes the place of the default actions. Once, in the constructor. */
void fatal_signals_start(void);
/* A child of the first process of a pid namespace is mortal again. */
void fatal_signals_restart_after_fork(void);

#endif
