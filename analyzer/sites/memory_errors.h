/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_MEMORY_ERRORS_H
#define LEAKGRAPH_MEMORY_ERRORS_H

/* Double, invalid and mismatched frees of a recording, as people read them. */

#include <stddef.h>

#include "analyzer/base/arena.h"
#include "analyzer/model.h"
#include "analyzer/recording/recording_reader.h"
#include "analyzer/sites/sites.h"
#include "analyzer/sites/stacks.h"
#include "analyzer/sites/suppression_rules.h"

/*
 * Leaves out what the user's rules suppress (NULL: no rules), and mismatches caused only by a
 * program's own operator new or delete: it calls malloc or free itself, so one half of a proper
 * pair seems to be of the other family.
 */
const struct memory_error *memory_errors_list(struct arena *arena,
                                              const struct recording *recording,
                                              struct stacks *stacks, const struct sites *sites,
                                              const struct suppression_rules *rules,
                                              size_t *error_count);

#endif
