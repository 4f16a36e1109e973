/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_CONSTANTS_H
#define LEAKGRAPH_PYTHON_CONSTANTS_H

/*
 * What extensions make once, while they are imported, and Python while it starts: constants for the
 * life of the process. Compilers drop variables that are never read, so often nothing points to
 * such a constant (numpy, anything from Cython). Like libc's life-long blocks these are no leaks.
 */

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/base/arena.h"
#include "analyzer/recording/recording_reader.h"
#include "analyzer/sites/stacks.h"

struct python_constants;

struct python_constants *python_constants_new(struct arena *arena,
                                              const struct recording *recording,
                                              struct stacks *stacks, uint64_t site_end);
bool python_constants_has(struct python_constants *constants, uint32_t site);
/* Whether Python itself made what this site made, not an extension that it called. */
bool python_constants_is_of_python(const struct python_constants *constants, uint32_t site);

#endif
