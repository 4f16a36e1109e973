/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_RECORDABLE_H
#define LEAKGRAPH_RECORDABLE_H

/*
 * Whether a program can be recorded at all, told from its file: the preload needs the dynamic
 * loader, our machine, and a program that the loader does not distrust.
 *
 *     const char *why_not = recordable_why_not("ping");   // "it is setuid", ...; NULL: nothing
 * speaks against
 */

#include <stdbool.h>

/* `command` is looked up in PATH as execvp() does. */
const char *recordable_why_not(const char *command);

/* Whether the program runs as ever with the preload in its environment, for that answer. False: its
   loader would complain, or not start it. */
bool recordable_bears_preload(const char *why_not);

#endif
