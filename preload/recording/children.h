/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_CHILDREN_H
#define LEAKGRAPH_CHILDREN_H

/*
 * Notes in the recording about the processes that this one starts, so that one which could not
 * record itself is not taken for one without leaks (struct recording_child). A forked child finds
 * its parent's recording mapped and writes its own note there, whatever rights it has lost; so it
 * does until it has a recording of its own.
 *
 *     children_fork_begins();          in the parent, right before a fork
 *     children_fork_returns();         in the parent, right after it
 *     children_born(0);                in the child
 *     children_settle(0 or errno);     when it has tried to record
 *
 * Safe in a vfork child and in a signal handler: no malloc, no lock; keeps errno.
 */

#include <stdbool.h>
#include <stdint.h>

#include "preload/recording.h"

/* Makes sure that there is room for the next note, and that a parent which ends before its child
   first runs does not seem to be childless. fork() sets errno only where it fails: that is how the
   parent's side tells. */
void children_fork_begins(void);
void children_fork_returns(void);

/* In a forked child: it exists. `failure` is the errno of a parent that could not record. A child
   that says so twice is one. */
void children_born(int failure);
/* It has a recording (0), or could not make one: then its own children are noted where it is. */
void children_settle(int failure);

/* This process, or the child of a vfork, is about to become another program. */
struct children_exec {
    struct recording_child *note; /* NULL: there is no room */
    struct recording_child before;
};
struct children_exec children_executes(const char *path, enum recording_program program);
/* It stayed what it was. */
void children_stays(const struct children_exec *exec);

/* Another program was started as `pid`; it began at most at the times of `before`. */
struct recording_child children_moment(void);
void children_spawned(int32_t pid, const struct recording_child *before, const char *path,
                      enum recording_program program);

#endif
