/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_RECORDABLE_H
#define LEAKGRAPH_RECORDABLE_H

/*
 * Whether a program can be recorded at all, judged by its file: the preload needs the dynamic
 * loader, our kind of machine, and a program that the loader trusts.
 *
 *     const char *why_not = recordable_why_not("ping");   // "it is setuid", ...; NULL: it can
 */

#include <stdbool.h>

/* "its limits of memory ..." */
extern const char recordable_no_room[];

/* Looks up `command` in PATH, as execvp() does. */
const char *recordable_why_not(const char *command);

/* Why execvp() would not start it, as an errno; 0: nothing speaks against it. */
int recordable_start_error(const char *command);

/*
 * Whether, with that answer, the program runs normally with the preload in its environment. False:
 * its loader would complain, or not start it.
 */
bool recordable_bears_preload(const char *why_not);

#endif
