/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_MODULE_FILTER_H
#define LEAKGRAPH_MODULE_FILTER_H

/*
 * A session with only what some modules allocated: programs, shared libraries, Python files. Who
 * allocated is the innermost frame that belongs neither to the C and C++ runtime nor to the
 * interpreter. Totals and verdict stay those of the whole; the hot lines, the timeline and Python's
 * findings, which are not known by module, go.
 *
 *     if (module_filter_apply(&filtered, session, "libplanner*", &error)) ... filtered ...
 *     module_filter_release(&filtered);
 */

#include <stdbool.h>

#include "analyzer/model.h"

/* `pattern`: of the shell's kind, for the name or the whole path; without *, ? and [ a part of the
 * name. False: nothing matches, or out of memory; nothing is to be released then. */
bool module_filter_apply(struct session *filtered, const struct session *session,
                         const char *pattern, struct error *error);
void module_filter_release(struct session *filtered);

#endif
