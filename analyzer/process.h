/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PROCESS_H
#define LEAKGRAPH_PROCESS_H

/* One recording, analysed: fills a struct process of the model. */

#include <stdbool.h>

#include "analyzer/base/arena.h"
#include "analyzer/base/error.h"
#include "analyzer/model.h"
#include "analyzer/recording/recording_reader.h"
#include "analyzer/symbols/symbols.h"

/* Follows the options' snapshot and suppressions. Everything in `process` belongs to the arena; the
 * recording can be closed afterwards. */
bool process_analyse(struct process *process, struct arena *arena,
                     const struct recording *recording, const struct session_options *options,
                     struct symbols *symbols, struct error *error);

#endif
