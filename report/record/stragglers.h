/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_STRAGGLERS_H
#define LEAKGRAPH_STRAGGLERS_H

/*
 * Processes of a session that live on when the launched program has ended: daemons, and children
 * that are about to end. They are found by what they have mapped, a recording of the session: their
 * own or, before their first block, their parent's.
 */

#include <stdint.h>

/* Waits until there is none, but no longer than that; says so after a second. ^C ends the wait. */
void stragglers_wait(const char *session_path, uint64_t limit_ns);

#endif
