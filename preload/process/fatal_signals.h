/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_FATAL_SIGNALS_H
#define LEAKGRAPH_FATAL_SIGNALS_H

/*
 * Signals whose default action ends the process. Where the program has left the default, our
 * handler takes the last snapshot and then lets the default action happen. The program must not
 * notice: sigaction and its relatives are hooked, and report the default where our handler is
 * installed.
 */

#include <signal.h>
#include <stdbool.h>

/* Installs our handler for all signals that are at their default. Once, in the constructor. */
void fatal_signals_start(void);
/* Such signals end a child of pid 1, though not pid 1 itself: a child installs the handlers. */
void fatal_signals_restart_after_fork(void);

/* For the hooks of sigaction and its relatives. Is our handler to stand where the program wants
   this one? */
bool fatal_signals_wants(int number, void (*wanted)(int));
/* The program has just asked for the default. */
void fatal_signals_take_over(int number, const struct sigaction *asked);
bool fatal_signals_is_ours(const struct sigaction *action);
/* What the program sees where our handler stands: what it asked for last. */
const struct sigaction *fatal_signals_default(int number);

#endif
