/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_THREADS_H
#define LEAKGRAPH_THREADS_H

/* The threads of a recording, and what each of them allocated where. */

#include <stddef.h>

#include "analyzer/base/arena.h"
#include "analyzer/model.h"
#include "analyzer/recording/recording_reader.h"
#include "analyzer/sites/sites.h"

/* In slot order; everything belongs to the arena. `sites` NULL: leave out what they allocated
 * where. */
const struct thread *threads_list(struct arena *arena, const struct recording *recording,
                                  const struct sites *sites, size_t *thread_count);

#endif
