/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_COMPLAIN_H
#define LEAKGRAPH_COMPLAIN_H

/* Messages on standard error. Only the commands, and what they share, print there. */

/* "leakgraph: MESSAGE\n" */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Before the first message after the program's own output: when its standard output goes to the
 * same place as standard error and may have ended within a line, starts a new one. A file tells; on
 * a terminal or in a pipe there is no way to know, so an empty line comes first, as with bash's
 * `time`.
 */
void complain_on_own_line(void);

#endif
