/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_BASELINE_H
#define LEAKGRAPH_BASELINE_H

/*
 * The known findings of a project, in a file that people edit and review: one entry a line, see
 * baseline_entry.h. Everything else in the file, comments and order, is the user's and stays as it
 * is.
 *
 *     struct baseline *baseline = baseline_read("leaks.baseline", &error);
 *     baseline_find(baseline, finding, process);
 *     baseline_write(baseline, file);
 *     baseline_free(baseline);
 */

#include <stdbool.h>
#include <stdio.h>

#include "analyzer/base/error.h"
#include "analyzer/model.h"
#include "report/gate/baseline_entry.h"
#include "report/gate/findings.h"

struct baseline;

/* NULL with `error`, "file:line: what". A file that does not exist is an error unless
 * `may_be_missing`. */
struct baseline *baseline_read(const char *path, bool may_be_missing, struct error *error);
void baseline_free(struct baseline *baseline);
const char *baseline_path(const struct baseline *baseline);

/* The entry for a finding, expired or not; NULL: unknown. */
const struct baseline_entry *baseline_find(struct baseline *baseline, const struct finding *finding,
                                           const struct process *process);

size_t baseline_count(const struct baseline *baseline);
const struct baseline_entry *baseline_get(const struct baseline *baseline, size_t index);

/*
 * Makes what was seen known: adds an entry, or changes the amounts of the old one. An expired entry
 * stays as it is. False: out of memory.
 */
bool baseline_learn(struct baseline *baseline, const struct finding *finding,
                    const struct baseline_entry *entry, const struct quantity *quantity);
/* Drops the entries that were not seen, and the comments above them. */
void baseline_prune(struct baseline *baseline);
void baseline_write(const struct baseline *baseline, FILE *file);

#endif
