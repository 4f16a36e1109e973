/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_MODULE_FILTER_H
#define LEAKGRAPH_MODULE_FILTER_H

/*
 * A session reduced to what some modules allocated: programs, shared libraries, Python files. The
 * innermost frame outside the C and C++ runtime and the interpreter tells who allocated. Totals and
 * verdict stay those of the whole; what is not known by module is dropped: hot lines, the timeline
 * and Python's findings.
 *
 *     if (module_filter_apply(&filtered, session, "libplanner*", &error)) ... filtered ...
 *     module_filter_release(&filtered);
 */

#include <stdbool.h>

#include "analyzer/model.h"

/*
 * `pattern` is a shell pattern for the name or the whole path; without *, ? and [ it matches a part
 * of the name. False: nothing matches, or out of memory; there is nothing to release then.
 */
bool module_filter_apply(struct session *filtered, const struct session *session,
                         const char *pattern, struct error *error);
void module_filter_release(struct session *filtered);

#endif
